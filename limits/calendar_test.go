package limits

import (
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// at reads an instant: RFC 3339, or a wall time of the zone.
func at(t testing.TB, z *time.Location, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if v, err := time.ParseInLocation(layout, s, z); err == nil {
			return v.In(z)
		}
	}
	t.Fatalf("%q is no instant", s)
	return time.Time{}
}

func TestDayStart(t *testing.T) {
	for _, tt := range []struct{ name, zone, at, start, next string }{
		{"plain", "Europe/Berlin", "2026-11-23T12:00:00+01:00", "2026-11-23T00:00:00+01:00", "2026-11-24T00:00:00+01:00"},
		{"midnight begins its day", "Europe/Berlin", "2026-11-23T00:00:00+01:00", "2026-11-23T00:00:00+01:00", "2026-11-24T00:00:00+01:00"},
		{"Santiago has no midnight", "America/Santiago", "2025-09-07T12:00:00-03:00", "2025-09-07T01:00:00-03:00", "2025-09-08T00:00:00-03:00"},
		{"Santiago, the night before", "America/Santiago", "2025-09-06T23:59:59-04:00", "2025-09-06T00:00:00-04:00", "2025-09-07T01:00:00-03:00"},
		{"Havana has no midnight", "America/Havana", "2025-03-09T12:00:00-04:00", "2025-03-09T01:00:00-04:00", "2025-03-10T00:00:00-04:00"},
		{"Beirut has no midnight", "Asia/Beirut", "2025-03-30T12:00:00+03:00", "2025-03-30T01:00:00+03:00", "2025-03-31T00:00:00+03:00"},
		{"Cairo has no midnight", "Africa/Cairo", "2025-04-25T12:00:00+03:00", "2025-04-25T01:00:00+03:00", "2025-04-26T00:00:00+03:00"},
		{"Apia misses 2011-12-30", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
		{"Santiago repeats 23:00", "America/Santiago", "2025-04-05T23:30:00-04:00", "2025-04-05T00:00:00-03:00", "2025-04-06T00:00:00-04:00"},
		{"St John's goes back over midnight", "America/St_Johns", "2009-11-01T02:30:59Z", "2009-11-01T00:00:00-02:30", "2009-11-02T00:00:00-03:30"},
		{"the repeated hour belongs to the new day", "America/St_Johns", "2009-11-01T02:31:00Z", "2009-11-01T00:00:00-02:30", "2009-11-02T00:00:00-03:30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := zone(t, tt.zone)
			now := at(t, z, tt.at)
			if got, want := DayStart(now, z), at(t, z, tt.start); !got.Equal(want) {
				t.Errorf("DayStart = %v, want %v", got, want)
			}
			if got, want := NextDay(now, z), at(t, z, tt.next); !got.Equal(want) {
				t.Errorf("NextDay = %v, want %v", got, want)
			}
		})
	}
}

func TestDateStartOfAMissingDate(t *testing.T) {
	z := zone(t, "Pacific/Apia")
	if got, want := DateStart(2011, 12, 30, z), DateStart(2011, 12, 31, z); !got.Equal(want) {
		t.Errorf("2011-12-30 begins at %v, want %v", got, want)
	}
}

func TestDayLengths(t *testing.T) {
	for _, tt := range []struct {
		zone, at string
		want     time.Duration
	}{
		{"America/New_York", "2025-03-09 12:00", 23 * time.Hour},
		{"America/New_York", "2025-11-02 12:00", 25 * time.Hour},
		{"Australia/Lord_Howe", "2025-10-05 12:00", 23*time.Hour + 30*time.Minute},
		{"Australia/Lord_Howe", "2025-04-06 12:00", 24*time.Hour + 30*time.Minute},
	} {
		z := zone(t, tt.zone)
		now := at(t, z, tt.at)
		if got := NextDay(now, z).Sub(DayStart(now, z)); got != tt.want {
			t.Errorf("%s %s has %v, want %v", tt.zone, tt.at, got, tt.want)
		}
	}
}

// TestEveryZone looks at both sides of every clock change there ever was.
func TestEveryZone(t *testing.T) {
	names, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range strings.Fields(string(names)) {
		z := zone(t, name)
		for now := time.Date(1840, 1, 1, 0, 0, 0, 0, time.UTC).In(z); ; {
			_, change := now.ZoneBounds()
			if change.IsZero() || change.After(end) {
				break
			}
			now = change
			for _, d := range []time.Duration{-24 * time.Hour, -time.Hour, -1, 0, time.Hour, 24 * time.Hour} {
				checkDay(t, change.Add(d), z)
			}
		}
	}
}

