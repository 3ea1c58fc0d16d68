package store

import (
	"context"
	"slices"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// dueAccount is an account with messages whose slots have come, the first of
// them at First.
type dueAccount struct {
	ID    int64   `db:"account_id"`
	First Instant `db:"first"`
}

// claimAccount claims up to limit of what is due of one account, and plans it
// anew if anything did not go as planned. handled counts what went or was
// planned anew; what waits for a worker or for somebody else does not.
func (s *Store) claimAccount(ctx context.Context, x *tx, now time.Time, first dueAccount, limit int, free map[string]int) (_ []scheduler.Release, handled int, err error) {
	c := &claim{s: s, x: x, now: now}
	if c.account, err = accountByID(ctx, x, first.ID); err != nil || c.account.Dirty { // an account before it has just made it so
		return nil, 0, err
	}
	channel := c.account.def().Channel
	if free[channel] == 0 && c.inGrace(first.First.Time) {
		return nil, 0, nil // all of it is, and its turn comes when a worker is free
	}
	due, err := dueOf(ctx, x, first.ID, now, limit)
	if err != nil {
		return nil, 0, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, 0, err
	}
	out, replan, err := c.each(ctx, due, channel, free)
	if err != nil {
		return nil, 0, err
	}
	if replan > 0 {
		err = s.planAccount(ctx, x, c.account.ID, now)
	} else if slices.ContainsFunc(out, func(r scheduler.Release) bool { return r.Kind == limits.InMail }) {
		err = setWalletNext(ctx, x, c.account.ID, c.wallet) // the lot that expired next may be empty now
	}
	return out, len(out) + replan, err
}

// each claims the messages one after the other, as many as the channel takes.
// missed counts those that may not go, and must be planned anew.
func (c *claim) each(ctx context.Context, due []dueRow, channel string, free map[string]int) (out []scheduler.Release, missed int, err error) {
	seen := make(map[int64]bool, len(due))
	for i := range due {
		// The next step waits for what becomes of the one before.
		if seen[due[i].TargetID] {
			continue
		}
		seen[due[i].TargetID] = true
		if free[channel] == 0 && c.inGrace(due[i].SlotAt.Time) {
			continue
		}
		if waits, err := c.waits(ctx, &due[i]); err != nil {
			return nil, 0, err
		} else if waits {
			continue
		}
		r, ok, err := c.one(ctx, &due[i])
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			missed++
			continue
		}
		if free[channel] > 0 {
			free[channel]--
		}
		out = append(out, r)
	}
	return out, missed, nil
}

// dueOf are the messages of an account that are due at now, up to limit, in
// the order in which they go.
func dueOf(ctx context.Context, x *tx, account int64, now time.Time, limit int) ([]dueRow, error) {
	var due []dueRow
	err := x.all(ctx, &due, `SELECT m.*, p.profile, p.suppressed_at
		FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		JOIN campaigns c ON c.id = t.campaign_id
		WHERE m.account_id = ? AND m.state = 'scheduled' AND m.slot_at <= ?
		ORDER BY m.slot_at, m.place, c.position, t.position, m.id
		LIMIT ?`, account, on(now), limit)
	if err == nil {
		err = inSequence(ctx, x, due)
	}
	return due, err
}

// begin reads what the claims on the account are judged by.
func (c *claim) begin(ctx context.Context) (err error) {
	if err := creditsDue(ctx, c.x, c.account, c.now); err != nil {
		return err
	}
	if c.state, err = c.s.ledgers(ctx, c.x, c.account, c.now); err != nil {
		return err
	}
	c.book = c.state.ClaimBook()
	c.wallet = c.state.Wallet
	return c.x.get(ctx, &c.version, `SELECT value FROM meta WHERE key = 'config_version'`)
}
