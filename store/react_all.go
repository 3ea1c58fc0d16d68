package store

import (
	"context"
	"maps"
	"time"
)

// reactChunk is how many reactions are recorded in one transaction: well below
// the busy timeout, so that claims get their turn.
const reactChunk = 500

// ReactResult is what became of one of several reactions. With Err nothing of
// it was recorded.
type ReactResult struct {
	Reacted
	Err error
}

// ReactAll records reactions in their order, many in a transaction. A wrong
// one leaves nothing behind, and the rest goes in: its result says why. The
// accounts that are touched become dirty, so that they release nothing before
// PlanDirty, of this process or the daemon, has planned each of them once;
// what the reactions stopped stays so from the commit on. The error is one of
// the database: the results are then those of the transactions before.
func (s *Store) ReactAll(ctx context.Context, now time.Time, list []Reaction) (results []ReactResult, err error) {
	for len(list) > 0 {
		chunk := list[:min(len(list), reactChunk)]
		list = list[len(chunk):]
		var some []ReactResult
		err := s.write(ctx, func(x *tx) (err error) {
			var touched map[int64]bool
			if some, touched, err = s.reactSome(ctx, x, now, chunk); err != nil {
				return err
			}
			return markDirty(ctx, x, touched)
		})
		if err != nil {
			return results, err
		}
		results = append(results, some...)
	}
	return results, nil
}

// reactSome records reactions inside one transaction. touched are the accounts
// to be planned again.
func (s *Store) reactSome(ctx context.Context, x *tx, now time.Time, list []Reaction) (results []ReactResult, touched map[int64]bool, err error) {
	results, touched = make([]ReactResult, len(list)), map[int64]bool{}
	for i, r := range list {
		w := &reacting{s: s, x: x, now: now, r: r}
		err := w.r.check(now)
		if err == nil {
			err = x.saved(ctx, func() error { return w.run(ctx) })
		}
		if err != nil {
			if engineFailed(ctx, err) {
				return nil, nil, err
			}
			results[i].Err = err
			continue
		}
		results[i].Reacted = w.out
		maps.Copy(touched, w.plan)
	}
	return results, touched, nil
}

// markDirty lets accounts release nothing until they are planned.
func markDirty(ctx context.Context, x *tx, ids map[int64]bool) error {
	for id := range ids {
		if _, err := x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ? AND state = 'active'`, id); err != nil {
			return err
		}
	}
	return nil
}

// overdue lets a reaction that is told late, after one that happened later,
// say why its person's sequences ended: the first one that ended them does,
// in whatever order they are told. An opt-out and a bounce keep the person
// suppressed either way.
func (w *reacting) overdue(ctx context.Context) error {
	var earlier int
	err := w.x.get(ctx, &earlier, `SELECT count(*) FROM events WHERE person_id = ? AND kind IN (?, ?, ?, ?) AND at <= ?`,
		w.person.ID, Reply, Declined, OptOut, Bounced, on(w.r.At))
	if err != nil || earlier > 0 {
		return err
	}
	// What an answer at the desk ended before this happened keeps its reason.
	ended := `SELECT id FROM targets WHERE person_id = ? AND state = 'stopped' AND stop_reason IN (?, ?, ?, ?) AND ends_at > ?`
	args := []any{w.person.ID, Reply, Declined, OptOut, Bounced, on(w.r.At)}
	_, err = w.x.exec(ctx, `UPDATE messages SET reason = ? WHERE state = 'cancelled' AND reason IN (?, ?, ?) AND target_id IN (`+ended+`)`,
		append([]any{cancelReason(w.r.Kind), Reply, OptOut, Bounced}, args...)...)
	if err != nil {
		return err
	}
	_, err = w.x.exec(ctx, `UPDATE targets SET stop_reason = ? WHERE id IN (`+ended+`)`, append([]any{w.r.Kind}, args...)...)
	return err
}
