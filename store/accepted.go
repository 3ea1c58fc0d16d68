package store

import (
	"context"
	"fmt"
	"time"

	"outpace/scheduler"
)

// acceptedFor is how long a channel may take to report what became of a
// message it has accepted. Then nobody knows.
const acceptedFor = 24 * time.Hour

// accepted notes that a channel took an open release and will report. A card of
// the desk has its person.
func accepted(ctx context.Context, x *tx, rel *releaseRow, now time.Time) error {
	desk, err := isDesk(ctx, x, rel.Channel)
	if err != nil || desk || rel.State != "open" || !rel.AcceptedAt.IsZero() {
		return err
	}
	rel.AcceptedAt = on(now)
	_, err = x.exec(ctx, `UPDATE releases SET accepted_at = ? WHERE id = ?`, rel.AcceptedAt, rel.ID)
	if err == nil {
		err = logRelease(ctx, x, rel, "accepted_by_channel", "", now)
	}
	return err
}

// acceptedDue is when the report of the oldest accepted release is overdue;
// zero: none is out.
func acceptedDue(ctx context.Context, x *tx) (Instant, error) {
	var first Instant
	err := x.get(ctx, &first, `SELECT min(accepted_at) FROM releases WHERE state = 'open' AND accepted_at IS NOT NULL`)
	if err != nil || first.IsZero() {
		return Instant{}, err
	}
	return on(first.Add(acceptedFor)), nil
}

// unreported makes releases unknown whose report did not come in time.
func (s *Store) unreported(ctx context.Context, now time.Time) error {
	var late []releaseRow
	const overdue = `SELECT * FROM releases WHERE state = 'open' AND accepted_at <= ?`
	cut := on(now.Add(-acceptedFor))
	err := s.read(ctx, func(x *tx) error { return x.all(ctx, &late, overdue+` ORDER BY id`, cut) })
	if err != nil || len(late) == 0 {
		return err
	}
	return s.write(ctx, func(x *tx) error {
		if err := x.all(ctx, &late, overdue+` ORDER BY id`, cut); err != nil {
			return err
		}
		plan := map[int64]bool{}
		for i := range late {
			r := &late[i]
			detail := fmt.Sprintf("channel %s accepted it, and no report came within %s", r.Channel, hours(acceptedFor))
			rep := scheduler.Report{Release: r.ID, Outcome: scheduler.CannotTell, Detail: detail}
			if _, err := s.settle(ctx, x, r, rep, now); err != nil {
				return err
			}
			plan[r.AccountID] = true
		}
		_, err := s.planAll(ctx, x, plan, now)
		return err
	})
}

func hours(d time.Duration) string { return fmt.Sprintf("%d hours", int(d/time.Hour)) }
