// Package sim runs the real dispatcher and a real database on a virtual
// clock: it is behind `outpace simulate`, and behind the tests that move time.
package sim

import (
	"context"
	"io"
	"log/slog"
	"time"

	"outpace/campaign"
	"outpace/channel"
	"outpace/dispatch"
	"outpace/limits"
	"outpace/scheduler"
	"outpace/store"
)

// Options say what to simulate.
type Options struct {
	From time.Time
	Days int // slots in [From, From + Days·24h) are covered
	// Seed makes reactions and failures; the same seed gives the same run.
	Seed uint64
	// The rates are probabilities 0–1: a connection request or an InMail is
	// accepted, a message is replied to, a release is certainly not sent.
	AcceptRate, ReplyRate, FailRate float64
}

// Event is one line of a simulation. Which fields are set depends on Event,
// as docs/commands.md says.
type Event struct {
	Event       string       `json:"event"` // released, granted, expired, replied, accepted, failed
	At          time.Time    `json:"at"`
	Account     string       `json:"account"`
	Campaign    string       `json:"campaign,omitempty"`
	Target      string       `json:"target,omitempty"`
	Step        int          `json:"step,omitempty"`
	Kind        *limits.Kind `json:"kind,omitempty"`
	Priority    *int         `json:"priority,omitempty"`
	UsedToday   *int         `json:"used_today,omitempty"`
	CapToday    *int         `json:"cap_today,omitempty"`
	Credits     *int         `json:"credits,omitempty"`
	CreditsLeft *int         `json:"credits_left,omitempty"`
}

// Summary is the last line of a simulation.
type Summary struct {
	Event      string `json:"event"` // summary
	Releases   int    `json:"releases"`
	InMails    int    `json:"inmails"`
	Violations int    `json:"violations"` // promises broken; must be 0
	Queued     int    `json:"queued"`     // messages left without a release
}

// Run applies the set to the database at From and steps through the days. The
// database is the caller's to throw away. emit gets every event in the order
// of time.
func Run(ctx context.Context, db *store.Store, set *campaign.Set, o Options, emit func(Event) error) (Summary, error) {
	r := &run{Options: o, db: db, emit: emit, sum: Summary{Event: "summary"}}
	if err := Apply(ctx, db, set, o.From); err != nil {
		return r.sum, err
	}
	channels := map[string]channel.Channel{"desk": r.channel()}
	for _, c := range set.Channels {
		channels[c.Name] = r.channel()
	}
	d := dispatch.New(&watched{Store: db, run: r}, channels, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := r.skipEntries(ctx); err != nil {
		return r.sum, err
	}
	if err := d.Resume(ctx, o.From); err != nil {
		return r.sum, err
	}
	if err := r.steps(ctx, d); err != nil {
		return r.sum, err
	}
	return r.finish(ctx)
}

// Apply stages, commits and plans a set without asking anybody.
func Apply(ctx context.Context, db *store.Store, set *campaign.Set, now time.Time) error {
	staged, err := db.Stage(ctx, set, now)
	if err != nil {
		return err
	}
	if err := db.Commit(ctx, staged, now); err != nil {
		return err
	}
	return db.PlanDirty(ctx, now, nil)
}

// run is one simulation under way.
type run struct {
	Options
	db        *store.Store
	emit      func(Event) error
	sum       Summary
	lastEntry int64 // credit entries up to here have been told
	reactions reactions
	released  []scheduler.Release // of the step under way
}

// steps walks from one due instant to the next, and fails rather than to walk
// on the spot.
func (r *run) steps(ctx context.Context, d *dispatch.Dispatcher) error {
	end := r.From.Add(time.Duration(r.Days) * 24 * time.Hour)
	pulse := Pulse{Version: r.db.Version}
	for now := r.From; now.Before(end); {
		if err := r.react(ctx, now); err != nil {
			return err
		}
		r.released = nil
		next, err := d.Step(ctx, now)
		if err == nil {
			err = pulse.Beat(ctx, now, next)
		}
		if err != nil {
			return err
		}
		if err := r.tell(ctx, now); err != nil {
			return err
		}
		if at, ok := r.reactions.next(); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
		if next.IsZero() {
			return nil
		}
		if !next.After(now) {
			next = now.Add(time.Microsecond)
		}
		now = next
	}
	return nil
}

// finish counts what is left and what was broken.
func (r *run) finish(ctx context.Context) (Summary, error) {
	end := r.From.Add(time.Duration(r.Days) * 24 * time.Hour)
	v, err := r.db.Verify(ctx, end)
	if err != nil {
		return r.sum, err
	}
	r.sum.Violations = len(v.Violations)
	r.sum.Queued, err = r.db.Queue(ctx)
	return r.sum, err
}

// watched is the store, with an eye on what is claimed.
type watched struct {
	*store.Store
	run *run
}

// Claim claims and remembers.
func (w *watched) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	rs, err := w.Store.Claim(ctx, now, free)
	w.run.released = append(w.run.released, rs...)
	return rs, err
}

// simulated is every channel of a simulation: it sends at once, or certainly
// does not.
type simulated struct{ run *run }

func (r *run) channel() channel.Channel { return &simulated{r} }

// Traits: it takes everything, and the same key twice.
func (*simulated) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

// Send decides by the seed and the release's key.
func (s *simulated) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	if s.run.chance("fail", d.Key) < s.run.FailRate {
		return channel.Outcome{State: channel.NotSent, Next: channel.Retry, Detail: "simulated"}
	}
	return channel.Outcome{State: channel.Sent}
}
