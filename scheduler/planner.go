package scheduler

import (
	"slices"
	"time"

	"outpace/limits"
)

// planner is one run over the slots of one account.
type planner struct {
	st    *State
	now   time.Time
	until time.Time
	plan  *Plan

	cal         *Calendar
	zone        *time.Location
	book        *limits.Book
	claims      *limits.Book // as a claim sees it, for slots that have come; nil until asked
	wallet      *limits.Wallet
	neverCredit bool

	less      func(a, b *item) bool   // rule 3's order
	items     []item                  // one for each target
	waiting   heap[*item]             // items not ready yet
	lanes     []*lane                 // items that wait for a slot
	byKey     map[laneKey]*lane       // the same, to find
	openings  []*opening              // of all lanes
	impatient heap[patience]          // InMails that will not wait for a credit for ever
	people    map[int64]*conversation // only persons of several campaigns
	parked    map[int]bool            // targets whose turn with their person has not come
	withdraws heap[time.Time]         // when pending requests are taken back
	invites   map[int64]time.Time     // persons whose request the plan sends and withdraws: no other before
	begins    heap[beginning]         // conversations other accounts will begin
	firms     map[string]*firm        // by company; nil: nothing limits people per company
	rooms     heap[roomChange]        // when there may be room in them
	offs      []off                   // public holidays of recipients' countries; the first is none
	inMailed  map[int64]bool          // persons the plan sends an InMail
	open      int                     // items in waiting and lanes
	inMails   int                     // how many of them are InMails
	asked     [answers]asked          // what the limits answered, by kind
	changes   int                     // of what the limits may answer

	entering bool // the targets are taken in: what is dropped is dropped now
	today    *day
	at       time.Time // the slot considered now, now before the first
	last     time.Time // the slot considered last; zero: none yet
	watch    *watch    // explains one message; nil in a plain plan
}

// Make plans one account: every message of st gets a slot in [now, until),
// or a reason. A slot that was missed before now is used if its grace lasts.
// It assumes that every release succeeds at its slot and that nobody reacts.
func Make(st *State, now, until time.Time) *Plan {
	return newPlanner(st, now, until).run()
}

func newPlanner(st *State, now, until time.Time) *planner {
	p := &planner{
		st: st, now: now, until: until,
		plan:   &Plan{Until: until, Ends: map[int]time.Time{}},
		cal:    st.Calendar,
		zone:   st.Account.Zone.Loc(),
		wallet: st.Wallet.Clone(),
		items:  make([]item, len(st.Targets)),
		byKey:  map[laneKey]*lane{}, inMailed: map[int64]bool{},
		parked: map[int]bool{},
		offs:   make([]off, 1),
	}
	if slices.ContainsFunc(st.Campaigns, func(c Campaign) bool { return !c.PerCompany.IsZero() }) {
		p.firms = map[string]*firm{}
	}
	if p.cal == nil {
		p.cal = NewCalendar(st.Account.Slots, p.zone)
	}
	units := slices.Clone(st.Units)
	for _, u := range st.Open {
		u.At = now
		units = append(units, u)
	}
	p.book = limits.NewBook(&st.Rules, units, st.Pending)
	p.waiting.less = byReady
	p.impatient.less = func(a, b patience) bool { return a.ends.Before(b.ends) }
	p.withdraws.less = time.Time.Before
	for _, at := range st.Withdrawals {
		p.withdraws.push(at)
	}
	p.begins.less = func(a, b beginning) bool { return a.at.Before(b.at) }
	p.rooms.less = func(a, b roomChange) bool { return a.at.Before(b.at) }
	p.at = now
	p.less = byOrder(!st.Account.PriorityOrder)
	p.neverCredit = p.wallet.Never()
	return p
}

func (p *planner) run() *Plan {
	p.converse()
	p.entering = true
	for i := range p.st.Targets {
		p.enter(i)
	}
	p.entering = false
	if p.st.Stopped == limits.Ready {
		p.days()
	}
	p.rest()
	return p.plan
}

// days walks the slots until none is left or no message needs one.
func (p *planner) days() {
	from := p.from()
	skip := from // from when the next slot is worth looking at
	for p.today = p.cal.day(from); p.today.start.Before(p.until) && p.open > 0; p.today = p.dayOf(skip) {
		slots := p.today.slots
		i, _ := slices.BinarySearchFunc(slots, from, time.Time.Compare)
		slots = slots[i:]
		if p.off(p.today.start.Date()) {
			p.holiday(slots)
			skip = p.today.end
			continue
		}
		for len(slots) > 0 && slots[0].Before(p.until) && p.open > 0 {
			skip = p.slot(slots[0])
			p.last = slots[0]
			i, _ := slices.BinarySearchFunc(slots, skip, time.Time.Compare)
			if i = max(i, 1); i > 1 {
				p.last = slots[i-1]
			}
			slots = slots[i:]
		}
	}
}

