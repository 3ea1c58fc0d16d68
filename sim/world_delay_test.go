package sim_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/campaign"
	"outpace/sim"
)

// nights are evenings before clocks change, or before holidays.
var nights = map[string][]string{
	"Europe/Berlin":       {"2026-03-27T22:00:00Z", "2026-10-23T22:00:00Z", "2026-12-22T22:00:00Z", "2027-03-24T22:00:00Z"},
	"America/New_York":    {"2026-03-06T22:00:00Z", "2026-10-30T22:00:00Z", "2026-07-01T22:00:00Z"},
	"Australia/Lord_Howe": {"2026-10-02T10:00:00Z", "2026-04-03T10:00:00Z"},
	"America/Santiago":    {"2025-09-05T22:00:00Z", "2026-04-03T22:00:00Z"},
	"Asia/Kathmandu":      {"2026-12-30T10:00:00Z"},
}

// TestDelaysExactly: with nothing else in the way, every follow-up goes at the
// first slot from the instant the world works out, neither before nor after:
// for every unit, over the nights on which clocks change, and over holidays.
func TestDelaysExactly(t *testing.T) {
	inWorlds(t, 60, func(t *rapid.T, dir string) {
		d := draw{t}
		name := d.pick("zone", wZones...)
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		start := at(d.pick("night", nights[name]...)).Add(time.Duration(d.int("minute", 0, 2880)) * time.Minute)
		holidays := d.pick("holidays", "", "[US]", "[DE]", sprintf("[DE, %q]", start.AddDate(0, 0, 1).Format(time.DateOnly)))
		var delays []string
		for range d.int("steps", 1, 4) {
			unit := d.pick("unit", "m", "h", "d", "d", "w", "bd", "bd")
			most := map[string]int{"m": 3000, "h": 70, "d": 5, "w": 1, "bd": 4}[unit]
			delays = append(delays, sprintf("%d%s", d.int("n", 0, most), unit))
		}
		want := []time.Time{quarter(start, zone, holidays)}
		for _, delay := range delays {
			ready := delayEnds(delay, want[len(want)-1], zone, holidays)
			if last := want[len(want)-1]; !ready.After(last) {
				ready = last.Add(time.Minute) // one message a slot
			}
			want = append(want, quarter(ready, zone, holidays))
		}
		got := released(oneTarget(t, dir, name, holidays, delays, start))
		if len(got) != len(want) {
			t.Fatalf("%d releases, want %d", len(got), len(want))
		}
		for i := range want {
			if !got[i].At.Equal(want[i]) {
				t.Errorf("%v from %s: step %d at %s, want %s", delays, start.In(zone), i+1, got[i].At, want[i].In(zone))
			}
		}
	})
}

// quarter is the first quarter of an hour from t on, on a day without holiday.
func quarter(t time.Time, zone *time.Location, holidays string) time.Time {
	for t = t.Add(time.Minute - 1).Truncate(time.Minute); ; t = t.Add(time.Minute) {
		if local := t.In(zone); local.Minute()%15 == 0 && !restDay(holidays, local) {
			return t
		}
	}
}

// oneTarget simulates one person on an account that can send every quarter of
// an hour.
func oneTarget(t *rapid.T, dir, zone, holidays string, delays []string, start time.Time) []sim.Event {
	var b strings.Builder
	b.WriteString("version: 1\ntimezone: " + zone + "\naccounts: { ada: { " +
		fields("plan", "basic", "slots", `"*/15 * * * *"`, "holidays", holidays) + " } }\n")
	b.WriteString("templates: { hello: { body: Hello } }\ncampaigns:\n  p:\n    accounts: [ada]\n" +
		"    targets: [{ name: Grace Example, profile: \"" + profile(1) + "\", degree: 1 }]\n    steps:\n      - { send: message, template: hello }\n")
	for i, delay := range delays {
		b.WriteString(sprintf("      - { name: s%d, send: message, template: hello, after: %s }\n", i+1, delay))
	}
	path := filepath.Join(dir, "campaigns.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _, err := campaign.Load(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	db := openCopy(t, dir)
	defer db.Close()
	var events []sim.Event
	sum, err := sim.Run(contextOf, db, set, sim.Options{From: start, Days: 45}, func(e sim.Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil || sum.Violations != 0 {
		t.Fatalf("%+v %v", sum, err)
	}
	return events
}
