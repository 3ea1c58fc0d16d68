package dispatch

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// What a channel has accepted waits for its report over a restart: it is
// neither handed over again nor unknown.
func TestAcceptedIsLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t)
		for i, name := range []string{"crm", "once", "file"} {
			r := message(int64(i), name, now.Add(-time.Hour))
			r.Accepted = true
			l.open[int64(i)] = r
		}
		channels := map[string]channel.Channel{
			"crm":  &receiver{traits: channel.Traits{Workers: 1, Idempotent: true}, answer: always(sent)},
			"once": &receiver{traits: channel.Traits{Workers: 1}, answer: always(sent)},
			"file": &receiver{traits: channel.Traits{Idempotent: true}, answer: always(sent)},
		}
		d := New(l, channels, slog.New(slog.DiscardHandler))
		if err := d.Resume(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		step(t, d, now)
		if len(l.reports) > 0 || len(l.open) != 3 {
			t.Errorf("reports %v, %d open", l.reports, len(l.open))
		}
	})
}

// Only what tells of the channel itself counts against it.
func TestFaultsOfChannels(t *testing.T) {
	for name, c := range map[string]struct {
		out   channel.Outcome
		fault bool
	}{
		"no answer":     {channel.Outcome{State: channel.CannotTell}, true},
		"no connection": {channel.Outcome{State: channel.NotSent, Next: channel.Retry}, true},
		"sent":          {channel.Outcome{State: channel.Sent}, false},
		"accepted":      {channel.Outcome{State: channel.Waiting}, false},
		"not yet":       {channel.Outcome{State: channel.NotSent, Next: channel.Again}, false},
		"never":         {channel.Outcome{State: channel.NotSent, Next: channel.Fail}, false},
		"off":           {channel.Outcome{State: channel.NotSent, Next: channel.SwitchOff}, false},
		"a verdict":     {channel.Outcome{State: channel.NotSent, Verdict: channel.DailyLimit}, false},
	} {
		if got := report(scheduler.Release{}, c.out).Fault; got != c.fault {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A stop that cuts calls short says nothing of their channel.
func TestStopIsNoFault(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := newLedger(t, message(1, "crm", now))
		crm := &receiver{traits: channel.Traits{Workers: 1}, answer: slowly(time.Hour)}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		hard, cut := context.WithTimeout(t.Context(), 2*time.Second)
		defer cut()
		if err := New(l, map[string]channel.Channel{"crm": crm}, slog.New(slog.DiscardHandler)).Loop(ctx, hard, Poll, nil, nil); err != nil {
			t.Fatal(err)
		}
		if rep := l.reports[1]; rep.Outcome != scheduler.CannotTell || rep.Fault {
			t.Errorf("%+v", rep)
		}
	})
}
