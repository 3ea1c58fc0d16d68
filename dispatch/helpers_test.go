package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"outpace/channel"
	"outpace/limits"
	"outpace/scheduler"
)

// ledger is a Store of a test: messages that are due, those that are open, and
// what was recorded when. The loop alone calls it.
type ledger struct {
	t       *testing.T
	due     []scheduler.Release
	open    map[int64]scheduler.Release
	reports map[int64]scheduler.Report
	at      map[int64]time.Time // when it was recorded
	broken  bool                // nothing can be recorded or kept
	silent  bool                // it does not say its version
	version int64
	hold    scheduler.ClockHold
	jumps   []time.Duration // of the clock, as they were noted
}

func newLedger(t *testing.T, due ...scheduler.Release) *ledger {
	return &ledger{t: t, due: due, open: map[int64]scheduler.Release{}, reports: map[int64]scheduler.Report{}, at: map[int64]time.Time{}}
}

// message is a release that is due at an instant.
func message(id int64, channel string, at time.Time) scheduler.Release {
	return scheduler.Release{ID: id, Message: fmt.Sprint("m", id), Key: fmt.Sprint("k", id), Channel: channel, Kind: limits.Message, SlotAt: at, ReleasedAt: at}
}

func (l *ledger) Housekeep(context.Context, time.Time, func()) error {
	if l.broken {
		return errors.New("disk full")
	}
	return nil
}

func (l *ledger) Claim(_ context.Context, now time.Time, free map[string]int) (out []scheduler.Release, _ error) {
	rest := l.due[:0:0]
	for _, r := range l.due {
		if r.SlotAt.After(now) || free[r.Channel] == 0 {
			rest = append(rest, r)
			continue
		}
		free[r.Channel]--
		l.open[r.ID] = r
		out = append(out, r)
	}
	l.due = rest
	return out, nil
}

func (l *ledger) Record(_ context.Context, now time.Time, reports []scheduler.Report) error {
	if l.broken {
		return errors.New("disk full")
	}
	for _, r := range reports {
		if _, twice := l.reports[r.Release]; twice {
			l.t.Errorf("release %d was recorded twice", r.Release)
		}
		if r.Outcome != scheduler.Waits {
			delete(l.open, r.Release)
		}
		l.reports[r.Release], l.at[r.Release] = r, now
	}
	return nil
}

func (l *ledger) Open(context.Context) (out []scheduler.Release, _ error) {
	for _, r := range l.open {
		out = append(out, r)
	}
	return out, nil
}

func (l *ledger) NextAt(_ context.Context, now time.Time) (next time.Time, _ error) {
	for _, r := range l.due {
		if next.IsZero() || r.SlotAt.Before(next) {
			next = r.SlotAt
		}
	}
	if !next.IsZero() && next.Before(now) {
		next = now
	}
	return next, nil
}

// Clock: the test's clock is right, unless it says otherwise.
func (l *ledger) Clock(context.Context, time.Time) (scheduler.ClockHold, error) { return l.hold, nil }

// ClockJumped holds everything from a jump of a minute on.
func (l *ledger) ClockJumped(_ context.Context, now time.Time, by time.Duration) (scheduler.ClockHold, error) {
	if l.broken {
		return scheduler.ClockHold{}, errors.New("disk full")
	}
	l.jumps = append(l.jumps, by)
	if l.hold.Ahead += by; l.hold.Ahead < time.Minute {
		l.hold = scheduler.ClockHold{}
	}
	return l.hold, nil
}

// recall is what an opt-out does to an open release.
func (l *ledger) recall(id int64) {
	r := l.open[id]
	r.Recalled = true
	l.open[id] = r
}

func (l *ledger) Version(context.Context) (int64, error) {
	if l.silent {
		return 0, errors.New("database is locked")
	}
	return l.version, nil
}

// call is one call of a receiver.
type call struct {
	key      string
	at       time.Time
	repeated bool
}

// receiver is a channel of a test. answer says what becomes of the n-th call
// of a key, from 1.
type receiver struct {
	traits channel.Traits
	answer func(ctx context.Context, n int) channel.Outcome

	mu          sync.Mutex
	calls       []call
	under, most int // calls under way, now and at most
}

func (r *receiver) Traits() channel.Traits { return r.traits }

func (r *receiver) Send(ctx context.Context, d channel.Delivery) channel.Outcome {
	r.mu.Lock()
	r.calls = append(r.calls, call{d.Key, time.Now(), d.Repeated})
	n := 0
	for _, c := range r.calls {
		if c.key == d.Key {
			n++
		}
	}
	r.under++
	r.most = max(r.most, r.under)
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.under--
		r.mu.Unlock()
	}()
	return r.answer(ctx, n)
}

func always(out channel.Outcome) func(context.Context, int) channel.Outcome {
	return func(context.Context, int) channel.Outcome { return out }
}

// slowly takes so long, or until it is cut short.
func slowly(d time.Duration) func(context.Context, int) channel.Outcome {
	return func(ctx context.Context, _ int) channel.Outcome {
		select {
		case <-time.After(d):
			return channel.Outcome{State: channel.Sent}
		case <-ctx.Done():
			return channel.Outcome{State: channel.CannotTell}
		}
	}
}

// loop runs a dispatcher on a bubble's clock for so long.
func loop(t *testing.T, l *ledger, channels map[string]channel.Channel, d time.Duration) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	if err := New(l, channels, slog.New(slog.DiscardHandler)).Loop(ctx, t.Context(), Poll, nil, nil); err != nil {
		t.Error(err)
	}
}

// bubble runs a test on a clock of its own.
func bubble(t *testing.T, f func(t *testing.T, now time.Time)) {
	synctest.Test(t, func(t *testing.T) { f(t, time.Now()) })
}
