// Package dispatch is the loop: what is due, claim, hand over, record.
package dispatch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// Store is what the dispatcher needs of a database.
type Store interface {
	// Housekeep does what time alone asks for: credits that are due, horizons
	// that have become short, accounts that wait to be planned. alive, which may
	// be nil, is called after each account: there may be thousands.
	Housekeep(ctx context.Context, now time.Time, alive func()) error
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
	// Clock answers whether the clock that shows now is trusted. While it is
	// not, nothing else is asked of the store but to record.
	Clock(ctx context.Context, now time.Time) (scheduler.ClockHold, error)
	// ClockJumped notes that the clock, which shows now, jumped by so much.
	ClockJumped(ctx context.Context, now time.Time, by time.Duration) (scheduler.ClockHold, error)
}

// Dispatcher releases what is due. One goroutine calls its methods.
type Dispatcher struct {
	store    Store
	channels map[string]channel.Channel
	log      events
	// unrecorded are outcomes the store has not taken yet. Nothing is claimed
	// before they are recorded.
	unrecorded []Outcome
	journal    Journal               // nil: there is none
	kept       int                   // of unrecorded, how many are in the journal
	changed    func(context.Context) // see OnChange

	unsettled bool      // what an earlier process left open: see Resume
	complaint complaint // about steps that fail
	alive     func()    // see Loop; nil: nobody is told

	clock   func() Reading      // see SetClock; nil: time is even
	last    Reading             // the one before
	unnoted error               // why the last jump could not be noted
	hold    scheduler.ClockHold // as the store had it last

	// A claim failed at lostAt (zero: none did), and nobody knows whether it is
	// in the database. claimed are the keys of the claims made at claimedAt, the
	// last instant of any.
	lostAt    time.Time
	claimed   map[string]bool
	claimedAt time.Time

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
// before this one may have sent them. What a channel has accepted goes on
// waiting for its report. Call it once, before the first Step. While the clock is
// not trusted it waits, and so it does when the store fails: a later Step does it.
func (d *Dispatcher) Resume(ctx context.Context, now time.Time) error {
	d.unsettled = true
	open, err := d.store.Open(ctx)
	if err != nil {
		return err
	}
	if err := d.replay(ctx, now, open); err != nil {
		return err
	}
	if err := d.askClock(ctx, now); err != nil || d.hold.Held() {
		return err
	}
	if open, err = d.store.Open(ctx); err != nil {
		return err
	}
	d.unsettled = false
	var again []scheduler.Release
	var lost []Outcome
	for _, r := range open {
		switch traits := d.traits(r.Channel); {
		case r.Accepted: // its report comes, or the store stops waiting for it
		case r.Recalled:
			lost = append(lost, d.unknown(ctx, r, overtaken))
		case !traits.Idempotent:
			lost = append(lost, d.unknown(ctx, r, "the process ended between the claim and the report"))
		case traits.Workers > 0:
			d.doubts = append(d.doubts, flight{release: r, repeated: true, due: now})
		default:
			again = append(again, r)
		}
	}
	return d.record(ctx, now, append(lost, d.handOver(ctx, again, true)...))
}

// stepRounds bounds how often one Step looks again because what it released
// left other accounts to be planned, or what missed its slot found one that is
// due at once.
const stepRounds = 4

// Step does everything that is due at now and returns when something is due
// next; the zero time if nothing is. A claim may leave other accounts to be
// planned, and they may have messages due at the same instant.
//
// While the clock is not trusted, it only records what was under way.
//
// Channels without workers are waited for. Calls on the others go on when Step
// has returned, until ctx ends; a later Step books how they ended.
func (d *Dispatcher) Step(ctx context.Context, now time.Time) (next time.Time, err error) {
	d.landAll(ctx, d.hold.Present(now))
	if err := d.settleLost(ctx, d.hold.Present(now)); err != nil {
		return next, err
	}
	if err := d.askClock(ctx, now); err != nil || d.hold.Held() {
		return d.hold.Last, err
	}
	if d.unsettled {
		if err := d.Resume(ctx, now); err != nil {
			return next, err
		}
	}
	for range stepRounds {
		if err := d.store.Housekeep(ctx, now, d.alive); err != nil {
			return next, err
		}
		// Behind what an edit or an end has just recalled.
		if err := d.callAgain(ctx, now); err != nil {
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
		releases, err := d.claim(ctx, now)
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
		if err := d.record(ctx, now, d.handOver(ctx, waitedFor, false)); err != nil {
			return err
		}
	}
}

// claim books what is due. A claim that fails may still be in the database: only
// what it returned is handed over, and nothing more is claimed before it is
// known what became of the rest (see settleLost).
func (d *Dispatcher) claim(ctx context.Context, now time.Time) ([]scheduler.Release, error) {
	if !d.claimedAt.Equal(now) {
		d.claimedAt, d.claimed = now, map[string]bool{}
	}
	releases, err := d.store.Claim(ctx, now, d.free())
	if err != nil {
		d.lostAt = now
		return nil, err
	}
	for _, r := range releases {
		d.claimed[r.Key] = true
	}
	return releases, nil
}

// settleLost records what is not recorded yet, and what a claim left that
// failed without saying how.
func (d *Dispatcher) settleLost(ctx context.Context, now time.Time) error {
	if err := d.record(ctx, now, nil); err != nil || d.lostAt.IsZero() {
		return err
	}
	again, lost, err := d.forgotten(ctx)
	if err == nil {
		err = d.record(ctx, now, append(lost, d.handOver(ctx, again, false)...))
	}
	if err == nil {
		d.lostAt = time.Time{}
	}
	return err
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

// handOver gives releases to their channels, each channel on its own, and
// reports what became of each. repeated: a process before this one may have done so.
func (d *Dispatcher) handOver(ctx context.Context, releases []scheduler.Release, repeated bool) []Outcome {
	reports := make([]Outcome, len(releases))
	byChannel := map[string][]int{}
	for i, r := range releases {
		byChannel[r.Channel] = append(byChannel[r.Channel], i)
	}
	var wg sync.WaitGroup
	for name, indexes := range byChannel {
		wg.Go(func() {
			for k, out := range d.send(ctx, name, releases, indexes, repeated) {
				i := indexes[k]
				reports[i] = outcome(releases[i], report(releases[i], out))
			}
		})
	}
	wg.Wait()
	for i := range reports {
		d.log.released(ctx, releases[i], reports[i].Report)
	}
	return reports
}

// send hands the releases at indexes to one channel.
func (d *Dispatcher) send(ctx context.Context, name string, releases []scheduler.Release, indexes []int, repeated bool) []channel.Outcome {
	ds := make([]channel.Delivery, len(indexes))
	for k, i := range indexes {
		ds[k] = delivery(releases[i])
		ds[k].Repeated = repeated
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
