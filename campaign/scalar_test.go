package campaign

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func instant(t *testing.T, zone, s string) time.Time {
	t.Helper()
	got, err := time.ParseInLocation("2006-01-02 15:04:05", s, MustZone(zone).Loc())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestParseZone(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Australia/Lord_Howe"} {
		if z, err := ParseZone(name); err != nil || z.String() != name || z.Loc().String() != name {
			t.Errorf("ParseZone(%q) = %v, %v", name, z, err)
		}
	}
	for _, name := range []string{"", "Local", "EST", "CET", "EST5EDT", "Etc/GMT+5", "europe/berlin", "Europe/", "Europe/../UTC", "utc", "+01:00", "US/Eastern"} {
		if z, err := ParseZone(name); err == nil {
			t.Errorf("ParseZone(%q) = %v, want an error", name, z)
		}
	}
	if (Zone{}).Loc() != time.UTC || !(Zone{}).IsZero() {
		t.Error("the zero Zone is not UTC")
	}
}

func TestCronNext(t *testing.T) {
	tests := []struct{ name, expr, zone, after, want string }{
		{"minutes", "*/10 9-16 * * MON-FRI", "Europe/Berlin", "2026-12-04 16:50:00", "2026-12-07 09:00:00"},
		{"strictly after", "0 9 * * *", "Europe/Berlin", "2026-12-04 09:00:00", "2026-12-05 09:00:00"},
		{"seconds", "30 0 9 * * *", "UTC", "2026-12-04 09:00:00", "2026-12-04 09:00:30"},
		{"descriptor", "@daily", "America/New_York", "2026-12-04 09:00:00", "2026-12-05 00:00:00"},
		{"leap day", "0 0 29 2 *", "UTC", "2026-01-01 00:00:00", "2028-02-29 00:00:00"},
		{"skipped in spring", "30 2 * * *", "America/New_York", "2025-03-08 03:00:00", "2025-03-10 02:30:00"},
	}
	for _, tt := range tests {
		c, err := ParseCron(tt.expr)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		zone := MustZone(tt.zone).Loc()
		if got := c.Next(instant(t, tt.zone, tt.after).UTC(), zone); !got.Equal(instant(t, tt.zone, tt.want)) {
			t.Errorf("%s: Next = %s, want %s", tt.name, got, tt.want)
		}
	}
	c, _ := ParseCron("30 1 * * *")
	zone := MustZone("America/New_York").Loc()
	first := c.Next(instant(t, "America/New_York", "2025-11-02 00:00:00"), zone)
	if second := c.Next(first, zone); second.Sub(first) != time.Hour {
		t.Errorf("01:30 of the autumn night fires at %s and %s, want an hour apart", first, second)
	}
	if !(Cron{}).Next(time.Unix(0, 0), nil).IsZero() {
		t.Error("the zero Cron fires")
	}
}

func TestDelayFrom(t *testing.T) {
	christmas := func(_ int, m time.Month, d int) bool { return m == 12 && (d == 25 || d == 26) }
	tests := []struct{ name, delay, zone, from, want string }{
		{"minutes", "90m", "UTC", "2026-12-04 09:00:00", "2026-12-04 10:30:00"},
		{"hours are elapsed", "24h", "America/New_York", "2025-03-08 09:00:00", "2025-03-09 10:00:00"},
		{"days keep the clock", "1d", "America/New_York", "2025-03-08 09:00:00", "2025-03-09 09:00:00"},
		{"weeks", "2w", "Europe/Berlin", "2026-10-20 09:00:00", "2026-11-03 09:00:00"},
		{"month end", "1d", "UTC", "2026-01-31 09:00:00", "2026-02-01 09:00:00"},
		{"weekend", "1bd", "UTC", "2026-12-04 09:00:00", "2026-12-07 09:00:00"},
		{"from a Saturday", "1bd", "UTC", "2026-12-05 09:00:00", "2026-12-07 09:00:00"},
		{"holidays", "3bd", "Europe/Berlin", "2025-12-23 10:00:00", "2025-12-30 10:00:00"},
		{"nothing", "0bd", "UTC", "2026-12-05 09:00:00", "2026-12-05 09:00:00"},
		{"into the spring gap", "1d", "America/New_York", "2025-03-08 02:30:00", "2025-03-09 03:00:00"},
		{"a missing date", "1d", "Pacific/Apia", "2011-12-29 10:00:00", "2011-12-31 00:00:00"},
	}
	for _, tt := range tests {
		d, err := ParseDelay(tt.delay)
		if err != nil {
			t.Fatal(err)
		}
		got := d.From(instant(t, tt.zone, tt.from).UTC(), MustZone(tt.zone).Loc(), christmas)
		if !got.Equal(instant(t, tt.zone, tt.want)) {
			t.Errorf("%s: %s after %s = %s, want %s", tt.name, tt.delay, tt.from, got, tt.want)
		}
	}
	d := Delay{5, UnitBusinessDay}
	always := func(int, time.Month, int) bool { return true }
	if got := d.From(time.Unix(0, 0), nil, always); got.Year() > 2020 {
		t.Errorf("without business days the walk ends at %s", got)
	}
}

