package sim_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"outpace/limits"
	"outpace/store"
)

// hello sends one message to each of people.csv.
const hello = `
accounts: { ada: { plan: basic, slots: "%s" } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [{csv: people.csv}], steps: [{ send: message, template: hello }] }
`

func friends(n int) map[string]string {
	return map[string]string{"people.csv": people(n, ",degree", func(int) string { return ",1" })}
}

// A laptop that slept over its morning makes good the one slot whose grace
// lasts, and goes on at normal spacing.
func TestAsleepOverTheMorning(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 08:00", sprintf(hello, "*/10 9-16 * * *"), friends(100))
	if got := s.step(s.at("2026-11-23 11:13")); !slices.Equal(got, []string{"11-23 11:10"}) {
		t.Errorf("on waking: %v, want the slot of 11:10 alone", got)
	}
	if !s.next.Equal(s.at("2026-11-23 11:20")) {
		t.Errorf("next at %s", s.next)
	}
	if got := s.run("2026-11-23 11:20", "2026-11-23 12:00"); !slices.Equal(got, []string{"11-23 11:20", "11-23 11:30", "11-23 11:40", "11-23 11:50"}) {
		t.Errorf("after waking: %v", got)
	}
	if got := perDate(s.run("2026-11-23 12:00", "2026-11-25 23:00")); !maps.Equal(got, map[string]int{"11-23": 25, "11-24": 30, "11-25": 30}) {
		t.Errorf("then: %v", got)
	}
	s.sound(s.at("2026-11-25 23:00"))
}

func TestTwoWeeksOff(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 08:00", sprintf(hello, "*/10 9-16 * * *"), friends(200))
	if got := perDate(s.run("2026-11-23 08:00", "2026-11-24 08:00")); got["11-23"] != 30 {
		t.Errorf("the first day: %v", got)
	}
	// Nothing had been planned for the slot of 09:00: all would have been sent
	// a week ago.
	if got := s.step(s.at("2026-12-08 09:07")); len(got) != 0 || !s.next.Equal(s.at("2026-12-08 09:10")) {
		t.Errorf("on return: %v, next %s", got, s.next)
	}
	if got := s.run("2026-12-08 09:10", "2026-12-08 09:41"); len(got) != 4 {
		t.Errorf("after the return: %v", got)
	}
	if got := perDate(s.run("2026-12-08 09:50", "2026-12-10 08:00")); got["12-08"] != 26 || got["12-09"] != 30 {
		t.Errorf("then: %v", got)
	}
	// Off over a night: yesterday's last slot is not made good.
	if got := s.step(s.at("2026-12-11 07:00")); len(got) != 0 {
		t.Errorf("at night: %v", got)
	}
	s.sound(s.at("2026-12-11 07:00"))
}

// Cards nobody reports count in every window: when the cap is full of them,
// claims stop; when they are reported at last, nothing bursts.
func TestCardsNobodyReports(t *testing.T) {
	for _, c := range []struct {
		name string
		sent string // when the cards went out; "": reported as of now
		want map[string]int
	}{
		{"as of now", "", map[string]int{"11-27": 30, "11-28": 30}},
		{"as of the first day", "2026-11-23 14:00", map[string]int{"11-26": 29, "11-27": 30, "11-28": 30}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, "Europe/Berlin", "2026-11-23 08:00", sprintf(hello, "*/10 9-16 * * *"), friends(200))
			s.cards = true
			if got := perDate(s.run("2026-11-23 08:00", "2026-11-26 12:04")); !maps.Equal(got, map[string]int{"11-23": 30}) {
				t.Fatalf("unreported: %v", got)
			}
			var at time.Time
			if c.sent != "" {
				at = s.at(c.sent)
			}
			s.cards = false
			if n := s.reportAll(s.at("2026-11-26 12:05"), at); n != 30 {
				t.Fatalf("%d cards", n)
			}
			if got := s.step(s.at("2026-11-26 12:05")); len(got) > 1 {
				t.Errorf("a burst: %v", got)
			}
			got := s.run("2026-11-26 12:06", "2026-11-28 23:00")
			if n := len(slices.Compact(slices.Clone(got))); n != len(got) {
				t.Errorf("two in a slot: %v", got)
			}
			if n := perDate(got); !maps.Equal(n, c.want) {
				t.Errorf("after the report: %v, want %v", n, c.want)
			}
			s.sound(s.at("2026-11-28 23:00"))
		})
	}
}

func TestUsageBeyondTheCap(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 08:00", sprintf(hello, "*/10 9-16 * * *"), friends(200))
	s.run("2026-11-23 08:00", "2026-11-23 10:05") // 7 of 30
	record := func(n int, at string) {
		t.Helper()
		if err := s.db.UsageRecord(t.Context(), s.at(at), "ada", store.Usage{Kind: limits.Message, N: n}); err != nil {
			t.Fatal(err)
		}
	}
	record(45, "2026-11-23 10:05")
	if got := s.run("2026-11-23 10:05", "2026-11-23 13:00"); len(got) != 0 {
		t.Errorf("over the cap by hand, and still: %v", got)
	}
	record(-45, "2026-11-23 13:00")
	if got := s.step(s.at("2026-11-23 13:03")); !slices.Equal(got, []string{"11-23 13:00"}) {
		t.Errorf("taken back: %v", got)
	}
	if got := perDate(s.run("2026-11-23 13:10", "2026-11-24 23:00")); !maps.Equal(got, map[string]int{"11-23": 22, "11-24": 30}) {
		t.Errorf("then: %v", got)
	}
	s.sound(s.at("2026-11-24 23:00"))
}
