package scheduler_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// TestEveryMessageHasOnePlace: each message has a slot, a reason to wait or a
// reason to be dropped, and only one of them.
func TestEveryMessageHasOnePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		plan := scheduler.Make(st, now, now.AddDate(0, 0, 20))
		places := map[[2]int]int{}
		for _, s := range plan.Slots {
			places[[2]int{s.Target, s.Message}]++
		}
		for _, w := range plan.Waiting {
			places[[2]int{w.Target, w.Message}]++
		}
		for _, d := range plan.Dropped {
			places[[2]int{d.Target, d.Message}]++
		}
		for i, target := range st.Targets {
			for m := range target.Messages {
				if n := places[[2]int{i, m}]; n != 1 {
					t.Fatalf("message %d of target %d has %d places", m, i, n)
				}
			}
		}
	})
}

// TestSlotsKeepEveryRule checks each planned slot against the rules, asked
// one by one and without the planner's shortcuts.
func TestSlotsKeepEveryRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		zone := st.Account.Zone.Loc()
		plan := scheduler.Make(st, now, now.AddDate(0, 0, 20))
		used := map[time.Time]int{}
		last := map[int]scheduler.Slot{}
		for _, s := range plan.Slots {
			target := st.Targets[s.Target]
			c := st.Campaigns[target.Campaign]
			step := c.Steps[target.Messages[s.Message].Step]
			if used[s.At]++; used[s.At] > st.Account.PerSlot {
				t.Fatalf("%d messages at %s", used[s.At], s.At)
			}
			if !isSlot(st, s.At) || s.At.Before(now) {
				t.Fatalf("%s is no slot", s.At)
			}
			if c.Hours != nil {
				recipient := zone
				if target.Zone != nil {
					recipient = target.Zone
				}
				if !c.Hours.Open(s.At, recipient) {
					t.Fatalf("%s is outside the recipient's hours", s.At)
				}
				if campaign.CountryHolidays(target.Country).On(s.At.In(recipient).Date()) {
					t.Fatalf("%s is a holiday in %s", s.At, target.Country)
				}
			}
			if s.At.Before(c.Start.Start(zone)) && !c.Start.IsZero() || !c.End.IsZero() && !s.At.Before(c.End.End(zone)) {
				t.Fatalf("%s is outside the campaign", s.At)
			}
			if before, ok := last[s.Target]; ok {
				off := func(y int, m time.Month, d int) bool { return st.Account.Holidays.On(y, m, d) }
				if s.Message <= before.Message || s.At.Before(step.After.From(before.At, zone, off)) {
					t.Fatalf("step %d at %s came too soon after %s", s.Message, s.At, before.At)
				}
			}
			last[s.Target] = s
		}
	})
}

// isSlot asks the cron expressions themselves.
func isSlot(st *scheduler.State, at time.Time) bool {
	if st.Account.Holidays.On(at.In(st.Account.Zone.Loc()).Date()) {
		return false
	}
	for _, c := range st.Account.Slots {
		if c.Next(at.Add(-time.Nanosecond), st.Account.Zone.Loc()).Equal(at) {
			return true
		}
	}
	return false
}

// TestPlanNeverPassesALimit counts the plan's units in every window by brute
// force.
func TestPlanNeverPassesALimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		plan := scheduler.Make(st, now, now.AddDate(0, 0, 20))
		wallet := st.Wallet.Clone()
		for i, s := range plan.Slots {
			counted, ofKind, week, trailing, utc := 0, 0, 0, 0, 0
			for _, o := range plan.Slots[:i+1] {
				sameDay := o.At.In(st.Account.Zone.Loc()).Format(time.DateOnly) == s.At.In(st.Account.Zone.Loc()).Format(time.DateOnly)
				if o.Kind == s.Kind && s.At.Sub(o.At) < 7*24*time.Hour {
					week++
				}
				if o.Kind == s.Kind && sameDay {
					ofKind++
				}
				if !st.Account.Plan.Counts(o.Kind) {
					continue
				}
				if sameDay {
					counted++
				}
				if s.At.Sub(o.At) < 24*time.Hour {
					trailing++
				}
				if o.At.UTC().Format(time.DateOnly) == s.At.UTC().Format(time.DateOnly) {
					utc++
				}
			}
			n := map[limits.DayMode]int{
				limits.Local: counted, limits.UTC: utc, limits.Rolling: trailing, limits.Strict: max(counted, utc, trailing),
			}[st.Account.Day]
			if n > st.Account.Plan.DailyCap && st.Account.Plan.Counts(s.Kind) {
				t.Fatalf("%d messages in the day of %s, the cap is %d", n, s.At, st.Account.Plan.DailyCap)
			}
			limit, ok := st.Account.Plan.Caps[s.Kind]
			if ok && limit.Week != limits.None && week > limit.Week {
				t.Fatalf("%d %s in 7 days", week, s.Kind)
			}
			if ok && limit.Day != limits.None && st.Account.Day == limits.Local && ofKind > limit.Day {
				t.Fatalf("%d %s in the day of %s", ofKind, s.Kind, s.At)
			}
			wallet.Advance(s.At)
			if s.Kind == limits.InMail {
				if _, err := wallet.Spend(s.At); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestPlanningLaterChangesNothing is why plan, simulation and daemon agree: a
// plan made later, when the slots before it went as planned, is the rest of
// the plan made first.
func TestPlanningLaterChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		until := now.AddDate(0, 0, 20)
		first := scheduler.Make(st, now, until)
		later := now.Add(time.Duration(rapid.IntRange(1, 14*24*60).Draw(t, "minutes later")) * time.Minute)
		second := scheduler.Make(happen(st, first, later), later, until)
		want := summary(st, first, later)
		got := summary(happen(st, first, later), second, later)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("planned at %s (-first +later):\n%s", later, diff)
		}
	})
}

