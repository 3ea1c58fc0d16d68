package scheduler_test

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	zones = []string{"Europe/Berlin", "America/Los_Angeles", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"}
	crons = []string{"*/30 9-16 * * MON-FRI", "0 * * * *", "15 9,14 * * *", "0 18 * * *", "*/10 6-20 * * *"}
	now   = time.Date(2026, 10, 20, 10, 7, 0, 0, time.UTC)
)

// drawState makes a random account with campaigns and targets.
func drawState(t *rapid.T) *scheduler.State {
	zone := campaign.MustZone(rapid.SampledFrom(zones).Draw(t, "zone"))
	plan := drawPlan(t)
	a := &campaign.Account{
		Name: "ada", Plan: plan, Zone: zone, RenewalDay: rapid.IntRange(1, 31).Draw(t, "renewal"),
		PerSlot: rapid.IntRange(1, 3).Draw(t, "per slot"), DailyCap: limits.None,
		Grace: campaign.Duration(4 * time.Hour), PriorityOrder: rapid.Bool().Draw(t, "order"),
		Day: rapid.SampledFrom([]limits.DayMode{limits.Local, limits.UTC, limits.Rolling, limits.Strict}).Draw(t, "day"),
	}
	for _, expr := range rapid.SliceOfNDistinct(rapid.SampledFrom(crons), 1, 2, rapid.ID).Draw(t, "slots") {
		a.Slots = append(a.Slots, must(campaign.ParseCron(expr)))
	}
	if rapid.Bool().Draw(t, "holidays") {
		a.Holidays = must(campaign.ParseHolidays([]string{"DE", "2026-10-22"}))
	}
	st := &scheduler.State{
		Account: a,
		Rules: limits.Rules{
			Plan: plan, Zone: zone.Loc(), Day: a.Day, DailyCap: limits.None, FirstApplied: now.AddDate(0, 0, -2),
		},
		Released: map[time.Time]int{},
	}
	if rapid.Bool().Draw(t, "warm up") {
		st.Rules.WarmUp = &limits.WarmUp{From: 1, Add: 1, Every: 1}
	}
	lots := limits.OpeningLots(plan.InMail, a.RenewalDay, zone.Loc(), now, nil)
	st.Wallet = limits.NewWallet(plan.InMail, a.RenewalDay, zone.Loc(), st.Rules.FirstApplied, now, lots, nil)
	for i := range rapid.IntRange(1, 3).Draw(t, "campaigns") {
		st.Campaigns = append(st.Campaigns, drawCampaign(t, i))
	}
	drawTargets(t, st)
	drawTouches(t, st)
	return st
}

func drawPlan(t *rapid.T) limits.Plan {
	plan, _ := limits.Preset(rapid.SampledFrom([]string{"basic", "premium-business", "cautious"}).Draw(t, "plan"))
	plan.DailyCap = rapid.IntRange(1, 12).Draw(t, "cap")
	if plan.InMail.Monthly > 0 {
		plan.InMail.Monthly = rapid.IntRange(1, 8).Draw(t, "credits")
		plan.InMail.Pace = rapid.SampledFrom([]limits.Pace{limits.FrontLoad, limits.Even, limits.ASAP}).Draw(t, "pace")
		plan.InMail.OnTop = rapid.Bool().Draw(t, "on top")
		if rapid.Bool().Draw(t, "reserve") {
			plan.InMail.Reserve = &limits.Reserve{Credits: 2, MinPriority: 80, UntilDays: 3}
		}
	}
	return plan
}

func drawCampaign(t *rapid.T, i int) scheduler.Campaign {
	c := &campaign.Campaign{Name: string(rune('a' + i)), Priority: 50, Overlap: rapid.Bool().Draw(t, "overlap")}
	if rapid.Bool().Draw(t, "hours") {
		c.Hours = &campaign.Hours{Zone: campaign.RecipientZone}
		must(0, json.Unmarshal([]byte(`{"days":"mon-fri","from":"09:00","to":"17:00","zone":"recipient"}`), c.Hours))
	}
	if rapid.Bool().Draw(t, "start") {
		c.Start = campaign.Date{Year: 2026, Month: 10, Day: 23}
	}
	if rapid.Bool().Draw(t, "end") {
		c.End = campaign.Date{Year: 2026, Month: 10, Day: 30}
	}
	if rapid.Bool().Draw(t, "cooldown") {
		c.Cooldown = must(campaign.ParseDelay("3d"))
	}
	if rapid.Bool().Draw(t, "per company") {
		c.PerCompany = drawLimit(t)
	}
	for k := range rapid.IntRange(1, 3).Draw(t, "steps") {
		step := campaign.Step{
			Name: string(rune('x' + k)), Template: "t", Within: must(campaign.ParseDelay("5d")),
			Kind: rapid.SampledFrom(limits.Kinds).Draw(t, "kind"),
		}
		if k > 0 {
			step.After = must(campaign.ParseDelay(rapid.SampledFrom([]string{"5m", "3h", "1d", "1w", "2bd"}).Draw(t, "after")))
			step.OnlyIf = rapid.SampledFrom([]campaign.Condition{campaign.Always, campaign.Accepted, campaign.NotAccepted}).Draw(t, "only if")
		}
		if step.Kind == limits.InMail {
			step.MinPriority = rapid.SampledFrom([]int{0, 60}).Draw(t, "min priority")
			if rapid.Bool().Draw(t, "else") {
				step.Else = &campaign.Other{Kind: limits.Connect}
			}
			if step.Else != nil && rapid.Bool().Draw(t, "wait") {
				step.Wait = must(campaign.ParseDelay("2d"))
			}
		}
		c.Steps = append(c.Steps, step)
	}
	return scheduler.Campaign{Campaign: c, Order: i, Applied: now.AddDate(0, 0, -i)}
}

