package sim_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"outpace/channel"
	"outpace/dispatch"
	"outpace/scheduler"
	"outpace/sim"
	"outpace/store"
)

// story is a real database and dispatcher on the wall clock of a zone.
type story struct {
	t     *testing.T
	db    *store.Store
	d     *dispatch.Dispatcher
	zone  *time.Location
	cards bool // messages wait for a person
	next  time.Time
	got   []scheduler.Release
}

// teller is the store of a story; it notes what is released.
type teller struct {
	*store.Store
	s *story
}

func (x *teller) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	rs, err := x.Store.Claim(ctx, now, free)
	x.s.got = append(x.s.got, rs...)
	return rs, err
}

// Traits and Send make the story its own channel.
func (*story) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

func (s *story) Send(context.Context, channel.Delivery) channel.Outcome {
	if s.cards {
		return channel.Outcome{State: channel.Waiting}
	}
	return channel.Outcome{State: channel.Sent}
}

// tell applies a file at a clock time of the zone, like 2026-11-23 08:00.
func tell(t *testing.T, zone, clock, yaml string, files map[string]string) *story {
	t.Helper()
	s := &story{t: t, db: open(t)}
	var err error
	if s.zone, err = time.LoadLocation(zone); err != nil {
		t.Fatal(err)
	}
	s.d = dispatch.New(&teller{s.db, s}, map[string]channel.Channel{"desk": s}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := sim.Apply(t.Context(), s.db, load(t, "version: 1\ntimezone: "+zone+yaml, files), s.at(clock)); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *story) at(clock string) time.Time {
	s.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, s.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// step wakes the dispatcher once and returns the slots it released.
func (s *story) step(now time.Time) (slots []string) {
	s.t.Helper()
	before := len(s.got)
	var err error
	if s.next, err = s.d.Step(s.t.Context(), now); err != nil {
		s.t.Fatal(err)
	}
	if !s.next.IsZero() && !s.next.After(now) {
		s.t.Fatalf("at %s the dispatcher wants to be called at %s", now, s.next)
	}
	for _, r := range s.got[before:] {
		slots = append(slots, r.SlotAt.In(s.zone).Format("01-02 15:04"))
	}
	return slots
}

// run wakes it whenever it asks, after from and before to, and returns the
// slots released.
func (s *story) run(from, to string) (slots []string) {
	s.t.Helper()
	end := s.at(to)
	for now := s.at(from); now.Before(end); now = s.next {
		slots = append(slots, s.step(now)...)
		if s.next.IsZero() {
			break
		}
	}
	return slots
}

// perDate counts slots by date.
func perDate(slots []string) map[string]int {
	n := map[string]int{}
	for _, s := range slots {
		n[s[:5]]++
	}
	return n
}

// reportAll answers every open card as sent at an instant; zero: now.
func (s *story) reportAll(now, at time.Time) (n int) {
	s.t.Helper()
	rs, err := s.db.Open(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rs {
		sent := at
		if !at.IsZero() && at.Before(r.ReleasedAt) {
			sent = r.ReleasedAt
		}
		if err := s.db.DeskAnswer(s.t.Context(), now, r.Message, store.Answer{Kind: store.AnswerSent, At: sent}); err != nil {
			s.t.Fatal(err)
		}
	}
	return len(rs)
}

// sound fails if the database does not keep its promises.
func (s *story) sound(now time.Time) {
	s.t.Helper()
	v, err := s.db.Verify(s.t.Context(), now)
	if err != nil || !v.OK {
		s.t.Errorf("verify: %+v %v", v.Violations, err)
	}
}
