package sim_test

import (
	"slices"
	"time"

	"outpace/campaign"
	"outpace/scheduler"
	"outpace/store"
)

// definition is the account as the file was read.
func (w *world) definition(name string) *campaign.Account { return w.set.Account(name) }

func (w *world) campaign(name string) *campaign.Campaign {
	return w.set.Campaigns[slices.IndexFunc(w.set.Campaigns, func(c *campaign.Campaign) bool { return c.Name == name })]
}

func (w *world) target(campaign, person string) *wTarget {
	for i := range w.spec.campaigns {
		c := &w.spec.campaigns[i]
		for k := range c.targets {
			if c.name == campaign && profile(c.targets[k].person) == person {
				return &c.targets[k]
			}
		}
	}
	return nil
}

// nextSlot is the account's first slot after t, holidays or not.
func nextSlot(a *campaign.Account, t time.Time) (next time.Time) {
	for _, spec := range a.Slots {
		if at := spec.Next(t, a.Zone.Loc()); next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// checkTimes is I5: slots and their grace, dates, hours, holidays, pauses.
func (w *world) checkTimes(h *handed) {
	a, c := w.definition(h.account), w.campaign(h.campaign)
	zone := a.Zone.Loc()
	if !nextSlot(a, h.slot.Add(-1)).Equal(h.slot) {
		w.fail("I5", "%s is no slot of %s", h.slot, h.account)
	}
	_, midnight := localDay(h.slot, zone)
	for what, end := range map[string]time.Time{
		"the next slot": nextSlot(a, h.slot), "the grace": h.slot.Add(max(time.Duration(a.Grace), time.Minute)), "the day's end": midnight,
	} {
		if h.at.Before(h.slot) || h.at.After(h.slot) && !h.at.Before(end) {
			w.fail("I5", "slot %s is not good any more, %s is %s", h.slot, what, end)
		}
	}
	if w.rest(h.account, h.slot) {
		w.fail("I5", "%s is a holiday", h.slot)
	}
	if today := h.slot.In(zone).Format(time.DateOnly); !c.Start.IsZero() && today < c.Start.String() || !c.End.IsZero() && today > c.End.String() {
		w.fail("I5", "%s is outside %s to %s", today, c.Start, c.End)
	}
	if c.Hours != nil {
		if t := w.target(h.campaign, h.person); t != nil && t.zone != "" && c.Hours.Zone == campaign.RecipientZone {
			zone, _ = time.LoadLocation(t.zone)
		}
		local := h.slot.In(zone)
		clock := campaign.Clock(local.Hour()*60 + local.Minute())
		if !c.Hours.Days.Has(local.Weekday()) || clock < c.Hours.From || clock >= c.Hours.To {
			w.fail("I5", "%s is outside the hours", local)
		}
		if w.rests(h.campaign, h.person, local) {
			w.fail("I5", "%s is a holiday of the recipient's country", local)
		}
	}
	if w.paused["account:"+h.account] || w.paused["campaign:"+h.campaign] || c.Paused {
		w.fail("I5", "paused")
	}
	n := 1
	for _, o := range w.handed {
		if o.account == h.account && o.slot.Equal(h.slot) && o.state != wUnsent {
			n++
		}
	}
	if n > a.PerSlot {
		w.fail("I5", "%d in a slot for %d", n, a.PerSlot)
	}
}

// checkPerson is I3, I6, and one conversation at a time.
func (w *world) checkPerson(h *handed) {
	if w.barred(h.person) {
		w.fail("I6", "the person must not be written to")
	}
	if at := w.stopped[[2]string{h.campaign, h.person}]; !at.IsZero() {
		w.fail("I6", "the person answered at %s", at)
	}
	if w.target(h.campaign, h.person) == nil {
		w.fail("I4", "the person is no target")
	}
	first := true
	for _, o := range w.handed {
		same := o.campaign == h.campaign
		first = first && !(same && o.person == h.person && o.passed)
		if o.person != h.person || o.state == wUnsent {
			continue
		}
		first = first && !same
		switch {
		case same && o.step == h.step:
			w.fail("I3", "%s was handed over at %s", h.step, o.at)
		case o.id == h.id:
			w.fail("I3", "the message was handed over at %s", o.at)
		case same && o.state == wOpen:
			w.fail("I3", "%s is still open", o.step)
		case h.kind == "connect" && o.account == h.account && w.now.Before(o.withdrawn.Add(21*24*time.Hour)):
			w.fail("invitation", "one was withdrawn at %s", o.withdrawn)
		case o.state == wUnknown:
			w.fail("I3", "what became of %s %s is not known", o.campaign, o.step)
		}
	}
	if first {
		w.checkFirst(h)
	}
}

// checkFirst: nobody else is in conversation with the person, and the cooldown
// since the last message of others is over.
func (w *world) checkFirst(h *handed) {
	c := w.drawn(h.campaign)
	var last *handed
	for _, o := range w.handed {
		if o.person != h.person || o.campaign == h.campaign || o.state == wUnsent {
			continue
		}
		if o.account == h.account && o.slot.Equal(h.slot) {
			continue // planned together: which of the two came first is not to be seen
		}
		if last == nil || o.countAt.After(last.countAt) {
			last = o
		}
		if !c.overlap && w.talking(o) {
			w.fail("conversation", "%s has begun at %s and is not finished", o.campaign, o.at)
		}
	}
	if last == nil || c.cooldown == "" {
		return
	}
	if end := w.delayed(h.account, c.cooldown, last.countAt); h.slot.Before(end) {
		w.fail("cooldown", "%s wrote at %s, the cooldown ends at %s", last.campaign, last.countAt, end)
	}
}

// talking says whether the conversation a delivery belongs to surely goes on:
// a step more is scheduled or open, or waits for nothing but its delay.
func (w *world) talking(o *handed) bool {
	if w.target(o.campaign, o.person) == nil {
		return o.state == wOpen && o.desk
	}
	if c := w.campaign(o.campaign); !c.End.IsZero() && w.now.In(w.zone(o.account)).Format(time.DateOnly) > c.End.String() {
		return false
	}
	list, err := w.db.Messages(contextOf, store.MessageQuery{
		Campaign: o.campaign, Person: o.person, States: []string{scheduler.Scheduled, scheduler.Released, scheduler.Unknown},
	})
	w.must("messages", err)
	return len(list) > 0
}

// checkSequence: delays, conditions and the order of steps.
func (w *world) checkSequence(h *handed) {
	c, drawn := w.campaign(h.campaign), w.drawn(h.campaign)
	i := slices.IndexFunc(c.Steps, func(s campaign.Step) bool { return s.Name == h.step })
	step, friend := &c.Steps[i], w.connected[[2]string{h.account, h.person}]
	if h.kind == "message" && !friend && w.target(h.campaign, h.person).degree != 1 {
		w.fail("sequence", "a message to somebody not connected")
	}
	if accepted := friend; step.OnlyIf == campaign.Accepted && !accepted || step.OnlyIf == campaign.NotAccepted && accepted {
		w.fail("sequence", "only_if %v, accepted %v", step.OnlyIf, accepted)
	}
	kinds := []string{step.Kind.String()}
	if step.Kind.String() == "inmail" {
		kinds = append(kinds, "message") // to a connection
		if h.kind == "inmail" && h.priority < step.MinPriority {
			w.fail("sequence", "an InMail to priority %d", h.priority)
		}
	}
	if step.Else != nil {
		kinds = append(kinds, step.Else.Kind.String())
	}
	if !slices.Contains(kinds, h.kind) {
		w.fail("sequence", "a %s for a step that sends %v", h.kind, kinds)
	}
	var before *handed
	for _, o := range w.handed {
		if o.person != h.person || o.campaign != h.campaign || o.state == wUnsent {
			continue
		}
		if before == nil || o.countAt.After(before.countAt) {
			before = o
		}
		if o.account != h.account {
			w.fail("rotation", "%s was sent from %s", o.step, o.account)
		}
		if k := slices.IndexFunc(c.Steps, func(s campaign.Step) bool { return s.Name == o.step }); k > i {
			w.fail("sequence", "%s was sent before", o.step)
		}
	}
	if before == nil {
		return
	}
	w.checkWithin(h, &drawn.steps[i], before)
	after := drawn.steps[i].after
	if ready := w.delayed(h.account, after, before.countAt); h.slot.Before(ready) {
		w.fail("sequence", "ready %s, %s after %s at %s", ready, after, before.step, before.countAt)
	}
}

// checkWithin: what waits for acceptance goes only to those who accepted before
// the wait was over.
func (w *world) checkWithin(h *handed, s *wStep, before *handed) {
	if s.onlyIf != "accepted" && (h.kind != "message" || w.target(h.campaign, h.person).degree == 1) {
		return
	}
	within := s.within
	if within == "" {
		within = "30d"
	}
	since := w.since[[2]string{h.account, h.person}]
	if end := w.delayed(h.account, within, before.countAt); !since.Before(end) {
		w.fail("sequence", "accepted at %s, the wait of %s after %s was over at %s", since, within, before.step, end)
	}
}

// drawn is the campaign as it was drawn.
func (w *world) drawn(name string) *wCampaign {
	return &w.spec.campaigns[slices.IndexFunc(w.spec.campaigns, func(c wCampaign) bool { return c.name == name })]
}
