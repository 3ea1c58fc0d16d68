package dispatch

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// machine is one whose clock can be set and that can sleep, on a bubble's time.
type machine struct {
	start      time.Time
	set, slept time.Duration
}

func (m *machine) read() Reading {
	awake := time.Since(m.start)
	return Reading{Wall: time.Now().Add(m.slept + m.set), Up: awake + m.slept, Awake: awake}
}

// live lets a dispatcher run for two hours of a machine, with a message due every
// ten minutes, and does something to it after half an hour. It returns how many
// messages went in each half hour, and the log.
func live(t *testing.T, l *ledger, do ...func(*machine)) (went [4]int, log string) {
	t.Helper()
	m := &machine{start: time.Now()}
	for i := range 12 {
		l.due = append(l.due, message(int64(i+1), "crm", m.start.Add(time.Duration(i)*10*time.Minute+time.Minute)))
	}
	crm := &receiver{answer: always(channel.Outcome{State: channel.Sent})}
	between := make(chan func())
	go func() {
		for _, fn := range do {
			time.Sleep(30 * time.Minute)
			between <- func() { fn(m) }
		}
	}()
	var out bytes.Buffer
	d := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.NewTextHandler(&out, nil)))
	d.SetClock(m.read)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Hour)
	defer stop()
	if err := d.Loop(ctx, t.Context(), Poll, between, nil); err != nil {
		t.Error(err)
	}
	for _, c := range crm.calls {
		went[min(int(c.at.Sub(m.start)/(30*time.Minute)), 3)]++
	}
	return went, out.String()
}

// A clock set ahead while the daemon runs holds everything until it is set back.
func TestClockSetAhead(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		went, log := live(t, l, func(m *machine) { m.set = 24 * time.Hour }, func(m *machine) { m.set = 0 })
		if want := [4]int{3, 0, 6, 3}; went != want {
			t.Errorf("went %v, want %v", went, want)
		}
		if len(l.jumps) != 2 || l.jumps[0] != 24*time.Hour || l.jumps[1] != -24*time.Hour {
			t.Errorf("jumps %v", l.jumps)
		}
		for _, text := range []string{"clock jumped", "by=24h0m0s", "by=-24h0m0s", "not trusted", "resume --clock", "trusted again"} {
			if strings.Count(log, text) != 1 && text != "clock jumped" {
				t.Errorf("%d times %q in\n%s", strings.Count(log, text), text, log)
			}
		}
	})
}

// A clock that is behind the ledgers holds everything until it has caught up.
func TestClockSetBack(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		went, log := live(t, l,
			func(m *machine) { m.set, l.hold.Last = -time.Hour, now.Add(30*time.Minute) },
			func(m *machine) { l.hold = scheduler.ClockHold{} })
		if want := [4]int{3, 0, 0, 3}; went != want { // it is 00:00, and from then on the same slots come again
			t.Errorf("went %v, want %v", went, want)
		}
		if len(l.jumps) != 1 || l.jumps[0] != -time.Hour || !strings.Contains(log, "by=-1h0m0s") {
			t.Errorf("jumps %v\n%s", l.jumps, log)
		}
	})
}

// A machine that slept is none whose clock was set: what missed its slot is
// asked for when it wakes, and nobody is asked.
func TestSleep(t *testing.T) {
	bubble(t, func(t *testing.T, _ time.Time) {
		l := newLedger(t)
		went, log := live(t, l, func(m *machine) { m.slept = time.Hour })
		if want := [4]int{3, 9, 0, 0}; went != want {
			t.Errorf("went %v, want %v", went, want)
		}
		if len(l.jumps) != 0 || !strings.Contains(log, "the machine slept") || !strings.Contains(log, "for=1h0m0s") {
			t.Errorf("jumps %v\n%s", l.jumps, log)
		}
	})
}

// Small steps of time synchronisation are a line in the log, the smallest are
// not.
func TestClockSteps(t *testing.T) {
	for by, want := range map[time.Duration]string{
		50 * time.Millisecond: "", 2 * time.Second: "clock stepped", -2 * time.Second: "clock stepped", 3 * time.Second: "clock jumped",
	} {
		bubble(t, func(t *testing.T, _ time.Time) {
			l := newLedger(t)
			went, log := live(t, l, func(m *machine) { m.set = by })
			if went != [4]int{3, 3, 3, 3} || want != "" && !strings.Contains(log, want) || want == "" && strings.Contains(log, "clock") {
				t.Errorf("%s: went %v\n%s", by, went, log)
			}
		})
	}
}

// As long as a jump cannot be noted, nothing is claimed either.
func TestJumpThatCannotBeNoted(t *testing.T) {
	bubble(t, func(t *testing.T, _ time.Time) {
		l := newLedger(t)
		went, _ := live(t, l, func(m *machine) { m.set, l.broken = time.Hour, true }, func(*machine) { l.broken = false }, func(m *machine) { m.set = 0 })
		if want := [4]int{3, 0, 0, 9}; went != want || len(l.jumps) != 2 {
			t.Errorf("went %v, want %v; jumps %v", went, want, l.jumps)
		}
	})
}

// What was under way when the clock was set ahead is recorded at the time it
// would be without that.
func TestOutcomesAreRecordedInThePresent(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		m := &machine{start: now}
		l := newLedger(t, message(1, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 1}, answer: slowly(20 * time.Second)}
		between := make(chan func())
		go func() {
			time.Sleep(10 * time.Second)
			between <- func() { m.set = 1000 * time.Hour }
		}()
		d := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.DiscardHandler))
		d.SetClock(m.read)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := d.Loop(ctx, t.Context(), Poll, between, nil); err != nil {
			t.Fatal(err)
		}
		if at := l.at[1].Sub(now); at < 20*time.Second || at > 21*time.Second {
			t.Errorf("recorded after %s", at)
		}
	})
}

// What is in doubt is called again soon, also after the clock was set back.
func TestDoubtsAfterTheClockWasSetBack(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		m := &machine{start: now, set: 1000 * time.Hour}
		l := newLedger(t, message(1, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: func(_ context.Context, n int) channel.Outcome {
			if n < 3 {
				return channel.Outcome{State: channel.CannotTell}
			}
			return channel.Outcome{State: channel.Sent}
		}}
		between := make(chan func())
		go func() {
			time.Sleep(time.Minute)
			between <- func() { m.set = 0 }
		}()
		d := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.DiscardHandler))
		d.SetClock(m.read)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := d.Loop(ctx, t.Context(), Poll, between, nil); err != nil {
			t.Fatal(err)
		}
		if len(crm.calls) != 3 || l.reports[1].Outcome != scheduler.WasSent {
			t.Errorf("%d calls, %+v", len(crm.calls), l.reports[1])
		}
	})
}

// What an earlier process left open is not handed over by a clock nobody trusts.
func TestResumeWaitsForTheClock(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		l.open[1] = message(1, "file", now.Add(-time.Hour))
		l.hold = scheduler.ClockHold{Ahead: time.Hour, Since: now}
		file := &receiver{traits: channel.Traits{Idempotent: true}, answer: always(sent)}
		d := New(l, map[string]channel.Channel{"file": file}, slog.New(slog.DiscardHandler))
		if err := d.Resume(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Step(t.Context(), now); err != nil || len(file.calls) > 0 {
			t.Fatalf("%d calls: %v", len(file.calls), err)
		}
		l.hold = scheduler.ClockHold{}
		for range 2 {
			if _, err := d.Step(t.Context(), now); err != nil || len(file.calls) != 1 || !file.calls[0].repeated {
				t.Fatalf("%+v: %v", file.calls, err)
			}
		}
	})
}
