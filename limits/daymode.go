package limits

import (
	"fmt"
	"strings"
)

var dayModeNames = [...]string{"local", "utc", "rolling", "strict"}

// String is the day mode's name as it stands in YAML and output.
func (m DayMode) String() string {
	if int(m) < len(dayModeNames) {
		return dayModeNames[m]
	}
	return fmt.Sprintf("day_mode(%d)", uint8(m))
}

// ParseDayMode reads a day mode's name.
func ParseDayMode(s string) (DayMode, error) {
	for i, name := range dayModeNames {
		if name == s {
			return DayMode(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a meaning of day (one of %s)", s, strings.Join(dayModeNames[:], ", "))
}

// MarshalText writes the day mode's name.
func (m DayMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a day mode's name; the empty text is the default.
func (m *DayMode) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*m = Local
		return nil
	}
	*m, err = ParseDayMode(string(b))
	return err
}
