package store

import (
	"context"
	"fmt"
	"time"

	"outpace/scheduler"
)

// mostAhead is how far the clock may be set ahead while a daemon runs without
// anybody being asked. So little neither bursts nor mints: of the slots it leaps
// over only the latest is made good, and credits are granted hours late anyway.
const mostAhead = time.Minute

// Clock answers whether the machine's clock, which shows now, is trusted.
func (s *Store) Clock(ctx context.Context, now time.Time) (h scheduler.ClockHold, err error) {
	err = s.read(ctx, func(x *tx) error {
		h, err = clockOf(ctx, x, now)
		return err
	})
	return h, err
}

func clockOf(ctx context.Context, x *tx, now time.Time) (h scheduler.ClockHold, err error) {
	var row struct {
		Ahead    int64   `db:"ahead"`
		JumpedAt Instant `db:"jumped_at"`
		UnitAt   Instant `db:"unit_at"`
		EntryAt  Instant `db:"entry_at"`
	}
	err = x.get(ctx, &row, `SELECT c.ahead, c.jumped_at,
		(SELECT recorded_at FROM units WHERE id > c.unit_id ORDER BY id DESC LIMIT 1) AS unit_at,
		(SELECT recorded_at FROM entries WHERE id > c.entry_id ORDER BY id DESC LIMIT 1) AS entry_at FROM clock c`)
	h.Ahead, h.Since = time.Duration(row.Ahead)*time.Microsecond, row.JumpedAt.Time
	last := latest(row.UnitAt.Time, row.EntryAt.Time)
	if last.After(now.Add(scheduler.ClockTolerance)) {
		h.Last = last
	}
	return h, err
}

func clockIsHeld(ctx context.Context, x *tx, now time.Time) (bool, error) {
	h, err := clockOf(ctx, x, now)
	return h.Held(), err
}

// ClockJumped notes that the clock, which shows now, jumped by so much while a
// daemon ran, or (by 0) that a daemon has just started. A leap ahead of more than
// a minute is not trusted until it is taken back, as far as a daemon saw that, or
// a person says so; a start before the instant of the leap takes it back. A jump
// back needs no note to hold everything: see Clock. Every account is planned anew
// as soon as the clock is trusted. The answer is how it stands now.
func (s *Store) ClockJumped(ctx context.Context, now time.Time, by time.Duration) (h scheduler.ClockHold, err error) {
	by = by.Truncate(time.Microsecond) // as it is stored
	err = s.write(ctx, func(x *tx) error {
		was, err := clockOf(ctx, x, now)
		if err != nil {
			return err
		}
		ahead, since := was.Ahead+by, was.Since
		if by != 0 {
			since = now
		}
		if ahead <= mostAhead || by == 0 && now.Before(since.Add(-scheduler.ClockTolerance)) {
			ahead, since = 0, time.Time{}
		}
		if err := setAhead(ctx, x, ahead, since); err != nil {
			return err
		}
		if h, err = clockOf(ctx, x, now); err != nil {
			return err
		}
		if by == 0 && was == h && !h.Held() {
			return nil
		}
		if err := logEvent(ctx, x, event{At: now, Kind: "clock", Detail: clockNews(by, was, h)}); err != nil {
			return err
		}
		return allDirty(ctx, x)
	})
	return h, err
}

// clockNews says for the log what was noticed of the clock.
func clockNews(by time.Duration, was, now scheduler.ClockHold) string {
	said := ""
	switch {
	case by > 0:
		said = fmt.Sprintf("jumped ahead by %s", by.Round(time.Millisecond))
	case by < 0:
		said = fmt.Sprintf("jumped back by %s", (-by).Round(time.Millisecond))
	}
	switch {
	case now.Held():
		said = joinDetail(said, now.String())
	case was.Held():
		said = joinDetail(said, "it is trusted again")
	}
	return said
}

// ResumeClock is a person's word that the clock, which shows now, is right:
// everything goes on from now. It answers why it was not trusted; the zero hold:
// it was.
func (s *Store) ResumeClock(ctx context.Context, now time.Time) (was scheduler.ClockHold, err error) {
	err = s.write(ctx, func(x *tx) (err error) {
		if was, err = clockOf(ctx, x, now); err != nil || !was.Held() {
			return err
		}
		if err := setAhead(ctx, x, 0, time.Time{}); err != nil {
			return err
		}
		_, err = x.exec(ctx, `UPDATE clock SET unit_id = (SELECT coalesce(max(id), 0) FROM units),
			entry_id = (SELECT coalesce(max(id), 0) FROM entries)`)
		if err != nil {
			return err
		}
		err = logEvent(ctx, x, event{At: now, Kind: "clock", Detail: "a person said that it is right"})
		if err != nil {
			return err
		}
		return allDirty(ctx, x)
	})
	if err == nil && was.Held() {
		err = s.PlanDirty(ctx, now, nil)
	}
	return was, err
}

func setAhead(ctx context.Context, x *tx, ahead time.Duration, since time.Time) error {
	_, err := x.exec(ctx, `UPDATE clock SET ahead = ?, jumped_at = ?`, ahead.Microseconds(), on(since))
	return err
}

// allDirty lets every account be planned anew.
func allDirty(ctx context.Context, x *tx) error {
	_, err := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE state = 'active'`)
	return err
}
