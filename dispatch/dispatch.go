// Package dispatch is the loop: what is due, claim, hand over, record.
package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// Store is what the dispatcher needs of a database.
type Store interface {
	// Housekeep does what time alone asks for: credits that are due, horizons
	// that have become short, accounts that wait to be planned.
	Housekeep(ctx context.Context, now time.Time) error
	// Claim books what is due and may go; only what it returns may be handed
	// over. free is how many messages each channel can take, -1: any number.
	Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error)
	// Record books what became of releases.
	Record(ctx context.Context, now time.Time, reports []scheduler.Report) error
	// Open are the releases nobody has reported on.
	Open(ctx context.Context) ([]scheduler.Release, error)
	// NextAt is the next instant at which something is due; zero: nothing is.
	NextAt(ctx context.Context, now time.Time) (time.Time, error)
	// Version differs after any commit, of this process or another.
	Version(ctx context.Context) (int64, error)
}

// Dispatcher releases what is due. One goroutine calls its methods.
type Dispatcher struct {
	store    Store
	channels map[string]channel.Channel
	log      events
	// unrecorded are outcomes the store has not taken yet. Nothing is claimed
	// before they are recorded.
	unrecorded []scheduler.Report
	changed    func(context.Context) // see OnChange

	// Releases on channels with workers, see flight.
	flying map[string]int // calls under way, by channel
	doubts []flight       // to be called again
	landed chan landing   // where outcomes come back
}

// New makes a dispatcher over the channels, by name.
func New(s Store, channels map[string]channel.Channel, log *slog.Logger) *Dispatcher {
	return &Dispatcher{
		store: s, channels: channels, log: events{log},
		flying: map[string]int{}, landed: make(chan landing),
	}
}

// SetChannels replaces the channels, between two steps.
func (d *Dispatcher) SetChannels(channels map[string]channel.Channel) { d.channels = channels }

// OnChange lets fn look at the database whenever anybody has changed it, in the
// Loop's goroutine and before the step that follows.
func (d *Dispatcher) OnChange(fn func(context.Context)) { d.changed = fn }

// Resume settles the releases a process before this one left open: those on
// channels that take the same key twice are handed over again, the others
// become unknown, and so do those that were recalled meanwhile: the process
// before this one may have sent them. Call it once, before the first Step.
func (d *Dispatcher) Resume(ctx context.Context, now time.Time) error {
	open, err := d.store.Open(ctx)
	if err != nil {
		return err
	}
	var again []scheduler.Release
	var lost []scheduler.Report
	for _, r := range open {
		switch traits := d.traits(r.Channel); {
		case r.Recalled:
			lost = append(lost, unknown(r, overtaken))
		case !traits.Idempotent:
			lost = append(lost, unknown(r, "the process ended between the claim and the report"))
		case traits.Workers > 0:
			d.doubts = append(d.doubts, flight{release: r, repeated: true, due: now})
		default:
			again = append(again, r)
		}
	}
	return d.record(ctx, now, append(lost, d.handOver(ctx, again)...))
}

// stepRounds bounds how often one Step looks again because what it released
// left other accounts to be planned, or what missed its slot found one that is
// due at once.
const stepRounds = 4

// Step does everything that is due at now and returns when something is due
// next; the zero time if nothing is. A claim may leave other accounts to be
// planned, and they may have messages due at the same instant.
//
// Channels without workers are waited for. Calls on the others go on when Step
// has returned, until ctx ends; a later Step books how they ended.
func (d *Dispatcher) Step(ctx context.Context, now time.Time) (next time.Time, err error) {
	d.landAll(ctx, now)
	if err := d.record(ctx, now, nil); err != nil {
		return next, err
	}
	if err := d.callAgain(ctx, now); err != nil {
		return next, err
	}
	for range stepRounds {
		if err := d.store.Housekeep(ctx, now); err != nil {
			return next, err
		}
		if err := d.release(ctx, now); err != nil {
			return next, err
		}
		next, err = d.store.NextAt(ctx, now)
		if err != nil || next.IsZero() || next.After(now) {
			return d.sooner(next), err
		}
	}
	return d.sooner(next), nil
}

// release claims and hands over until nothing is due.
func (d *Dispatcher) release(ctx context.Context, now time.Time) error {
	for {
		releases, err := d.store.Claim(ctx, now, d.free())
		if err != nil || len(releases) == 0 {
			return err
		}
		var waitedFor []scheduler.Release
		for _, r := range releases {
			if d.traits(r.Channel).Workers > 0 {
				d.launch(ctx, flight{release: r})
			} else {
				waitedFor = append(waitedFor, r)
			}
		}
		if err := d.record(ctx, now, d.handOver(ctx, waitedFor)); err != nil {
			return err
		}
	}
}

