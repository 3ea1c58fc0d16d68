package sim_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"outpace/campaign"
	"outpace/channel"
	"outpace/dispatch"
	"outpace/scheduler"
	"outpace/store"
)

// faultWorld is everything outside the database while calls fail and processes
// die: the receivers, the people, what commands they run, and the faults.
type faultWorld struct {
	t     *testing.T
	seed  uint64
	path  string // of the database
	now   time.Time
	plan  *faultPlan
	node  *node
	wake  time.Time // when the daemon steps next; zero: never
	trace []string
	bad   []string // promises found broken where nobody could stop the life
	todo  []errand

	set      *campaign.Set
	want     map[wanted]bool
	caps     map[string]int     // of a day, by account
	kept     []dispatch.Outcome // in the journal
	arrived  []arrival
	tries    map[string]int    // answers by key
	moods    []channel.Outcome // what receivers may say beside "sent"
	sent     map[string]bool   // cards a person has sent, by message
	optedOut map[string]time.Time
	answered map[string]bool // who replied or declined
	paused   map[string]bool
	unknown  map[string]bool // messages whose effect may be unknown
	deaths   int
	downtime time.Duration
	steps    int
	ending   bool                            // no more faults and moods: everything comes to its end
	reacts   func(w *faultWorld, a *arrival) // what people do about what reaches them
}

// errand is something that people do.
type errand struct {
	at   time.Time
	name string
	do   func(w *faultWorld)
}

// mostSteps is far more than any life needs.
const mostSteps = 3000

// broken is a promise that was not kept: it ends the life.
type broken struct{ text string }

