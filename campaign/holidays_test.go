package campaign

import (
	"encoding/json"
	"sync"
	"testing"
	"time"
)

func TestHolidays(t *testing.T) {
	tests := []struct {
		name string
		list []string
		date string
		want bool
	}{
		{"Christmas", []string{"DE"}, "2026-12-25", true},
		{"a working day", []string{"DE"}, "2026-12-24", false},
		{"a date", []string{"DE", "2026-12-24"}, "2026-12-24", true},
		{"the date of another year", []string{"2026-12-24"}, "2027-12-24", false},
		{"Easter moves", []string{"DE"}, "2026-04-06", true},
		{"a part of a country", []string{"DE-BY"}, "2026-01-06", true},
		{"not in the whole country", []string{"DE"}, "2026-01-06", false},
		{"Norway", []string{"NO"}, "2026-05-17", true},
		{"on a Saturday", []string{"US"}, "2026-07-04", true},
		{"observed the day before", []string{"US"}, "2026-07-03", true},
		{"New Year observed in the old year", []string{"US"}, "2021-12-31", true},
		{"the second country", []string{"DE", "US"}, "2026-11-26", true},
		{"none", nil, "2026-12-25", false},
	}
	for _, tt := range tests {
		h, err := ParseHolidays(tt.list)
		if err != nil {
			t.Fatal(err)
		}
		day, err := ParseDate(tt.date)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // found, and remembered
			if got := h.On(day.Year, day.Month, day.Day); got != tt.want {
				t.Errorf("%s: On(%s) = %t, want %t", tt.name, tt.date, got, tt.want)
			}
		}
		b, err := json.Marshal(h)
		var again Holidays
		if err != nil || json.Unmarshal(b, &again) != nil || !again.Equal(h) || again.On(day.Year, day.Month, day.Day) != tt.want {
			t.Errorf("%s: as JSON %s, read again %v, %v", tt.name, b, again.List(), err)
		}
	}
	for _, bad := range []string{"", "de", "XX", "AU", "Germany", "2026-13-01"} {
		if _, err := ParseHolidays([]string{bad}); err == nil {
			t.Errorf("ParseHolidays(%q): no error", bad)
		}
	}
}

// Every country is found in every year without a panic, from many goroutines.
func TestHolidaysOfAllCountries(t *testing.T) {
	for code, days := range countries {
		if len(days) == 0 {
			t.Errorf("%s has no holidays", code)
		}
		h, err := ParseHolidays([]string{code})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for year := 2024; year < 2034; year++ {
					h.On(year, time.January, 1)
				}
			})
		}
		wg.Wait()
	}
}
