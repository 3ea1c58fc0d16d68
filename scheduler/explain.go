package scheduler

import (
	"fmt"
	"time"

	"outpace/limits"
)

// Explanation is the whole chain of rules for one message, as the planner
// itself asked them.
type Explanation struct {
	At     time.Time   `json:"at,omitzero"` // its slot; zero: none in the time looked at
	Kind   limits.Kind `json:"kind"`
	Held   limits.Held `json:"held"` // the rule that decided
	Rules  []Rule      `json:"rules"`
	Remedy string      `json:"remedy,omitempty"` // what would make it earlier
}

// Rule is one rule's say.
type Rule struct {
	Held limits.Held `json:"rule"` // what it holds a message by
	// OK: it allowed the message at the first slot considered.
	OK bool `json:"ok"`
	// From is the slot from which it allows the message; zero: not known.
	From   time.Time `json:"from,omitzero"`
	Detail string    `json:"detail,omitempty"`
}

// Explain plans the account as Make does and tells how message m of target i
// came to its slot, or why it has none before until.
func Explain(st *State, i, m int, now, until time.Time) Explanation {
	p := newPlanner(st, now, until)
	p.watch = &watch{target: i, message: m}
	plan := p.run()
	e := Explanation{Kind: st.step(&st.Targets[i], m).Kind}
	for _, s := range plan.Slots {
		if s.Target == i && s.Message == m {
			e.At, e.Kind, e.Held = s.At, s.Kind, s.Held
		}
	}
	for _, w := range plan.Waiting {
		if w.Target == i && w.Message == m {
			e.Held = w.Held
			p.watch.note(Rule{Held: w.Held, Detail: p.waitDetail(i, m)})
		}
	}
	for _, d := range plan.Dropped {
		if d.Target == i && d.Message == m {
			e.Held = limits.HeldCampaignOver
			if d.Reason == DropSkipped {
				e.Held = limits.HeldCondition
			}
			p.watch.note(Rule{Held: e.Held, Detail: "will not be sent: " + string(d.Reason)})
		}
	}
	e.Rules, e.Remedy = p.watch.rules, p.remedy(e.Held)
	return e
}

// watch notes what the rules say of one message, slot by slot. A nil watch
// notes nothing.
type watch struct {
	target, message int
	placed          bool
	asked           bool // a slot was considered
	allowed         bool // at the slot considered last every rule but the order said yes
	takerPrio       int
	takerFollow     bool
	answer          limits.Answer // of the limit that refused last
	rules           []Rule
}

// note keeps a rule's first answer and the slot from which it allows.
func (w *watch) note(r Rule) {
	for i := range w.rules {
		if have := &w.rules[i]; have.Held == r.Held {
			if r.OK && have.From.IsZero() || !r.OK {
				have.From = r.From
			}
			if !r.OK && r.Detail != "" {
				have.Detail = r.Detail
			}
			return
		}
	}
	w.rules = append(w.rules, r)
}

// say notes one rule at one slot.
func (w *watch) say(held limits.Held, ok bool, at time.Time, detail string) {
	r := Rule{Held: held, OK: ok, Detail: detail}
	if ok {
		r.From = at
	}
	w.note(r)
	w.allowed = w.allowed && ok
}

// consider asks every rule about the message at a slot, before it is filled.
func (w *watch) consider(p *planner, at time.Time) {
	if w == nil || w.placed {
		return
	}
	it := &p.items[w.target]
	if p.st.Targets[w.target].Blocked != limits.Ready {
		return // nothing else was asked
	}
	if w.asked && w.allowed && it.message == w.message {
		w.say(limits.HeldSlotTaken, false, at, fmt.Sprintf("priority %d went first", w.takerPrio))
	}
	w.asked, w.allowed = true, true
	t := &p.st.Targets[w.target]
	ready := it.message == w.message && (it.lane != nil || it.pass != nil)
	why := it.why
	if it.message != w.message {
		why = limits.HeldDelay
	}
	detail := ""
	if !ready && it.message == w.message && it.why != limits.HeldCondition && it.why != limits.HeldApproval && !p.parked[w.target] {
		detail = "ready " + it.ready.In(p.zone).Format(time.RFC3339)
	}
	if why == limits.Ready {
		why = limits.HeldDelay
	}
	w.say(why, ready, at, detail)
	if !ready {
		return
	}
	if w.company(p, it, at); it.lane == nil {
		return
	}
	l := p.laneOf(it)
	if l.hours != nil {
		w.say(limits.HeldRecipientHours, l.hours.hours.Open(at, l.zone), at, "read in "+l.zone.String())
	}
	if l.key.country > 0 {
		w.say(limits.HeldHoliday, !l.hours.holiday(at), at, "a public holiday of the recipient's country, "+l.hours.off.country)
	}
	if !l.ends.IsZero() {
		w.say(limits.HeldCampaignOver, !l.over(at), at, "ends before "+l.ends.In(p.zone).Format(time.RFC3339))
	}
	for _, a := range p.book.AskAll(it.kind, it.noted, at) {
		detail := a.Why
		if detail == "" {
			detail = fmt.Sprintf("%d of %d used", a.Used, a.Cap)
		}
		w.say(a.Held, a.OK, at, detail)
		if !a.OK {
			w.answer = a
		}
	}
	if it.kind == limits.InMail {
		n, held := p.wallet.Allow(at, t.Priority, p.slotDays)
		if n > 0 {
			held = limits.HeldPace
		}
		w.say(held, n > 0, at, fmt.Sprintf("%d credits, %d may be spent now", p.wallet.Balance(), n))
	}
}

