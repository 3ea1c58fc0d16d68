package scheduler

import (
	"math"
	"time"

	"outpace/limits"
)

// asked is what the limits answered for one kind, good until something changes.
type asked struct {
	change int
	answer limits.Answer
}

// answers is how many questions there are: every kind, noted or not.
const answers = 2 * (int(limits.Reminder) + 1)

// ask says whether the lane's kind may be released at t by everything but
// credits, and notes what the lane is held by if not.
func (p *planner) ask(l *lane, at time.Time) bool {
	switch {
	case l.over(at):
		l.hold(limits.HeldCampaignOver, time.Time{})
		return false
	case !l.inHours(at):
		l.hold(l.hours.held(at), l.hours.next(at))
		return false
	}
	l.met = true
	i := 2 * int(l.key.kind)
	if l.key.noted {
		i++
	}
	if a := &p.asked[i]; a.change != p.changes {
		*a = asked{p.changes, p.book.Ask(l.key.kind, l.key.noted, at)}
	}
	a := p.asked[i].answer
	if a.OK && !at.After(p.now) {
		a = p.askClaim(l, at)
	}
	if !a.OK {
		l.hold(a.Held, a.Until)
		return false
	}
	l.hold(limits.HeldSlotTaken, at)
	return true
}

// askClaim asks what a claim of a slot that has come would ask: at the slot and
// now, with the messages nobody has reported yet in every window. Without that
// a missed slot would be planned and refused over and over.
func (p *planner) askClaim(l *lane, at time.Time) limits.Answer {
	if p.claims == nil {
		p.claims = p.st.ClaimBook()
	}
	if a := p.claims.Ask(l.key.kind, l.key.noted, at); !a.OK {
		return a
	}
	return p.claims.Ask(l.key.kind, l.key.noted, p.now)
}

// pick chooses the lane whose best item gets a place at the slot, nil if
// nothing may go. An InMail that the pace is waiting for goes before all else.
func (p *planner) pick(at time.Time) *lane {
	if l := p.pickInMail(at); l != nil {
		p.taken()
		return l
	}
	var best *lane
	kept := -1 // places under the daily cap kept for today's InMails; -1: not asked yet
	for _, l := range p.lanes {
		if l.key.kind == limits.InMail || l.items.len() == 0 || !p.ask(l, at) {
			continue
		}
		if best != nil && !p.less(l.top(), best.top()) {
			continue
		}
		if p.st.Rules.Plan.Counts(l.key.kind) {
			if kept < 0 {
				kept = p.keptForInMails(at)
			}
			if kept > 0 && p.book.Room(at) <= kept {
				continue
			}
		}
		best = l
	}
	return best
}

// taken notes that every lane lost the slot to another message.
func (p *planner) taken() {
	for _, l := range p.lanes {
		l.hold(limits.HeldSlotTaken, p.last)
	}
}

// pickInMail chooses the InMail that may spend a credit at the slot, nil if
// none may: the best that is open, unless today's credits belong to higher
// priorities whose hours come later in the day.
func (p *planner) pickInMail(at time.Time) *lane {
	var best *lane
	for _, l := range p.lanes {
		if l.key.kind != limits.InMail || l.items.len() == 0 || !p.ask(l, at) {
			continue
		}
		if best == nil || byPriority(l.top(), best.top()) {
			best = l
		}
	}
	if best == nil {
		return nil
	}
	credits, held := p.wallet.Allow(at, best.top().prio, p.slotDays)
	if credits > 0 {
		if refresh := p.wallet.Next(); !refresh.IsZero() && refresh.Before(p.today.end) {
			// What the new cycle's pace gives those who come later today is
			// not known yet.
			credits = min(credits, max(1, p.wallet.AtRisk(at)))
		}
		higher := p.laterToday(at, credits, func(it *item) bool { return it.prio > best.top().prio })
		if higher == 0 || higher < min(credits, p.inMailRoom(at)) {
			return best
		}
		// Nothing changes before a lane of theirs opens, which nextChange sees.
		p.holdInMails(limits.HeldSlotTaken, p.today.end)
		return nil
	}
	until := p.today.end
	if held == limits.HeldNoCredit {
		until = p.wallet.Next()
	}
	p.holdInMails(held, until)
	return nil
}

