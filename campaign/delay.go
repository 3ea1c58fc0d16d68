package campaign

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Delay is a number of one unit, like 3bd. The zero Delay is none.
type Delay struct {
	N    int
	Unit Unit
}

// Unit is what a Delay counts, as it stands in YAML.
type Unit string

// The units. Minutes and hours are elapsed time; the others keep the wall
// clock of a zone.
const (
	UnitMinute      Unit = "m"
	UnitHour        Unit = "h"
	UnitDay         Unit = "d"
	UnitWeek        Unit = "w"
	UnitBusinessDay Unit = "bd"
)

// maxDelay is ten years in days: longer is a slip of the pen, and the walk
// over business days stays short.
const maxDelay = 3660

// unitDays are the days of a unit, rounded up, for maxDelay.
var unitDays = map[Unit]float64{UnitMinute: 1.0 / 1440, UnitHour: 1.0 / 24, UnitDay: 1, UnitWeek: 7, UnitBusinessDay: 2}

// ParseDelay reads a number and a unit: 30m, 36h, 3d, 2w or 3bd.
func ParseDelay(s string) (Delay, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	unit := Unit(s[len(digits):])
	n, err := strconv.Atoi(digits)
	days, known := unitDays[unit]
	if err != nil || !known || n < 0 || digits != strconv.Itoa(n) {
		return Delay{}, fmt.Errorf("%q is not a delay: write a number and m, h, d, w or bd (business days), like 3bd", s)
	}
	if float64(n)*days > maxDelay {
		return Delay{}, fmt.Errorf("%q is longer than ten years", s)
	}
	return Delay{n, unit}, nil
}

// IsZero says that there is nothing to wait for.
func (d Delay) IsZero() bool { return d.N == 0 }

// From is the instant the delay after t. Days, weeks and business days end at
// t's wall clock in the zone (nil: UTC); where daylight saving skips that, at
// the first instant after the gap. Business days leave out weekends and the
// days for which off says true (nil: none).
func (d Delay) From(t time.Time, zone *time.Location, off func(y int, m time.Month, d int) bool) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	switch d.Unit {
	case UnitMinute:
		return t.Add(time.Duration(d.N) * time.Minute)
	case UnitHour:
		return t.Add(time.Duration(d.N) * time.Hour)
	case UnitDay:
		return sameClock(t.In(zone), d.N)
	case UnitWeek:
		return sameClock(t.In(zone), 7*d.N)
	case UnitBusinessDay:
		return sameClock(t.In(zone), businessDays(t.In(zone), d.N, off))
	}
	return t
}

// businessDays is how many calendar days n business days after t are. A
// calendar without any business day ends the walk after maxDelay days.
func businessDays(t time.Time, n int, off func(int, time.Month, int) bool) int {
	days := 0
	for n > 0 && days < 2*maxDelay {
		days++
		// Noon UTC: only the date matters, and it exists.
		day := time.Date(t.Year(), t.Month(), t.Day()+days, 12, 0, 0, 0, time.UTC)
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		if off != nil && off(day.Year(), day.Month(), day.Day()) {
			continue
		}
		n--
	}
	return days
}

// sameClock is t's wall clock some days later in t's zone.
func sameClock(t time.Time, days int) time.Time {
	if days == 0 {
		return t
	}
	return wallClock(t.Year(), t.Month(), t.Day()+days, t, t.Location())
}

// wallClock is the first instant of the day, in the zone, that shows clock's
// time of day; where a change of the offset skips that, the first one after
// the gap.
func wallClock(year int, month time.Month, day int, clock time.Time, zone *time.Location) time.Time {
	h, m, s := clock.Clock()
	want := time.Date(year, month, day, h, m, s, clock.Nanosecond(), time.UTC)
	got := time.Date(year, month, day, h, m, s, clock.Nanosecond(), zone)
	_, offset := got.Zone()
	shown := got.Unix() + int64(offset)
	if shown == want.Unix() {
		return got
	}
	// Go answers for a gap with a time on either side of it; the gap itself
	// is the boundary between the two.
	start, end := got.ZoneBounds()
	if shown < want.Unix() {
		return end
	}
	return start
}

// String is the delay as it stands in YAML; empty for none without a unit.
func (d Delay) String() string {
	if d.Unit == "" {
		return ""
	}
	return strconv.Itoa(d.N) + string(d.Unit)
}

// MarshalText writes the delay as it stands in YAML.
func (d Delay) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a delay; the empty text is the zero Delay.
func (d *Delay) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Delay{}
		return nil
	}
	*d, err = ParseDelay(string(b))
	return err
}

// Duration is elapsed time. It reads and writes like Go's, and also knows d
// for 24 hours.
type Duration time.Duration

// ParseDuration reads what time.ParseDuration reads, not negative, with days
// in front if wanted: 90m, 4h, 1d12h.
func ParseDuration(s string) (Duration, error) {
	bad := fmt.Errorf("%q is not a duration: write one like 90m, 4h or 1d12h", s)
	var days int
	rest := s
	if head, tail, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.Atoi(head)
		if err != nil || n < 0 || n > maxDelay {
			return 0, bad
		}
		days, rest = n, tail
	}
	total := time.Duration(days) * 24 * time.Hour
	if rest == "" && rest != s {
		return Duration(total), nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || d > maxDelay*24*time.Hour || rest[0] == '+' || rest[0] == '-' {
		return 0, bad
	}
	return Duration(total + d), nil
}

// String is the duration without trailing zero units: 4h, 1h30m.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDuration(string(b))
	return err
}
