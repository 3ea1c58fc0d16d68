package campaign

import (
	"fmt"
	"strings"
	"time"
)

// Days is a set of weekdays: bit n is time.Weekday(n).
type Days uint8

// AllDays is the whole week.
const AllDays Days = 1<<7 - 1

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseDays reads days and spans of days, separated by commas, in any case:
// mon-fri, or mon,wed,sat-sun. A span may pass the end of the week.
func ParseDays(s string) (Days, error) {
	var days Days
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		first, last, span := strings.Cut(strings.TrimSpace(part), "-")
		if !span {
			last = first
		}
		from, ok1 := parseWeekday(first)
		to, ok2 := parseWeekday(last)
		if !ok1 || !ok2 {
			return 0, fmt.Errorf("%q is not a day of the week: write days like mon-fri or mon,wed", strings.TrimSpace(part))
		}
		for d := from; ; d = (d + 1) % 7 {
			days |= 1 << d
			if d == to {
				break
			}
		}
	}
	return days, nil
}

func parseWeekday(s string) (time.Weekday, bool) {
	s = strings.TrimSpace(s)
	for i, name := range dayNames {
		if s == name || s == strings.ToLower(time.Weekday(i).String()) {
			return time.Weekday(i), true
		}
	}
	return 0, false
}

// Has says whether the weekday is one of the days.
func (d Days) Has(w time.Weekday) bool { return d>>w&1 == 1 }

// String lists the days from Monday on: mon,tue,wed.
func (d Days) String() string {
	var names []string
	for i := range 7 {
		if w := time.Weekday((i + 1) % 7); d.Has(w) {
			names = append(names, dayNames[w])
		}
	}
	return strings.Join(names, ",")
}

// MarshalText lists the days.
func (d Days) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads days; the empty text is none.
func (d *Days) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	*d, err = ParseDays(string(b))
	return err
}
