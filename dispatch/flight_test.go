package dispatch

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/channel"
	"outpace/scheduler"
)

var (
	sent       = channel.Outcome{State: channel.Sent}
	cannotTell = channel.Outcome{State: channel.CannotTell}
)

// A channel that takes 20 seconds a message does not move the others by more
// than the loop takes to look again while it is full.
func TestSlowChannelDelaysNobody(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		for i := range int64(30) {
			at := now.Add(time.Duration(i) * time.Second)
			l.due = append(l.due, message(i, "slow", at), message(100+i, "file", at), message(200+i, "quick", at))
		}
		slow := &receiver{traits: channel.Traits{Workers: 2}, answer: slowly(20 * time.Second)}
		quick := &receiver{traits: channel.Traits{Workers: 1}, answer: slowly(100 * time.Millisecond)}
		file := &receiver{answer: always(sent)}
		loop(t, l, map[string]channel.Channel{"slow": slow, "file": file, "quick": quick}, 10*time.Minute)
		for i := range int64(30) {
			at := now.Add(time.Duration(i) * time.Second)
			if late := l.at[100+i].Sub(at); late < 0 || late > Poll {
				t.Errorf("file %d was recorded %s after its slot", i, late)
			}
			if late := l.at[200+i].Sub(at); late < 0 || late > Poll+100*time.Millisecond {
				t.Errorf("quick %d was recorded %s after its slot", i, late)
			}
		}
		if slow.most != 2 || quick.most != 1 || len(slow.calls) != 30 || len(l.reports) != 90 {
			t.Errorf("%d and %d at once, %d slow calls, %d reports", slow.most, quick.most, len(slow.calls), len(l.reports))
		}
		// A worker that becomes free takes the next at once: 15 rounds of 20 s.
		if last := slow.calls[29].at; last.After(now.Add(14*20*time.Second + time.Second)) {
			t.Errorf("the last slow call began %s after the first", last.Sub(now))
		}
	})
}

// What nobody knows is called again with the same key after 5 s, 5 min and
// 30 min, where the channel takes that; then it is unknown.
func TestCalledAgain(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now), message(2, "once", now), message(3, "late", now), message(4, "late", now.Add(time.Minute)))
		crm := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: always(cannotTell)}
		once := &receiver{traits: channel.Traits{Workers: 1}, answer: always(cannotTell)}
		late := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: func(_ context.Context, n int) channel.Outcome {
			if n < 3 {
				return cannotTell
			}
			return sent
		}}
		loop(t, l, map[string]channel.Channel{"crm": crm, "once": once, "late": late}, time.Hour)
		after := func(n int, d time.Duration) call { return call{"k1", now.Add(d), n > 0} }
		second, third := 5*time.Second, 5*time.Minute+5*time.Second
		want := []call{after(0, 0), after(1, second), after(2, third), after(3, third+30*time.Minute)}
		if diff := cmp.Diff(want, crm.calls, cmp.AllowUnexported(call{})); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if len(once.calls) != 1 {
			t.Errorf("a channel that is not idempotent was called %d times", len(once.calls))
		}
		for id, outcome := range map[int64]scheduler.Outcome{1: scheduler.CannotTell, 2: scheduler.CannotTell, 3: scheduler.WasSent, 4: scheduler.WasSent} {
			if got := l.reports[id].Outcome; got != outcome {
				t.Errorf("release %d: %s, want %s", id, got, outcome)
			}
		}
		// What is in doubt keeps its worker.
		if at := late.calls[3].at; late.calls[3].key != "k4" || at.Before(now.Add(third)) {
			t.Errorf("%+v, while its only worker was in doubt", late.calls[3])
		}
	})
}

// Somebody finds out while it waits to be called again.
func TestSettledMeanwhileIsNotCalledAgain(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: always(cannotTell)}
		d := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.DiscardHandler))
		if next := step(t, d, now); !next.IsZero() {
			t.Errorf("next at %s while it is under way", next)
		}
		if next := step(t, d, now); !next.Equal(now.Add(5 * time.Second)) {
			t.Errorf("next at %s", next)
		}
		delete(l.open, 1)
		if next := step(t, d, now.Add(5*time.Second)); !next.IsZero() || len(crm.calls) != 1 || len(l.reports) != 0 {
			t.Errorf("next at %s, %d calls, %v", next, len(crm.calls), l.reports)
		}
	})
}

