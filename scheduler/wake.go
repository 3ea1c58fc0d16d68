package scheduler

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// patience is how long an InMail waits for a credit before its else.
type patience struct {
	ends time.Time
	item *item
}

// wake moves the items that are ready at t into their lanes, and InMails that
// waited long enough for a credit to their else.
func (p *planner) wake(t time.Time) {
	p.at = t
	p.takeBack()
	p.beginOthers()
	p.newRooms()
	for p.waiting.len() > 0 && !p.waiting.top().ready.After(t) {
		p.enlane(p.waiting.pop())
	}
	for p.impatient.len() > 0 && !p.impatient.top().ends.After(t) {
		was := p.impatient.pop()
		// The item may have moved on, or become ready at another time, since.
		if it := was.item; it.gives.Equal(was.ends) && (it.lane != nil || it.pass != nil) && it.kind == limits.InMail {
			p.takeOut(it)
			p.inMails--
			p.fallBack(it, was.ends)
			if it.ready.After(t) {
				p.waiting.push(it)
			} else {
				p.enlane(it)
			}
		}
	}
}

// enlane lets a ready item wait for a slot.
func (p *planner) enlane(it *item) {
	l := p.laneOf(it)
	if p.governed(it) {
		p.join(it, l)
		return
	}
	it.lane = l
	l.items.push(it)
}

// takeOut takes a ready item out of its lane, or its company's queue.
func (p *planner) takeOut(it *item) {
	if it.pass != nil {
		p.quit(it)
		return
	}
	it.lane.items.remove(it)
	it.lane = nil
}

// fallBack makes a waiting InMail what its step's else says.
func (p *planner) fallBack(it *item, at time.Time) {
	t := &p.st.Targets[it.target]
	step := p.st.step(t, it.message)
	it.kind, it.isElse = step.Else.Kind, true
	it.noted = noted(step, it.kind, true)
	it.ready, it.why = at, limits.HeldNoCredit
	if from := p.inviteFrom(it); from.After(at) {
		it.ready, it.why = from, limits.HeldRetry
	}
}

// laneOf returns the lane an item belongs to.
func (p *planner) laneOf(it *item) *lane {
	t := &p.st.Targets[it.target]
	c := &p.st.Campaigns[t.Campaign]
	key := laneKey{campaign: t.Campaign, kind: it.kind, noted: it.noted}
	if c.Hours != nil {
		if key.zone = t.Zone; key.zone == nil || c.Hours.Zone != campaign.RecipientZone {
			key.zone = p.zone
		}
		if t.Country != "" && c.Hours.Zone == campaign.RecipientZone {
			key.country = p.offOf(t.Country)
		}
	}
	l := p.byKey[key]
	if l == nil {
		l = &lane{key: key, zone: key.zone}
		if c.Hours != nil {
			l.hours = p.openingOf(c.Hours, key.zone, p.offs[key.country])
		}
		if !c.End.IsZero() {
			l.ends = c.End.End(p.zone)
		}
		l.items.less = p.less
		if it.kind == limits.InMail {
			l.items.less = byPriority
		}
		p.byKey[key] = l
		p.lanes = append(p.lanes, l)
	}
	return l
}