// traits are those of a channel; of one that is gone, none.
func (d *Dispatcher) traits(name string) channel.Traits {
	if ch := d.channels[name]; ch != nil {
		return ch.Traits()
	}
	return channel.Traits{}
}

// free is what each channel can take now. What is to be called again keeps its
// worker: a receiver that answers nobody gets no more than it has.
func (d *Dispatcher) free() map[string]int {
	free := make(map[string]int, len(d.channels))
	for name, ch := range d.channels {
		free[name] = -1
		if workers := ch.Traits().Workers; workers > 0 {
			free[name] = max(workers-d.flying[name]-d.doubtful(name), 0)
		}
	}
	return free
}

// record books outcomes, and first those that could not be booked before.
func (d *Dispatcher) record(ctx context.Context, now time.Time, reports []scheduler.Report) error {
	d.unrecorded = append(d.unrecorded, reports...)
	if len(d.unrecorded) == 0 {
		return nil
	}
	// What has been handed over is recorded even while the daemon stops.
	if err := d.store.Record(context.WithoutCancel(ctx), now, d.unrecorded); err != nil {
		return fmt.Errorf("recording what became of %d releases: %w", len(d.unrecorded), err)
	}
	d.unrecorded = nil
	return nil
}

// handOver gives releases to their channels, each channel on its own, and
// reports what became of each.
func (d *Dispatcher) handOver(ctx context.Context, releases []scheduler.Release) []scheduler.Report {
	reports := make([]scheduler.Report, len(releases))
	byChannel := map[string][]int{}
	for i, r := range releases {
		byChannel[r.Channel] = append(byChannel[r.Channel], i)
	}
	var wg sync.WaitGroup
	for name, indexes := range byChannel {
		wg.Go(func() {
			for k, out := range d.send(ctx, name, releases, indexes) {
				i := indexes[k]
				reports[i] = report(releases[i], out)
			}
		})
	}
	wg.Wait()
	for i := range reports {
		d.log.released(ctx, releases[i], reports[i])
	}
	return reports
}

// send hands the releases at indexes to one channel.
func (d *Dispatcher) send(ctx context.Context, name string, releases []scheduler.Release, indexes []int) []channel.Outcome {
	ds := make([]channel.Delivery, len(indexes))
	for k, i := range indexes {
		ds[k] = delivery(releases[i])
	}
	ch := d.channels[name]
	if batch, ok := ch.(channel.Batch); ok {
		return batch.SendAll(ctx, ds)
	}
	outs := make([]channel.Outcome, len(ds))
	for k := range ds {
		outs[k] = ch.Send(ctx, ds[k])
	}
	return outs
}

// delivery is a release as channels see it.
func delivery(r scheduler.Release) channel.Delivery {
	kind := r.Kind.String()
	if r.Withdrawal != 0 {
		kind = channel.Withdraw
	}
	return channel.Delivery{
		ID: r.Message, Key: r.Key, SlotAt: r.SlotAt, ReleasedAt: r.ReleasedAt,
		Account: r.Account, Campaign: r.Campaign, Target: r.Target, Profile: r.Target, Name: r.Name,
		Kind: kind, Subject: r.Subject, Body: r.Body,
	}
}

// report says in the scheduler's words what a channel answered. A sent
// message counts at its slot unless the channel knows better.
func report(r scheduler.Release, out channel.Outcome) scheduler.Report {
	rep := scheduler.Report{Release: r.ID, Withdrawal: r.Withdrawal, At: out.At, Verdict: string(out.Verdict), Detail: out.Detail}
	if out.RetryAfter > 0 {
		rep.Until = r.ReleasedAt.Add(out.RetryAfter)
	}
	switch {
	case out.State == channel.Sent:
		rep.Outcome = scheduler.WasSent
	case out.State == channel.Waiting:
		rep.Outcome = scheduler.Waits
	case out.State != channel.NotSent:
		rep.Outcome = scheduler.CannotTell
	case out.Next == channel.Again:
		rep.Outcome = scheduler.NotSentYet
	case out.Next == channel.Fail:
		rep.Outcome = scheduler.NeverSent
	case out.Next == channel.SwitchOff:
		rep.Outcome = scheduler.ChannelIsOff
	default:
		rep.Outcome = scheduler.NotSent
	}
	return rep
}
