package campaign

import (
	"fmt"
	"strconv"
)

var conditionNames = [...]string{"", "accepted", "not_accepted"}

// ParseCondition reads accepted or not_accepted.
func ParseCondition(s string) (Condition, error) {
	switch s {
	case conditionNames[Accepted]:
		return Accepted, nil
	case conditionNames[NotAccepted]:
		return NotAccepted, nil
	}
	return Always, fmt.Errorf("%q is not a condition: write accepted or not_accepted", s)
}

// String is the condition as it stands in YAML; empty for Always.
func (c Condition) String() string {
	if int(c) < len(conditionNames) {
		return conditionNames[c]
	}
	return fmt.Sprintf("condition(%d)", uint8(c))
}

// MarshalText writes the condition.
func (c Condition) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a condition; the empty text is Always.
func (c *Condition) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*c = Always
		return nil
	}
	*c, err = ParseCondition(string(b))
	return err
}

// The priorities that have names; DefaultPriority is a campaign's own.
const (
	Low             = 25
	DefaultPriority = 50
	High            = 75
)

// ParsePriority reads low, normal, high or a whole number from 0 to 100.
func ParsePriority(s string) (int, error) {
	switch s {
	case "low":
		return Low, nil
	case "normal":
		return DefaultPriority, nil
	case "high":
		return High, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100 || s != strconv.Itoa(n) {
		return 0, fmt.Errorf("%q is not a priority: write low, normal, high or 0 to 100", s)
	}
	return n, nil
}
