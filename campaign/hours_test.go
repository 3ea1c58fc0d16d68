package campaign

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDays(t *testing.T) {
	for s, want := range map[string]string{
		"mon-fri": "mon,tue,wed,thu,fri", "Mon,WED": "mon,wed", "sat-mon": "mon,sat,sun",
		"sunday": "sun", "mon-sun": "mon,tue,wed,thu,fri,sat,sun", " tue - wed , fri": "tue,wed,fri",
	} {
		if d, err := ParseDays(s); err != nil || d.String() != want {
			t.Errorf("ParseDays(%q) = %s, %v; want %s", s, d, err, want)
		}
	}
	for _, s := range []string{"", "mon-", "-fri", "m", "mon-tue-wed", "mon;tue", "8"} {
		if d, err := ParseDays(s); err == nil {
			t.Errorf("ParseDays(%q) = %s, want an error", s, d)
		}
	}
}

func mustHours(t *testing.T, days, from, to string) Hours {
	t.Helper()
	var h Hours
	for _, err := range []error{h.Days.UnmarshalText([]byte(days)), h.From.UnmarshalText([]byte(from)), h.To.UnmarshalText([]byte(to))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestHoursNext(t *testing.T) {
	tests := []struct{ name, days, from, to, zone, at, want string }{
		{"open", "mon-fri", "09:00", "17:00", "Europe/Berlin", "2026-12-04 09:00:00", "2026-12-04 09:00:00"},
		{"before", "mon-fri", "09:00", "17:00", "Europe/Berlin", "2026-12-04 08:59:59", "2026-12-04 09:00:00"},
		{"end is excluded", "mon-fri", "09:00", "17:00", "Europe/Berlin", "2026-12-04 17:00:00", "2026-12-07 09:00:00"},
		{"one day a week", "wed", "09:00", "09:01", "UTC", "2026-12-02 09:01:00", "2026-12-09 09:00:00"},
		{"to midnight", "mon-sun", "23:00", "24:00", "UTC", "2026-12-02 00:00:00", "2026-12-02 23:00:00"},
		{"opens in the gap", "sun", "02:30", "04:00", "America/New_York", "2025-03-09 00:00:00", "2025-03-09 03:00:00"},
		{"swallowed by the gap", "sun", "02:00", "03:00", "America/New_York", "2025-03-09 00:00:00", "2025-03-16 02:00:00"},
		{"over the change", "mon", "09:00", "17:00", "America/New_York", "2025-03-08 12:00:00", "2025-03-10 09:00:00"},
	}
	for _, tt := range tests {
		h := mustHours(t, tt.days, tt.from, tt.to)
		if got := h.Next(instant(t, tt.zone, tt.at), MustZone(tt.zone).Loc()); !got.Equal(instant(t, tt.zone, tt.want)) {
			t.Errorf("%s: Next(%s) = %s, want %s", tt.name, tt.at, got, tt.want)
		}
	}
	// The hour that autumn repeats: open, closed and open again.
	h := mustHours(t, "sun", "01:30", "02:00")
	zone := MustZone("America/New_York").Loc()
	first := h.Next(instant(t, "America/New_York", "2025-11-02 00:00:00"), zone)
	again := h.Next(first.Add(30*time.Minute), zone)
	if again.Sub(first) != time.Hour {
		t.Errorf("open at %s and %s, want an hour apart", first, again)
	}
	if !(Hours{}).Next(first, nil).IsZero() {
		t.Error("the zero Hours open")
	}
}

// Next is open, not before t, and nothing between the two is open.
func TestHoursNextIsFirst(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Kathmandu"}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 1439).Draw(t, "from")
		h := Hours{Days: Days(rapid.IntRange(1, 127).Draw(t, "days")), From: Clock(from), To: Clock(rapid.IntRange(from+1, 1440).Draw(t, "to"))}
		zone := MustZone(rapid.SampledFrom(zones).Draw(t, "zone")).Loc()
		start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "minute")) * time.Minute)
		next := h.Next(start, zone)
		if next.Before(start) || !h.Open(next, zone) {
			t.Fatalf("Next(%s) = %s", start.In(zone), next)
		}
		for at := start; at.Before(next); at = at.Add(time.Minute) {
			if h.Open(at, zone) {
				t.Fatalf("Next(%s) = %s, but %s is open", start.In(zone), next, at.In(zone))
			}
		}
	})
}

// Until Holds nothing changes.
func TestHoursHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 1439).Draw(t, "from")
		h := Hours{Days: Days(rapid.IntRange(1, 127).Draw(t, "days")), From: Clock(from), To: Clock(rapid.IntRange(from+1, 1440).Draw(t, "to"))}
		zone := MustZone(rapid.SampledFrom([]string{"UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago"}).Draw(t, "zone")).Loc()
		start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 400*24*60*60).Draw(t, "second")) * time.Second)
		until := h.Holds(start, zone)
		if !until.After(start) {
			t.Fatalf("Holds(%s) = %s", start.In(zone), until)
		}
		for at := start; at.Before(until); at = at.Add(time.Minute) {
			if h.Open(at, zone) != h.Open(start, zone) {
				t.Fatalf("Holds(%s) = %s, but %s differs", start.In(zone), until, at.In(zone))
			}
		}
	})
}
