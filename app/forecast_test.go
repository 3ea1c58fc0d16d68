package app_test

import (
	"testing"
	"time"

	"outpace/app"
)

const inMails = `version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: premium-business, renewal_day: 14, slots: "*/10 9-16 * * *", opening: { credits: 20 } } }
templates: { intro: { subject: "{{.company}}", body: "Hi {{.first_name}} of {{.company}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: inmail, template: intro } ] }
`

// R20: what lack of credit delays, and what a pack would change.
func TestForecastTellsDelayedInMails(t *testing.T) {
	a := applied(t, load(t, inMails, 30))
	f, err := a.Forecast(t.Context(), app.ForecastQuery{Pack: map[string]int{"ada": 10}}, now)
	if err != nil {
		t.Fatal(err)
	}
	is, would := f.Accounts[0].AsIs, f.Accounts[0].WhatIf
	if is.InMails != 30 || len(is.Delays) != 1 {
		t.Fatalf("as is: %+v", is)
	}
	d := is.Delays[0]
	if d.InMails != 10 || d.Refresh.Format(time.DateOnly) != "2026-12-14" || d.PackDays < 2 {
		t.Errorf("delay: %+v", d)
	}
	if len(would.Delays) != 0 || !would.FinishesAt.Before(*is.FinishesAt) {
		t.Errorf("with a pack: %+v", would)
	}
}

// R22: days on which the cap delays work, and what an upgrade changes.
func TestForecastTellsWhatAnUpgradeChanges(t *testing.T) {
	const messages = `version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: basic, slots: "*/5 8-17 * * *" } }
templates: { hi: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: introduction, template: hi } ] }
`
	a := applied(t, load(t, messages, 300))
	f, err := a.Forecast(t.Context(), app.ForecastQuery{Plan: map[string]string{"ada": "premium-business"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	is, would := f.Accounts[0].AsIs, f.Accounts[0].WhatIf
	if *is.DailyCap != 30 || is.MessagesADay != 30 || is.CappedDays != 9 || is.USDAMonth != 0 {
		t.Errorf("as is: %+v", is)
	}
	// Today is still basic's; 270 are left for days of 100.
	if *would.DailyCap != 100 || would.CreditsAMonth != 25 || would.USDAMonth != 30 ||
		is.FinishesAt.Format(time.DateOnly) != "2026-12-10" || would.FinishesAt.Format(time.DateOnly) != "2026-12-04" {
		t.Errorf("what if: %+v", would)
	}
	if len(f.Slots) != 300 || !f.Slots[0].At.Before(f.Slots[299].At) {
		t.Errorf("%d slots", len(f.Slots))
	}
	after, err := a.Slots(t.Context(), app.SlotQuery{})
	if err != nil || len(after) != 300 {
		t.Errorf("the question changed something: %d slots, %v", len(after), err)
	}
}

func TestForecastRefuses(t *testing.T) {
	a := applied(t, load(t, connects, 1))
	for name, q := range map[string]app.ForecastQuery{
		"account": {Cap: map[string]int{"bob": 3}},
		"plan":    {Plan: map[string]string{"ada": "gold"}},
		"cap":     {Cap: map[string]int{"ada": -1}},
		"pack":    {Pack: map[string]int{"ada": 0}},
	} {
		if _, err := a.Forecast(t.Context(), q, now); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
