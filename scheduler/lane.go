package scheduler

import (
	"time"

	"outpace/limits"
)

// item is the step of one target that is next to be sent. A target has one
// item; it moves on as the plan releases its steps.
type item struct {
	target  int // index in State.Targets
	message int // index in the target's Messages
	kind    limits.Kind
	noted   bool // a connection request with a note
	isElse  bool // the step's else took its place
	follow  bool // the conversation has begun
	prio    int
	base    time.Time   // when the step before went
	since   time.Time   // since when it has been ready, for "the longest ready"
	ready   time.Time   // not before this instant
	why     limits.Held // what holds it until ready
	lane    *lane       // where it waits for a slot; nil: it does not yet
	gives   time.Time   // when an InMail gives up waiting for a credit
	queued  bool        // it waits for its time or in a lane
	order   int         // of queueing: campaign, target
	pass    *pass       // its place in the queue of its company; nil: none

	withdrawn time.Time // when the request whose acceptance it may wait for is withdrawn; zero: it is not
}

// lane holds the ready items that the rules treat alike at any instant, so
// that one question answers for all of them: same campaign, kind and
// recipient's zone.
type lane struct {
	key   laneKey
	items heap[*item]
	hours *opening       // nil: at any hour
	zone  *time.Location // in which hours are read
	ends  time.Time      // no release from this instant on; zero: never
	// held is what the rules said at the slot considered last (SlotTaken: the
	// lane was open and another message went), until the instant before which
	// that cannot change (zero: it never will).
	held   limits.Held
	until  time.Time
	before limits.Held // held at the slot before that
	met    bool        // some slot fell into its hours
}

// laneKey tells lanes apart.
type laneKey struct {
	campaign int
	kind     limits.Kind
	noted    bool
	zone     *time.Location
	country  int // in the planner's offs; 0: none
}

// byOrder is rule 3 of docs/scheduling.md: follow-ups first (unless the account orders by
// priority), then the highest priority, the longest ready, the first queued.
func byOrder(followFirst bool) func(a, b *item) bool {
	return func(a, b *item) bool {
		if followFirst && a.follow != b.follow {
			return a.follow
		}
		return byPriority(a, b)
	}
}

// byPriority is the order of InMails: strictly by priority.
func byPriority(a, b *item) bool {
	if a.prio != b.prio {
		return a.prio > b.prio
	}
	if !a.since.Equal(b.since) {
		return a.since.Before(b.since)
	}
	return a.order < b.order
}

// byReady is the order in which waiting items wake.
func byReady(a, b *item) bool {
	if !a.ready.Equal(b.ready) {
		return a.ready.Before(b.ready)
	}
	return a.order < b.order
}

// top is the best item of the lane, nil if it is empty.
func (l *lane) top() *item {
	if l.items.len() == 0 {
		return nil
	}
	return l.items.top()
}

// inHours says whether the recipient may be written to at t.
func (l *lane) inHours(t time.Time) bool { return l.hours == nil || l.hours.at(t) }

// over says whether the lane's campaign has ended by t.
func (l *lane) over(t time.Time) bool { return !l.ends.IsZero() && !t.Before(l.ends) }

// hold notes why the lane got nothing.
func (l *lane) hold(held limits.Held, until time.Time) { l.held, l.until = held, until }
