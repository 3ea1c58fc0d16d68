package dispatch

import (
	"context"
	"slices"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// repeats are the waits before a release is called again whose effect nobody
// knows, where the channel takes the same key twice. After the last one it is
// for a person to find out.
var repeats = [...]time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute}

// flight is a release on its way through a channel with workers. Such a
// channel takes its time, and must not keep others waiting: each call has its
// goroutine, and never more than the channel's workers are claimed.
//
// A release is open in the database as long as it flies. A process that dies
// loses only the count of its tries: the next one calls again, with the same
// key, or says that nobody knows.
type flight struct {
	release  scheduler.Release
	repeated bool      // it was called before, by this process or another
	tries    int       // calls of this process that left it in doubt
	due      time.Time // of the next call, if it is in doubt
}

// landing is a flight with the outcome of its call.
type landing struct {
	flight
	idempotent bool
	out        channel.Outcome
}

// launch calls a flight's channel, which must be there.
func (d *Dispatcher) launch(ctx context.Context, f flight) {
	ch := d.channels[f.release.Channel]
	d.flying[f.release.Channel]++
	message := delivery(f.release)
	message.Repeated = f.repeated
	go func() {
		out := ch.Send(ctx, message)
		d.landed <- landing{flight: f, idempotent: ch.Traits().Idempotent, out: out}
	}()
}

// land takes an outcome that has come back: it is recorded next, or the
// release is called again later.
func (d *Dispatcher) land(ctx context.Context, now time.Time, l landing) {
	if d.flying[l.release.Channel]--; d.flying[l.release.Channel] == 0 {
		delete(d.flying, l.release.Channel)
	}
	if l.out.State == channel.CannotTell && l.idempotent && l.tries < len(repeats) {
		f := l.flight
		f.repeated, f.due = true, now.Add(repeats[f.tries])
		f.tries++
		d.doubts = append(d.doubts, f)
		d.log.doubted(ctx, f, l.out)
		return
	}
	rep := report(l.release, l.out)
	rep.Fault = rep.Fault && ctx.Err() == nil // a call that a stop cuts short says nothing of its channel
	d.log.released(ctx, l.release, rep)
	d.unrecorded = append(d.unrecorded, outcome(l.release, rep))
}

// landAll takes the outcomes that wait to be taken.
func (d *Dispatcher) landAll(ctx context.Context, now time.Time) {
	for {
		select {
		case l := <-d.landed:
			d.land(ctx, now, l)
		default:
			return
		}
	}
}

// callAgain calls what is in doubt and due. Somebody may have found out
// meanwhile: then it is not open any more, and not called. Nor is what was
// recalled meanwhile.
func (d *Dispatcher) callAgain(ctx context.Context, now time.Time) error {
	if !slices.ContainsFunc(d.doubts, func(f flight) bool { return !f.due.After(now) }) {
		return nil
	}
	open, err := d.store.Open(ctx)
	if err != nil {
		return err
	}
	isOpen, recalled := make(map[string]bool, len(open)), map[string]bool{}
	for _, r := range open {
		isOpen[r.Key], recalled[r.Key] = true, r.Recalled
	}
	doubts := d.doubts
	d.doubts = nil
	for _, f := range doubts {
		switch traits := d.traits(f.release.Channel); {
		case !isOpen[f.release.Key]:
		case recalled[f.release.Key]:
			d.unrecorded = append(d.unrecorded, d.unknown(ctx, f.release, overtaken))
		case traits.Workers == 0 || !traits.Idempotent: // the channel was changed
			d.unrecorded = append(d.unrecorded, d.unknown(ctx, f.release, "the channel does not take the same key twice any more"))
		case f.due.After(now) || d.flying[f.release.Channel] >= traits.Workers:
			d.doubts = append(d.doubts, f)
		default:
			d.launch(ctx, f)
		}
	}
	return d.record(ctx, now, nil)
}

// overtaken is why a release is not called again though its channel would
// take the same key twice.
const overtaken = "recalled before anybody knew whether it was sent: it is not handed over again"

// unknown reports a release whose effect nobody knows.
func (d *Dispatcher) unknown(ctx context.Context, r scheduler.Release, why string) Outcome {
	rep := scheduler.Report{Release: r.ID, Withdrawal: r.Withdrawal, Outcome: scheduler.CannotTell, Detail: why}
	d.log.released(ctx, r, rep)
	return outcome(r, rep)
}

// doubtful counts the releases of a channel that are to be called again.
func (d *Dispatcher) doubtful(name string) (n int) {
	for _, f := range d.doubts {
		if f.release.Channel == name {
			n++
		}
	}
	return n
}

// inFlight counts the calls under way.
func (d *Dispatcher) inFlight() (n int) {
	for _, calls := range d.flying {
		n += calls
	}
	return n
}

// sooner is next, or the time of a call that is due before it.
func (d *Dispatcher) sooner(next time.Time) time.Time {
	for _, f := range d.doubts {
		if next.IsZero() || f.due.Before(next) {
			next = f.due
		}
	}
	return next
}