// place notes who got a slot.
func (w *watch) place(it *item, at time.Time) {
	if w == nil || w.placed {
		return
	}
	if it.target == w.target && it.message == w.message {
		w.placed = true
		w.say(limits.HeldSlotTaken, true, at, "")
		return
	}
	w.takerPrio, w.takerFollow = it.prio, it.follow
}

// waitDetail says what a message without a slot waits for.
func (p *planner) waitDetail(i, m int) string {
	it := &p.items[i]
	switch {
	case m > it.message:
		return "waits for the step before it"
	case p.parked[i]:
		return "another campaign is in conversation with this person"
	case p.st.Targets[i].Blocked == limits.HeldCompany:
		return p.colleague(i)
	case it.pass != nil && it.lane == nil:
		return p.companyDetail(it, p.at)
	case it.why == limits.HeldCondition:
		return "waits for the person to accept" + p.patienceDetail(i)
	case it.why == limits.HeldApproval:
		return "nobody has approved its text"
	}
	return ""
}

// patienceDetail says until when target i's wait for acceptance lasts, and what
// ends it; empty if nothing does.
func (p *planner) patienceDetail(i int) string {
	until := p.plan.Ends[i]
	said := ", until " + until.In(p.zone).Format(time.RFC3339)
	switch {
	case until.IsZero():
		return ""
	case until.Equal(p.items[i].withdrawn):
		return said + ", when the request is withdrawn"
	}
	return said + "; then the sequence ends"
}

// remedy says what would make a message held by h go earlier.
func (p *planner) remedy(h limits.Held) string {
	w := p.watch
	switch h {
	case limits.HeldDailyCap, limits.HeldKindCap, limits.HeldWeeklyCap, limits.HeldMonthlyCap, limits.HeldPendingInvitations, limits.HeldWarmUp:
		return fmt.Sprintf("%s %d or more", capName[h], w.answer.Cap+1)
	case limits.HeldCompany:
		return p.companyRemedy()
	case limits.HeldCoolOff:
		if w.answer.Held == h && w.answer.Until.IsZero() {
			return "`outpace resume " + p.st.Account.Name + "`, when the platform lets it again"
		}
	case limits.HeldSlotTaken:
		if w.takerFollow && !p.items[w.target].follow && !p.st.Account.PriorityOrder {
			return fmt.Sprintf("a slot more, or `order: priority` on the account and a priority above %d", w.takerPrio)
		}
		return fmt.Sprintf("priority above %d", w.takerPrio)
	}
	return remedies[h]
}

// capName names the limit a reason speaks of.
var capName = map[limits.Held]string{
	limits.HeldDailyCap: "daily cap", limits.HeldKindCap: "cap a day of this kind",
	limits.HeldWeeklyCap: "cap a week of this kind", limits.HeldMonthlyCap: "noted requests a month",
	limits.HeldPendingInvitations: "pending invitations", limits.HeldWarmUp: "warm-up",
}

// remedies are what helps where no number is needed.
var remedies = map[limits.Held]string{
	limits.HeldDelay:          "a shorter `after`",
	limits.HeldCondition:      "`outpace event accepted`, when the person has accepted",
	limits.HeldNotStarted:     "an earlier `start` of the campaign",
	limits.HeldCampaignOver:   "a later `end` of the campaign",
	limits.HeldNoCredit:       "a pack of credits (`outpace credits add`), or the next refresh",
	limits.HeldPace:           "`pace: asap`, or a higher priority",
	limits.HeldReserve:        "a priority of at least the reserve's",
	limits.HeldRecipientHours: "wider `hours` of the campaign, or slots that meet them",
	limits.HeldHoliday:        "the day taken out of `holidays`",
	limits.HeldCooldown:       "a shorter `cooldown`",
	limits.HeldInCampaign:     "`overlap: allow`, or the end of the other conversation",
	limits.HeldNoAccount:      "the account back in the campaign's `accounts`",
	limits.HeldApproval:       "`outpace approve`",
	limits.HeldRetry:          "nothing: it is tried again",
	limits.HeldPaused:         "`outpace resume`",
	limits.HeldCoolOff:        "nothing: the platform said stop",
	limits.HeldChannelOff:     "`outpace resume`, when the channel works again",
	limits.HeldUnknown:        "`outpace unknown`, then `outpace resolve`",
	limits.HeldClock:          "a clock that is right, or `outpace resume --clock` if it is",
	limits.HeldQuarantine:     "`outpace reconcile`: the database was put back from a backup",
	limits.HeldNoSlot:         "`slots` that meet the campaign's `hours`",
	limits.HeldBeyondHorizon:  "more slots, a higher cap or a higher priority",
}