// step does a step and lets what it began come to rest.
func step(t *testing.T, d *Dispatcher, now time.Time) time.Time {
	t.Helper()
	next, err := d.Step(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return next
}

// After a crash only what takes the same key twice is called again, and within
// its workers; a change of channels leaves in doubt what it was.
func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		for i, name := range []string{"crm", "crm", "crm", "once", "file", "gone"} {
			l.open[int64(i)] = message(int64(i), name, now.Add(-time.Hour))
		}
		crm := &receiver{traits: channel.Traits{Workers: 2, Idempotent: true}, answer: slowly(time.Minute)}
		once := &receiver{traits: channel.Traits{Workers: 2}, answer: always(sent)}
		file := &receiver{traits: channel.Traits{Idempotent: true}, answer: always(sent)}
		d := New(l, map[string]channel.Channel{"crm": crm, "once": once, "file": file}, slog.New(slog.DiscardHandler))
		if err := d.Resume(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := d.Loop(ctx, t.Context(), Poll, nil, nil); err != nil {
			t.Fatal(err)
		}
		if len(crm.calls) != 3 || crm.most != 2 || len(once.calls) != 0 || len(file.calls) != 1 {
			t.Errorf("%d calls, %d at once; %d; %d", len(crm.calls), crm.most, len(once.calls), len(file.calls))
		}
		for _, c := range crm.calls {
			if !c.repeated {
				t.Errorf("%s does not say that it was called before", c.key)
			}
		}
		for id, want := range []scheduler.Outcome{scheduler.WasSent, scheduler.WasSent, scheduler.WasSent, scheduler.CannotTell, scheduler.WasSent, scheduler.CannotTell} {
			if got := l.reports[int64(id)].Outcome; got != want {
				t.Errorf("release %d: %s, want %s", id, got, want)
			}
		}
	})
}

func TestChannelGoesWhileInDoubt(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: always(cannotTell)}
		d := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.DiscardHandler))
		step(t, d, now)
		d.SetChannels(nil)
		step(t, d, now.Add(time.Second)) // the outcome arrives
		step(t, d, now.Add(6*time.Second))
		if got := l.reports[1].Outcome; got != scheduler.CannotTell || len(crm.calls) != 1 {
			t.Errorf("%s, %d calls", got, len(crm.calls))
		}
	})
}

// What was recalled is not called again, neither while it is in doubt nor after
// a crash; nobody knows whether it was sent.
func TestRecalledIsNotCalledAgain(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: always(cannotTell)}
		file := &receiver{traits: channel.Traits{Idempotent: true}, answer: always(sent)}
		channels := map[string]channel.Channel{"crm": crm, "file": file}
		d := New(l, channels, slog.New(slog.DiscardHandler))
		step(t, d, now)
		step(t, d, now.Add(time.Second)) // the outcome arrives
		l.recall(1)
		if next := step(t, d, now.Add(6*time.Second)); !next.IsZero() || len(crm.calls) != 1 || l.reports[1].Outcome != scheduler.CannotTell {
			t.Errorf("next at %s, %d calls, %v", next, len(crm.calls), l.reports)
		}
		for i, name := range []string{"crm", "file", "gone"} {
			l.open[int64(i)+2] = message(int64(i)+2, name, now)
			l.recall(int64(i) + 2)
		}
		d = New(l, channels, slog.New(slog.DiscardHandler))
		if err := d.Resume(t.Context(), now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		step(t, d, now.Add(time.Minute))
		for id := int64(2); id < 5; id++ {
			if l.reports[id].Outcome != scheduler.CannotTell {
				t.Errorf("release %d: %s", id, l.reports[id].Outcome)
			}
		}
		if len(crm.calls) != 1 || len(file.calls) != 0 {
			t.Errorf("%d and %d calls", len(crm.calls), len(file.calls))
		}
	})
}
