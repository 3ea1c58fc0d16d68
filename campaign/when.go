package campaign

import (
	"fmt"
	"time"
)

// When is a time as a file gives it: an instant, or a date or a time of day
// of an account's zone, which the file does not say.
type When struct {
	instant time.Time // of a floating one the fields of its date and clock count, not its zone
	local   bool      // date and time of day in a zone told later
	day     bool      // only the date: its first instant
}

// whenLayouts are the ways to write a time of day without a zone.
var whenLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// ParseWhen reads an instant of RFC 3339 (with T or a blank), a date like
// 2026-12-01, or a date and time of day like 2026-12-01 09:05.
func ParseWhen(s string) (When, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 {
			return When{instant: t}, nil
		}
	}
	if d, err := ParseDate(s); err == nil {
		return OnDate(d), nil
	}
	for _, layout := range whenLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 {
			return When{instant: t, local: true}, nil
		}
	}
	return When{}, fmt.Errorf("%q is no time: write 2026-12-01T09:05:00+01:00, 2026-12-01 09:05 or 2026-12-01", s)
}

// OnDate is the beginning of a day.
func OnDate(d Date) When {
	return When{instant: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), local: true, day: true}
}

// IsZero says that no time was given.
func (w When) IsZero() bool { return w.instant.IsZero() }

// In is the instant, for an account in the zone; the zero time if none was
// given.
func (w When) In(zone *time.Location) time.Time {
	switch t := w.instant; {
	case !w.local:
		return t
	case w.day:
		return DateOf(t, time.UTC).Start(zone)
	default:
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
	}
}
