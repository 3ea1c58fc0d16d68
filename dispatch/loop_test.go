package dispatch

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// A stop claims nothing more, waits for what is under way and records it.
func TestStopWaitsForCalls(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now), message(2, "crm", now), message(3, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 2}, answer: slowly(15 * time.Second)}
		loop(t, l, map[string]channel.Channel{"crm": crm}, time.Second)
		if took := time.Since(now); took != 15*time.Second {
			t.Errorf("stopped after %s", took)
		}
		if l.reports[1].Outcome != scheduler.WasSent || l.reports[2].Outcome != scheduler.WasSent || len(l.reports) != 2 || len(l.due) != 1 {
			t.Errorf("%v, %d due", l.reports, len(l.due))
		}
	})
}

// The second stage cuts calls short: what they may have done is unknown, or is
// left open for the next process where the channel takes the same key twice.
func TestHardStop(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now), message(2, "again", now))
		crm := &receiver{traits: channel.Traits{Workers: 1}, answer: slowly(time.Hour)}
		again := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: slowly(time.Hour)}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		hard, cut := context.WithTimeout(t.Context(), 20*time.Second)
		defer cut()
		d := New(l, map[string]channel.Channel{"crm": crm, "again": again}, slog.New(slog.DiscardHandler))
		if err := d.Loop(ctx, hard, Poll, nil, nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(now); took != 20*time.Second {
			t.Errorf("stopped after %s", took)
		}
		if _, open := l.open[2]; l.reports[1].Outcome != scheduler.CannotTell || len(l.reports) != 1 || !open {
			t.Errorf("%v, open %v", l.reports, l.open)
		}
	})
}

// An outcome that cannot be recorded is kept, and nothing is claimed before it
// is.
func TestNothingIsClaimedBeforeOutcomesAreRecorded(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now), message(2, "crm", now.Add(10*time.Second)))
		crm := &receiver{traits: channel.Traits{Workers: 4}, answer: slowly(2 * time.Second)}
		between := make(chan func())
		go func() {
			time.Sleep(time.Second)
			between <- func() { l.broken = true }
			time.Sleep(20 * time.Second)
			between <- func() { l.broken = false }
		}()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.DiscardHandler)).Loop(ctx, t.Context(), Poll, between, nil); err != nil {
			t.Fatal(err)
		}
		if at := l.at[1]; at.Before(now.Add(21*time.Second)) || len(l.reports) != 2 {
			t.Errorf("recorded at %s, %d reports", at, len(l.reports))
		}
		if at := crm.calls[1].at; at.Before(l.at[1]) {
			t.Errorf("called at %s, before the outcome of the first was recorded", at)
		}
	})
}

// The loop tells of every change of the database before it does a step.
func TestLoopTellsOfChanges(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "late", now))
		late := &receiver{answer: always(sent)}
		d := New(l, nil, slog.New(slog.DiscardHandler))
		told := 0
		d.OnChange(func(context.Context) {
			if told++; l.version > 0 {
				d.SetChannels(map[string]channel.Channel{"late": late})
			}
		})
		between := make(chan func())
		go func() {
			time.Sleep(10 * time.Second)
			between <- func() { l.version++ }
		}()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := d.Loop(ctx, t.Context(), Poll, between, nil); err != nil {
			t.Fatal(err)
		}
		if told != 2 || len(late.calls) != 1 || late.calls[0].at.Sub(now) > 10*time.Second+Poll {
			t.Errorf("told %d times, called %+v", told, late.calls)
		}
	})
}

// A watchdog is told of life only while the database answers and the last step
// did not fail; between steps, too.
func TestLoopIsAliveWhileItGetsOn(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		at := map[string]int{} // pings, by what was wrong
		wrong := ""
		be := func(what string, silent, broken bool) func() {
			return func() { wrong, l.silent, l.broken = what, silent, broken; l.version++ }
		}
		between := make(chan func())
		go func() {
			for _, fn := range []func(){
				be("silent", true, false), be("broken", false, true), be("well again", false, false),
			} {
				time.Sleep(10 * time.Second)
				between <- fn
			}
		}()
		ctx, stop := context.WithTimeout(t.Context(), 40*time.Second)
		defer stop()
		d := New(l, nil, slog.New(slog.DiscardHandler))
		if err := d.Loop(ctx, t.Context(), Poll, between, func() { at[wrong]++ }); err != nil {
			t.Fatal(err)
		}
		if at[""] < 20 || at["silent"] > 0 || at["broken"] > 0 || at["well again"] < 20 {
			t.Errorf("pings %v", at)
		}
	})
}
