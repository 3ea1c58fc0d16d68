package store

import (
	"context"
	"maps"
	"slices"
	"time"
)

// extendEvery is how much of the horizon passes before it is extended.
const extendEvery = 24 * time.Hour

// NextAt is the next instant at which something is due: a slot, a grant or an
// expiry of credits, the extension of a horizon, the end of a campaign with open
// cards, a withdrawal, a report that is overdue, an account to be planned. It is now if something is due already, and
// zero if nothing ever will be.
func (s *Store) NextAt(ctx context.Context, now time.Time) (time.Time, error) {
	var slot, credits, planned, withdrawal, report Instant
	var dirty bool
	var ends map[int64]time.Time
	err := s.read(ctx, func(x *tx) error {
		for _, q := range []struct {
			dst   any
			query string
		}{
			{&dirty, `SELECT count(*) > 0 FROM accounts WHERE dirty = 1 AND state = 'active'`},
			{&slot, `SELECT min(slot_at) FROM messages WHERE state = 'scheduled'`},
			{&credits, `SELECT min(wallet_next_at) FROM accounts WHERE state = 'active'`},
			{&planned, `SELECT min(planned_until) FROM accounts WHERE state = 'active'`},
			{&withdrawal, `SELECT min(ask_at) FROM withdrawals WHERE state = 'waiting'`},
		} {
			if err := x.get(ctx, q.dst, q.query); err != nil {
				return err
			}
		}
		var err error
		if report, err = acceptedDue(ctx, x); err != nil {
			return err
		}
		ends, err = openEnds(ctx, x)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	if dirty {
		return now, nil
	}
	if !planned.IsZero() {
		planned = on(planned.Add(extendEvery - Horizon))
	}
	var next time.Time
	dues := []Instant{slot, credits, planned, withdrawal, report}
	for _, end := range ends {
		dues = append(dues, on(end))
	}
	for _, at := range dues {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at.Time
		}
	}
	if !next.IsZero() && next.Before(now) {
		next = now
	}
	return next, nil
}

// Housekeep does what is due by time alone: it grants and expires credits,
// recalls the open cards of campaigns that are over, extends horizons, and
// plans what an apply or a dead process left dirty. A transaction each account;
// alive, if not nil, is called after it.
func (s *Store) Housekeep(ctx context.Context, now time.Time, alive func()) error {
	var credits, plans []int64
	var ends map[int64]time.Time
	err := s.read(ctx, func(x *tx) (err error) {
		if ends, err = openEnds(ctx, x); err != nil {
			return err
		}
		err = x.all(ctx, &credits, `SELECT id FROM accounts WHERE state = 'active' AND wallet_next_at <= ?
			ORDER BY wallet_next_at, id`, on(now))
		if err != nil {
			return err
		}
		return x.all(ctx, &plans, `SELECT id FROM accounts WHERE state = 'active' AND dirty = 0 AND planned_until <= ?
			ORDER BY planned_until, id`, on(now.Add(Horizon-extendEvery)))
	})
	if err != nil {
		return err
	}
	for _, id := range credits {
		if err := s.write(ctx, func(x *tx) error { return creditsDueOf(ctx, x, id, now) }); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ends)) {
		if now.Before(ends[id]) {
			continue
		}
		err := s.write(ctx, func(x *tx) error {
			_, _, err := reconsider(ctx, x, now, `r.account_id = ?`, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := s.unreported(ctx, now); err != nil {
		return err
	}
	if alive == nil {
		alive = func() {}
	}
	for _, id := range plans {
		if err := s.write(ctx, func(x *tx) error { return s.planAccount(ctx, x, id, now) }); err != nil {
			return err
		}
		alive()
	}
	return s.PlanDirty(ctx, now, func(Phase, int, int) { alive() })
}

// CatchUp is Housekeep for a command that finds the daemon stopped: it also
// plans anew what missed its slot meanwhile.
func (s *Store) CatchUp(ctx context.Context, now time.Time) error {
	if err := s.Housekeep(ctx, now, nil); err != nil {
		return err
	}
	var ids []int64
	err := s.read(ctx, func(x *tx) error {
		return x.all(ctx, &ids, `SELECT account_id FROM messages WHERE state = 'scheduled' AND slot_at < ?
			UNION SELECT account_id FROM withdrawals WHERE state = 'waiting' AND ask_at < ? ORDER BY 1`, on(now), on(now))
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.write(ctx, func(x *tx) error { return s.planAccount(ctx, x, id, now) }); err != nil {
			return err
		}
	}
	return s.PlanDirty(ctx, now, nil)
}