// inMailRoom is how many InMails the limits allow at the slot, 0 if something
// holds them for all of today.
func (p *planner) inMailRoom(at time.Time) int {
	room := p.book.Room(at)
	if !p.st.Rules.Plan.Counts(limits.InMail) {
		room = math.MaxInt
	}
	for _, a := range p.book.AskAll(limits.InMail, false, at) {
		switch {
		case a.Held == limits.HeldKindCap || a.Held == limits.HeldWeeklyCap:
			room = min(room, a.Cap-a.Used)
		case !a.OK && (a.Until.IsZero() || !a.Until.Before(p.today.end)):
			room = 0
		}
	}
	return max(0, room)
}

// holdInMails notes why the open InMail lanes got nothing.
func (p *planner) holdInMails(held limits.Held, until time.Time) {
	for _, l := range p.lanes {
		if l.key.kind == limits.InMail && l.held == limits.HeldSlotTaken {
			l.hold(held, until)
		}
	}
}

// keptForInMails is how many places under the daily cap are kept at this slot
// for InMails that will spend today's credits later today: without them a
// full morning would take the slots of those whose hours come in the evening.
func (p *planner) keptForInMails(at time.Time) int {
	if !p.st.Rules.Plan.Counts(limits.InMail) || p.inMails == 0 {
		return 0
	}
	const highest = 100
	credits, _ := p.wallet.Allow(at, highest, p.slotDays)
	if credits == 0 || p.book.Room(at) > credits {
		return 0
	}
	return p.laterToday(at, min(credits, p.inMailRoom(at)), func(*item) bool { return true })
}

// laterToday counts, up to most, the InMails that cannot go at the slot but
// at a later one of the same day, among those that counts says yes to.
func (p *planner) laterToday(at time.Time, most int, counts func(*item) bool) (n int) {
	for _, l := range p.lanes {
		if l.key.kind == limits.InMail && l.items.len() > 0 && !l.inHours(at) && p.slotLater(l, at.Add(1)) {
			n += l.items.count(most-n, counts, counts)
		}
	}
	if p.inMails == 0 || n >= most {
		return n
	}
	wakesToday := func(it *item) bool { return it.ready.Before(p.today.end) }
	return n + p.waiting.count(most-n, wakesToday, func(it *item) bool {
		return it.kind == limits.InMail && counts(it) && p.slotLater(p.laneOf(it), it.ready) && p.hasRoom(it, it.ready)
	})
}

// slotLater says whether the lane's hours meet a slot of today from t on.
func (p *planner) slotLater(l *lane, t time.Time) bool {
	for {
		if l.hours != nil {
			t = l.hours.next(t)
		}
		slot := p.today.next(t)
		if t.IsZero() || slot.IsZero() || l.over(slot) {
			return false
		}
		if l.hours == nil || l.hours.opens(slot) {
			return true
		}
		t = slot
	}
}

// nextChange is the earliest instant after the slot at which some item may be
// allowed what it was refused at it.
func (p *planner) nextChange(at time.Time) time.Time {
	next := p.until
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	for _, l := range p.lanes {
		if l.items.len() > 0 {
			earlier(l.until)
		}
	}
	if p.waiting.len() > 0 {
		earlier(p.waiting.top().ready)
	}
	if p.rooms.len() > 0 {
		earlier(p.rooms.top().at)
	}
	if p.impatient.len() > 0 {
		earlier(p.impatient.top().ends)
	}
	if p.inMails > 0 {
		earlier(p.wallet.Next())
	}
	if p.withdraws.len() > 0 {
		earlier(p.withdraws.top())
	}
	return next
}

// slotDays counts the account's days with a slot, for the pace.
func (p *planner) slotDays(from, to time.Time) int {
	return p.cal.slotDays(from, to, p.st.Account.Holidays)
}
