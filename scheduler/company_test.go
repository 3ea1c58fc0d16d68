package scheduler_test

import (
	"slices"
	"strings"
	"testing"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

var oneADay, oneAWeek = campaign.PerCompany{People: 1, Days: 1}, campaign.PerCompany{People: 1, Days: 7}

// of puts a target into a company.
func of(company string, t scheduler.Target) scheduler.Target {
	t.Company = company
	return t
}

func TestPeopleOfACompany(t *testing.T) {
	tests := []struct {
		name    string
		limit   campaign.PerCompany
		touches scheduler.Touches
		change  func(*scheduler.State)
		want    []string
	}{
		{name: "the best first, the others a window later", limit: oneADay,
			want: []string{"B@02 09:00", "D@02 10:00", "A@03 09:00", "C@04 09:00"}},
		{name: "two at once", limit: campaign.PerCompany{People: 2, Days: 7},
			want: []string{"B@02 09:00", "A@02 10:00", "D@02 11:00", "C@09 09:00"}},
		{name: "what others did counts, and is free again to the minute", limit: oneADay,
			touches: scheduler.Touches{{At: clock("10:00").AddDate(0, 0, -1)}},
			want:    []string{"D@02 09:00", "B@02 10:00", "A@03 10:00", "C@04 10:00"}},
		{name: "nothing breaks what others have planned under a limit", limit: oneADay,
			touches: scheduler.Touches{{At: clock("09:30").AddDate(0, 0, 1), Limit: oneADay}},
			want:    []string{"B@02 09:00", "D@02 10:00", "A@04 10:00", "C@05 10:00"}},
		{name: "what others have planned without one yields", limit: oneADay,
			touches: scheduler.Touches{{At: clock("08:30").AddDate(0, 0, 1)}},
			want:    []string{"B@02 09:00", "D@02 10:00", "A@04 09:00", "C@05 09:00"}},
		{name: "what has begun goes on", limit: oneADay, touches: scheduler.Touches{{At: clock("07:00")}},
			change: func(st *scheduler.State) {
				st.Targets[2].Begun, st.Targets[2].LastAt = clock("07:00"), clock("07:00")
			},
			want: []string{"C@02 09:00", "D@02 10:00", "B@03 09:00", "A@04 09:00"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			st := account("basic", "0 9-12 * * *")
			add(st, campaign.Campaign{Name: "c", PerCompany: test.limit, Steps: steps(limits.Message)},
				of("navy", friend(60)), of("navy", friend(90)), of("navy", friend(30)), friend(20))
			st.Touches = map[string]scheduler.Touches{"navy": test.touches}
			if test.change != nil {
				test.change(st)
			}
			got := times(scheduler.Make(st, monday, monday.AddDate(0, 0, 12)))
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// What holds the best of a company does not hold its colleagues of other kinds.
func TestLanesOfACompanyDoNotWaitForEachOther(t *testing.T) {
	st := account("basic", "0 9-12 * * *")
	st.Rules.Holds = []limits.Hold{{Kinds: []limits.Kind{limits.Connect}, From: monday, Until: monday.AddDate(0, 0, 7), Reason: limits.HeldCoolOff}}
	add(st, campaign.Campaign{Name: "c", PerCompany: oneAWeek, Steps: steps(limits.Connect)}, of("navy", scheduler.Target{Priority: 90}))
	add(st, campaign.Campaign{Name: "d", PerCompany: oneADay, Steps: steps(limits.Message)}, of("navy", friend(20)), of("navy", friend(10)))
	got := times(scheduler.Make(st, monday, monday.AddDate(0, 0, 20)))
	// The last friend of a day's limit must not wait for the week's.
	if want := []string{"B@02 09:00", "C@03 09:00", "A@10 09:00"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestWhyCompany(t *testing.T) {
	st := account("basic", "0 9-12 * * *")
	add(st, campaign.Campaign{Name: "c", PerCompany: oneAWeek, Steps: steps(limits.Message)},
		of("navy", friend(60)), of("navy", friend(90)), of("navy", friend(50)))
	e := scheduler.Explain(st, 0, 0, monday, monday.AddDate(0, 0, 20))
	if e.Held != limits.HeldCompany || !e.At.Equal(clock("09:00").AddDate(0, 0, 7)) || e.Remedy != "`per_company` of 2 a week or more" {
		t.Errorf("%+v", e)
	}
	i := slices.IndexFunc(e.Rules, func(r scheduler.Rule) bool { return r.Held == limits.HeldCompany })
	if i < 0 || e.Rules[i].OK || !strings.Contains(e.Rules[i].Detail, "the limit is 1 a week, room for one from 2026-11-09T09:00:00+01:00") {
		t.Errorf("%+v", e.Rules)
	}
	st.Targets[0].Blocked, st.Targets[0].Colleague, st.Targets[0].ColleagueAt = limits.HeldCompany, "example-grace", monday
	e = scheduler.Explain(st, 0, 0, monday, monday.AddDate(0, 0, 20))
	if e.Held != limits.HeldCompany || len(e.Rules) != 1 || !strings.Contains(e.Rules[0].Detail, "example-grace of the same company answered at 2026-11-02T08:00") {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(e.Remedy, "company_reply") {
		t.Error(e.Remedy)
	}
}

func TestRecipientsHolidays(t *testing.T) {
	st := account("basic", "0 9-12 * * *")
	hours := &campaign.Hours{Days: campaign.AllDays, From: 9 * 60, To: 17 * 60, Zone: campaign.RecipientZone}
	japan := friend(90)
	japan.Country = "JP" // Culture Day is the 3rd of November
	add(st, campaign.Campaign{Name: "c", Hours: hours, Start: campaign.Date{Year: 2026, Month: 11, Day: 3}, Steps: steps(limits.Message)}, japan, friend(10))
	plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 5))
	if got, want := times(plan), []string{"B@03 09:00", "A@04 09:00"}; !slices.Equal(got, want) || plan.Slots[1].Held != limits.HeldHoliday {
		t.Errorf("%v, %s; want %v", got, plan.Slots[1].Held, want)
	}
	hours.Zone = campaign.AccountZone
	if got, want := times(scheduler.Make(st, monday, monday.AddDate(0, 0, 5))), []string{"A@03 09:00", "B@03 10:00"}; !slices.Equal(got, want) {
		t.Errorf("on the account's clock: %v, want %v", got, want)
	}
}

func TestSecondInMail(t *testing.T) {
	st := account("premium-business", "0 9-12 * * *")
	second := steps(limits.InMail, limits.InMail, limits.InMail)
	second[2].Else = &campaign.Other{Kind: limits.Reminder}
	add(st, campaign.Campaign{Name: "c", Steps: second}, scheduler.Target{Priority: 50})
	plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 5))
	if len(plan.Slots) != 2 || plan.Slots[0].Kind != limits.InMail || plan.Slots[1].Kind != limits.Reminder || plan.Slots[1].Message != 2 {
		t.Errorf("%+v", plan.Slots)
	}
	st.Targets[0].InMailed = true
	plan = scheduler.Make(st, monday, monday.AddDate(0, 0, 5))
	if len(plan.Slots) != 1 || plan.Slots[0].Message != 2 || len(plan.Dropped) != 2 || plan.Dropped[0].Reason != scheduler.DropSkipped {
		t.Errorf("%+v, dropped %+v", plan.Slots, plan.Dropped)
	}
}

// A company of thousands costs no more than as many people of their own.
func BenchmarkCompanyOfThousands(b *testing.B) {
	for _, limit := range []campaign.PerCompany{{}, {People: 5, Days: 1}} {
		b.Run(limit.String(), func(b *testing.B) {
			st := account("premium-business", "*/10 9-16 * * *")
			targets := make([]scheduler.Target, 10_000)
			for i := range targets {
				targets[i] = of("navy", friend(i%100))
			}
			add(st, campaign.Campaign{Name: "c", PerCompany: limit, Steps: steps(limits.Message)}, targets...)
			for b.Loop() {
				scheduler.Make(st, monday, monday.AddDate(0, 0, 14))
			}
		})
	}
}
