package store

import (
	"context"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// Horizon is how far ahead slots are stored.
const Horizon = 14 * 24 * time.Hour

// planAccount plans one account at now and writes what differs: the slots of
// the next Horizon, dropped messages, the ends of its conversations. Accounts
// whose persons are waiting for such an end become dirty. An account with
// targets still to be merged stays dirty: the merge plans it. So does every one
// while the clock is not trusted. One that stands still first hands over what it
// can (reassign: true); with many targets it stays dirty meanwhile.
func (s *Store) planAccount(ctx context.Context, x *tx, id int64, now time.Time) error {
	_, err := s.plan(ctx, x, id, now, true)
	return err
}

// plan is planAccount; more says that the account has yet more to hand over
// and was not planned. spread tells others that wait for its conversations.
func (s *Store) plan(ctx context.Context, x *tx, id int64, now time.Time, spread bool) (more bool, err error) {
	var moved []Moved
	merging, err := mergeOf(ctx, x)
	if err == nil && merging == "" {
		moved, more, err = handOverOf(ctx, x, id, now)
	}
	held := false
	if err == nil {
		held, err = clockIsHeld(ctx, x, now)
	}
	if err != nil {
		return false, err
	}
	if merging != "" || more || held {
		_, err := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ?`, id)
		return more, err
	}
	if err := s.planNow(ctx, x, id, now, spread); err != nil {
		return false, err
	}
	return false, s.planReceivers(ctx, x, moved, now)
}

func (s *Store) planNow(ctx context.Context, x *tx, id int64, now time.Time, spread bool) error {
	a, err := accountByID(ctx, x, id)
	if err != nil {
		return err
	}
	if err := creditsDue(ctx, x, a, now); err != nil {
		return err
	}
	if _, _, err := reconsider(ctx, x, now, `r.account_id = ?`, id); err != nil {
		return err
	}
	if err := s.planWithdrawals(ctx, x, a, now); err != nil {
		return err
	}
	l, err := s.load(ctx, x, a, now)
	if err != nil {
		return err
	}
	plan := scheduler.Make(l.state, now, now.Add(Horizon))
	if err := l.writeMessages(ctx, x, plan); err != nil {
		return err
	}
	if err := l.writeTargets(ctx, x, plan, spread); err != nil {
		return err
	}
	if spread {
		if err := l.tellCompanies(ctx, x, plan); err != nil {
			return err
		}
	}
	_, err = x.exec(ctx, `UPDATE accounts SET planned_until = ?, wallet_next_at = ?, dirty = 0 WHERE id = ?`,
		on(plan.Until), on(walletNext(l.state.Wallet)), id)
	return err
}

// writeMessages moves the messages to where the plan has them.
func (l *loaded) writeMessages(ctx context.Context, x *tx, plan *scheduler.Plan) error {
	update, err := x.prepare(ctx, `UPDATE messages
		SET state = ?, slot_at = ?, place = ?, kind = ?, is_else = ?, held = ?, reason = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	defer update.Close()
	put := func(target, message int, want messageRow) error {
		have := l.messages[target][message]
		if have.State == want.State && have.SlotAt.Equal(want.SlotAt.Time) && have.Place == want.Place && have.Kind == want.Kind &&
			have.IsElse == want.IsElse && have.Held == want.Held {
			return nil
		}
		_, err := update.ExecContext(ctx, want.State, want.SlotAt, want.Place, want.Kind, want.IsElse, want.Held, want.Reason, have.ID)
		return err
	}
	place := 0
	for i, slot := range plan.Slots {
		if place++; i == 0 || !slot.At.Equal(plan.Slots[i-1].At) {
			place = 0
		}
		err := put(slot.Target, slot.Message, messageRow{
			State: scheduler.Scheduled, SlotAt: on(slot.At), Place: place, Kind: slot.Kind.String(), IsElse: slot.Else, Held: heldName(slot.Held),
		})
		if err != nil {
			return err
		}
	}
	for _, w := range plan.Waiting {
		if err := put(w.Target, w.Message, messageRow{State: scheduler.Queued}); err != nil {
			return err
		}
	}
	for _, d := range plan.Dropped {
		if err := put(d.Target, d.Message, messageRow{State: scheduler.Cancelled, Reason: string(d.Reason)}); err != nil {
			return err
		}
	}
	return nil
}

// heldName is how a reason is stored: nothing held is the empty text.
func heldName(h limits.Held) string {
	if h == limits.Ready {
		return ""
	}
	return h.String()
}

// writeTargets notes when each conversation ends, and which are over.
func (l *loaded) writeTargets(ctx context.Context, x *tx, plan *scheduler.Plan, spread bool) error {
	left := make([]int, len(l.targets))
	for i, t := range l.state.Targets {
		left[i] = len(t.Messages)
		if t.Open || t.Blocked == limits.HeldUnknown {
			left[i]++
		}
	}
	for _, d := range plan.Dropped {
		left[d.Target]--
	}
	rivals := map[int64]bool{} // persons whose other accounts plan anew
	for i := range l.targets {
		t := &l.targets[i]
		ends, state := on(plan.Ends[i]), "active"
		if left[i] == 0 {
			if state = "finished"; ends.Before(t.LastAt.Time) {
				ends = t.LastAt
			}
		}
		if state == t.State && ends.Equal(t.EndsAt.Time) {
			continue
		}
		if _, err := x.exec(ctx, `UPDATE targets SET ends_at = ?, state = ? WHERE id = ?`, ends, state, t.ID); err != nil {
			return err
		}
		if len(l.state.Targets[i].Rivals) > 0 {
			rivals[t.PersonID] = true
		}
	}
	if !spread {
		return nil
	}
	for person := range rivals {
		if _, err := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id <> ? AND state = 'active' AND id IN
			(SELECT account_id FROM targets WHERE person_id = ? AND state = 'active')`, l.account.ID, person); err != nil {
			return err
		}
	}
	return nil
}

// settleTarget ends a target that has nothing left to send or to answer. For
// reports, which change a message without planning: accounts on which somebody
// waited for this, without a slot, become dirty.
func settleTarget(ctx context.Context, x *tx, target int64) error {
	_, err := x.exec(ctx, `UPDATE targets SET state = 'finished', ends_at = last_at WHERE id = ? AND state = 'active'
		AND NOT EXISTS (SELECT 1 FROM messages WHERE target_id = targets.id
			AND state IN ('queued', 'scheduled', 'released', 'unknown'))`, target)
	if err != nil {
		return err
	}
	_, err = x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE state = 'active' AND id IN
		(SELECT o.account_id FROM targets t JOIN targets o ON o.person_id = t.person_id AND o.id <> t.id
		WHERE t.id = ? AND t.state <> 'active' AND o.state = 'active' AND o.begun_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.target_id = o.id AND m.state = 'scheduled'))`, target)
	return err
}

// planRounds bounds how often one call plans an account again because others
// moved the end of a conversation it waits for. In the last round nobody is
// told any more, so that two accounts never wait for each other for ever.
const planRounds = 8

// PlanDirty finishes what an apply, or a process that died, left: it merges
// committed targets and plans every dirty account, a transaction each.
// tell may be nil.
func (s *Store) PlanDirty(ctx context.Context, now time.Time, tell Progress) error {
	var merging string
	err := s.read(ctx, func(x *tx) (err error) {
		merging, err = mergeOf(ctx, x)
		return err
	})
	if err == nil && merging != "" {
		err = s.merge(ctx, now, tell)
	}
	if err != nil {
		return err
	}
	if hold, err := s.Clock(ctx, now); err != nil || hold.Held() {
		return err // planned once the clock is trusted
	}
	done := 0
	for round := range planRounds {
		ids, err := s.dirty(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		for i, id := range ids {
			if err := s.planIfDirty(ctx, id, now, round < planRounds-1); err != nil {
				return err
			}
			done++
			tell.at(Planning, done, done+len(ids)-i-1)
		}
	}
	return nil
}

// planIfDirty plans an account unless another process just did.
func (s *Store) planIfDirty(ctx context.Context, id int64, now time.Time, spread bool) error {
	for more := true; more; {
		err := s.write(ctx, func(x *tx) (err error) {
			var dirty bool
			if err := x.get(ctx, &dirty, `SELECT dirty FROM accounts WHERE id = ?`, id); err != nil || !dirty {
				more = false
				return err
			}
			more, err = s.plan(ctx, x, id, now, spread)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) dirty(ctx context.Context) (ids []int64, err error) {
	err = s.read(ctx, func(x *tx) error {
		return x.all(ctx, &ids, `SELECT id FROM accounts WHERE dirty = 1 AND state = 'active' ORDER BY position, id`)
	})
	return ids, err
}