func TestParseDelay(t *testing.T) {
	for _, s := range []string{"", "3", "d", "3 d", "-1d", "+1d", "03d", "1.5h", "3y", "3D", "3bdx", "4000d", "99999999999999999999d", "３d"} {
		if d, err := ParseDelay(s); err == nil {
			t.Errorf("ParseDelay(%q) = %v, want an error", s, d)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]string{"4h": "4h", "90m": "1h30m", "1d": "24h", "1d12h": "36h", "30s": "30s", "0s": "0s", "100ms": "100ms"} {
		if d, err := ParseDuration(s); err != nil || d.String() != want {
			t.Errorf("ParseDuration(%q) = %s, %v; want %s", s, d, err, want)
		}
	}
	for _, s := range []string{"", "4", "-4h", "+4h", "d", "1d-2h", "1w", "-1d", "1d1d", "9999999999999h"} {
		if d, err := ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) = %s, want an error", s, d)
		}
	}
}

func TestDate(t *testing.T) {
	tests := []struct{ date, zone, start, end string }{
		{"2026-12-01", "Europe/Berlin", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
		{"2025-09-07", "America/Santiago", "2025-09-07T04:00:00Z", "2025-09-08T03:00:00Z"}, // no midnight
		{"2025-04-25", "Africa/Cairo", "2025-04-24T22:00:00Z", "2025-04-25T21:00:00Z"},     // no midnight
		{"2024-02-29", "UTC", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
	}
	for _, tt := range tests {
		d, err := ParseDate(tt.date)
		if err != nil {
			t.Fatal(err)
		}
		zone := MustZone(tt.zone).Loc()
		start, end := d.Start(zone).UTC().Format(time.RFC3339), d.End(zone).UTC().Format(time.RFC3339)
		if start != tt.start || end != tt.end {
			t.Errorf("%s in %s: %s to %s, want %s to %s", tt.date, tt.zone, start, end, tt.start, tt.end)
		}
		if DateOf(d.Start(zone), zone) != d || DateOf(d.End(zone).Add(-1), zone) != d {
			t.Errorf("%s in %s: its first and last instant lie in other days", tt.date, tt.zone)
		}
	}
	for _, s := range []string{"", "2026-2-1", "2026-02-30", "01.02.2026", "2026-12-01T00:00:00Z"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, d)
		}
	}
}

// What is stored as JSON comes back as it was.
func TestScalarsAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type all struct {
			Delay    Delay
			Duration Duration
			Date     Date
			Days     Days
			Clock    Clock
			Zone     Zone
			When     Condition
		}
		in := all{
			Delay:    Delay{rapid.IntRange(0, 100).Draw(t, "n"), rapid.SampledFrom([]Unit{UnitMinute, UnitHour, UnitDay, UnitWeek, UnitBusinessDay}).Draw(t, "unit")},
			Duration: Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "duration")),
			Date:     Date{rapid.IntRange(1970, 2100).Draw(t, "y"), time.Month(rapid.IntRange(1, 12).Draw(t, "m")), rapid.IntRange(1, 28).Draw(t, "d")},
			Days:     Days(rapid.IntRange(0, 127).Draw(t, "days")),
			Clock:    Clock(rapid.IntRange(0, 1440).Draw(t, "clock")),
			Zone:     MustZone(rapid.SampledFrom([]string{"UTC", "Asia/Kolkata"}).Draw(t, "zone")),
			When:     Condition(rapid.IntRange(0, 2).Draw(t, "when")),
		}
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out all
		if err := json.Unmarshal(b, &out); err != nil || !in.Zone.Equal(out.Zone) {
			t.Fatalf("%s: %v, %v", b, out, err)
		}
		in.Zone, out.Zone = Zone{}, Zone{}
		if in != out {
			t.Fatalf("%s: %v, want %v", b, out, in)
		}
	})
}
