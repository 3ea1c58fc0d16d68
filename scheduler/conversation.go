package scheduler

import (
	"time"

	"outpace/limits"
)

// conversation is one person whom several campaigns want to write to: one at
// a time. Whoever has released first keeps the person until finished; before
// that the higher priority, then the older campaign, then the file's order.
type conversation struct {
	members []int             // targets of this account
	last    time.Time         // the last message planned for the person
	lastBy  int               // and the target it was for
	begun   map[int]time.Time // targets the plan writes to first
	ended   map[int]time.Time
}

// claimant is one side of a conversation, here or on another account.
type claimant struct {
	begun    time.Time
	priority int
	applied  time.Time
	order    int
}

// before says whether a keeps the person from b.
func (a claimant) before(b claimant) bool {
	if a.begun.IsZero() != b.begun.IsZero() {
		return !a.begun.IsZero()
	}
	if !a.begun.Equal(b.begun) {
		return a.begun.Before(b.begun)
	}
	if a.priority != b.priority {
		return a.priority > b.priority
	}
	if !a.applied.Equal(b.applied) {
		return a.applied.Before(b.applied)
	}
	return a.order < b.order
}

// claimant is target i's side of c.
func (p *planner) claimant(c *conversation, i int) claimant {
	t := &p.st.Targets[i]
	begun := t.Begun
	if begun.IsZero() {
		begun = c.begun[i]
	}
	campaign := &p.st.Campaigns[t.Campaign]
	return claimant{begun, t.Priority, campaign.Applied, campaign.Order}
}

// converse finds the persons that more than one unfinished target wants.
func (p *planner) converse() {
	for i := range p.st.Targets {
		t := &p.st.Targets[i]
		if !t.Shared || len(t.Messages) == 0 && !t.Open {
			continue
		}
		if p.people == nil {
			p.people = map[int64]*conversation{}
		}
		c := p.people[t.Person]
		if c == nil {
			c = &conversation{begun: map[int]time.Time{}, ended: map[int]time.Time{}}
			p.people[t.Person] = c
		}
		c.members = append(c.members, i)
		p.expect(i)
	}
}

// gate answers from when target i may speak to its person: forever false
// while somebody who comes before it has no known end.
func (p *planner) gate(i int) (from time.Time, why limits.Held, open bool) {
	t := &p.st.Targets[i]
	campaign := &p.st.Campaigns[t.Campaign]
	last := p.lastOfOthers(t, i)
	if c := p.people[t.Person]; c != nil {
		if c.lastBy != i && c.last.After(last) {
			last = c.last
		}
		if !campaign.Overlap {
			if from, open = p.turn(c, i); !open {
				return from, limits.HeldInCampaign, false
			}
			why = limits.HeldInCampaign
		}
	}
	if t.Begun.IsZero() && !p.items[i].follow && !campaign.Overlap {
		if !last.IsZero() && !last.Before(from) { // as turn has it for those who have just ended
			from, why = last.Add(time.Microsecond), limits.HeldInCampaign
		}
		if t.Free.After(from) {
			from, why = t.Free, limits.HeldInCampaign
		}
	}
	if !p.items[i].follow && !campaign.Cooldown.IsZero() && !last.IsZero() {
		if cool := campaign.Cooldown.From(last, p.zone, p.off); cool.After(from) {
			return cool, limits.HeldCooldown, true
		}
	}
	return from, why, true
}

// lastOfOthers is the last message another campaign wrote to the target's
// person, or another account will write before it is target i's turn.
func (p *planner) lastOfOthers(t *Target, i int) time.Time {
	last := t.OtherLast
	c := p.people[t.Person]
	if c == nil || len(t.Rivals) == 0 {
		return last
	}
	mine, overlap := p.claimant(c, i), p.st.Campaigns[t.Campaign].Overlap
	for k := range t.Rivals {
		r := &t.Rivals[k]
		theirs := p.rival(r, overlap)
		if overlap && theirs.begun.IsZero() {
			continue // it may begin first, or may not: whichever is planned sooner
		}
		if r.Last.After(last) && theirs.before(mine) {
			last = r.Last
		}
	}
	return last
}

// turn answers when all who come before target i have ended; the instant
// itself is still theirs. While somebody holds the last message of one of
// them and has not reported it, that is not known.
func (p *planner) turn(c *conversation, i int) (from time.Time, ok bool) {
	t, mine := &p.st.Targets[i], p.claimant(c, i)
	for _, other := range c.members {
		if other == i || p.idle(c, other) || !p.claimant(c, other).before(mine) {
			continue
		}
		end, ended := c.ended[other]
		if !ended {
			// At the latest when its campaign ends; regate knows if sooner.
			last := p.st.Campaigns[p.st.Targets[other].Campaign].End
			if last.IsZero() {
				return from, false
			}
			end = last.End(p.zone)
		}
		if p.st.Targets[other].Open && !end.After(p.now) {
			return from, false
		}
		if _, spoken := c.begun[other]; spoken || !p.st.Targets[other].Begun.IsZero() {
			end = end.Add(time.Microsecond)
		}
		if end.After(from) {
			from = end
		}
	}
	for k := range t.Rivals {
		r := &t.Rivals[k]
		if !p.rival(r, false).before(mine) {
			continue
		}
		if r.Ends.IsZero() || r.Open && !r.Ends.After(p.now) {
			return from, false
		}
		if end := r.Ends.Add(time.Microsecond); end.After(from) {
			from = end
		}
	}
	return from, true
}

// idle says that target i has not begun and stands still: its first message
// failed or waits to be approved, a colleague answered, or its campaign is
// paused. Only who has begun keeps a person so.
func (p *planner) idle(c *conversation, i int) bool {
	t := &p.st.Targets[i]
	if _, planned := c.begun[i]; planned || !t.Begun.IsZero() {
		return false
	}
	return t.Blocked == limits.HeldCondition || t.Blocked == limits.HeldCompany || p.st.Campaigns[t.Campaign].Stopped == limits.HeldPaused ||
		p.unapproved(i)
}

// spoke notes that the plan writes to target i at t. Others of the person, who
// with overlap: allow may be waiting for a slot, keep their distance from it.
func (p *planner) spoke(i int, at time.Time) {
	if c := p.people[p.st.Targets[i].Person]; c != nil {
		c.last, c.lastBy = at, i
		if _, ok := c.begun[i]; !ok {
			c.begun[i] = at
		}
		p.regate(c, i)
	}
}

// finish notes that target i has no further message from t on, and lets the
// others of its person go on.
func (p *planner) finish(i int, at time.Time) {
	if end := p.st.Campaigns[p.st.Targets[i].Campaign].End; !end.IsZero() && end.End(p.zone).Before(at) {
		at = end.End(p.zone) // it waits for acceptance no longer than that
	}
	p.plan.Ends[i] = at
	if c := p.people[p.st.Targets[i].Person]; c != nil {
		c.ended[i] = at
		p.regate(c, i)
	}
}

// regate asks again whose turn it is, for all of the person's targets but i.
func (p *planner) regate(c *conversation, i int) {
	for _, other := range c.members {
		it := &p.items[other]
		if other == i || !it.queued && !p.parked[other] {
			continue
		}
		if it.queued {
			p.withdraw(it)
		}
		delete(p.parked, other)
		p.activate(other, it.message, it.base)
	}
}
