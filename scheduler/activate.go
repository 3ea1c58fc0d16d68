package scheduler

import (
	"time"

	"outpace/limits"
)

// enter takes a target into the plan: its next step becomes its item, or its
// messages are dropped or held as a whole.
func (p *planner) enter(i int) {
	t := &p.st.Targets[i]
	if len(t.Messages) == 0 {
		return
	}
	c := &p.st.Campaigns[t.Campaign]
	if end := c.End.End(p.zone); !c.End.IsZero() && !p.now.Before(end) {
		p.drop(i, 0, DropEnd)
		p.finish(i, end)
		return
	}
	it := &p.items[i]
	it.target = i
	it.order = c.Order<<32 | t.Order
	it.prio = t.Priority
	it.follow = !t.Begun.IsZero()
	it.withdrawn = t.Withdrawn
	if t.Blocked == limits.Ready && c.Stopped == limits.Ready && p.st.Stopped == limits.Ready {
		p.activate(i, 0, p.base(t))
	}
}

// activate makes the target's message m, or the first after it that applies,
// its item. base is when the step before went.
func (p *planner) activate(i, m int, base time.Time) {
	t, it := &p.st.Targets[i], &p.items[i]
	it.base = base
	for ; m < len(t.Messages); m++ {
		step := p.st.step(t, m)
		kind, isElse, skip := p.kindOf(t, step)
		n := p.after(t, step, kind, base)
		p.giveUp(it, &n)
		if skip || n.skip {
			if p.entering { // later in the plan it is only expected
				p.plan.Dropped = append(p.plan.Dropped, Dropped{i, m, DropSkipped})
			}
			continue
		}
		it.message, it.kind, it.isElse = m, kind, isElse
		it.noted = noted(step, kind, isElse)
		p.await(i, n)
		return
	}
	it.message = m
	if !it.follow {
		base = time.Time{} // nothing was said: nobody waited for it
	}
	p.finish(i, base)
}

// await lets the target's item wait for its time, its condition or its turn.
func (p *planner) await(i int, n next) {
	t, it := &p.st.Targets[i], &p.items[i]
	if n.held == limits.HeldCondition {
		it.why = limits.HeldCondition
		switch {
		case n.until.IsZero():
		case p.now.Before(n.until):
			p.finish(i, n.until)
		default:
			p.drop(i, it.message, DropEnd)
			p.finish(i, n.until)
		}
		return
	}
	if t.Messages[it.message].Unapproved { // before its turn: who stands still takes none
		it.why = limits.HeldApproval
		return
	}
	from, why, open := p.gate(i)
	if !open {
		it.why = limits.HeldInCampaign
		p.parked[i] = true
		return
	}
	it.since, it.ready, it.why, it.gives = n.since, n.since, limits.HeldDelay, time.Time{}
	later := func(t time.Time, held limits.Held) {
		if t.After(it.ready) {
			it.ready, it.why = t, held
		}
	}
	if c := &p.st.Campaigns[t.Campaign]; !c.Start.IsZero() {
		if start := c.Start.Start(p.zone); !start.Before(it.ready) {
			it.ready, it.why = start, limits.HeldNotStarted
		}
	}
	later(from, why)
	later(t.Messages[it.message].RetryAt, limits.HeldRetry)
	later(p.inviteFrom(it), limits.HeldRetry)
	if t.Open { // nothing goes while a person holds the step before
		later(p.now.Add(time.Microsecond), limits.HeldDelay)
	}
	if it.kind == limits.InMail {
		p.inMails++
		if step := p.st.step(t, it.message); step.Else != nil && !step.Wait.IsZero() {
			it.gives = step.Wait.From(it.ready, p.zone, p.off)
			p.impatient.push(patience{it.gives, it})
		}
	}
	p.open++
	it.queued = true
	p.waiting.push(it)
}

// withdraw takes an item out of where it waits.
func (p *planner) withdraw(it *item) {
	if it.lane != nil || it.pass != nil {
		p.takeOut(it)
	} else {
		p.waiting.remove(it)
	}
	p.left(it)
}

// left notes that an item waits for nothing any more.
func (p *planner) left(it *item) {
	it.lane, it.queued = nil, false
	p.open--
	if it.kind == limits.InMail {
		p.inMails--
	}
}

// advance moves a target on after its item was placed at t.
func (p *planner) advance(it *item, at time.Time) {
	it.follow = true
	p.activate(it.target, it.message+1, at)
}

// drop cancels the target's messages from m on.
func (p *planner) drop(i, m int, reason DropReason) {
	for ; m < len(p.st.Targets[i].Messages); m++ {
		p.plan.Dropped = append(p.plan.Dropped, Dropped{i, m, reason})
	}
}

// rest gives every message without a slot its reason.
func (p *planner) rest() {
	first := make([]int, len(p.st.Targets)) // where each target's messages begin in done
	total := 0
	for i := range p.st.Targets {
		first[i] = total
		total += len(p.st.Targets[i].Messages)
	}
	done := make([]bool, total)
	for _, s := range p.plan.Slots {
		done[first[s.Target]+s.Message] = true
	}
	for _, d := range p.plan.Dropped {
		done[first[d.Target]+d.Message] = true
	}
	for i := range p.st.Targets {
		p.endWithCampaign(i)
		for m := range p.st.Targets[i].Messages {
			if !done[first[i]+m] {
				p.plan.Waiting = append(p.plan.Waiting, Waiting{i, m, p.reason(i, m)})
			}
		}
	}
}

// endWithCampaign says when a person whom others wait for is free at the
// latest.
func (p *planner) endWithCampaign(i int) {
	t := &p.st.Targets[i]
	end := p.st.Campaigns[t.Campaign].End
	if _, ended := p.plan.Ends[i]; !ended && t.Shared && !end.IsZero() {
		p.plan.Ends[i] = end.End(p.zone)
	}
}

// reason is why the target's message m has no slot.
func (p *planner) reason(i, m int) limits.Held {
	t, it := &p.st.Targets[i], &p.items[i]
	switch {
	case p.st.Stopped != limits.Ready:
		return p.st.Stopped
	case t.Blocked != limits.Ready:
		return t.Blocked
	case p.st.Campaigns[t.Campaign].Stopped != limits.Ready:
		return p.st.Campaigns[t.Campaign].Stopped
	case m < it.message:
		return limits.HeldCondition // it will be skipped when its turn comes
	case m > it.message:
		return limits.HeldDelay
	case p.parked[i] || it.why == limits.HeldCondition || it.why == limits.HeldApproval:
		return it.why
	case it.pass != nil && it.lane == nil:
		return limits.HeldCompany
	case it.lane == nil:
		return limits.HeldBeyondHorizon
	}
	return p.laneReason(it.lane)
}

// laneReason is why a lane's items have found no slot.
func (p *planner) laneReason(l *lane) limits.Held {
	const week = 7 * 24 * time.Hour
	switch {
	case l.over(p.until):
		return limits.HeldCampaignOver
	case !l.met && p.until.Sub(p.now) > week:
		return limits.HeldNoSlot
	case l.until.IsZero() && l.held != limits.Ready:
		return l.held // nothing but a person or an event can change it
	}
	return limits.HeldBeyondHorizon
}
