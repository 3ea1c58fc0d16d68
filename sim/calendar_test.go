package sim_test

import (
	"slices"
	"testing"
	"time"

	"outpace/limits"
)

// A first apply in the middle of a day and of a cycle: no slot before it, and
// the pace counts from that day, so that the credits neither burst nor wait.
func TestFirstApplyInTheMiddle(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 12:34", `
accounts: { ada: { plan: premium-business, renewal_day: 14, slots: "*/10 9-16 * * MON-FRI" } }
templates: { letter: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: inmail, template: letter }] }
`, map[string]string{"people.csv": people(60, "", func(int) string { return "" })})
	got := s.run("2026-11-23 12:34", "2026-12-14 00:30")
	if len(got) != 25 || got[0] != "11-23 12:40" {
		t.Fatalf("%d InMails, the first at %s", len(got), got[0])
	}
	days := perDate(got)
	// The cycle began on November 14th, its pace does today: 14 days, of which
	// 10 have slots, and by the end of the d-th of them 25·d/10, rounded up.
	spent := 0
	for d, day := range []string{"11-23", "11-24", "11-25", "11-26", "11-27", "11-30", "12-01", "12-02", "12-03", "12-04"} {
		if spent += days[day]; spent != (25*(d+1)+9)/10 {
			t.Errorf("%d spent by the end of %s: %v", spent, day, days)
		}
	}
	if after := s.run("2026-12-14 00:30", "2026-12-15 00:00"); len(after) == 0 {
		t.Error("nothing on the day of the refresh")
	}
	for _, r := range s.got {
		if r.Kind != limits.InMail {
			t.Errorf("a %s", r.Kind)
		}
	}
	s.sound(s.at("2026-12-15 00:00"))
}

// Nights on which the clock is changed: every instant of a slot once, whether
// the daemon is called at it or a little late.
func TestNightsOfTheClockChange(t *testing.T) {
	for _, c := range []struct {
		name, zone, slots, from, to string
		want                        []string // UTC
	}{
		{"autumn, the hour twice", "Europe/Berlin", "*/30 2 * * *", "2026-10-24 12:00", "2026-10-25 12:00",
			[]string{"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"}},
		{"spring, the hour never", "Europe/Berlin", "*/30 1-3 * * *", "2027-03-27 12:00", "2027-03-28 12:00",
			[]string{"2027-03-28T00:00:00Z", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-03-28T01:30:00Z"}},
		{"half an hour", "Australia/Lord_Howe", "*/30 1-2 * * *", "2026-10-03 12:00", "2026-10-04 12:00",
			[]string{"2026-10-03T14:30:00Z", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z"}},
		{"midnight never", "America/Santiago", "0 0,1 * * *", "2025-09-06 12:00", "2025-09-07 12:00",
			[]string{"2025-09-07T04:00:00Z"}},
	} {
		for _, late := range []time.Duration{0, time.Second, 5 * time.Minute} {
			t.Run(c.name+" "+late.String(), func(t *testing.T) {
				s := tell(t, c.zone, c.from, sprintf(hello, c.slots), friends(40))
				end := s.at(c.to)
				for now := s.at(c.from); now.Before(end); now = s.next.Add(late) {
					s.step(now)
				}
				var got []string
				for _, r := range s.got {
					got = append(got, r.SlotAt.UTC().Format(time.RFC3339))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("released at %v, want %v", got, c.want)
				}
				s.sound(end)
			})
		}
	}
}