// live runs fn in a world of its own, and returns the promise that it broke,
// with all that went before.
func live(t *testing.T, w *faultWorld, fn func()) (err error) {
	w.t = t
	w.path = filepath.Join(t.TempDir(), "outpace.db")
	w.tries, w.sent, w.optedOut, w.answered = map[string]int{}, map[string]bool{}, map[string]time.Time{}, map[string]bool{}
	w.paused, w.unknown = map[string]bool{}, map[string]bool{}
	empty, err := pristine()
	if err == nil {
		err = os.WriteFile(w.path, empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(*testing.T) {
		defer func() {
			if w.node != nil {
				w.node.buried = true
				err = cmp.Or(err, w.node.bury())
			}
		}()
		defer func() {
			if b, ok := recover().(*broken); ok {
				err = fmt.Errorf("%s\nseed %d, faults:\n  %s\n%s", b.text, w.seed, strings.Join(w.plan.told, "\n  "), strings.Join(w.trace, "\n"))
			}
		}()
		fn()
	})
	return err
}

func (w *faultWorld) say(format string, args ...any) {
	if n := len(w.trace); n > 0 && format == "step" && strings.HasSuffix(w.trace[n-1], " step") {
		w.trace = w.trace[:n-1] // nothing happened in that one
	}
	w.trace = append(w.trace, w.now.UTC().Format("01-02T15:04:05 ")+fmt.Sprintf(format, args...))
}

// fail ends the life.
func (w *faultWorld) fail(format string, args ...any) {
	panic(&broken{w.now.UTC().Format(time.RFC3339+" ") + fmt.Sprintf(format, args...)})
}

// broke notes a broken promise; the next check ends the life.
func (w *faultWorld) broke(promise, format string, args ...any) {
	w.bad = append(w.bad, promise+": "+fmt.Sprintf(format, args...))
}

func (w *faultWorld) must(what string, err error) {
	if err != nil {
		w.fail("%s: %v", what, err)
	}
}

// boot starts the daemon, again and again if it dies or fails at that.
func (w *faultWorld) boot() {
	for {
		n, err := newNode(w)
		w.must("opening the database", err)
		w.node = n
		w.meanwhile()
		w.foundOpen()
		w.say("starts")
		n.run(func() {
			if err = n.call("PlanDirty", func() error { return n.db.PlanDirty(contextOf, w.now, nil) }); err == nil {
				err = n.d.Resume(contextOf, w.now)
			}
		})
		if err == nil && !n.dead.Load() {
			w.wake = w.now
			return
		}
		w.say("does not start: %v", err)
		w.die()
	}
}

// meanwhile is what people did while the daemon was down.
func (w *faultWorld) meanwhile() {
	if w.want == nil {
		return // there is nothing yet
	}
	for i := 0; i < len(w.todo) && !w.todo[i].at.After(w.now); {
		do := w.todo[i]
		if strings.HasPrefix(do.name, "edit") { // the daemon reads the file
			i++
			continue
		}
		w.todo = slices.Delete(w.todo, i, i+1)
		w.say("errand: %s", do.name)
		do.do(w)
	}
}

// foundOpen looks at what a process that starts will find: no more than it may,
// and some of it nobody can know about.
func (w *faultWorld) foundOpen() {
	open, err := w.node.db.Open(contextOf)
	w.must("open", err)
	flying := map[string]int{}
	for i := range open {
		r := &open[i]
		s := &sorts[slices.IndexFunc(sorts, func(s sort) bool { return s.name == r.Channel })]
		if !s.traits.Idempotent || r.Recalled {
			w.unknown[r.Message] = true
		}
		if flying[s.name]++; s.traits.Workers > 0 && flying[s.name] > s.traits.Workers {
			w.fail("the process left %d releases of %s open, which takes %d at once", flying[s.name], s.name, s.traits.Workers)
		}
	}
}

// die is the end of the daemon's process.
func (w *faultWorld) die() {
	w.deaths++
	w.say("died")
	w.must("burying", w.node.bury())
	w.node = nil
	w.now = w.now.Add(w.downtime)
}

// step lets the daemon do what is due.
func (w *faultWorld) step() {
	w.say("step")
	if w.steps++; w.steps > mostSteps {
		w.fail("liveness: %d steps, and it does not end", w.steps)
	}
	var next time.Time
	var err error
	n := w.node
	n.run(func() { next, err = n.d.Step(contextOf, w.now) })
	switch {
	case n.dead.Load():
		w.die()
		w.boot()
		return
	case err != nil:
		w.say("  %v", err)
		next = w.now.Add(time.Second)
	case !next.IsZero() && !next.After(w.now):
		next = w.now.Add(dispatch.Poll)
	}
	w.wake = next
	w.check()
}

// until lives on to an instant, or until nothing is to come.
func (w *faultWorld) until(end time.Time) {
	for {
		next := w.wake
		k := w.node.knocking(every)
		if k != nil && (next.IsZero() || k.due.Before(next)) {
			next = k.due
		}
		if len(w.todo) > 0 && (next.IsZero() || w.todo[0].at.Before(next)) {
			next = w.todo[0].at
		}
		if next.IsZero() || !next.Before(end) {
			return
		}
		if next.After(w.now) {
			w.now = next
		}
		switch {
		case k != nil && !k.due.After(w.now):
			w.node.serve(k)
			if w.node.dead.Load() {
				w.die()
				w.boot()
			}
		case len(w.todo) > 0 && !w.todo[0].at.After(w.now):
			do := w.todo[0]
			w.todo = w.todo[1:]
			w.say("errand: %s", do.name)
			do.do(w)
		}
		w.step()
	}
}

// later puts an errand on the list.
func (w *faultWorld) later(at time.Time, name string, do func(w *faultWorld)) {
	i, _ := slices.BinarySearchFunc(w.todo, at, func(e errand, at time.Time) int {
		return cmp.Or(e.at.Compare(at), -1) // behind those of the same instant
	})
	w.todo = slices.Insert(w.todo, i, errand{at, name, do})
}

// command runs a command of a person until it has done its work: what failed
// without a word about why is tried again.
func (w *faultWorld) command(name string, fn func(db *store.Store) error) {
	again := false
	for range 10 {
		v := w.plan.next(name)
		if v == errorBefore || v == crashBefore {
			continue
		}
		err := fn(w.node.db)
		if err != nil && again {
			return // it was done the first time
		}
		w.must(name, err)
		w.plan.did(v)
		if v == fine {
			return
		}
		again = true
	}
}

// apply lets the daemon take another file.
func (w *faultWorld) apply(set *campaign.Set) {
	for {
		var err error
		n := w.node
		var staged *store.Staged
		n.run(func() {
			err = n.call("Stage", func() (err error) {
				staged, err = n.db.Stage(contextOf, set, w.now)
				return err
			})
			if err == nil {
				err = n.call("Commit", func() error { return n.db.Commit(contextOf, staged, w.now) })
			}
			if err == nil {
				err = n.call("PlanDirty", func() error { return n.db.PlanDirty(contextOf, w.now, nil) })
			}
		})
		if err == nil && !n.dead.Load() {
			w.inForce(set)
			return
		}
		w.say("apply: %v", err)
		if n.dead.Load() {
			w.die()
			w.boot()
		}
	}
}

// messages are all of them, by campaign, person and step.
func (w *faultWorld) messages() []store.MessageInfo {
	list, err := w.node.db.Messages(contextOf, store.MessageQuery{})
	w.must("messages", err)
	return list
}

func stateOf(m *store.MessageInfo) string {
	if m.State == scheduler.Cancelled {
		return m.State + ": " + m.Reason
	}
	return m.State
}
