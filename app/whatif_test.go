package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"outpace/app"
	"outpace/limits"
)

const upgrade = `version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: PLAN, slots: "*/30 9-16 * * *" } }
templates: { intro: { subject: "{{.company}}", body: "Hi {{.first_name}} of {{.company}}" }, hi: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: inmail, template: intro, else: connect }, { send: introduction, template: hi, after: 2d } ] }
`

// What `forecast --plan` says is what applying that plan does: credits, caps
// and slots.
func TestForecastOfAPlanIsItsApply(t *testing.T) {
	for _, c := range []struct{ name, from, to, plan string }{
		{"the free plan to one with credits", "basic", "premium-business, renewal_day: 1", "premium-business"},
		{"with a renewal day of its own", "basic, renewal_day: 14", "premium-business, renewal_day: 14", "premium-business"},
		{"to one that is refreshed on the 1st", "basic", "linkedin-sales-navigator", "linkedin-sales-navigator"},
		{"between plans with credits", "premium-business, renewal_day: 14", "linkedin-premium-career, renewal_day: 14", "linkedin-premium-career"},
		{"whose month had none yet", "premium-business, renewal_day: 14", "linkedin-sales-navigator", "linkedin-sales-navigator"},
		{"with nothing left", "premium-business, renewal_day: 1, opening: { credits: 0 }", "linkedin-premium-career, renewal_day: 1", "linkedin-premium-career"},
		{"to the free plan", "premium-business, renewal_day: 14", "basic, renewal_day: 14", "basic"},
		{"to the cautious plan", "basic", "cautious", "cautious"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := applied(t, load(t, strings.Replace(upgrade, "PLAN", c.from, 1), 60))
			if _, err := a.CreditsAdd(t.Context(), now, "ada", 3, time.Time{}); err != nil {
				t.Fatal(err)
			}
			at := now.Add(90 * time.Minute)
			q := app.ForecastQuery{Plan: map[string]string{"ada": c.plan}, Until: now.AddDate(0, 3, 0)}
			f, err := a.Forecast(t.Context(), q, at)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Apply(t.Context(), load(t, strings.Replace(upgrade, "PLAN", c.to, 1), 60), at, app.ApplyOptions{Yes: true}); err != nil {
				t.Fatal(err)
			}
			after, err := a.Forecast(t.Context(), app.ForecastQuery{Until: q.Until}, at)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*f.Accounts[0].WhatIf, after.Accounts[0].AsIs, cmpopts.IgnoreFields(app.Outlook{}, "USDAMonth")); diff != "" {
				t.Errorf("the forecast (-) and what came (+):\n%s", diff)
			}
			if diff := cmp.Diff(places(f), places(after)); diff != "" {
				t.Errorf("slots of the forecast (-) and those that came (+):\n%s", diff)
			}
		})
	}
}

// places lists every slot as "id time kind".
func places(f *app.Forecast) []string {
	list := make([]string, len(f.Slots))
	for i, s := range f.Slots {
		list[i] = fmt.Sprint(s.ID, " ", s.At.Format(time.RFC3339), " ", s.Kind)
	}
	return list
}

// Every cap that delays work is named, with the days on which it does.
func TestForecastNamesTheCapThatDelays(t *testing.T) {
	const file = `version: 1
timezone: Europe/Berlin
plans: { p: { extends: basic, daily_cap: DAY, caps: { connect: { day: KIND, week: WEEK } } } }
accounts: { ada: { plan: p, slots: "*/10 9-16 * * MON-FRI" } }
templates: { hi: { body: "TEXT {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: connect TEMPLATE } ] }
`
	for _, c := range []struct {
		name            string
		day, kind, week string
		people          int
		note            bool
		want            []app.CapDays
	}{
		{"none", "30", "20", "100", 10, false, []app.CapDays{}},
		{"daily", "5", "20", "100", 12, false, []app.CapDays{{Reason: limits.HeldDailyCap, Days: 2}}},
		{"kind", "30", "4", "100", 12, false, []app.CapDays{{Reason: limits.HeldKindCap, Kind: "connect", Days: 2}}},
		// 8 on Tuesday and Wednesday; from then on nothing until Tuesday.
		{"weekly", "30", "4", "8", 10, false, []app.CapDays{
			{Reason: limits.HeldWeeklyCap, Kind: "connect", Days: 4}, {Reason: limits.HeldKindCap, Kind: "connect", Days: 1}}},
		// 5 with a note in December, then the rest on the first working day of 2027.
		{"monthly", "30", "20", "100", 6, true, []app.CapDays{{Reason: limits.HeldMonthlyCap, Kind: "connect", Days: 23}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			template := ""
			if c.note {
				template = ", template: hi"
			}
			yaml := strings.NewReplacer("DAY", c.day, "KIND", c.kind, "WEEK", c.week, " TEMPLATE", template, "TEXT", "Hi").Replace(file)
			if !c.note {
				yaml = strings.Replace(yaml, "templates: { hi: { body: \"Hi {{.first_name}}\" } }\n", "", 1)
			}
			a := applied(t, load(t, yaml, c.people))
			f, err := a.Forecast(t.Context(), app.ForecastQuery{}, now)
			if err != nil {
				t.Fatal(err)
			}
			is := f.Accounts[0].AsIs
			if diff := cmp.Diff(c.want, is.CappedBy); diff != "" {
				t.Error(diff)
			}
			days := 0
			for _, by := range is.CappedBy {
				days += by.Days
			}
			if is.CappedDays != days { // here no day has two
				t.Errorf("%d days in all", is.CappedDays)
			}
		})
	}
}
