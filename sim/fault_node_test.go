package sim_test

import (
	"cmp"
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"outpace/channel"
	"outpace/dispatch"
	"outpace/scheduler"
	"outpace/store"
)

// node is one life of the daemon's process. All of it runs in the bubble of a
// synctest: every call of a channel stops at a gate until the world serves it,
// one after the other, so that a life depends on its seed alone and not on the
// order in which goroutines happen to run.
type node struct {
	w      *faultWorld
	db     *store.Store
	d      *dispatch.Dispatcher
	dead   atomic.Bool // it crashed: whatever it calls ends the goroutine that calls
	buried bool        // its goroutines are to come to their end
	mu     sync.Mutex
	gate   []*knock
}

// knock is a call of a channel that waits to be served.
type knock struct {
	sort   *sort
	d      channel.Delivery
	due    time.Time // when the receiver answers
	answer chan channel.Outcome
}

// newNode opens the database as a process that starts.
func newNode(w *faultWorld) (*node, error) {
	db, err := store.Open(contextOf, w.path, store.Options{Migrate: true, Volatile: true})
	if err != nil {
		return nil, err
	}
	n := &node{w: w, db: db}
	channels := map[string]channel.Channel{}
	for i := range sorts {
		channels[sorts[i].name] = &gated{n, &sorts[i]}
	}
	n.d = dispatch.New(&faultyStore{db, n}, channels, slog.New(slog.DiscardHandler))
	n.d.Keep(&journal{n})
	return n, nil
}

// run lets fn, a piece of the daemon's work, come to its end or to a crash, and
// serves the calls it waits for.
func (n *node) run(fn func()) {
	done := false
	go func() {
		defer func() { done = true }()
		fn()
	}()
	for {
		synctest.Wait()
		if done {
			return
		}
		k := n.knocking(func(k *knock) bool { return k.sort.traits.Workers == 0 })
		if k == nil {
			n.w.fail("the dispatcher waits, and nothing was called")
		}
		n.serve(k)
	}
}

// knocking is the first call at the gate that meets a condition: the order in
// which goroutines came there means nothing.
func (n *node) knocking(is func(*knock) bool) (first *knock) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, k := range n.gate {
		if is(k) && (first == nil || cmp.Or(k.due.Compare(first.due), cmp.Compare(k.d.Key, first.d.Key)) < 0) {
			first = k
		}
	}
	return first
}

// leave takes a call from the gate.
func (n *node) leave(k *knock) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gate = slices.DeleteFunc(n.gate, func(o *knock) bool { return o == k })
}

// serve lets the receiver do its work, or whatever goes wrong.
func (n *node) serve(k *knock) {
	p := n.w.plan
	v := p.next("Send to " + k.sort.name)
	var out channel.Outcome
	switch {
	case v == crashBefore:
		n.dead.Store(true)
	case v.after():
		n.w.receive(k)
		p.did(v)
		out = channel.Outcome{State: channel.CannotTell, Detail: "injected"}
		n.dead.Store(v == crashAfter)
	case v == errorBefore && (k.d.Repeated || n.w.has(k.d.Key)): // who is called knows only of this call
		out = channel.Outcome{State: channel.CannotTell, Detail: "injected"}
	case v == errorBefore:
		out = channel.Outcome{State: channel.NotSent, Detail: "injected"}
	default:
		out = n.w.answer(k)
		p.did(v)
	}
	n.leave(k)
	if n.dead.Load() {
		close(k.answer)
		n.cut()
		return
	}
	n.w.heard(k, out)
	k.answer <- out
	synctest.Wait() // until it has landed
}

// cut is what a crash does to the calls under way: some reach their receiver.
func (n *node) cut() {
	for k := n.knocking(every); k != nil; k = n.knocking(every) {
		if n.w.coin("cut "+k.d.Key, 2) {
			n.w.receive(k)
		}
		n.leave(k)
		close(k.answer)
	}
}

func every(*knock) bool { return true }

// bury ends what is left of a process, and closes its database.
func (n *node) bury() error {
	n.dead.Store(true)
	n.cut()
	synctest.Wait()
	n.buried = true
	// Outcomes that have come back wait for a step to take them.
	if _, err := n.d.Step(contextOf, n.w.now); err != nil {
		return err
	}
	synctest.Wait()
	return n.db.Close()
}

