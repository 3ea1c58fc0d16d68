package sim_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"outpace/campaign"
)

// This is what the world knows of delays and holidays: from the words of the
// file, a day and a minute at a time, with nothing of campaign's arithmetic.

// restDay says whether an account whose file says holidays rests on a date.
func restDay(holidays string, date time.Time) bool {
	for _, entry := range strings.Split(strings.Trim(holidays, "[]"), ",") {
		switch entry = strings.Trim(entry, ` "`); entry {
		case "":
		case "DE":
			if germanHoliday(date) {
				return true
			}
		case "US":
			if americanHoliday(date) {
				return true
			}
		default:
			if entry == date.Format(time.DateOnly) {
				return true
			}
		}
	}
	return false
}

// easters are from the almanac.
var easters = map[int]string{2025: "04-20", 2026: "04-05", 2027: "03-28", 2028: "04-16", 2029: "04-01", 2030: "04-21"}

func germanHoliday(date time.Time) bool {
	switch date.Format("01-02") {
	case "01-01", "05-01", "10-03", "12-25", "12-26":
		return true
	}
	easter, err := time.Parse(time.DateOnly, sprintf("%d-%s", date.Year(), easters[date.Year()]))
	if err != nil {
		panic(err) // a world went on for longer than the almanac
	}
	for _, days := range []int{-2, 1, 39, 50} { // Good Friday, Easter Monday, Ascension, Whit Monday
		if easter.AddDate(0, 0, days).Format(time.DateOnly) == date.Format(time.DateOnly) {
			return true
		}
	}
	return false
}

// americanHoliday knows the federal holidays, and when they are observed.
func americanHoliday(date time.Time) bool {
	fixed := func(date time.Time) bool {
		return strings.Contains("01-01 06-19 07-04 11-11 12-25", date.Format("01-02"))
	}
	nth := (date.Day()-1)/7 + 1
	last := date.AddDate(0, 0, 7).Month() != date.Month()
	switch month, weekday := date.Month(), date.Weekday(); {
	case fixed(date):
		return true
	case weekday == time.Friday && fixed(date.AddDate(0, 0, 1)), weekday == time.Monday && fixed(date.AddDate(0, 0, -1)):
		return true
	case weekday == time.Monday:
		return month == time.January && nth == 3 || month == time.February && nth == 3 || month == time.May && last ||
			month == time.September && nth == 1 || month == time.October && nth == 2
	case weekday == time.Thursday:
		return month == time.November && nth == 4
	}
	return false
}

// delayEnds is the first instant at which something may go that waits for a
// delay, as it stands in the file, after t.
func delayEnds(delay string, t time.Time, zone *time.Location, holidays string) time.Time {
	digits := strings.TrimRight(delay, "mhdwb")
	n, _ := strconv.Atoi(digits)
	unit := delay[len(digits):]
	if n == 0 {
		return t
	}
	local := t.In(zone)
	date := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
	for ; n > 0; n-- {
		switch unit {
		case "m":
			t = t.Add(60 * time.Second)
		case "h":
			t = t.Add(3600 * time.Second)
		case "w":
			date = date.AddDate(0, 0, 7)
		case "d":
			date = date.AddDate(0, 0, 1)
		case "bd":
			date = date.AddDate(0, 0, 1)
			for date.Weekday() == time.Saturday || date.Weekday() == time.Sunday || restDay(holidays, date) {
				date = date.AddDate(0, 0, 1)
			}
		}
	}
	if unit == "m" || unit == "h" {
		return t
	}
	return showing(date, local, zone)
}

// showing is the first instant at which clocks of the zone show the date and
// the time of day of clock, or later on that date if they never show that.
func showing(date, clock time.Time, zone *time.Location) time.Time {
	noon := time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, zone)
	from, to := localDay(noon, zone)
	want := clock.Hour()*60 + clock.Minute()
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		switch shown := t.In(zone).Hour()*60 + t.In(zone).Minute(); {
		case shown == want:
			return t.Add(time.Duration(clock.Second())*time.Second + time.Duration(clock.Nanosecond()))
		case shown > want:
			return t
		}
	}
	return to
}

// holidaysOf are the account's, as the file has them.
func (w *world) holidaysOf(account string) string {
	if own := w.account(account).holidays; own != "" {
		return own
	}
	return w.spec.holidays
}

// delayed is delayEnds for something an account sends.
func (w *world) delayed(account, delay string, t time.Time) time.Time {
	return delayEnds(delay, t, w.zone(account), w.holidaysOf(account))
}

// rest says whether the account has a holiday when its clocks show t.
func (w *world) rest(account string, t time.Time) bool {
	return restDay(w.holidaysOf(account), t.In(w.zone(account)))
}

// TestAlmanac: the world's own holidays are those of the program, over the
// years in which worlds take place.
func TestAlmanac(t *testing.T) {
	for _, list := range []string{"DE", "US"} {
		holidays, err := campaign.ParseHolidays([]string{list})
		if err != nil {
			t.Fatal(err)
		}
		for day := at("2025-01-01T12:00:00Z"); day.Year() < 2030; day = day.AddDate(0, 0, 1) {
			if got, want := restDay("["+list+"]", day), holidays.On(day.Date()); got != want {
				t.Errorf("%s %s: the world says %v, the program %v", list, day.Format(time.DateOnly), got, want)
			}
		}
	}
}

// TestDelaysByHand pins the world's own arithmetic to cases worked out on
// paper, at the nights that make a difference.
func TestDelaysByHand(t *testing.T) {
	for _, c := range []struct{ zone, from, delay, holidays, want string }{
		{"Europe/Berlin", "2026-03-28T02:30:00+01:00", "1d", "", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-28T02:30:00+01:00", "24h", "", "2026-03-29T03:30:00+02:00"},
		{"Europe/Berlin", "2026-03-28T09:00:00+01:00", "1d", "", "2026-03-29T09:00:00+02:00"},
		{"Europe/Berlin", "2026-10-24T02:30:00+02:00", "1d", "", "2026-10-25T02:30:00+02:00"},
		{"Europe/Berlin", "2026-10-24T09:00:00+02:00", "1440m", "", "2026-10-25T08:00:00+01:00"},
		{"Europe/Berlin", "2026-10-23T15:00:00+02:00", "2bd", "", "2026-10-27T15:00:00+01:00"},
		{"Europe/Berlin", "2026-12-23T10:00:00+01:00", "2bd", `[DE, "2026-12-24"]`, "2026-12-29T10:00:00+01:00"},
		{"Europe/Berlin", "2026-10-31T10:00:00+01:00", "1bd", "", "2026-11-02T10:00:00+01:00"},
		{"America/New_York", "2026-07-02T10:00:00-04:00", "1bd", "[US]", "2026-07-06T10:00:00-04:00"},
		{"Australia/Lord_Howe", "2026-10-03T02:15:00+10:30", "1d", "", "2026-10-04T02:30:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-04T01:45:00+11:00", "1d", "", "2026-04-05T01:45:00+11:00"},
		{"America/Santiago", "2025-08-31T00:30:00-04:00", "1w", "", "2025-09-07T01:00:00-03:00"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := delayEnds(c.delay, at(c.from), zone, c.holidays); !got.Equal(at(c.want)) {
			t.Errorf("%s after %s with %s: %s, want %s", c.delay, c.from, c.holidays, got.In(zone).Format(time.RFC3339), c.want)
		}
	}
}
