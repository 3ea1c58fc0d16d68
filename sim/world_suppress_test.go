package sim_test

import (
	"errors"
	"slices"
	"strings"

	"outpace/store"
)

// wRule is somebody who must not be written to, as people say it.
type wRule struct{ what, text string }

// domainOf is where a person's address is; "": the file does not say.
func domainOf(person int) string { return []string{"", "mail.example.net", "example.org"}[person%3] }

// address is the person's column of a file that tells the domain.
func address(person int) (key, value string) {
	switch domain := domainOf(person); {
	case domain == "":
		return "email", ""
	case person%2 == 0:
		return "website", sprintf("%q", "https://www."+domain+"/about")
	default:
		return "email", sprintf("%q", "info@"+domain)
	}
}

// covers says whether a rule is about a person.
func (r wRule) covers(person int) bool {
	switch r.what {
	case store.TheCompany:
		return companyOf(person) != 0 && r.text == sprintf("EXAMPLE %d, inc.", companyOf(person))
	case store.TheDomain:
		return domainOf(person) == r.text || strings.HasSuffix(domainOf(person), "."+r.text)
	}
	return r.text == profile(person)
}

// barred says whether a person must not be written to, for whatever cause.
func (w *world) barred(person string) bool {
	if w.forgotten[person] || !w.supressed[person].IsZero() {
		return true
	}
	for _, r := range w.rules {
		if r.covers(number(person)) {
			return true
		}
	}
	return false
}

func (d draw) rule() wRule {
	switch d.pick("rule", store.ThePerson, store.TheCompany, store.TheDomain) {
	case store.TheCompany:
		return wRule{store.TheCompany, sprintf("EXAMPLE %d, inc.", d.int("company", 1, 3))}
	case store.TheDomain:
		return wRule{store.TheDomain, d.pick("domain", "example.org", "example.net", "mail.example.net")}
	}
	return wRule{store.ThePerson, profile(d.int("person", 1, 14))}
}

// suppress adds a rule, or takes one back.
func (w *world) suppress(d draw) {
	r := d.rule()
	n, err := store.SuppressionOf(r.what, r.text)
	w.must("suppression", err)
	if d.one("take back", 2) {
		if len(w.rules) > 0 && !d.one("another", 4) {
			r = w.rules[d.int("rule", 0, len(w.rules)-1)]
		}
		w.unsuppress(r, d.one("opt-out", 2))
		return
	}
	done, err := w.db.Suppress(contextOf, w.now, n)
	w.must("suppress", err)
	w.say("suppress %v: %+v", r, done)
	if !slices.Contains(w.rules, r) {
		w.rules = append(w.rules, r)
	}
}

// unsuppress takes a rule back, and with it what else a person named by it is
// spared for.
func (w *world) unsuppress(r wRule, optOut bool) {
	n, err := store.SuppressionOf(r.what, r.text)
	w.must("suppression", err)
	done, err := w.db.Unsuppress(contextOf, w.now, n, "a reason", optOut)
	w.say("take back %v %v: %+v %v", r, optOut, done, err)
	named := slices.Contains(w.rules, r)
	spared := r.what == store.ThePerson && !w.supressed[r.text].IsZero()
	var not *store.NotSuppressedError
	var unknown *store.NotFoundError
	switch {
	case err == nil && !w.forgotten[r.text] && (named || spared):
		w.rules = slices.DeleteFunc(w.rules, func(o wRule) bool { return o == r })
		if r.what == store.ThePerson {
			delete(w.supressed, r.text)
		}
	case errors.Is(err, store.ErrForgotten) && w.forgotten[r.text]:
	case errors.Is(err, store.ErrOptOut) && spared && !optOut:
	case errors.As(err, &not) && !named && !spared:
	case errors.As(err, &unknown) && !named && !spared:
	default:
		w.fail("I6", "taking back %v, named %v, spared %v: %v", r, named, spared, err)
	}
}

// forget erases a person. What was open at a desk is of unknown effect then.
func (w *world) forget(d draw) {
	person := profile(d.int("person", 1, 14))
	done, err := w.db.Forget(contextOf, w.now, person)
	w.must("forget", err)
	w.say("forget %s: %+v", person[len(person)-4:], done)
	if done.Again != w.forgotten[person] {
		w.fail("forget", "%+v", done)
	}
	w.forgotten[person] = true
	for _, h := range w.handed {
		if h.person == person && h.card() {
			h.state = wUnknown
		}
	}
}
