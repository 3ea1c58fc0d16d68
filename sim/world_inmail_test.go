package sim_test

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// inMail is a first step that is an InMail for its target as long as nothing
// intervenes, of a person no other target is for.
type inMail struct {
	account, campaign, person string
	priority                  int
	ready                     time.Time
	slot                      time.Time // zero: it was not released
}

// inMails are the InMails of a run that wait for nobody but their turn.
func (w *world) inMails() (list []inMail) {
	times := map[string]int{}
	for _, c := range w.spec.campaigns {
		for _, t := range c.targets {
			times[profile(t.person)]++
		}
	}
	messages := w.firstMessages()
	for i := range w.spec.campaigns {
		c := &w.spec.campaigns[i]
		if c.steps[0].send != "inmail" {
			continue
		}
		for _, t := range c.targets {
			m := messages[c.name+profile(t.person)]
			priority := t.priority
			if priority < 0 {
				priority = c.priority
			}
			if c.perCompany != "" && companyOf(t.person) != 0 {
				continue // who goes first in a company is not only a matter of priority
			}
			if times[profile(t.person)] > 1 || m == nil || !w.account(m.account).credits() || t.degree == 1 || priority < c.steps[0].minPriority {
				continue
			}
			if m.slot.IsZero() && c.steps[0].wait != "" || !m.slot.IsZero() && m.kind != "inmail" {
				continue
			}
			ready := w.start
			if start := w.campaign(c.name).Start; !start.IsZero() {
				ready = latestOf(ready, start.Start(w.zone(m.account)))
			}
			list = append(list, inMail{m.account, c.name, profile(t.person), priority, ready, m.slot})
		}
	}
	return list
}

// usable are the slots of the local day of t at which the InMail could go, by
// all but limits and credits.
func (w *world) usable(m *inMail, t time.Time) (slots []time.Time) {
	a, c := w.definition(m.account), w.campaign(m.campaign)
	zone, hours := a.Zone.Loc(), a.Zone.Loc()
	if z := w.target(m.campaign, m.person).zone; z != "" && c.Hours != nil && c.Hours.Zone == campaign.RecipientZone {
		hours, _ = time.LoadLocation(z)
	}
	from, to := localDay(t, zone)
	if a.Holidays.On(from.In(zone).Date()) {
		return nil
	}
	for at := nextSlot(a, from.Add(-1)); at.Before(to); at = nextSlot(a, at) {
		over := !c.End.IsZero() && !at.Before(c.End.End(zone))
		if !over && !at.Before(latestOf(m.ready, w.start)) && (c.Hours == nil || c.Hours.Open(at, hours) && !w.rests(m.campaign, m.person, at.In(hours))) {
			slots = append(slots, at)
		}
	}
	return slots
}

// firstMessages are the first steps, by campaign and person, with the slot at
// which they were released, if they were.
func (w *world) firstMessages() map[string]*handed {
	found := map[string]*handed{}
	for _, h := range w.handed {
		if w.campaign(h.campaign).Steps[0].Name == h.step {
			found[h.campaign+h.person] = h
		}
	}
	for i := range w.spec.accounts {
		st, names, err := w.db.State(contextOf, w.spec.accounts[i].name, w.now)
		w.must("state", err)
		for k, t := range names.Targets {
			key := t.Campaign + t.Profile
			if found[key] == nil && len(t.Steps) > 0 && st.Targets[k].Blocked == limits.Ready {
				found[key] = &handed{account: names.Account, campaign: t.Campaign, person: t.Profile}
			}
		}
	}
	return found
}

// checkPriorities is I7: no InMail to a lower priority on a day on which a
// higher one had a usable slot, and went on a later day or not at all.
func (w *world) checkPriorities() {
	list := w.inMails()
	for _, low := range w.handed {
		if low.kind != "inmail" {
			continue
		}
		_, midnight := localDay(low.slot, w.zone(low.account))
		for i := range list {
			high := &list[i]
			if high.account != low.account || high.priority <= low.priority || !high.slot.IsZero() && high.slot.Before(midnight) {
				continue
			}
			for _, at := range w.usable(high, low.slot) {
				if !at.Before(low.slot) {
					w.fail("I7", "%s of priority %d went at %s, %+v could have gone at %s", low.person, low.priority, low.slot, *high, at)
				}
			}
		}
	}
}

// checkLosses is I8: when credits were lost, no InMail was passed over on the
// last day with slots before that.
func (w *world) checkLosses() {
	entries, err := w.db.CreditEntries(contextOf, 0)
	w.must("entries", err)
	list := w.inMails()
	for _, e := range entries {
		if e.Reason != limits.ReasonExpiry && e.Reason != limits.ReasonMaximum {
			continue
		}
		day := w.lastSlotDay(e.Account, e.At)
		for i := range list {
			m := &list[i]
			if m.account != e.Account || day.IsZero() || !m.slot.IsZero() && m.slot.Before(e.At) {
				continue
			}
			for _, at := range w.usable(m, day) {
				if at.Before(e.At) && w.roomFor(m, at) {
					w.fail("I8", "%d credits were lost at %s, %+v could have gone at %s", -e.Change, e.At, *m, at)
				}
			}
		}
	}
}

// lastSlotDay is a slot of the last day with slots before t, zero if that is
// before the start.
func (w *world) lastSlotDay(account string, t time.Time) time.Time {
	a := w.definition(account)
	for day := t; day.After(w.start.AddDate(0, 0, -1)); day = day.AddDate(0, 0, -1) {
		from, to := localDay(day, a.Zone.Loc())
		slot := nextSlot(a, from.Add(-1))
		if slot.Before(to) && slot.Before(t) && !a.Holidays.On(slot.In(a.Zone.Loc()).Date()) {
			return slot
		}
	}
	return time.Time{}
}

// roomFor says whether the limits, as everything went, had a place for the
// InMail at the slot beside the InMails that went.
func (w *world) roomFor(m *inMail, at time.Time) bool {
	a, units := w.account(m.account), w.units(m.account, nil)
	h := &handed{account: m.account, kind: "inmail", slot: at, at: at}
	inSlot := 0
	for _, o := range w.handed {
		if o.account == m.account && o.kind == "inmail" && o.slot.Equal(at) {
			inSlot++
		}
	}
	if inSlot >= w.definition(m.account).PerSlot {
		return false
	}
	for _, x := range w.days(m.account, at, units) {
		used, byHand := w.fill(h, units, x, func(u wUnit) bool { return w.counts(m.account, u.kind) })
		if w.counts(m.account, "inmail") && used >= w.dailyCap(m.account, x.capAt)-max(0, a.reserveDay-byHand) {
			return false
		}
		if used, _ := w.fill(h, units, x, func(u wUnit) bool { return u.kind == "inmail" }); used >= w.kindCap(a, "inmail") {
			return false
		}
	}
	return true
}