// call is one call of the store by the daemon.
func (n *node) call(name string, fn func() error) error {
	return n.outside(name, func() (bool, error) {
		before, err := n.db.Version(contextOf)
		if err == nil {
			err = fn()
		}
		now, e := n.db.Version(contextOf)
		return e != nil || now != before, err
	})
}

// outside is one call of anything that outlives the process. fn says whether it
// changed something.
func (n *node) outside(name string, fn func() (bool, error)) error {
	if n.buried {
		return nil
	}
	if n.dead.Load() {
		runtime.Goexit()
	}
	v := n.w.plan.next(name)
	if v == errorBefore {
		return errInjected
	}
	if v == crashBefore {
		n.dead.Store(true)
		runtime.Goexit()
	}
	changed, err := fn()
	if changed {
		n.w.plan.did(v)
	}
	switch {
	case v == crashAfter:
		n.dead.Store(true)
		runtime.Goexit()
	case v == errorAfter && err == nil:
		err = errInjected
	}
	return err
}

func (s *faultyStore) Clock(ctx context.Context, now time.Time) (h scheduler.ClockHold, err error) {
	err = s.n.call("Clock", func() error {
		h, err = s.Store.Clock(ctx, now)
		return err
	})
	return h, err
}

// journal is the file beside the database that outcomes are kept in.
type journal struct{ n *node }

func (j *journal) Keep(list []dispatch.Outcome) error {
	return j.n.outside("Keep", func() (bool, error) {
		j.n.w.kept = append(j.n.w.kept, list...)
		return true, nil
	})
}

func (j *journal) Kept() (list []dispatch.Outcome, err error) {
	err = j.n.outside("Kept", func() (bool, error) {
		list = slices.Clone(j.n.w.kept)
		return false, nil
	})
	return list, err
}

func (j *journal) Clear() error {
	return j.n.outside("Clear", func() (bool, error) {
		j.n.w.kept = nil
		return true, nil
	})
}

// faultyStore is the store as the dispatcher sees it. Version is not among its
// calls: no step asks for it.
type faultyStore struct {
	*store.Store
	n *node
}

func (s *faultyStore) Housekeep(ctx context.Context, now time.Time, alive func()) error {
	return s.n.call("Housekeep", func() error { return s.Store.Housekeep(ctx, now, alive) })
}

func (s *faultyStore) Claim(ctx context.Context, now time.Time, free map[string]int) (rs []scheduler.Release, err error) {
	err = s.n.call("Claim", func() error {
		rs, err = s.Store.Claim(ctx, now, free)
		s.n.w.claimed(rs)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rs, nil
}

func (s *faultyStore) Record(ctx context.Context, now time.Time, reports []scheduler.Report) error {
	return s.n.call("Record", func() error {
		for _, r := range reports {
			reached.note("outcome", r.Outcome.String())
			if r.Verdict != "" {
				reached.note("verdict", r.Verdict)
			}
		}
		return s.Store.Record(ctx, now, reports)
	})
}

func (s *faultyStore) Open(ctx context.Context) (rs []scheduler.Release, err error) {
	err = s.n.call("Open", func() error {
		rs, err = s.Store.Open(ctx)
		return err
	})
	return rs, err
}

func (s *faultyStore) NextAt(ctx context.Context, now time.Time) (next time.Time, err error) {
	err = s.n.call("NextAt", func() error {
		next, err = s.Store.NextAt(ctx, now)
		return err
	})
	return next, err
}

// gated is a channel whose calls wait at the gate.
type gated struct {
	n    *node
	sort *sort
}

func (c *gated) Traits() channel.Traits { return c.sort.traits }

func (c *gated) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	if c.n.dead.Load() {
		runtime.Goexit()
	}
	k := &knock{sort: c.sort, d: d, due: c.n.w.now, answer: make(chan channel.Outcome)}
	if c.sort.traits.Workers > 0 {
		k.due = c.n.w.now.Add(c.n.w.latency(d.Key))
	}
	c.n.mu.Lock()
	c.n.w.knocks(k)
	c.n.gate = append(c.n.gate, k)
	c.n.mu.Unlock()
	out, ok := <-k.answer
	if !ok {
		runtime.Goexit()
	}
	return out
}
