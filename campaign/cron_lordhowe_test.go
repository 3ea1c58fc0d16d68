package campaign

import (
	"slices"
	"testing"
	"time"
)

// TestHalfHourChange: Lord Howe sets its clocks by half an hour. Only what
// lies in the gap vanishes in spring, and only what is repeated fires twice in
// autumn.
func TestHalfHourChange(t *testing.T) {
	zone := MustZone("Australia/Lord_Howe").Loc()
	for _, c := range []struct {
		day  time.Time
		expr string
		want []string
	}{
		{time.Date(2026, 10, 4, 0, 0, 0, 0, zone), "0 8 * * *", []string{"08:00"}},
		{time.Date(2026, 10, 4, 0, 0, 0, 0, zone), "15,45 1-3 * * *", []string{"01:15", "01:45", "02:45", "03:15", "03:45"}},
		{time.Date(2026, 10, 4, 0, 0, 0, 0, zone), "*/20 8 * * *", []string{"08:00", "08:20", "08:40"}},
		{time.Date(2026, 4, 5, 0, 0, 0, 0, zone), "45 0-2 * * *", []string{"00:45", "01:45", "01:45", "02:45"}},
	} {
		cron, err := ParseCron(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for at := cron.Next(c.day.Add(-time.Second), zone); at.Day() == c.day.Day(); at = cron.Next(at, zone) {
			got = append(got, at.Format("15:04"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: %v, want %v", c.expr, c.day.Format(time.DateOnly), got, c.want)
		}
	}
}
