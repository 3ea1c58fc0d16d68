package dispatch

import (
	"context"
	"errors"
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
// of every account that was planned, and of every round in which the database answered,
// unless the last step failed for another reason than a full disk, which starting again
// would not mend.
//
// ctx ending is the first stage of a stop: nothing more is claimed, what is in
// flight is waited for and recorded. Cancelling hard cuts that short. An error
// that says it is fatal (Fatal() bool) ends it, too.
func (d *Dispatcher) Loop(ctx, hard context.Context, poll time.Duration, between <-chan func(), alive func()) error {
	if alive == nil {
		alive = func() {}
	}
	d.alive = alive
	if d.clock == nil {
		d.clock = evenly()
	}
	due := d.read().Wall
	version, stepped := int64(-1), true
	for {
		r := d.read()
		now := r.Wall
		d.unnoted = d.watchClock(hard, r)
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
			d.complain(ctx, now, err)
			if fatal(err) {
				return errors.Join(err, d.finish(hard))
			}
			if stepped = err == nil || noRoom(err); err != nil {
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
		if wait := due.Sub(d.read().Wall); !due.IsZero() && wait < sleep {
			sleep = wait
		}
		select {
		case <-ctx.Done():
			d.log.stopping(hard)
			return d.finish(hard)
		case l := <-d.landed:
			due = d.read().Wall
			d.land(hard, d.hold.Present(due), l)
		case fn := <-between:
			fn()
			due = d.read().Wall
		case <-time.After(max(sleep, 0)):
		}
	}
}

// finish waits for every call that is under way and records how it ended. What
// was to be called again stays open: the next process goes on with it.
func (d *Dispatcher) finish(ctx context.Context) error {
	for d.inFlight() > 0 {
		l := <-d.landed
		now := d.hold.Present(d.read().Wall)
		d.land(ctx, now, l)
		if err := d.record(ctx, now, nil); err != nil {
			d.log.failed(ctx, err, 0) // tried again with the next one
		}
	}
	return d.record(ctx, d.hold.Present(d.read().Wall), nil)
}

// evenly reads a clock that nobody sets, of a machine that never sleeps.
func evenly() func() Reading {
	start := time.Now()
	return func() Reading {
		now := time.Now()
		return Reading{Wall: now, Up: now.Sub(start), Awake: now.Sub(start)}
	}
}
