package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"outpace/scheduler"
	"outpace/store"
)

// TestWorldAgree is I10 on random files: if nothing intervenes, the slots an
// apply stores are what is released when the dispatcher is called at exactly
// the instants it asks for; for an account that shares nobody with another one,
// so is the forecast of 20 days. I7 and I8 are asked of the same runs.
func TestWorldAgree(t *testing.T) {
	t.Run("one account", func(t *testing.T) { inWorlds(t, 30, func(t *rapid.T, dir string) { agree(t, dir, 1) }) })
	t.Run("shared persons", func(t *testing.T) { inWorlds(t, 30, func(t *rapid.T, dir string) { agree(t, dir, 2, 3) }) })
}

func agree(t *rapid.T, dir string, accounts ...int) {
	w := newWorld(t, dir, accounts...)
	defer w.db.Close()
	w.quick = true
	end := w.start.AddDate(0, 0, 20)
	w.read()
	stored := w.stored()
	var forecast []string
	if len(w.spec.accounts) == 1 {
		forecast = w.forecast(end)
	}
	for w.next = w.start; !w.next.IsZero() && w.next.Before(end); {
		w.now = latestOf(w.now, w.next)
		w.step()
		if (draw{t}).one("look", 20) && len(w.spec.accounts) == 1 {
			until := w.now.Add(store.Horizon - 24*time.Hour) // slots are stored at least up to there
			if diff := cmp.Diff(before(w.stored(), until), before(w.forecast(until), until)); diff != "" {
				w.fail("I10", "a plan made now differs from the stored one (-stored +now):\n%s", diff)
			}
		}
	}
	var released, near []string
	for _, h := range w.handed {
		line := line(h.slot, h.account, h.person, 0, h.campaign+" "+h.step+" "+h.kind)
		released = append(released, line)
		if h.slot.Before(w.start.Add(store.Horizon)) {
			near = append(near, line)
		}
	}
	slices.Sort(released)
	slices.Sort(near)
	if diff := cmp.Diff(stored, near); diff != "" {
		w.fail("I10", "stored slots and releases differ (-stored +released):\n%s", diff)
	}
	if diff := cmp.Diff(forecast, released); forecast != nil && diff != "" {
		w.fail("I10", "forecast and releases differ (-forecast +released):\n%s", diff)
	}
	w.checkPriorities()
	w.checkLosses()
	w.verify()
}

// stored are the slots the database has.
func (w *world) stored() (lines []string) {
	list, err := w.db.Messages(contextOf, store.MessageQuery{States: []string{scheduler.Scheduled}})
	w.must("messages", err)
	for _, m := range list {
		lines = append(lines, line(m.SlotAt, m.Account, m.Target, 0, m.Campaign+" "+m.StepName+" "+m.Kind.String()))
	}
	slices.Sort(lines)
	return lines
}

// forecast are the slots up to an instant that a plan made now would have.
func (w *world) forecast(until time.Time) (lines []string) {
	name := w.spec.accounts[0].name
	st, names, err := w.db.State(contextOf, name, w.now)
	w.must("state", err)
	for _, s := range scheduler.Make(st, w.now, until).Slots {
		t := names.Targets[s.Target]
		lines = append(lines, line(s.At, name, t.Profile, 0, t.Campaign+" "+t.Steps[s.Message]+" "+s.Kind.String()))
	}
	slices.Sort(lines)
	return lines
}