// On Dec 31 of a leap year, time.ZoneBounds names an end in the past.
func TestEveryZoneAtNewYear(t *testing.T) {
	names, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(names)) {
		z := zone(t, name)
		for _, year := range []int{2024, 2025, 2028, 2040, 2100} {
			for hour := -60; hour <= 60; hour += 5 {
				now := time.Date(year+1, 1, 1, hour, 30, 0, 0, time.UTC)
				start, next := DayStart(now, z), NextDay(now, z)
				if start.After(now) || !next.After(now) || next.Sub(start) != 24*time.Hour || start.Hour() != 0 {
					t.Fatalf("%v in %s: from %v to %v", now, name, start, next)
				}
			}
		}
	}
}

// checkDay checks the day of an instant against what the clocks show.
func checkDay(t *testing.T, now time.Time, z *time.Location) {
	t.Helper()
	start, next := DayStart(now, z), NextDay(now, z)
	if start.After(now) || !next.After(now) {
		t.Errorf("%v is not in its day from %v to %v", now, start, next)
	}
	if again := DayStart(start, z); !again.Equal(start) {
		t.Errorf("%v starts a day, but lies in the one from %v", start, again)
	}
	if last := DayStart(next.Add(-1), z); !last.Equal(start) {
		t.Errorf("the day from %v ends at %v, but the instant before lies in the one from %v", start, next, last)
	}
	// No earlier instant shows the date.
	date := start.Format(time.DateOnly)
	for before := start.Add(-1); start.Sub(before) < 48*time.Hour; {
		if before.Format(time.DateOnly) == date {
			t.Errorf("%v starts a day, but %v shows its date", start, before)
		}
		change, _ := before.ZoneBounds()
		if change.IsZero() {
			break
		}
		if change.Format(time.DateOnly) == date {
			t.Errorf("%v starts a day, but %v shows its date", start, change)
		}
		before = change.Add(-1)
	}
}

func TestRefreshDate(t *testing.T) {
	for _, tt := range []struct {
		anchor, year int
		month        time.Month
		want         string
	}{
		{31, 2025, 1, "2025-01-31"}, {31, 2025, 2, "2025-02-28"}, {31, 2024, 2, "2024-02-29"},
		{31, 2025, 3, "2025-03-31"}, {31, 2025, 4, "2025-04-30"}, {15, 2025, 3, "2025-03-15"},
		{31, 2025, 14, "2026-02-28"}, {0, 2025, 5, "2025-05-01"},
	} {
		y, m, d := RefreshDate(tt.anchor, tt.year, tt.month)
		if got := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly); got != tt.want {
			t.Errorf("anchor %d in %d-%d: %s, want %s", tt.anchor, tt.year, tt.month, got, tt.want)
		}
	}
}

// TestAddDateOverflows pins why refreshes are not computed with AddDate.
func TestAddDateOverflows(t *testing.T) {
	if got := at(t, time.UTC, "2025-01-31").AddDate(0, 1, 0).Format(time.DateOnly); got != "2025-03-03" {
		t.Errorf("Jan 31 + 1 month = %s", got)
	}
	if got := at(t, time.UTC, "2024-02-29").AddDate(1, 0, 0).Format(time.DateOnly); got != "2025-03-01" {
		t.Errorf("Feb 29 + 1 year = %s", got)
	}
}

func TestOneRefreshEachMonth(t *testing.T) {
	names, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	zones := strings.Fields(string(names))
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		r := newRefreshes(Credits{RolloverMonths: 12}, rapid.IntRange(1, 31).Draw(rt, "anchor"), z)
		first := cycleOf(rapid.IntRange(1990, 2090).Draw(rt, "year"), time.January)
		for k := first; k < first+12; k++ {
			at := r.granted(k)
			y, m, d := RefreshDate(r.anchor, 0, time.Month(k)+1)
			if cycleOf(y, m) != k || !r.granted(k+1).After(at) {
				rt.Fatalf("cycle %s is granted at %v, the next at %v", k, at, r.granted(k+1))
			}
			if r.last(at) != k || r.last(at.Add(-1)) != k-1 {
				rt.Fatalf("cycle %s is granted at %v, but last says %s, before that %s", k, at, r.last(at), r.last(at.Add(-1)))
			}
			if at.Before(DateStart(y, m, d, z)) || at.UTC().Before(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) {
				rt.Fatalf("cycle %s is granted at %v, before its date", k, at)
			}
			if r.expires(k).After(r.granted(k + 12)) {
				rt.Fatalf("cycle %s expires at %v, after a year's refresh", k, r.expires(k))
			}
		}
	})
}
