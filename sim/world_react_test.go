package sim_test

import (
	"errors"
	"slices"
	"time"

	"pgregory.net/rapid"

	"outpace/store"
)

// reaction draws what somebody does now, mostly one who was written to.
func (w *world) reaction(d draw) store.Reaction {
	r := store.Reaction{At: w.now}
	r.Kind = d.pick("reaction", "reply", "accepted", "accepted", "accepted", "declined", "auto", "opt_out", "bounced", "withdrawn")
	if r.Kind == "auto" {
		r.Kind, r.Auto = "reply", true
	}
	if r.Kind == "opt_out" || r.Kind == "bounced" || len(w.handed) == 0 {
		r.Person = profile(d.int("person", 1, 14))
	} else {
		r.Person = w.handed[len(w.handed)-1-d.int("which", 0, min(9, len(w.handed)-1))].person
	}
	return r
}

// react tells one reaction.
func (w *world) react(d draw) {
	r := w.reaction(d)
	done, err := w.db.React(contextOf, w.now, r)
	w.reacted(r, done, err)
}

// reactMany tells several at once, as an import does: of the past, in no order,
// some of them twice.
func (w *world) reactMany(d draw) {
	var list []store.Reaction
	for range d.int("reactions", 2, 7) {
		r := w.reaction(d)
		r.At = latestOf(w.start, w.now.Add(-time.Duration(d.pickInt("minutes ago", 0, 1, 90, 1500, 9000))*time.Minute))
		list = append(list, r)
		if d.one("twice", 5) {
			list = append(list, r)
		}
	}
	list = rapid.Permutation(list).Draw(d.T, "order")
	results, err := w.db.ReactAll(contextOf, w.now, list)
	w.must("react", err)
	for i, r := range results {
		w.reacted(list[i], r.Reacted, r.Err)
	}
	if !d.one("left to the daemon", 2) {
		w.must("plan", w.db.PlanDirty(contextOf, w.now, nil))
	}
}

// reacted notes a reaction.
func (w *world) reacted(r store.Reaction, done store.Reacted, err error) {
	kind := r.Kind
	var never *store.NeverWrittenError
	if errors.As(err, &never) || err != nil && (kind == "accepted" || kind == "withdrawn") {
		return
	}
	w.must("react", err)
	w.say("%s of %s at %s: %+v", kind, r.Person[len(r.Person)-4:], r.At.UTC().Format("01-02T15:04:05"), done)
	if done.Again {
		return
	}
	if done.Refunded > 0 {
		for name, b := range w.accounts {
			if slices.ContainsFunc(w.handed, func(h *handed) bool { return h.account == name && h.person == r.Person && h.kind == "inmail" }) {
				b.credits++
			}
		}
	}
	if r.Auto {
		kind = "auto"
	}
	w.answeredInMail(kind, r.Person, r.At)
	switch kind {
	case "accepted":
		for _, h := range w.handed {
			if h.person == r.Person && h.state != wUnsent && (h.kind == "connect" || h.kind == "inmail") {
				w.connect(h, r.At)
			}
		}
	case "withdrawn":
		for _, h := range w.handed {
			if h.person == r.Person && h.state != wUnsent && h.kind == "connect" && !h.slot.After(r.At) &&
				(h.withdrawn.IsZero() || r.At.Before(h.withdrawn)) {
				h.withdrawn = r.At
			}
		}
	case "opt_out", "bounced":
		w.supressed[r.Person] = w.now
	case "reply", "declined":
		w.ended(r.Person)
	}
}

// connect notes that the account and the person a delivery was between are
// connected, and since when.
func (w *world) connect(h *handed, at time.Time) {
	key := [2]string{h.account, h.person}
	w.connected[key] = true
	if since := w.since[key]; since.IsZero() || at.Before(since) {
		w.since[key] = at
	}
}

// ended notes that all conversations with a person are over.
func (w *world) ended(person string) {
	for _, c := range w.spec.campaigns {
		if w.target(c.name, person) != nil {
			w.stopped[[2]string{c.name, person}] = w.now
		}
	}
	for _, h := range w.handed {
		if h.person == person {
			w.stopped[[2]string{h.campaign, person}] = w.now
		}
	}
}
