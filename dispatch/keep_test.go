package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// memory is a Journal of a test.
type memory struct {
	kept []Outcome
	full bool
}

func (m *memory) Keep(list []Outcome) error {
	if m.full {
		return syscall.ENOSPC
	}
	m.kept = append(m.kept, list...)
	return nil
}

func (m *memory) Kept() ([]Outcome, error) { return m.kept, nil }

func (m *memory) Clear() error {
	m.kept = nil
	return nil
}

func quiet(l Store, channels map[string]channel.Channel) *Dispatcher {
	return New(l, channels, slog.New(slog.DiscardHandler))
}

// What cannot be recorded is kept, also if the journal cannot take it at once;
// nothing is claimed meanwhile; with room again all of it is recorded once.
func TestOutcomesAreKept(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLedger(t, message(1, "out", now), message(2, "out", now.Add(time.Second)))
	ch := &receiver{answer: always(channel.Outcome{State: channel.Sent})}
	m := &memory{full: true}
	d := quiet(&failing{ledger: l, records: true}, map[string]channel.Channel{"out": ch})
	d.Keep(m)
	for n := range 3 {
		if _, err := d.Step(t.Context(), now.Add(time.Duration(n)*time.Second)); err == nil {
			t.Fatal("a step that cannot record succeeds")
		}
		m.full = false // the second try finds room for the journal
		if want := min(n, 1); len(m.kept) != want {
			t.Fatalf("step %d: %d outcomes kept, want %d", n, len(m.kept), want)
		}
	}
	if len(ch.calls) != 1 {
		t.Fatalf("%d calls while nothing could be recorded", len(ch.calls))
	}
	d.store.(*failing).records = false
	if _, err := d.Step(t.Context(), now.Add(3*time.Second)); err != nil {
		t.Fatal(err)
	}
	if len(m.kept) != 0 || len(l.reports) != 2 || len(ch.calls) != 2 {
		t.Errorf("with room again: %d kept, %d recorded, %d calls", len(m.kept), len(l.reports), len(ch.calls))
	}
}

// What a dead process kept is recorded at the next start, if the release is
// still open and has the same key.
func TestOutcomesAreReplayed(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLedger(t)
	for id := int64(1); id <= 3; id++ {
		l.open[id] = message(id, "hook", now)
	}
	ch := &receiver{traits: channel.Traits{Workers: 2}}
	m := &memory{}
	for id, key := range map[int64]string{1: "k1", 2: "of another database", 9: "k9"} {
		m.kept = append(m.kept, Outcome{key, scheduler.Report{Release: id, Outcome: scheduler.WasSent}})
	}
	d := quiet(l, map[string]channel.Channel{"hook": ch})
	d.Keep(m)
	if err := d.Resume(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(l.reports[1].Outcome, l.reports[2].Outcome, l.reports[3].Outcome, len(l.reports))
	if want := fmt.Sprint(scheduler.WasSent, scheduler.CannotTell, scheduler.CannotTell, 3); got != want || len(m.kept) != 0 {
		t.Errorf("recorded %s, want %s; %d left in the journal", got, want, len(m.kept))
	}
}

// failing is a ledger whose calls can fail.
type failing struct {
	*ledger
	records bool      // Record fails
	until   time.Time // Record fails before it
	commits bool      // Claim books, and says that it failed
}

func (f *failing) Record(ctx context.Context, now time.Time, reports []scheduler.Report) error {
	if f.records || now.Before(f.until) {
		return fmt.Errorf("no room: %w", syscall.ENOSPC)
	}
	return f.ledger.Record(ctx, now, reports)
}

func (f *failing) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	out, err := f.ledger.Claim(ctx, now, free)
	if f.commits && len(out) > 0 {
		f.commits = false
		return nil, errors.New("commit: the connection is gone")
	}
	return out, err
}

// A claim whose commit failed may be in the database, and no channel is called
// for it: the row decides. What needs a call goes back as not sent; a card, or
// a line that is written once, goes on by its key.
func TestClaimIsAFence(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLedger(t, message(1, "hook", now), message(2, "out", now))
	hook := &receiver{traits: channel.Traits{Workers: 2}, answer: always(channel.Outcome{State: channel.Sent})}
	out := &receiver{traits: channel.Traits{Idempotent: true}, answer: always(channel.Outcome{State: channel.Sent})}
	d := quiet(&failing{ledger: l, commits: true}, map[string]channel.Channel{"hook": hook, "out": out})
	if _, err := d.Step(t.Context(), now); err == nil {
		t.Fatal("a step whose claim failed succeeds")
	}
	if len(hook.calls)+len(out.calls) != 0 {
		t.Fatalf("called without knowing whether it is booked: %v %v", hook.calls, out.calls)
	}
	if _, err := d.Step(t.Context(), now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := l.reports[1]; got.Outcome != scheduler.NotSentYet || !strings.Contains(got.Detail, "not handed over") {
		t.Errorf("the webhook's: %+v", got)
	}
	if len(hook.calls) != 0 || len(out.calls) != 1 || l.reports[2].Outcome != scheduler.WasSent {
		t.Errorf("%d calls of the webhook, %d of the outbox, which is %v", len(hook.calls), len(out.calls), l.reports[2].Outcome)
	}
	if !d.lostAt.IsZero() {
		t.Error("still looking for a lost claim")
	}
}

// A disk that stays full is said once a minute, does not end the watchdog's
// patience, and that it goes on is said, too.
func TestFullDiskIsSaidOnceAMinute(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "out", now))
		f := &failing{ledger: l, until: now.Add(150 * time.Second)}
		var lines strings.Builder
		ch := &receiver{answer: always(channel.Outcome{State: channel.Sent})}
		d := New(f, map[string]channel.Channel{"out": ch}, slog.New(slog.NewTextHandler(&lines, nil)))
		ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
		defer stop()
		alive := 0
		if err := d.Loop(ctx, t.Context(), Poll, nil, func() { alive++ }); err != nil {
			t.Error(err)
		}
		if n := strings.Count(lines.String(), "step failed"); n != 3 {
			t.Errorf("said %d times in 2½ minutes, want 3:\n%s", n, lines.String())
		}
		if n := strings.Count(lines.String(), "going on"); n != 1 || len(l.reports) != 1 {
			t.Errorf("said %d times that it goes on; recorded %d", n, len(l.reports))
		}
		if alive < 240 {
			t.Errorf("alive %d times in 4 minutes", alive)
		}
	})
}

// An error that does not pass ends the loop.
func TestFatalEndsTheLoop(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		d := quiet(&hopeless{newLedger(t, message(1, "out", now))}, nil)
		if err := d.Loop(t.Context(), t.Context(), Poll, nil, nil); !errors.As(err, new(fatalError)) {
			t.Errorf("%v", err)
		}
	})
}

type fatalError struct{}

func (fatalError) Error() string { return "the database is damaged" }
func (fatalError) Fatal() bool   { return true }

type hopeless struct{ *ledger }

func (h *hopeless) Claim(context.Context, time.Time, map[string]int) ([]scheduler.Release, error) {
	return nil, fatalError{}
}
