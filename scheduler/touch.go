package scheduler

import (
	"slices"
	"time"

	"outpace/campaign"
)

// Touch is when somebody of a company was, or will be, first written to by a
// campaign.
type Touch struct {
	At    time.Time
	Limit campaign.PerCompany // its campaign's; zero: none
}

// Touches are those of one company, soonest first.
type Touches []Touch

// count is how many lie in the trailing window that ends with t, t included.
func (ts Touches) count(window time.Duration, t time.Time) int {
	return ts.before(t.Add(1)) - ts.before(t.Add(1-window))
}

// before is how many lie before t.
func (ts Touches) before(t time.Time) int {
	i, _ := slices.BinarySearchFunc(ts, t, func(x Touch, t time.Time) int { return x.At.Compare(t) })
	return i
}

// Room is how many more people may be first written to at t by a campaign of
// the limit: none of them, nor a later touch whose campaign has a limit of its
// own, may find more than that in its trailing window.
func (ts Touches) Room(limit campaign.PerCompany, t time.Time) int {
	room := limit.People - ts.count(limit.Window(), t)
	for _, x := range ts[ts.before(t):] {
		if !x.Limit.IsZero() && x.At.Add(-x.Limit.Window()).Before(t) {
			room = min(room, x.Limit.People-ts.count(x.Limit.Window(), x.At))
		}
	}
	return max(0, room)
}

// Changes is the first instant after t at which Room may answer anything else
// for the limit; zero: it never will.
func (ts Touches) Changes(limit campaign.PerCompany, t time.Time) (next time.Time) {
	earlier := func(at time.Time) {
		if at.After(t) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, x := range ts[ts.before(t.Add(1-limit.Window())):] {
		earlier(x.At)
		earlier(x.At.Add(1)) // its own window ends with it
		earlier(x.At.Add(limit.Window()))
		if !x.Limit.IsZero() {
			earlier(x.At.Add(1 - x.Limit.Window()))
		}
	}
	return next
}

// Next is the first instant not before t at which there is room; zero: never.
func (ts Touches) Next(limit campaign.PerCompany, t time.Time) time.Time {
	for !t.IsZero() && ts.Room(limit, t) == 0 {
		t = ts.Changes(limit, t)
	}
	return t
}

// with adds a touch in its place.
func (ts Touches) with(x Touch) Touches { return slices.Insert(ts, ts.before(x.At.Add(1)), x) }
