package scheduler_test

import (
	"testing"

	"pgregory.net/rapid"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// TestPlanLeavesOutOnlyDaysWithoutChange: a plan passes over the days on which
// nothing can change, an explanation looks at each; both come to the same.
func TestPlanLeavesOutOnlyDaysWithoutChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		until := now.AddDate(0, rapid.IntRange(0, 3).Draw(t, "months"), 9)
		plan := scheduler.Make(st, now, until)
		at := map[[2]int]scheduler.Slot{}
		for _, s := range plan.Slots {
			at[[2]int{s.Target, s.Message}] = s
		}
		held := map[[2]int]limits.Held{}
		for _, w := range plan.Waiting {
			held[[2]int{w.Target, w.Message}] = w.Held
		}
		for i := range st.Targets {
			for m := range st.Targets[i].Messages {
				s := at[[2]int{i, m}]
				e := scheduler.Explain(st, i, m, now, until)
				if !e.At.Equal(s.At) || !s.At.IsZero() && (e.Held != s.Held || e.Kind != s.Kind) {
					t.Fatalf("message %d of target %d: planned %s (%s), explained %s (%s)", m, i, s.At, s.Held, e.At, e.Held)
				}
				if why, waits := held[[2]int{i, m}]; waits && e.Held != why {
					t.Fatalf("message %d of target %d: held by %s, explained by %s", m, i, why, e.Held)
				}
			}
		}
	})
}

// TestFarAwayIsCheap: days on which nothing can change are not computed, where one
// of them has 86,400 slots.
func TestFarAwayIsCheap(t *testing.T) {
	st := account("basic", "* * * * * *")
	c := campaign.Campaign{Name: "c", Start: campaign.Date{Year: 2029, Month: 6, Day: 1}, Steps: []campaign.Step{{Name: "a", Kind: limits.Connect}}}
	add(st, c, scheduler.Target{Priority: 50})
	var slots []scheduler.Slot
	allocs := testing.AllocsPerRun(1, func() { slots = scheduler.Make(st, monday, monday.AddDate(3, 0, 0)).Slots })
	if want := c.Start.Start(monday.Location()); len(slots) != 1 || !slots[0].At.Equal(want) {
		t.Fatalf("planned %+v, want a slot at %s", slots, want)
	}
	const each = 100 // and more for each day
	if allocs > 10*each {
		t.Errorf("%.0f allocations for a plan of few days", allocs)
	}
}