// dayOf is the day to look at next, when nothing can change before skip: the last
// one with slots before the day that holds skip, as the messages that go then were
// held by what holds them there, then that day itself. Those between are not
// computed: a day of an account with a slot each second is large. Who explains a
// message looks at every day.
func (p *planner) dayOf(skip time.Time) *day {
	if p.begins.len() > 0 && p.begins.top().at.Before(skip) {
		skip = p.begins.top().at
	}
	if p.watch != nil || skip.Before(p.today.end) {
		skip = p.today.end
	}
	start := limits.DayStart(skip, p.zone)
	for eve := start; eve.After(p.today.end); {
		eve = limits.DayStart(eve.Add(-1), p.zone)
		if d := p.cal.day(eve); len(d.slots) > 0 {
			return d
		}
	}
	return p.cal.day(start)
}

// from is the first instant a slot may have: now, or the latest slot that was
// missed while its grace lasts.
func (p *planner) from() time.Time {
	var missed time.Time
	for i := range p.st.Targets {
		for _, m := range p.st.Targets[i].Messages {
			if !m.Slot.IsZero() && m.Slot.Before(p.now) && m.Slot.After(missed) {
				missed = m.Slot
			}
		}
	}
	if !missed.IsZero() && p.now.Before(p.cal.GraceEnds(missed, time.Duration(p.st.Account.Grace))) {
		return missed
	}
	return p.now
}

// holiday passes over the slots of a holiday.
func (p *planner) holiday(slots []time.Time) {
	if len(slots) == 0 {
		return
	}
	p.last = slots[len(slots)-1]
	p.wake(p.last)
	for _, l := range p.lanes {
		l.hold(limits.HeldHoliday, p.today.end)
	}
}

// slot fills one slot and answers from when the next is worth looking at.
func (p *planner) slot(at time.Time) (skip time.Time) {
	if len(p.wallet.Advance(at)) > 0 {
		p.noCredits()
	}
	p.changes++
	for _, l := range p.lanes {
		l.before = l.held
	}
	p.wake(at)
	p.watch.consider(p, at)
	room := p.st.Account.PerSlot - p.st.Released[at.UTC()]
	if room <= 0 {
		p.taken()
	}
	for ; room > 0; room-- {
		l := p.pick(at)
		if l == nil {
			return p.nextChange(at)
		}
		p.place(l, at)
		p.wake(at)
	}
	return at
}

// place gives the best item of l the slot at t.
func (p *planner) place(l *lane, at time.Time) {
	it := l.items.pop()
	p.plan.Slots = append(p.plan.Slots, Slot{
		Target: it.target, Message: it.message, At: at, Kind: it.kind, Else: it.isElse, Held: p.heldBefore(it, l),
	})
	p.watch.place(it, at)
	u := limits.Unit{At: at, Kind: it.kind, Noted: it.noted}
	p.book.Take(u)
	if p.claims != nil {
		p.claims.Take(u)
	}
	p.changes++
	p.left(it)
	p.touch(it, at)
	if it.kind == limits.InMail {
		p.inMailed[p.st.Targets[it.target].Person] = true
		if _, err := p.wallet.Spend(at); err != nil {
			panic("scheduler: an InMail was planned without a credit: " + err.Error())
		}
		p.noCredits()
	}
	p.requested(it, at)
	p.spoke(it.target, at)
	p.advance(it, at)
}

// noCredits lets the waiting InMails fall back when the account has seen its
// last credit.
func (p *planner) noCredits() {
	if p.neverCredit || !p.wallet.Never() {
		return
	}
	p.neverCredit = true
	for i := range p.items {
		if it := &p.items[i]; it.queued && it.kind == limits.InMail && p.st.step(&p.st.Targets[i], it.message).Else != nil {
			p.withdraw(it)
			p.activate(i, it.message, it.base)
		}
	}
}

// heldBefore is why an item placed now did not go at the slot before.
func (p *planner) heldBefore(it *item, l *lane) limits.Held {
	switch {
	case it.pass != nil && it.pass.admitted.After(p.last):
		return limits.HeldCompany
	case it.ready.After(p.last) && (!p.last.IsZero() || it.ready.After(p.now)):
		return it.why
	case p.last.IsZero():
		return limits.Ready
	case l.before == limits.Ready:
		return it.why // it came to its lane when that slot had been filled
	}
	return l.before
}
