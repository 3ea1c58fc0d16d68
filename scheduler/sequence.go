package scheduler

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// next is what a target's next step waits for.
type next struct {
	held  limits.Held // Ready: only until the times below
	since time.Time   // when its delay is over
	until time.Time   // with HeldCondition: when the sequence gives up waiting; zero: never
	skip  bool        // the step does not apply to this target
}

// step is the campaign's step of the target's message m.
func (st *State) step(t *Target, m int) *campaign.Step {
	return &st.Campaigns[t.Campaign].Steps[t.Messages[m].Step]
}

// kindOf is what a step is for a target: its own kind, or its else's.
func (p *planner) kindOf(t *Target, step *campaign.Step) (kind limits.Kind, isElse, skip bool) {
	kind = step.Kind
	if kind == limits.InMail {
		switch {
		case t.First:
			return limits.Message, false, false // no credit is spent on a connection
		case t.Priority < step.MinPriority && step.Else == nil:
			return kind, false, true
		case step.Else != nil && (t.Priority < step.MinPriority || p.neverCredit || p.unanswered(t)):
			kind, isElse = step.Else.Kind, true
		case p.unanswered(t):
			return kind, false, true
		}
	}
	return kind, isElse, kind == limits.Connect && t.First
}

// unanswered says whether the account has an InMail to the target's person, or
// sends one in this plan, that is not answered: it does not send a second one.
func (p *planner) unanswered(t *Target) bool { return t.InMailed || p.inMailed[t.Person] }

// noted says whether a connection request carries a note.
func noted(step *campaign.Step, kind limits.Kind, isElse bool) bool {
	if kind != limits.Connect {
		return false
	}
	return step.Template != "" || isElse && step.Else.Template != ""
}

// after answers when step may go to t, if the step before went at base.
func (p *planner) after(t *Target, step *campaign.Step, kind limits.Kind, base time.Time) next {
	n := next{since: step.After.From(base, p.zone, p.off)}
	accepted := !t.Accepted.IsZero()
	if step.OnlyIf == campaign.NotAccepted && accepted {
		return next{skip: true}
	}
	if step.OnlyIf != campaign.Accepted && (kind != limits.Message || t.First && !t.Joined) {
		return n
	}
	if !step.Within.IsZero() {
		n.until = step.Within.From(base, p.zone, p.off)
	}
	// Who accepts when the wait is over does not begin it again. Nobody has
	// waited for an answer to what was never sent.
	late := !n.until.IsZero() && !t.LastAt.IsZero() && !t.Accepted.Before(n.until)
	if !accepted || late {
		n.held = limits.HeldCondition
		return n
	}
	if step.OnlyIf == campaign.Accepted && t.Accepted.After(n.since) {
		n.since = t.Accepted
	}
	return n
}

// off says whether the account has a holiday on the date.
func (p *planner) off(y int, m time.Month, d int) bool { return p.st.Account.Holidays.On(y, m, d) }

// base is the instant from which the target's next step counts its delay.
func (p *planner) base(t *Target) time.Time {
	if t.Open && p.now.After(t.LastAt) {
		return p.now // planned as if it were reported now
	}
	if !t.LastAt.IsZero() {
		return t.LastAt
	}
	base, c := t.Added, &p.st.Campaigns[t.Campaign]
	if start := c.Start.Start(p.zone); !c.Start.IsZero() && start.After(base) {
		base = start
	}
	return base
}
