package store

import (
	"context"
	"time"

	"outpace/limits"
)

// Answered tells what an answer on a card did beside answering it.
type Answered struct {
	Account string
	// Hold is what the platform's verdict holds of the account, until a time
	// in its zone; nil: nothing.
	Hold  *limits.Hold
	Moved []Moved // of campaigns with reassign: true, if the account stands still now
}

// DeskAnswer is DeskAnswered for callers who do not ask what else it did.
func (s *Store) DeskAnswer(ctx context.Context, now time.Time, id string, a Answer) error {
	_, err := s.DeskAnswered(ctx, now, id, a)
	return err
}

// DeskAnswered records the answer on an open card, or on a message of unknown
// effect. The message is named by its id or a unique beginning of it.
func (s *Store) DeskAnswered(ctx context.Context, now time.Time, id string, a Answer) (Answered, error) {
	var p Paused
	var hold *limits.Hold
	var more bool // targets to hand over
	err := s.write(ctx, func(x *tx) error {
		if w, r, err := withdrawalOf(ctx, x, id, deskWithdrawals); err != nil {
			return err
		} else if w != nil {
			if _, _, err := p.stands(ctx, x, r.AccountID, "", now); err != nil {
				return err
			}
			return s.answerWithdrawal(ctx, x, w, r, a, now)
		}
		r, err := waitingRelease(ctx, x, id)
		if err != nil {
			return err
		}
		if err := a.check(r, now); err != nil {
			return err
		}
		plan, err := accountsOf(ctx, x, r.PersonID) // before the answer may stop them
		if err != nil {
			return err
		}
		plan[r.AccountID] = true
		if err := s.answer(ctx, x, r, a, now); err != nil {
			return err
		}
		if err := stepBack(ctx, x, r.TargetID); err != nil {
			return err
		}
		if _, err := x.exec(ctx, `UPDATE releases SET answer = ? WHERE id = ?`, string(a.Kind), r.ID); err != nil {
			return err
		}
		if hold, more, err = p.stands(ctx, x, r.AccountID, a.Verdict, now); err != nil {
			return err
		}
		if more { // it is planned when the rest is moved
			delete(plan, r.AccountID)
		}
		if a.Later {
			err = markDirty(ctx, x, plan)
		} else {
			_, err = s.planAll(ctx, x, plan, now)
		}
		if err != nil {
			return err
		}
		return s.planReceivers(ctx, x, p.Moved, now)
	})
	if err == nil && (more || many(p.Moved)) {
		err = s.handOverRest(ctx, &p, now)
	}
	return Answered{p.Name, hold, p.Moved}, err
}

// stands finds what a verdict holds of an account, and hands over what the
// account can give away if it stands still.
func (p *Paused) stands(ctx context.Context, x *tx, account int64, verdict string, now time.Time) (h *limits.Hold, more bool, err error) {
	a, err := accountByID(ctx, x, account)
	if err != nil {
		return nil, false, err
	}
	p.Name = a.Name
	if verdict == "" || a.State != "active" {
		return nil, false, nil
	}
	var row struct {
		Kinds   string  `db:"kinds"`
		Noted   bool    `db:"noted_only"`
		UntilAt Instant `db:"until_at"`
		Reason  string  `db:"reason"`
	}
	found, err := x.find(ctx, &row, `SELECT kinds, noted_only, until_at, reason FROM holds WHERE account_id = ? AND verdict = ?
		AND lifted_at IS NULL AND (until_at IS NULL OR until_at > ?) ORDER BY id DESC LIMIT 1`, account, verdict, on(now))
	if err != nil {
		return nil, false, err
	}
	if found {
		h = &limits.Hold{NotedOnly: row.Noted, Until: inZone(row.UntilAt.Time, a.zone())}
		if h.Kinds, err = parseKinds(row.Kinds); err != nil {
			return nil, false, err
		}
		if h.Reason, err = limits.ParseHeld(row.Reason); err != nil {
			return nil, false, err
		}
	}
	more, err = p.handOver(ctx, x, a, now)
	return h, more, err
}
