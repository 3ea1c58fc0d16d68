package dispatch

import (
	"context"
	"time"
)

// Poll is how often the loop asks whether another process changed the
// database: a change is seen within a second.
const Poll = 500 * time.Millisecond

// retryAfter is how long the loop waits after a step that failed.
const retryAfter = time.Second

// Loop runs steps until ctx ends. It sleeps until something is due, and wakes
// for what other processes change, for outcomes that arrive and for functions
// sent on between, which it runs between two steps. alive, if not nil, is told
// of every round in which the database answered, unless the last step failed.
//
// ctx ending is the first stage of a stop: nothing more is claimed, what is in
// flight is waited for and recorded. Cancelling hard cuts that short.
func (d *Dispatcher) Loop(ctx, hard context.Context, poll time.Duration, between <-chan func(), alive func()) error {
	if alive == nil {
		alive = func() {}
	}
	due := time.Now()
	version, stepped := int64(-1), true
	for {
		now := time.Now()
		v, err := d.store.Version(hard)
		answered := err == nil
		if answered && v != version {
			version, due = v, now
			if d.changed != nil {
				d.changed(hard)
			}
		}
		if !due.IsZero() && !now.Before(due) {
			next, err := d.Step(hard, now)
			if stepped = err == nil; !stepped {
				d.log.failed(ctx, err, retryAfter)
				next = now.Add(retryAfter)
			}
			if due = next; !due.IsZero() && !due.After(now) {
				due = now.Add(poll) // due, but nobody can take it yet
			}
			d.log.sleeping(ctx, due)
		}
		if answered && stepped {
			alive()
		}
		sleep := poll
		if wait := time.Until(due); !due.IsZero() && wait < sleep {
			sleep = wait
		}
		select {
		case <-ctx.Done():
			d.log.stopping(hard)
			return d.finish(hard)
		case l := <-d.landed:
			due = time.Now()
			d.land(hard, due, l)
		case fn := <-between:
			fn()
			due = time.Now()
		case <-time.After(max(sleep, 0)):
		}
	}
}

// finish waits for every call that is under way and records how it ended. What
// was to be called again stays open: the next process goes on with it.
func (d *Dispatcher) finish(ctx context.Context) error {
	for d.inFlight() > 0 {
		l := <-d.landed
		now := time.Now()
		d.land(ctx, now, l)
		if err := d.record(ctx, now, nil); err != nil {
			d.log.failed(ctx, err, 0) // tried again with the next one
		}
	}
	return d.record(ctx, time.Now(), nil)
}
