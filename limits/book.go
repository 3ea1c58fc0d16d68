package limits

import (
	"slices"
	"time"
)

// Book counts the units of one account and says when there is room for more.
// It is meant for instants that mostly go forward; any order is right, but
// slower. Its rules must not change while it is in use. Not for concurrent use.
type Book struct {
	rules   *Rules
	clock   clock
	counted series // units of the daily cap
	manual  series // those of them recorded by hand
	noted   series // connection requests with a note
	kinds   [len(kindNames)]series
	counts  [len(kindNames)]bool // kinds that take a unit of the daily cap
	pending int
	daily   *rule
	rulesOf [len(kindNames)][]*rule // by kind, in the order of their reasons
}

// Answer is what one limit says about one unit at one instant.
type Answer struct {
	OK   bool `json:"ok"`
	Held Held `json:"held"` // the limit, by the reason it gives; Ready from Ask if nothing holds
	// Until is the earliest instant at which this limit alone has room with
	// what is booked now: the instant asked for if OK; zero if time alone
	// does not bring it or nobody knows.
	Until time.Time `json:"until,omitzero"`
	// Used and Cap are the units in the fullest window and how many may be
	// in it; both 0 for a hold.
	Used int `json:"used"`
	Cap  int `json:"cap"`
	// Why is a hold's, in words.
	Why string `json:"why,omitempty"`
}

// NewBook makes the book of an account from its units, in any order, and the
// number of its unanswered connection requests (without units that are given
// to Take or Everywhere later: those add to it). r is not copied.
func NewBook(r *Rules, units []Unit, pending int) *Book {
	b := &Book{rules: r, clock: newClock(r.Zone)}
	b.makeRules()
	for _, u := range units {
		b.each(u, func(s *series) { s.at = append(s.at, u.At.UnixNano()) })
	}
	b.all(func(s *series) { slices.Sort(s.at) })
	b.pending = pending
	return b
}

// makeRules lists the plan's limits by the kinds that they count.
func (b *Book) makeRules() {
	plan := &b.rules.Plan
	daily := newDailyCap(b.rules, &b.clock)
	b.daily = newRule(HeldDailyCap, 0, &b.counted, localDay, utcDay, last24h)
	b.daily.daily, b.daily.manual = &daily, &b.manual
	for _, k := range Kinds {
		b.counts[k] = plan.Counts(k)
		if b.counts[k] {
			b.rulesOf[k] = append(b.rulesOf[k], b.daily)
		}
		limit, ok := plan.Caps[k]
		if ok && limit.Day != None {
			b.rulesOf[k] = append(b.rulesOf[k], newRule(HeldKindCap, limit.Day, &b.kinds[k], localDay, utcDay, last24h))
		}
		if ok && limit.Week != None {
			b.rulesOf[k] = append(b.rulesOf[k], newRule(HeldWeeklyCap, limit.Week, &b.kinds[k], last168h))
		}
	}
	if plan.NotedPerMonth != None {
		monthly := newRule(HeldMonthlyCap, plan.NotedPerMonth, &b.noted, localMonth)
		monthly.noted = true
		b.rulesOf[Connect] = append(b.rulesOf[Connect], monthly)
	}
}

// each calls do for every series that counts the unit.
func (b *Book) each(u Unit, do func(*series)) {
	do(&b.kinds[u.Kind])
	if u.Noted {
		do(&b.noted)
	}
	if b.counts[u.Kind] {
		do(&b.counted)
		if u.Manual {
			do(&b.manual)
		}
	}
}

func (b *Book) all(do func(*series)) {
	do(&b.counted)
	do(&b.manual)
	do(&b.noted)
	for i := range b.kinds {
		do(&b.kinds[i])
	}
}

// Take books a unit at its instant, whether or not there is room for it.
func (b *Book) Take(u Unit) {
	at := u.At.UnixNano()
	b.each(u, func(s *series) { s.add(at) })
	if u.Kind == Connect {
		b.pending++
	}
}

// Withdrawn notes that one of the unanswered connection requests was taken back.
// Its units stay.
func (b *Book) Withdrawn() { b.pending-- }

// Everywhere books units that count in every window, whatever their instant:
// messages that were handed to a person who has not reported them yet.
func (b *Book) Everywhere(units []Unit) {
	for _, u := range units {
		b.each(u, func(s *series) { s.always++ })
		if u.Kind == Connect {
			b.pending++
		}
	}
}

// Room is how many more counted units the daily cap allows at t with all its
// parts, never below 0; more than two billion if there is no daily cap.
func (b *Book) Room(t time.Time) int {
	return max(0, b.worst(b.daily, t.UnixNano()).room())
}

// Usage is the daily cap as shown to people: the units used in the day of t
// and how many it may have, less what is still kept for messages sent by hand.
// Of several days (strict) it is the fullest. The cap is None if there is none.
func (b *Book) Usage(t time.Time) (used, limit int) {
	shown := b.worst(b.daily, t.UnixNano())
	if b.unlimited(shown.cap) {
		return shown.used, None
	}
	return shown.used, shown.cap
}

// unlimited says whether a cap shown stands for none: what is kept for
// messages by hand may be taken off.
func (b *Book) unlimited(limit int) bool {
	return limit >= unlimited-max(0, b.rules.ManualReserve)
}