func drawTargets(t *rapid.T, st *scheduler.State) {
	seen := map[[2]int64]bool{}
	persons := map[int64]int{}
	for i := range rapid.IntRange(1, 30).Draw(t, "targets") {
		target := scheduler.Target{
			Campaign: rapid.IntRange(0, len(st.Campaigns)-1).Draw(t, "campaign"),
			Person:   int64(rapid.IntRange(1, 25).Draw(t, "person")),
			Order:    i, Priority: rapid.IntRange(0, 100).Draw(t, "priority"),
			First: rapid.Bool().Draw(t, "first"), Added: now, Last: -1,
		}
		key := [2]int64{int64(target.Campaign), target.Person}
		if seen[key] {
			continue
		}
		seen[key] = true
		persons[target.Person]++
		target.Company = companies[target.Person%4]
		target.Country = rapid.SampledFrom([]string{"", "AT", "JP"}).Draw(t, "country") // both rest in these weeks
		if rapid.Bool().Draw(t, "zone known") {
			target.Zone = campaign.MustZone(rapid.SampledFrom(zones).Draw(t, "recipient")).Loc()
		}
		for k := range st.Campaigns[target.Campaign].Steps {
			target.Messages = append(target.Messages, scheduler.Message{Step: k, Unapproved: rapid.IntRange(0, 15).Draw(t, "unapproved") == 0})
		}
		st.Targets = append(st.Targets, target)
	}
	for i := range st.Targets {
		st.Targets[i].Shared = persons[st.Targets[i].Person] > 1
	}
}

// happen returns the state as it is at t if the plan's slots before t went as
// planned.
func happen(st *scheduler.State, plan *scheduler.Plan, t time.Time) *scheduler.State {
	next := *st
	next.Units = slices.Clone(st.Units)
	next.Wallet = st.Wallet.Clone()
	next.Targets = slices.Clone(st.Targets)
	next.Released = map[time.Time]int{}
	next.Touches = maps.Clone(st.Touches)
	gone := map[int]int{} // how many of its messages each target is past
	for _, s := range plan.Slots {
		if !s.At.Before(t) {
			continue
		}
		target := &next.Targets[s.Target]
		step := &next.Campaigns[target.Campaign].Steps[st.Targets[s.Target].Messages[s.Message].Step]
		note := s.Kind == limits.Connect && step.Template != ""
		next.Units = append(next.Units, limits.Unit{At: s.At, Kind: s.Kind, Noted: note})
		if s.Kind == limits.Connect {
			next.Pending++
		}
		next.Wallet.Advance(s.At)
		if s.Kind == limits.InMail {
			must(next.Wallet.Spend(s.At))
			for i := range next.Targets {
				next.Targets[i].InMailed = next.Targets[i].InMailed || next.Targets[i].Person == target.Person
			}
		}
		target.Last, target.LastAt = st.Targets[s.Target].Messages[s.Message].Step, s.At
		if target.Begun.IsZero() {
			target.Begun = s.At
			touched(&next, target)
		}
		gone[s.Target] = s.Message + 1
	}
	for i, n := range gone {
		next.Targets[i].Messages = next.Targets[i].Messages[n:]
	}
	next.Wallet.Advance(t)
	tellOthers(&next)
	return &next
}

// tellOthers notes on each target when another campaign wrote to its person,
// as the store does, and takes out those that have nothing left.
func tellOthers(st *scheduler.State) {
	for i := range st.Targets {
		a := &st.Targets[i]
		for k := range st.Targets {
			b := &st.Targets[k]
			if i != k && a.Person == b.Person && !b.Begun.IsZero() && b.LastAt.After(a.OtherLast) {
				a.OtherLast = b.LastAt
			}
		}
	}
}
