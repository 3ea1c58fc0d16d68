package scheduler_test

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// The yardstick's size: planning is to stay within twice a sort of as many
// structs.
const (
	benchAccounts = 10_000
	benchMessages = 100 // for each account
)

// BenchmarkPlanMillion plans 1,000,000 messages over 10,000 accounts, with
// every rule on, beside a sort of as many structs in the same run, and prints
// the ratio of the two.
func BenchmarkPlanMillion(b *testing.B) {
	states := make([]*scheduler.State, 0, benchAccounts)
	calendars := map[string]*scheduler.Calendar{}
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range benchAccounts {
		states = append(states, benchState(i, dice, calendars))
	}
	var sorting, planning time.Duration
	planned := 0
	for b.Loop() {
		keys := benchKeys(dice)
		start := time.Now()
		slices.SortFunc(keys, func(a, b benchKey) int {
			return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(b.priority, a.priority), a.at.Compare(b.at), cmp.Compare(a.id, b.id))
		})
		sorting += time.Since(start)
		start, planned = time.Now(), 0
		for _, st := range states {
			planned += len(scheduler.Make(st, now, now.AddDate(0, 0, 14)).Slots)
		}
		planning += time.Since(start)
	}
	b.ReportMetric(planning.Seconds()/float64(b.N), "plan-s/op")
	b.ReportMetric(sorting.Seconds()/float64(b.N), "sort-s/op")
	b.ReportMetric(planning.Seconds()/sorting.Seconds(), "plan/sort")
	b.ReportMetric(float64(planned), "planned")
}

type benchKey struct {
	account, priority, id int
	at                    time.Time
}

func benchKeys(dice *rand.Rand) []benchKey {
	keys := make([]benchKey, benchAccounts*benchMessages)
	for i := range keys {
		keys[i] = benchKey{dice.IntN(benchAccounts), dice.IntN(101), i, now.Add(time.Duration(dice.IntN(1e9)))}
	}
	return keys
}

// benchState is an account with three campaigns: InMails with an else, follow-
// ups after days, recipients in several zones with hours, both day caps and
// week caps at work.
func benchState(i int, dice *rand.Rand, calendars map[string]*scheduler.Calendar) *scheduler.State {
	plan, _ := limits.Preset("premium-business")
	zone := campaign.MustZone(zones[i%len(zones)])
	cron := must(campaign.ParseCron("*/10 9-16 * * MON-FRI"))
	a := &campaign.Account{
		Name: "a", Plan: plan, Zone: zone, RenewalDay: 1 + i%31, Slots: []campaign.Cron{cron},
		PerSlot: 1, DailyCap: limits.None, Grace: campaign.Duration(4 * time.Hour),
	}
	if calendars[zone.String()] == nil {
		calendars[zone.String()] = scheduler.NewCalendar(a.Slots, zone.Loc())
	}
	st := &scheduler.State{
		Account: a, Calendar: calendars[zone.String()],
		Rules: limits.Rules{Plan: plan, Zone: zone.Loc(), DailyCap: limits.None, FirstApplied: now},
	}
	lots := limits.OpeningLots(plan.InMail, a.RenewalDay, zone.Loc(), now, nil)
	st.Wallet = limits.NewWallet(plan.InMail, a.RenewalDay, zone.Loc(), now, now, lots, nil)
	hours := &campaign.Hours{}
	must(0, json.Unmarshal([]byte(`{"days":"mon-fri","from":"09:00","to":"17:00","zone":"recipient"}`), hours))
	within := must(campaign.ParseDelay("30d"))
	for k, steps := range [][]campaign.Step{
		{{Name: "x", Kind: limits.InMail, Template: "t", MinPriority: 30, Else: &campaign.Other{Kind: limits.Connect}, Within: within}},
		{{Name: "x", Kind: limits.Message, Template: "t", Within: within},
			{Name: "y", Kind: limits.Message, Template: "t", After: must(campaign.ParseDelay("2bd")), Within: within}},
		{{Name: "x", Kind: limits.Connect, Within: within}},
	} {
		c := &campaign.Campaign{Name: "c", Steps: steps, Hours: hours}
		st.Campaigns = append(st.Campaigns, scheduler.Campaign{Campaign: c, Order: k, Applied: now})
	}
	for n := 0; n < benchMessages; {
		t := scheduler.Target{
			Campaign: dice.IntN(3), Person: int64(n), Order: n, Priority: dice.IntN(101),
			Added: now, Last: -1, Zone: campaign.MustZone(zones[dice.IntN(2)]).Loc(),
		}
		t.First = t.Campaign == 1
		for k := range st.Campaigns[t.Campaign].Steps {
			t.Messages = append(t.Messages, scheduler.Message{Step: k})
			n++
		}
		st.Targets = append(st.Targets, t)
	}
	return st
}
