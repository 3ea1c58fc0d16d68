package sim_test

import (
	"slices"
	"testing"
	"time"

	"outpace/limits"
	"outpace/sim"
)

func TestBasicSends30ADay(t *testing.T) {
	set := load(t, `
version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: basic, slots: "*/5 9-16 * * *" } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: message, template: hello }] }
`, map[string]string{"people.csv": people(100, ",degree", func(int) string { return ",1" })})
	events, sum := simulate(t, set, sim.Options{From: at("2026-11-02T00:00:00+01:00"), Days: 10})
	if got := perDay(events, all); !slices.Equal(got, []int{30, 30, 30, 10}) {
		t.Errorf("releases a day: %v, want 30, 30, 30, 10", got)
	}
	if sum.Releases != 100 || sum.Queued != 0 {
		t.Errorf("summary %+v", sum)
	}
}

const premium = `
version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: %s, renewal_day: 1, slots: "* 8-18 * * *" } }
plans:
  top: { extends: premium-business, inmail: { counts: on_top, pace: asap } }
templates:
  hello: { body: "Hi {{.first_name}}" }
  letter: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}" }
campaigns:
  strangers: { accounts: [ada], targets: [{csv: strangers.csv}], steps: [{ send: inmail, template: letter }] }
  friends: { accounts: [ada], targets: [{csv: friends.csv}], steps: [{ send: message, template: hello }] }
  invite: { accounts: [ada], targets: [{csv: others.csv}], steps: [{ send: connect }] }
`

func premiumFiles() map[string]string {
	return map[string]string{
		"strangers.csv": people(25, "", func(int) string { return "" }),
		"friends.csv":   "name,profile,degree\n" + rows("friend", 700, ",1"),
		"others.csv":    "name,profile\n" + rows("other", 100, ""),
	}
}

func TestPremiumSends100OnEachFullDay(t *testing.T) {
	long(t)
	set := load(t, sprintf(premium, "premium-business"), premiumFiles())
	events, _ := simulate(t, set, sim.Options{From: at("2026-11-02T00:00:00+01:00"), Days: 6})
	if got := perDay(events, all); !slices.Equal(got, []int{100, 100, 100, 100, 100, 100}) {
		t.Errorf("releases a day: %v", got)
	}
}

func TestInMailOnTopSends125(t *testing.T) {
	set := load(t, sprintf(premium, "top"), premiumFiles())
	events, _ := simulate(t, set, sim.Options{From: at("2026-11-02T00:00:00+01:00"), Days: 2})
	if got := perDay(events, all); got[0] != 125 {
		t.Errorf("first day: %v, want 125", got)
	}
	if got := perDay(events, ofKind(limits.InMail)); !slices.Equal(got, []int{25}) {
		t.Errorf("InMails a day: %v, want 25 on the first", got)
	}
}

func TestInMailsByPriorityWithinFourteenDays(t *testing.T) {
	long(t)
	for _, slots := range []string{"*/10 9-16 * * *", "*/10 9-16 * * MON-FRI"} {
		for day := 1; day <= 7; day++ {
			set := load(t, sprintf(`
version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: premium-business, renewal_day: %d, slots: "%s" } }
templates: { letter: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: inmail, template: letter }] }
`, day, slots), map[string]string{"people.csv": people(60, ",priority", func(i int) string { return sprintf(",%d", i*37%60) })})
			from := time.Date(2026, 10, day, 1, 0, 0, 0, set.Accounts[0].Zone.Loc()).Add(30 * time.Minute)
			events, _ := simulate(t, set, sim.Options{From: from, Days: 40})
			rs := released(events)
			if len(rs) < 26 {
				t.Fatalf("%s, day %d: only %d InMails", slots, day, len(rs))
			}
			for i := range 25 {
				if *rs[i].Priority != 59-i {
					t.Errorf("%s, day %d: InMail %d has priority %d, want %d", slots, day, i, *rs[i].Priority, 59-i)
				}
			}
			if last := rs[24].At; !last.Before(from.AddDate(0, 0, 14)) {
				t.Errorf("%s, day %d: the 25th went on %s", slots, day, last)
			}
			refresh := time.Date(2026, 11, day, 0, 0, 0, 0, from.Location())
			if rs[25].At.Before(refresh) {
				t.Errorf("%s, day %d: the 26th went on %s, before the refresh", slots, day, rs[25].At)
			}
			if got := slices.Max(perDay(events[:slices.IndexFunc(events, func(e sim.Event) bool {
				return !e.At.Before(refresh)
			})], all)); got > 3 {
				t.Errorf("%s, day %d: %d InMails on one day are not spread", slots, day, got)
			}
		}
	}
}

