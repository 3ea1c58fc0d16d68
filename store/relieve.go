package store

import (
	"context"
	"errors"
	"time"
)

// relieve hands over what accounts that stand still could give to nobody
// until another one went on, and plans who got it.
func (s *Store) relieve(ctx context.Context, x *tx, now time.Time) (moved []Moved, err error) {
	halted, err := haltedAccounts(ctx, x)
	if err != nil || len(halted) == 0 {
		return nil, err
	}
	if merging, err := mergeOf(ctx, x); err != nil || merging != "" {
		_, e := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE state = 'active'`) // the merge plans them
		return nil, errors.Join(err, e)
	}
	var list []accountRow
	if err := x.all(ctx, &list, `SELECT * FROM accounts WHERE state = 'active' ORDER BY position, id`); err != nil {
		return nil, err
	}
	for i := range list {
		a := &list[i]
		if !halted[a.ID] {
			continue
		}
		some, more, err := handOver(ctx, x, a, now)
		if err != nil {
			return nil, err
		}
		if moved = append(moved, some...); more {
			// planning it hands over the rest
			if _, err := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ?`, a.ID); err != nil {
				return nil, err
			}
		}
	}
	return moved, s.planReceivers(ctx, x, moved, now)
}

// planReceivers plans who got targets, in the same transaction; many of them
// leave their accounts dirty, to be planned in one of their own.
func (s *Store) planReceivers(ctx context.Context, x *tx, moved []Moved, now time.Time) error {
	if many(moved) {
		return nil
	}
	done := map[string]bool{}
	for _, m := range moved {
		if done[m.To] {
			continue
		}
		done[m.To] = true
		a, err := accountByName(ctx, x, m.To)
		if err != nil {
			return err
		}
		if err := s.planAccount(ctx, x, a.ID, now); err != nil {
			return err
		}
	}
	return nil
}

// many says that those who got targets are left to be planned.
func many(moved []Moved) bool {
	total := 0
	for _, m := range moved {
		total += m.Targets
	}
	return total >= handOverChunk
}

// handOver moves the first chunk of what a paused account can give away. With
// more to come it leaves the account dirty.
func (p *Paused) handOver(ctx context.Context, x *tx, a *accountRow, now time.Time) (more bool, err error) {
	if a == nil {
		return false, nil
	}
	merging, err := mergeOf(ctx, x)
	if err != nil || merging != "" {
		return false, err // what follows the merge does it
	}
	p.Moved, more, err = handOver(ctx, x, a, now)
	if err == nil && more {
		_, err = x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ?`, a.ID)
	}
	return more, err
}

// handOverRest moves what is left, a chunk in each transaction, and plans
// everybody.
func (s *Store) handOverRest(ctx context.Context, p *Paused, now time.Time) error {
	for more := true; more; {
		var some []Moved
		err := s.write(ctx, func(x *tx) error {
			a, err := accountByName(ctx, x, p.Name)
			if err == nil {
				some, more, err = handOver(ctx, x, a, now)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range some {
			p.tally(m)
		}
	}
	return s.PlanDirty(ctx, now, nil)
}

// tally adds to what was moved already the same way.
func (p *Paused) tally(m Moved) {
	for i := range p.Moved {
		if have := &p.Moved[i]; have.Campaign == m.Campaign && have.From == m.From && have.To == m.To {
			have.Targets += m.Targets
			return
		}
	}
	p.Moved = append(p.Moved, m)
}
