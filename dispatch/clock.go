package dispatch

import (
	"context"
	"time"

	"outpace/scheduler"
)

// Reading is what the machine's clocks show at one instant. Up and Awake run
// evenly, whatever anybody sets the clock to: Up counts the time the machine
// sleeps, Awake does not.
type Reading struct {
	Wall      time.Time
	Up, Awake time.Duration // since any instant
}

// SetClock lets the Loop read the clocks by fn. Without it the Loop cannot tell
// a machine that slept from a clock that was set ahead, and takes time for even.
func (d *Dispatcher) SetClock(fn func() Reading) { d.clock = fn }

// smallStep is a jump worth a line in the log; less is the time between two
// readings.
const smallStep = 100 * time.Millisecond

// read is a reading whose instants are compared by what the clock showed.
func (d *Dispatcher) read() Reading {
	r := d.clock()
	r.Wall = r.Wall.Round(0)
	return r
}

// watchClock compares a reading with the one before. A jump that could not be
// noted is noticed again by the next reading.
func (d *Dispatcher) watchClock(ctx context.Context, r Reading) error {
	last := d.last
	if last.Wall.IsZero() {
		d.last = r
		return nil
	}
	up := r.Up - last.Up
	if slept := up - (r.Awake - last.Awake); slept > scheduler.ClockTolerance {
		d.log.slept(ctx, slept)
	}
	switch jump := r.Wall.Sub(last.Wall) - up; {
	case jump.Abs() > scheduler.ClockTolerance:
		hold, err := d.store.ClockJumped(ctx, r.Wall, jump)
		if err != nil {
			return err
		}
		d.log.jumped(ctx, jump)
		d.heard(ctx, hold)
		d.soonEnough(r.Wall)
	case jump.Abs() > smallStep:
		d.log.stepped(ctx, jump)
	}
	d.last = r
	return nil
}

// askClock asks whether the clock is trusted. A jump that could not be noted
// holds everything, too.
func (d *Dispatcher) askClock(ctx context.Context, now time.Time) error {
	if d.unnoted != nil {
		return d.unnoted
	}
	hold, err := d.store.Clock(ctx, now)
	if err == nil {
		d.heard(ctx, hold)
	}
	return err
}

// heard takes note of whether the clock is trusted, and says it when that
// changes.
func (d *Dispatcher) heard(ctx context.Context, hold scheduler.ClockHold) {
	switch {
	case hold.Held() && hold != d.hold:
		d.log.clockHeld(ctx, hold)
	case !hold.Held() && d.hold.Held():
		d.log.clockTrusted(ctx)
	}
	d.hold = hold
}

// soonEnough keeps what is in doubt from waiting for a time that a clock showed
// which was set back since.
func (d *Dispatcher) soonEnough(now time.Time) {
	latest := now.Add(repeats[len(repeats)-1])
	for i := range d.doubts {
		if d.doubts[i].due.After(latest) {
			d.doubts[i].due = latest
		}
	}
}
