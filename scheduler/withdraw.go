package scheduler

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// farthestSlot bounds the search for a slot: a calendar of nothing but
// holidays ends it.
const farthestSlot = 400 * 24 * time.Hour

// First is the first slot at or after t that off does not take out; zero: there
// is none for more than a year.
func (c *Calendar) First(t time.Time, off campaign.Holidays) time.Time {
	for d := c.day(t); d.start.Before(t.Add(farthestSlot)); d = c.day(d.end) {
		if at := d.next(t); !at.IsZero() && !off.On(d.start.Date()) {
			return at
		}
	}
	return time.Time{}
}

// giveUp ends n's wait for acceptance when the connection request it waits for
// is withdrawn.
func (p *planner) giveUp(it *item, n *next) {
	if at := it.withdrawn; n.held == limits.HeldCondition && !at.IsZero() && (n.until.IsZero() || at.Before(n.until)) {
		n.until = at
	}
}

// requested notes what follows for the person if the item placed at t is a
// connection request that nobody answers: when it is withdrawn, and from when
// another one may go.
func (p *planner) requested(it *item, at time.Time) {
	if it.kind != limits.Connect && it.kind != limits.InMail {
		return
	}
	it.withdrawn = time.Time{} // an InMail may be accepted, too, and stays
	t := &p.st.Targets[it.target]
	step := p.st.step(t, it.message)
	if it.kind == limits.InMail || step.WithdrawAfter.IsZero() {
		return
	}
	it.withdrawn = p.cal.First(step.WithdrawAfter.From(at, p.zone, p.off), p.st.Account.Holidays)
	if it.withdrawn.IsZero() {
		return
	}
	p.withdraws.push(it.withdrawn)
	if p.invites == nil {
		p.invites = map[int64]time.Time{}
	}
	p.invites[t.Person] = it.withdrawn.Add(limits.WithdrawnDays * 24 * time.Hour)
}

// inviteFrom is from when an item may go as the connection request it is; zero
// for any other.
func (p *planner) inviteFrom(it *item) time.Time {
	if it.kind != limits.Connect {
		return time.Time{}
	}
	t := &p.st.Targets[it.target]
	from := t.Messages[it.message].InviteAt
	if planned := p.invites[t.Person]; planned.After(from) {
		from = planned
	}
	return from
}

// takeBack lets the requests that were withdrawn before now be pending no
// longer: at the slot itself messages come first. A claim knows of it only when
// it is done: see askClaim.
func (p *planner) takeBack() {
	for p.withdraws.len() > 0 && p.withdraws.top().Before(p.at) {
		p.withdraws.pop()
		p.book.Withdrawn()
		p.changes++
	}
}
