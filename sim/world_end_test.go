package sim_test

import (
	"slices"
	"time"

	"outpace/store"
)

// applied notes what a file that was just applied changes in the world.
func (w *world) applied(spec *wSet) {
	was := w.spec
	w.spec = spec
	for i := range spec.accounts {
		a := &spec.accounts[i]
		if w.accounts[a.name] == nil {
			w.open(a)
			continue
		}
		old := &was.accounts[slices.IndexFunc(was.accounts, func(o wAccount) bool { return o.name == a.name })]
		before, after := min(old.cap, orMax(old.ownCap)), min(a.cap, orMax(a.ownCap))
		b := w.accounts[a.name]
		if b.heldTo.Before(w.now) {
			b.heldCap, b.heldTo = 0, time.Time{}
		}
		if after > before {
			if b.heldTo.IsZero() || before < b.heldCap {
				b.heldCap = before
			}
			b.heldTo = w.now
			for _, x := range w.days(a.name, w.now, nil) {
				b.heldTo = latestOf(b.heldTo, x.to)
			}
			if a.day == "rolling" || a.day == "strict" {
				b.heldTo = latestOf(b.heldTo, w.now.Add(24*time.Hour))
			}
		}
	}
}

// open notes what a new account starts with.
func (w *world) open(a *wAccount) {
	b := &wBooks{first: w.now, granted: map[string]bool{}}
	w.accounts[a.name] = b
	def := w.definition(a.name)
	unit := func(n *int, kind string, at time.Time) {
		for n != nil && len(b.manual) < 9 && *n > 0 {
			b.manual = append(b.manual, wUnit{at, kind, false})
			if *n--; *n == 0 {
				return
			}
		}
	}
	copied := func(n *int) *int {
		if n == nil {
			return nil
		}
		m := *n
		return &m
	}
	day, _ := localDay(w.now, w.zone(a.name))
	today, before := w.now, day.Add(-time.Microsecond)
	if a.day == "" || a.day == "local" {
		today = day
	} else if rolling := w.now.Add(-24 * time.Hour); rolling.Before(before) {
		before = rolling
	}
	unit(copied(def.Opening.SentToday), "message", today)
	unit(copied(def.Opening.Connects7d), "connect", before)
	if def.Opening.Pending != nil {
		b.opened = *def.Opening.Pending
	}
	if !a.credits() {
		return
	}
	b.credits = a.monthly
	if def.Opening.Credits != nil {
		b.credits = *def.Opening.Credits
	}
	for _, t := range []time.Time{w.now.AddDate(0, 0, -1), w.now.AddDate(0, 0, 1)} {
		// Without a number the credits of a refresh that is just coming count
		// as there.
		local, utc := refresh(t, a.renewal, w.zone(a.name))
		if def.Opening.Credits == nil && !w.now.Before(local) {
			b.granted[utc.Format("2006-01")] = true
		}
	}
}

// settle ends the meddling: everything open is answered and resumed, and some
// steps later nothing may be lost.
func (w *world) settle() {
	for _, name := range w.names() {
		w.resume(name)
	}
	for _, h := range w.cards() {
		w.answered1(h, store.Answer{Kind: store.AnswerSent})
	}
	for w.answerWithdrawalAs("sent") {
	}
	w.mood, w.next = 0, w.now
	for range 12 {
		if w.next.IsZero() {
			break
		}
		w.now = latestOf(w.now.Add(time.Microsecond), w.next)
		w.step()
		for _, h := range w.cards() {
			w.answered1(h, store.Answer{Kind: store.AnswerSent, At: w.now})
		}
	}
	w.placed()
}

// placed is I4: every message of the file is there once, and one that nobody
// stopped is not cancelled.
func (w *world) placed() {
	list, err := w.db.Messages(contextOf, store.MessageQuery{})
	w.must("messages", err)
	type key struct{ campaign, person, step string }
	have := map[key]*store.MessageInfo{}
	for i := range list {
		m := &list[i]
		k := key{m.Campaign, m.Target, m.StepName}
		if have[k] != nil {
			w.fail("I4", "two messages for %v", k)
		}
		have[k] = m
	}
	for i := range w.spec.campaigns {
		c := &w.spec.campaigns[i]
		for _, t := range c.targets {
			for _, s := range c.steps {
				m := have[key{c.name, profile(t.person), s.name}]
				if w.forgotten[profile(t.person)] {
					if m != nil {
						w.fail("forget", "a message for %s %d %s", c.name, t.person, s.name)
					}
					continue
				}
				if m == nil {
					w.fail("I4", "no message for %s %d %s", c.name, t.person, s.name)
				}
				w.standing(c, &t, m)
			}
		}
	}
}

// standing says whether a message of the file stands as the world knows it.
func (w *world) standing(c *wCampaign, t *wTarget, m *store.MessageInfo) {
	w.checkAccount(c, m)
	stopped := w.barred(m.Target) || !w.stopped[[2]string{c.name, m.Target}].IsZero()
	var last *handed
	for _, h := range w.handed {
		if h.campaign == c.name && h.person == m.Target && h.step == m.StepName {
			last = h
		}
	}
	ok := true
	switch m.State {
	case "cancelled":
		switch m.Reason {
		case "reply", "opt_out", "bounced", "suppressed":
			ok = stopped
		case "skipped":
		case "end":
			ok = true
		default:
			ok = false
		}
	case "queued", "scheduled":
		ok = !stopped && (last == nil || last.state == wUnsent)
	case "released":
		ok = last != nil && last.state == wOpen
	case "sent":
		ok = last != nil && last.state == wSent
	case "unknown":
		ok = last != nil && last.state == wUnknown
	case "failed":
		ok = last != nil && last.state == wUnsent
	}
	if !ok {
		w.fail("I4", "%s %d %s is %s %s, the world has %+v", c.name, t.person, m.StepName, m.State, m.Reason, last)
	}
}
