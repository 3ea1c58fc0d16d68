package campaign

import (
	"errors"
	"fmt"
	"net/netip"
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

// channelType is a way of handing over.
type channelType string

func (c *channelType) UnmarshalText(b []byte) error {
	*c = channelType(b)
	return oneWord(string(b), "channel type", channelTypes)
}

// method is how a webhook is called.
type method string

var methods = []string{"POST", "PUT", "PATCH"}

func (m *method) UnmarshalText(b []byte) error {
	*m = method(b)
	return oneWord(string(b), "method for a message", methods)
}

func oneWord(s, what string, known []string) error {
	if !slices.Contains(known, s) {
		return fmt.Errorf("there is no %s %q (there are %s)", what, s, oneOf(known))
	}
	return nil
}

// network is a range of addresses, or a single one.
type network netip.Prefix

func (n *network) UnmarshalText(b []byte) error {
	s := string(b)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		*n = network(netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return fmt.Errorf("%q is not a network: write one like 10.0.0.0/8 or 127.0.0.1", s)
	}
	if p != p.Masked() {
		return fmt.Errorf("%q begins in the middle of a network: did you mean %s or %s?", s, p.Masked(), p.Addr())
	}
	*n = network(p)
	return nil
}

// verdicts are what a platform may say beyond "not sent", as channels report
// them.
var verdicts = []string{
	"daily_limit", "weekly_invitation_limit", "note_quota", "too_many_pending", "no_credit",
	"inmail_policy", "cannot_resend_yet", "restricted", "throttled",
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
	case *channelType:
		return channelTypes
	case *method:
		return methods
	case *Assign:
		return assignNames[:]
	case *period:
		return periodNames
	case *stopOn:
		return stopNames
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
