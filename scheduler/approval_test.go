package scheduler_test

import (
	"testing"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

func TestUnapprovedStopsTheSequence(t *testing.T) {
	st := account("basic", "0 * * * *")
	add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Reminder, limits.Reminder, limits.Reminder)},
		scheduler.Target{}, scheduler.Target{})
	st.Targets[0].Messages[1].Unapproved = true
	plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 2))
	if len(plan.Slots) != 4 || plan.Slots[0].Target != 0 {
		t.Errorf("slots %v", plan.Slots)
	}
	want := []scheduler.Waiting{{Target: 0, Message: 1, Held: limits.HeldApproval}, {Target: 0, Message: 2, Held: limits.HeldDelay}}
	if len(plan.Waiting) != 2 || plan.Waiting[0] != want[0] || plan.Waiting[1] != want[1] {
		t.Errorf("waiting %v", plan.Waiting)
	}
	if end, known := plan.Ends[0]; known {
		t.Errorf("its end is %s, and nobody knows when it is approved", end)
	}
	e := scheduler.Explain(st, 0, 1, monday, monday.AddDate(0, 0, 2))
	if last := e.Rules[len(e.Rules)-1]; e.Held != limits.HeldApproval || last.Held != e.Held || last.OK || last.Detail != "nobody has approved its text" {
		t.Errorf("explained as %+v", e)
	}
}

// A sequence that nobody accepts ends, approved or not.
func TestUnapprovedEndsWithoutAcceptance(t *testing.T) {
	st := account("basic", "0 * * * *")
	add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Connect, limits.Message)}, scheduler.Target{Begun: monday.AddDate(0, 0, -31), LastAt: monday.AddDate(0, 0, -31)})
	st.Targets[0].Last = 0
	st.Targets[0].Messages = st.Targets[0].Messages[1:]
	st.Targets[0].Messages[0].Unapproved = true
	if plan := scheduler.Make(st, monday, monday.Add(time.Hour)); len(plan.Dropped) != 1 || plan.Dropped[0].Reason != scheduler.DropEnd {
		t.Errorf("dropped %v, waiting %v", plan.Dropped, plan.Waiting)
	}
}

// Who waits for approval and has not begun keeps nobody's person; who has begun
// does.
func TestUnapprovedKeepsNobody(t *testing.T) {
	for _, begun := range []bool{false, true} {
		st := account("basic", "0 * * * *")
		first := scheduler.Target{Person: 7, Priority: 90, Shared: true}
		add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Connect, limits.Reminder)}, first)
		add(st, campaign.Campaign{Name: "d", Steps: steps(limits.Reminder)}, scheduler.Target{Person: 7, Priority: 10, Shared: true})
		// A connection skips the request: the reminder is what waits.
		st.Targets[0].First, st.Targets[0].Messages[1].Unapproved = true, true
		want := 1
		if begun {
			st.Targets[0].Begun, want = monday.Add(-time.Hour), 0
		}
		if plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 1)); len(plan.Slots) != want {
			t.Errorf("begun %v: slots %v, waiting %v", begun, plan.Slots, plan.Waiting)
		}
	}
}
