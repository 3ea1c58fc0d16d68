// Package sim runs the real dispatcher and a real database on a virtual
// clock: it is behind `outpace simulate`, and behind the tests that move time.
package sim

import (
	"context"
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
	// Until ends it sooner; zero: it does not.
	Until time.Time
	// Seed makes reactions and failures; the same seed gives the same run.
	Seed uint64
	// The rates are probabilities 0–1: a connection request or an InMail is
	// accepted or declined (together at most 1), any other kind than a
	// connection request is replied to, any release makes the person opt out,
	// a release is certainly not sent.
	AcceptRate, DeclineRate, ReplyRate, OptOutRate, FailRate float64
	// ReactionDelay is how long a reaction takes at most; 0: five days to
	// accept or decline, three to write.
	ReactionDelay time.Duration
}

// Event is one line of a simulation. Which fields are set depends on Event,
// as docs/commands.md says.
type Event struct {
	Event       string       `json:"event"` // released, granted, expired, accepted, declined, replied, opted_out, failed, withdrawn
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
	if err := Apply(ctx, db, set, o.From); err != nil {
		return Summary{Event: "summary"}, err
	}
	r, err := begin(ctx, db, o, emit)
	if err != nil {
		return Summary{Event: "summary"}, err
	}
	if err := r.walk(ctx, r.end(), nil); err != nil {
		return r.sum, err
	}
	return r.finish(ctx)
}

// begin makes ready to walk from o.From on over what is in force.
func begin(ctx context.Context, db *store.Store, o Options, emit func(Event) error) (*run, error) {
	r := &run{
		Options: o, db: db, emit: emit, sum: Summary{Event: "summary"}, now: o.From,
		pulse: Pulse{Version: db.Version}, silent: map[string]bool{}, withdrawn: map[int64]bool{},
	}
	if _, err := db.ResumeClock(ctx, o.From); err != nil { // a virtual clock is right
		return nil, err
	}
	defs, err := db.ChannelDefs(ctx)
	if err != nil {
		return nil, err
	}
	channels := map[string]channel.Channel{"desk": r.channel()}
	for _, c := range defs {
		channels[c.Name] = r.channel()
	}
	r.d = dispatch.New(&watched{Store: db, run: r}, channels, slog.New(slog.DiscardHandler))
	if err := r.skipEntries(ctx); err != nil {
		return nil, err
	}
	return r, r.d.Resume(ctx, o.From)
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
	silent    map[string]bool     // who opted out, by profile
	withdrawn map[int64]bool      // requests that were taken back, by release
	released  []scheduler.Release // of the step under way
	d         *dispatch.Dispatcher
	pulse     Pulse
	now       time.Time // how far it has come
}

// end is the first instant that is not covered any more.
func (r *run) end() time.Time {
	end := r.From.Add(time.Duration(r.Days) * 24 * time.Hour)
	if !r.Until.IsZero() && r.Until.Before(end) {
		return r.Until
	}
	return end
}

// walk goes from one due instant to the next before end, and fails rather than
// to walk on the spot. over (may be nil) is asked once a day whether to stop
// there.
func (r *run) walk(ctx context.Context, end time.Time, over func(context.Context) (bool, error)) error {
	ask := r.now.Add(24 * time.Hour)
	for r.now.Before(end) {
		next, err := r.step(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() {
			break
		}
		if !next.After(r.now) {
			next = r.now.Add(time.Microsecond)
		}
		r.now = next
		if over == nil || r.now.Before(ask) {
			continue
		}
		ask = r.now.Add(24 * time.Hour)
		if stop, err := over(ctx); stop || err != nil {
			return err
		}
	}
	return nil
}

// step does what is due now and says when something is due next; zero: never.
func (r *run) step(ctx context.Context) (time.Time, error) {
	if err := r.react(ctx, r.now); err != nil {
		return time.Time{}, err
	}
	r.released = nil
	next, err := r.d.Step(ctx, r.now)
	if err == nil {
		err = r.pulse.Beat(ctx, r.now, next)
	}
	if err == nil {
		err = r.tell(ctx)
	}
	if at, ok := r.reactions.next(); ok && (next.IsZero() || at.Before(next)) {
		next = at
	}
	return next, err
}

// finish counts what is left and what was broken.
func (r *run) finish(ctx context.Context) (Summary, error) {
	v, err := r.db.Verify(ctx, r.end())
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

// Send decides by the seed and the release's key. A request can always be taken
// back.
func (s *simulated) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	if d.Kind != channel.Withdraw && s.run.chance("fail", d.Key) < s.run.FailRate {
		return channel.Outcome{State: channel.NotSent, Next: channel.Retry, Detail: "simulated"}
	}
	return channel.Outcome{State: channel.Sent}
}
