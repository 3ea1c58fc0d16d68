package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/limits"
)

// usageMost bounds what one call records: more is a slip of the finger.
const usageMost = 1000

// Usage is messages that a person sent from an account without outpace.
type Usage struct {
	Kind  limits.Kind
	Noted bool // connection requests with a note
	// N is how many. A negative one takes back what was recorded so on the same
	// local day (Noted: of those with a note), never more than that.
	N    int
	At   time.Time // when they were sent; zero: now
	Note string    // for people
}

// UsageRecord counts what a person sent from the account without outpace.
func (s *Store) UsageRecord(ctx context.Context, now time.Time, account string, u Usage) error {
	kind, n, at := u.Kind, u.N, u.At
	if at.IsZero() {
		at = now
	}
	switch {
	case u.Noted && kind != limits.Connect:
		return fmt.Errorf("%s: only connection requests are counted by whether they have a note", kind)
	case n == 0 || n > usageMost || n < -usageMost:
		return fmt.Errorf("%d messages: between 1 and %d can be recorded at once, or taken back", n, usageMost)
	case at.After(now):
		return fmt.Errorf("%s lies in the future", at.Format(time.RFC3339))
	}
	return s.write(ctx, func(x *tx) error {
		a, err := accountByName(ctx, x, account)
		if err != nil {
			return err
		}
		if n > 0 {
			_, err = x.exec(ctx, `INSERT INTO units (account_id, at, kind, noted, manual, amount, recorded_at, note)
				VALUES (?, ?, ?, ?, 1, ?, ?, ?)`, a.ID, on(at), kind.String(), u.Noted, n, on(now), u.Note)
		} else {
			u.At = at
			err = takeBackUsage(ctx, x, a, &u, now)
		}
		if err != nil {
			return err
		}
		what := kind.String()
		if u.Noted {
			what += " with a note"
		}
		detail := joinDetail(fmt.Sprintf("%+d %s on %s", n, what, at.In(a.zone()).Format(time.DateOnly)), u.Note)
		if err := logEvent(ctx, x, event{At: now, Kind: "usage", Account: a.Name, Detail: detail}); err != nil {
			return err
		}
		return s.planAccount(ctx, x, a.ID, now)
	})
}

// takeBackUsage takes units recorded by hand on the day of u.At back, the
// latest first. Each goes at its own time, so that the sums of the ledger stay
// at 0 or above at every instant.
func takeBackUsage(ctx context.Context, x *tx, a *accountRow, u *Usage, now time.Time) error {
	kind, n, at := u.Kind, -u.N, u.At
	var rows []struct {
		At    Instant `db:"at"`
		Noted bool    `db:"noted"`
		N     int     `db:"n"`
	}
	err := x.all(ctx, &rows, `SELECT at, noted, sum(amount) AS n FROM units WHERE account_id = ? AND manual = 1 AND kind = ?
		AND noted >= ? AND at >= ? AND at < ? GROUP BY at, noted HAVING sum(amount) > 0 ORDER BY at DESC, noted`,
		a.ID, kind.String(), u.Noted, on(limits.DayStart(at, a.zone())), on(limits.NextDay(at, a.zone())))
	if err != nil {
		return err
	}
	have := 0
	for _, r := range rows {
		have += r.N
	}
	if have < n {
		return fmt.Errorf("only %d %s are recorded by hand on %s: %d cannot be taken back",
			have, kind, at.In(a.zone()).Format(time.DateOnly), n)
	}
	for _, r := range rows {
		take := min(n, r.N)
		if n -= take; take == 0 {
			break
		}
		_, err := x.exec(ctx, `INSERT INTO units (account_id, at, kind, noted, manual, amount, recorded_at, note)
			VALUES (?, ?, ?, ?, 1, ?, ?, ?)`, a.ID, r.At, kind.String(), r.Noted, -take, on(now), u.Note)
		if err != nil {
			return err
		}
	}
	return nil
}

// UsagePending corrects how many connection requests of the account are
// unanswered: n in all, as the platform shows it.
func (s *Store) UsagePending(ctx context.Context, now time.Time, account string, n int) error {
	if n < 0 {
		return errors.New("fewer than 0 unanswered connection requests cannot be")
	}
	return s.write(ctx, func(x *tx) error {
		a, err := accountByName(ctx, x, account)
		if err != nil {
			return err
		}
		total, err := pending(ctx, x, a)
		if err != nil {
			return err
		}
		own := total - a.PendingOpening
		if n < own {
			return fmt.Errorf("%d requests that outpace sent have no answer yet: record which were answered (`event accepted`, `declined`, `withdrawn`) to get below that", own)
		}
		if _, err := x.exec(ctx, `UPDATE accounts SET pending_opening = ? WHERE id = ?`, n-own, a.ID); err != nil {
			return err
		}
		err = logEvent(ctx, x, event{At: now, Kind: "usage", Account: a.Name, Detail: fmt.Sprintf("%d connection requests are unanswered", n)})
		if err != nil {
			return err
		}
		return s.planAccount(ctx, x, a.ID, now)
	})
}
