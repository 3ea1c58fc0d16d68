package store

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// projectedDays is how far ahead a dealer counts what accounts can send: four
// whole weeks, as slots come by the week.
const projectedDays = 28

// mostADay bounds what is counted for a day without a cap.
const mostADay = 1000

// room is how many messages an account can send in the local days from now's
// on: a message for each place in its slots, as far as its daily cap, less the
// manual reserve, and its warm-up reach. first is when it was first applied.
// Caps of single kinds are left out: they hold one message, not the account.
func room(a *campaign.Account, first, now time.Time) (n int) {
	zone := a.Zone.Loc()
	start := limits.DayStart(now, zone)
	for range projectedDays {
		end := limits.NextDay(start, zone)
		if !a.Holidays.On(start.In(zone).Date()) {
			n += placesIn(a, start, end, capOn(a, first, start))
		}
		start = end
	}
	return n
}

// placesIn counts the places in the slots of [from, end), up to most.
func placesIn(a *campaign.Account, from, end time.Time, most int) (n int) {
	for at := nextSlot(a, from.Add(-1)); n < most && !at.IsZero() && at.Before(end); at = nextSlot(a, at) {
		n += a.PerSlot
	}
	return min(n, most)
}

// nextSlot is the account's first slot after t; zero: it never has one.
func nextSlot(a *campaign.Account, t time.Time) (next time.Time) {
	for _, spec := range a.Slots {
		if at := spec.Next(t, a.Zone.Loc()); next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// capOn is how many messages an account may send on the local day that begins
// at start.
func capOn(a *campaign.Account, first, start time.Time) int {
	most := dailyCap(a)
	if most == limits.None {
		most = mostADay
	}
	if w := a.WarmUp; w != nil {
		days := int(start.Sub(limits.DayStart(first, a.Zone.Loc())).Hours()/24 + 0.5)
		most = min(most, w.From+w.Add*(max(days, 0)/max(w.Every, 1)))
	}
	return max(most-a.ManualReserve, 0)
}

// dailyCap is the lower of the plan's and the account's own cap, or None.
func dailyCap(a *campaign.Account) int {
	switch {
	case a.DailyCap == limits.None:
		return a.Plan.DailyCap
	case a.Plan.DailyCap == limits.None:
		return a.DailyCap
	}
	return min(a.DailyCap, a.Plan.DailyCap)
}
