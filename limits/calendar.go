package limits

import "time"

// farthest is more than any zone was ever away from UTC (Manila was 15:56
// behind, Metlakatla 15:13 ahead).
const farthest = 16 * time.Hour

// DateStart is the first instant whose local date in zone is the given one.
// Clocks may pass over midnight (Santiago, Havana, Beirut, Cairo): then it is
// later than 00:00. They may pass over a whole date (Apia, 2011-12-30): then it
// is the start of the next date there is. Months and days out of range are
// normalised as time.Date does.
func DateStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	for ; ; day++ {
		midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		if t := firstWithin(midnight, zone); !t.IsZero() {
			return t
		}
	}
}

// firstWithin is the first instant at which zone's clocks show a time in the
// 24 hours from wall, which is read without its zone; zero if they never do.
// It walks the stretches of equal offset, so no clock change escapes it.
func firstWithin(wall time.Time, zone *time.Location) time.Time {
	t := wall.Add(-farthest).In(zone)
	for {
		_, seconds := t.Zone()
		offset := time.Duration(seconds) * time.Second
		start, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			// Go takes every year of a zone's rule for 365 days long, so on
			// Dec 31 of a leap year the stretch is said to be over.
			end = t.Add(24 * time.Hour)
		}
		from, to := wall.Add(-offset), wall.Add(24*time.Hour-offset)
		if !start.IsZero() && from.Before(start) {
			from = start
		}
		if !end.IsZero() && end.Before(to) {
			to = end
		}
		if from.Before(to) {
			return from.In(zone)
		}
		if end.IsZero() || end.After(wall.Add(24*time.Hour+farthest)) {
			return time.Time{}
		}
		t = end
	}
}

// DayStart is when the local day of t began: the first instant of its local
// date in zone. An hour that is repeated because clocks went back over midnight
// belongs to the day that had already begun, so that days never overlap:
// always DayStart(t) <= t < NextDay(t).
func DayStart(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	if next := DateStart(y, m, d+1, zone); !next.After(t) {
		return next
	}
	return DateStart(y, m, d, zone)
}

// NextDay is when the local day of t ends: the first instant of the following
// date that exists in zone.
func NextDay(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	next := DateStart(y, m, d+1, zone)
	if next.After(t) {
		return next
	}
	y, m, d = next.Date()
	return DateStart(y, m, d+1, zone)
}

// RefreshDate is the date of the refresh in a month for a renewal day of 1–31,
// clamped to the month: 31 gives Jan 31, Feb 28 or 29, Mar 31, Apr 30. A month
// out of range is normalised as time.Date does; an anchor below 1 is the 1st.
func RefreshDate(anchor, year int, month time.Month) (int, time.Month, int) {
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC)
	y, m, d := last.Date()
	return y, m, min(max(anchor, 1), d)
}

// dayNumber counts calendar days, so that a difference of two is a number of
// dates, whatever the clocks did between them.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
