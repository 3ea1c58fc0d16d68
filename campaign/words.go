package campaign

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"outpace/limits"
)

// Values of single settings, which read themselves from text.

// word is text that may look like a date or a number.
type word string

func (w *word) UnmarshalText(b []byte) error {
	*w = word(b)
	return nil
}

// amount is a limit: a whole number, or none.
type amount int

func (a *amount) UnmarshalText(b []byte) error {
	if string(b) == "none" {
		*a = limits.None
		return nil
	}
	n, err := strconv.Atoi(string(b))
	if err != nil || n < 0 || n > maxAmount {
		return fmt.Errorf("%q is not a limit: write a number from 0 to %d, or none", b, maxAmount)
	}
	*a = amount(n)
	return nil
}

// maxAmount bounds every number of messages or credits: far above what any
// platform allows, far below where sums overflow.
const maxAmount = 100_000

type priority int

func (p *priority) UnmarshalText(b []byte) error {
	n, err := ParsePriority(string(b))
	*p = priority(n)
	return err
}

// choice reads one of two words; the first is the default and false.
func choice(b []byte, no, yes string) (bool, error) {
	if s := string(b); s != no && s != yes {
		return false, fmt.Errorf("%q is neither %s nor %s", s, no, yes)
	}
	return string(b) == yes, nil
}

type counts bool // on top

func (c *counts) UnmarshalText(b []byte) error {
	onTop, err := choice(b, "inside", "on_top")
	*c = counts(onTop)
	return err
}

type refresh bool // on the 1st, UTC

func (r *refresh) UnmarshalText(b []byte) error {
	first, err := choice(b, "renewal_day", "first_utc")
	*r = refresh(first)
	return err
}

type order bool // priority only

func (o *order) UnmarshalText(b []byte) error {
	only, err := choice(b, "follow_ups", "priority")
	*o = order(only)
	return err
}

type overlap bool // allowed

func (o *overlap) UnmarshalText(b []byte) error {
	allow, err := choice(b, "deny", "allow")
	*o = overlap(allow)
	return err
}

// rollover is how long a grant of credits lives; one of the two is 0.
type rollover struct{ months, days int }

func (r *rollover) UnmarshalText(b []byte) error {
	s := string(b)
	if digits, ok := strings.CutSuffix(s, "mo"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 1 && n <= 120 {
			*r = rollover{months: n}
			return nil
		}
	}
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 1 && n <= maxDelay {
			*r = rollover{days: n}
			return nil
		}
	}
	return errors.New("write how long a credit lives, like 12mo or 90d")
}

// choices are the words a setting accepts, for "did you mean".
func choices(into any) []string {
	switch into.(type) {
	case *limits.Kind:
		return kindNames()
	case *limits.Pace:
		return []string{"front_load", "even", "asap"}
	case *limits.DayMode:
		return []string{"local", "utc", "rolling", "strict"}
	case *Condition:
		return []string{conditionNames[Accepted], conditionNames[NotAccepted]}
	case *priority:
		return []string{"low", "normal", "high"}
	case *counts:
		return []string{"inside", "on_top"}
	case *refresh:
		return []string{"renewal_day", "first_utc"}
	case *order:
		return []string{"follow_ups", "priority"}
	case *overlap:
		return []string{"deny", "allow"}
	case *HoursZone:
		return []string{string(RecipientZone), string(AccountZone)}
	}
	return nil
}

func kindNames() (names []string) {
	for _, k := range limits.Kinds {
		names = append(names, k.String())
	}
	slices.Sort(names)
	return names
}