func TestGrantsEveryMonthOnThe31st(t *testing.T) {
	long(t)
	set := load(t, `
version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: premium-business, renewal_day: 31, slots: "0 9 * * *" } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{ name: Example One, profile: "https://www.linkedin.com/in/example-one", degree: 1 }], steps: [{ send: message, template: hello }] }
`, map[string]string{})
	events, _ := simulate(t, set, sim.Options{From: at("2026-01-15T12:00:00+01:00"), Days: 731})
	months := map[string]int{}
	expired := 0
	for _, e := range events {
		switch e.Event {
		case "granted":
			months[e.At.Format("2006-01")]++
		case "expired":
			expired += *e.Credits
		}
		if e.CreditsLeft != nil && (*e.CreditsLeft > 300 || *e.CreditsLeft < 0) {
			t.Errorf("balance %d at %s", *e.CreditsLeft, e.At)
		}
	}
	if len(months) != 24 {
		t.Errorf("grants in %d months, want 24", len(months))
	}
	for month, n := range months {
		if n != 1 {
			t.Errorf("%d grants in %s", n, month)
		}
	}
	if expired != 13*25 {
		t.Errorf("%d credits expired in two years, want %d: each lot dies at 12 months", expired, 13*25)
	}
}

func TestStrictInLosAngelesOverTheNovemberNight(t *testing.T) {
	set := load(t, `
version: 1
timezone: America/Los_Angeles
accounts: { ada: { plan: basic, slots: "*/10 * * * *", day: strict } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: message, template: hello }] }
`, map[string]string{"people.csv": people(400, ",degree", func(int) string { return ",1" })})
	events, sum := simulate(t, set, sim.Options{From: at("2026-10-27T00:00:00-07:00"), Days: 10})
	if n := most(events, 24*time.Hour); n > 30 {
		t.Errorf("%d in 24 hours", n)
	}
	utc := slices.Clone(events)
	for i := range utc {
		utc[i].At = utc[i].At.UTC()
	}
	if n := max(slices.Max(perDay(events, all)), slices.Max(perDay(utc, all))); n > 30 {
		t.Errorf("%d in one day", n)
	}
	if sum.Releases != 300 {
		t.Errorf("%d releases in ten days, want 300", sum.Releases)
	}
}

func TestSantiagosMissingMidnight(t *testing.T) {
	set := load(t, `
version: 1
timezone: America/Santiago
accounts: { ada: { plan: basic, slots: "*/10 * * * *" } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: message, template: hello }] }
`, map[string]string{"people.csv": people(150, ",degree", func(int) string { return ",1" })})
	events, _ := simulate(t, set, sim.Options{From: at("2025-09-05T00:00:00-04:00"), Days: 5})
	if got := perDay(events, all); !slices.Equal(got, []int{30, 30, 30, 30, 30}) {
		t.Errorf("releases a day: %v", got)
	}
}

func TestConnectionRequestsSpreadOver23Days(t *testing.T) {
	long(t)
	set := load(t, `
version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: premium-business, renewal_day: 1, slots: "*/10 9-16 * * MON-FRI" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: connect }] }
`, map[string]string{"people.csv": people(450, "", func(int) string { return "" })})
	events, sum := simulate(t, set, sim.Options{From: at("2026-11-02T00:00:00+01:00"), Days: 40})
	days := perDay(events, all)
	if len(days) != 23 || slices.Max(days) != 20 || sum.Releases != 450 {
		t.Errorf("%d days %v, %d releases; want 23 days of at most 20", len(days), days, sum.Releases)
	}
	if n := most(events, 7*24*time.Hour); n != 100 {
		t.Errorf("%d in 7 days, want 100", n)
	}
}
