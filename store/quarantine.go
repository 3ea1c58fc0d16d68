package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Quarantine is the time of which a database that was put back knows nothing.
// While there is one, nothing is released.
type Quarantine struct {
	ID     int64
	From   time.Time // the last the database knew
	Until  time.Time // when it was put back
	Cause  string    // for people
	Before []string  // files of the databases that were here before
	Left   int       // messages in doubt
	Likely int       // of them: those that had a slot by then, or were with a channel

	lastEvent int64 // the last that this database knew
}

// Held says that there is one.
func (q Quarantine) Held() bool { return q.ID != 0 }

// ErrNoQuarantine says that there is nothing to reconcile.
var ErrNoQuarantine = errors.New("there is nothing to reconcile: the database was not put back from a backup, or that is settled")

// Quarantine is the one that holds everything now; the zero one if there is
// none.
func (s *Store) Quarantine(ctx context.Context) (q Quarantine, err error) {
	err = s.read(ctx, func(x *tx) error {
		if q, err = quarantineOf(ctx, x); err == nil && q.Held() {
			err = q.count(ctx, x)
		}
		return err
	})
	return q, err
}

func quarantineOf(ctx context.Context, x *tx) (q Quarantine, err error) {
	var row struct {
		ID     int64            `db:"id"`
		From   Instant          `db:"from_at"`
		Until  Instant          `db:"until_at"`
		Cause  string           `db:"cause"`
		Before asJSON[[]string] `db:"earlier"`
		Last   int64            `db:"last_event"`
	}
	_, err = x.find(ctx, &row, `SELECT id, from_at, until_at, cause, earlier, last_event FROM quarantines WHERE ended_at IS NULL`)
	return Quarantine{
		ID: row.ID, From: row.From.Time, Until: row.Until.Time, Cause: row.Cause, Before: row.Before.V, lastEvent: row.Last,
	}, err
}

// count says how many messages are in doubt.
func (q *Quarantine) count(ctx context.Context, x *tx) error {
	var row struct {
		N      int `db:"n"`
		Likely int `db:"likely"`
	}
	err := x.get(ctx, &row, `SELECT count(*) AS n, coalesce(sum(`+isLikely+`), 0) AS likely FROM `+inDoubt, q.ID, on(q.Until))
	q.Left, q.Likely = row.N, row.Likely
	return err
}

// quarantined says whether everything is held.
func quarantined(ctx context.Context, x *tx) (held bool, err error) {
	err = x.get(ctx, &held, `SELECT EXISTS (SELECT 1 FROM quarantines WHERE ended_at IS NULL)`)
	return held, err
}

// BeginQuarantine holds everything, because another database may have released
// messages between from and now. from is when this one was copied; the zero
// time: the last that it knows. What had a slot in that time is noted, and every
// account is planned anew. One that lasts already goes on, up to now. before are
// the files of databases that may tell what was released.
func (s *Store) BeginQuarantine(ctx context.Context, now, from time.Time, cause string, before ...string) error {
	now = now.Truncate(time.Microsecond)
	return s.write(ctx, func(x *tx) error {
		if _, err := x.exec(ctx, `DELETE FROM meta WHERE key = 'copied_at'`); err != nil {
			return err
		}
		q, err := quarantineOf(ctx, x)
		if err != nil {
			return err
		}
		files := asJSON[[]string]{V: append(append([]string{}, q.Before...), before...)}
		if q.Held() {
			_, err := x.exec(ctx, `UPDATE quarantines SET until_at = max(until_at, ?), earlier = ? WHERE id = ?`, on(now), files, q.ID)
			return err
		}
		if from.IsZero() {
			if from, err = lastKnown(ctx, x, now); err != nil {
				return err
			}
		}
		id, err := x.insert(ctx, `INSERT INTO quarantines (from_at, until_at, cause, earlier, last_event)
			VALUES (?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM events))`, on(from), on(now), cause, files)
		if err != nil {
			return err
		}
		_, err = x.exec(ctx, `INSERT INTO doubts (quarantine_id, message_id, account_id, slot_at, kind, is_else)
			SELECT ?, m.id, m.account_id, m.slot_at, m.kind, m.is_else FROM messages m JOIN targets t ON t.id = m.target_id
			WHERE t.state = 'active' AND m.state = 'scheduled' AND m.slot_at <= ?`, id, on(now))
		if err != nil {
			return err
		}
		return holdAll(ctx, x, event{At: now, Kind: "quarantine", Detail: cause})
	})
}

// holdAll has every account planned anew, and logs why.
func holdAll(ctx context.Context, x *tx, e event) error {
	if _, err := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE state = 'active'`); err != nil {
		return err
	}
	return logEvent(ctx, x, e)
}

// lastKnown is when something was written last, now if nothing ever was.
func lastKnown(ctx context.Context, x *tx, now time.Time) (time.Time, error) {
	var last Instant
	err := x.get(ctx, &last, `SELECT max(at) FROM (SELECT max(at) AS at FROM events UNION ALL
		SELECT max(released_at) FROM releases UNION ALL SELECT max(done_at) FROM releases UNION ALL
		SELECT max(recorded_at) FROM units UNION ALL SELECT max(applied_at) FROM configs) AS known`)
	if last.IsZero() || last.After(now) {
		return now, err
	}
	return last.Time, err
}

// Copied is when this database was made as a backup; zero if it is none, or was
// quarantined since.
func (s *Store) Copied(ctx context.Context) (at time.Time, err error) {
	err = s.read(ctx, func(x *tx) error {
		var i Instant
		_, err := x.find(ctx, &i, `SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'copied_at'`)
		at = i.Time
		return err
	})
	return at, err
}

// MarkCopied writes into a backup when it was made.
func (s *Store) MarkCopied(ctx context.Context, at time.Time) error {
	return s.write(ctx, func(x *tx) error {
		_, err := x.exec(ctx, `INSERT INTO meta (key, value) VALUES ('copied_at', ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, fmt.Sprint(at.UnixMicro()))
		return err
	})
}

// Progressed is which database this is (a copy of it is the same), and the
// number of its last release.
func (s *Store) Progressed(ctx context.Context) (database string, release int64, err error) {
	err = s.read(ctx, func(x *tx) error {
		h, err := hasherOf(ctx, x)
		if err != nil {
			return err
		}
		database = strings.TrimPrefix(h.of("database"), forgottenPrefix)
		return x.get(ctx, &release, `SELECT coalesce(max(id), 0) FROM releases`)
	})
	return database, release, err
}

// MessageState is where a message stands, by its id or a unique beginning of it.
func (s *Store) MessageState(ctx context.Context, id string) (state string, err error) {
	err = s.read(ctx, func(x *tx) error {
		m, err := messageByPrefix(ctx, x, id)
		if err == nil {
			state = m.State
		}
		return err
	})
	return state, err
}
