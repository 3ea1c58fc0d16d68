package campaign

import (
	"fmt"
	"strings"
	"time"
)

// Hours are the times of the week in which a campaign may write: From is
// included, To is not.
type Hours struct {
	Days Days      `json:"days"`
	From Clock     `json:"from"`
	To   Clock     `json:"to"`
	Zone HoursZone `json:"zone"`
}

// HoursZone is whose wall clock Hours are read on.
type HoursZone string

// The zones of hours. A recipient without a zone has the account's.
const (
	RecipientZone HoursZone = "recipient" // the default
	AccountZone   HoursZone = "account"
)

// ParseHoursZone reads recipient or account.
func ParseHoursZone(s string) (HoursZone, error) {
	if z := HoursZone(s); z == RecipientZone || z == AccountZone {
		return z, nil
	}
	return "", fmt.Errorf("%q is neither account nor recipient", s)
}

// UnmarshalText reads recipient or account.
func (z *HoursZone) UnmarshalText(b []byte) (err error) {
	*z, err = ParseHoursZone(string(b))
	return err
}

// Clock is a time of day in minutes after midnight, 0 to 1440 (24:00).
type Clock int

// ParseClock reads a time of day like 09:00; 24:00 is the end of the day.
func ParseClock(s string) (Clock, error) {
	var h, m int
	if len(s) == 5 && s[2] == ':' && isDigits(s[:2]) && isDigits(s[3:]) {
		h, m = int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
		if c := Clock(h*60 + m); m < 60 && c <= 24*60 {
			return c, nil
		}
	}
	return 0, fmt.Errorf("%q is not a time of day: write one like \"09:00\"", s)
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// String is the time of day as 09:00.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// MarshalText writes the time of day as 09:00.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a time of day.
func (c *Clock) UnmarshalText(b []byte) (err error) {
	*c, err = ParseClock(string(b))
	return err
}

// Open says whether the instant lies within the hours, on the wall clock of
// the zone (nil: UTC).
func (h Hours) Open(t time.Time, zone *time.Location) bool {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	minute := Clock(t.Hour()*60 + t.Minute())
	return h.Days.Has(t.Weekday()) && h.From <= minute && minute < h.To
}

// Next is the first instant not before t at which the hours are open: t
// itself if they are. The zero time means never.
func (h Hours) Next(t time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	if h.Days == 0 || h.From >= h.To {
		return time.Time{}
	}
	// Between two changes of the zone's offset the wall clock runs evenly, so
	// each such stretch is plain arithmetic; at a change the clock is read
	// anew. A week has far fewer changes than the bound.
	for range 1000 {
		if h.Open(t, zone) {
			return t
		}
		_, end := t.In(zone).ZoneBounds()
		next := t.Add(h.wait(t.In(zone)))
		if end.IsZero() || next.Before(end) {
			return next.In(zone)
		}
		t = end
	}
	return time.Time{}
}

// Holds is the instant up to which what Open says of t stays so, at least: the
// hours' end or beginning, or a change of the zone's offset before that.
func (h Hours) Holds(t time.Time, zone *time.Location) time.Time {
	if !h.Open(t, zone) {
		return h.Next(t, zone)
	}
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	hour, minute, second := t.Clock()
	left := time.Duration(int(h.To)-hour*60-minute)*time.Minute - time.Duration(second)*time.Second
	closes := t.Add(left - time.Duration(t.Nanosecond()))
	if _, end := t.ZoneBounds(); !end.IsZero() && end.Before(closes) {
		return end
	}
	return closes
}

// wait is how long it takes until the hours open by the wall clock t shows, if
// its offset does not change. They are closed at t.
func (h Hours) wait(t time.Time) time.Duration {
	ofDay := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	from := time.Duration(h.From) * time.Minute
	for days := range 8 {
		weekday := (t.Weekday() + time.Weekday(days)) % 7
		if h.Days.Has(weekday) && (days > 0 || ofDay < from) {
			return time.Duration(days)*24*time.Hour + from - ofDay
		}
	}
	return 0
}