// planned is a slot by names that outlive a change of indexes.
type planned struct {
	At     string
	Target int
	Step   int
	Kind   string
}

func summary(st *scheduler.State, plan *scheduler.Plan, from time.Time) (out []planned) {
	for _, s := range plan.Slots {
		if !s.At.Before(from) {
			out = append(out, planned{s.At.Format(time.RFC3339), s.Target, st.Targets[s.Target].Messages[s.Message].Step, s.Kind.String()})
		}
	}
	return out
}

// TestInMailsGoToTheHighest is promise I7: on no day does an InMail go to a
// priority while a higher one that could have gone that day did not.
func TestInMailsGoToTheHighest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		for i := range st.Campaigns {
			st.Campaigns[i].Overlap = true
			c := *st.Campaigns[i].Campaign
			c.Steps = append(c.Steps[:0:0], c.Steps[0])
			c.Steps[0].Kind = limits.InMail
			c.PerCompany = campaign.PerCompany{}
			st.Campaigns[i].Campaign = &c
		}
		for i := range st.Targets {
			st.Targets[i].First, st.Targets[i].InMailed = false, false
			st.Targets[i].Person, st.Targets[i].Shared = int64(i), false // each its own person
			st.Targets[i].Messages = st.Targets[i].Messages[:1]
			st.Targets[i].Messages[0].Unapproved = false
		}
		plan := scheduler.Make(st, now, now.AddDate(0, 0, 20))
		got := map[int]time.Time{}
		for _, s := range plan.Slots {
			got[s.Target] = s.At
		}
		for _, s := range plan.Slots {
			if s.Kind != limits.InMail {
				continue
			}
			for i, target := range st.Targets {
				step := st.Campaigns[target.Campaign].Steps[0]
				if target.Priority <= st.Targets[s.Target].Priority || target.Priority < step.MinPriority || !step.Wait.IsZero() {
					continue
				}
				if went, ok := got[i]; ok && sameDate(st, went, s.At) || ok && went.Before(s.At) {
					continue
				}
				if hasUsableSlot(st, i, s.At) {
					t.Fatalf("priority %d went at %s, %d could have gone that day and did not",
						st.Targets[s.Target].Priority, s.At, target.Priority)
				}
			}
		}
	})
}

func sameDate(st *scheduler.State, a, b time.Time) bool {
	zone := st.Account.Zone.Loc()
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}

// hasUsableSlot says whether target i could be written to in a slot of at's
// local day, from at on, that no limit of the day stands against.
func hasUsableSlot(st *scheduler.State, i int, at time.Time) bool {
	target := st.Targets[i]
	c := st.Campaigns[target.Campaign]
	zone := st.Account.Zone.Loc()
	recipient := target.Zone
	if recipient == nil {
		recipient = zone
	}
	for t := at; sameDate(st, t, at) && t.Before(now.AddDate(0, 0, 20)); t = t.Add(time.Minute) {
		if !isSlot(st, t) || c.Hours != nil && !c.Hours.Open(t, recipient) {
			continue
		}
		if c.Hours != nil && campaign.CountryHolidays(target.Country).On(t.In(recipient).Date()) {
			continue
		}
		if !c.Start.IsZero() && t.Before(c.Start.Start(zone)) || !c.End.IsZero() && !t.Before(c.End.End(zone)) {
			continue
		}
		return true
	}
	return false
}
