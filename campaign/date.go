package campaign

import (
	"fmt"
	"time"

	"outpace/limits"
)

// ParseDate reads a calendar day like 2026-12-01.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 {
		return Date{}, fmt.Errorf("%q is not a date: write one like 2026-12-01", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// DateOf is the calendar day of the instant in the zone (nil: UTC).
func DateOf(t time.Time, zone *time.Location) Date {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := t.In(zone).Date()
	return Date{y, m, d}
}

// Start is the first instant of the day in the zone (nil: UTC). It is not
// always midnight: some zones skip that when daylight saving begins.
func (d Date) Start(zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	return limits.DateStart(d.Year, d.Month, d.Day, zone)
}

// End is the first instant after the day in the zone (nil: UTC).
func (d Date) End(zone *time.Location) time.Time {
	next := time.Date(d.Year, d.Month, d.Day+1, 12, 0, 0, 0, time.UTC)
	return Date{next.Year(), next.Month(), next.Day()}.Start(zone)
}

// Before says that d is an earlier day than other.
func (d Date) Before(other Date) bool {
	if d.Year != other.Year {
		return d.Year < other.Year
	}
	if d.Month != other.Month {
		return d.Month < other.Month
	}
	return d.Day < other.Day
}

// IsZero says that no date was given.
func (d Date) IsZero() bool { return d == Date{} }

// String is the date as 2026-12-01; empty for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText writes the date as 2026-12-01.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date; the empty text is the zero Date.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(b))
	return err
}
