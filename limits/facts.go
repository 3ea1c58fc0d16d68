package limits

import (
	"fmt"
	"strconv"
)

// Basis says where a number of a built-in plan comes from.
type Basis byte

// The sources, by the letters of docs/scheduling.md.
const (
	Article Basis = 'S'
	Help    Basis = 'H'
	Third   Basis = 'T'
	Own     Basis = 'O'
)

// String is the source's letter.
func (b Basis) String() string { return string(rune(b)) }

// Meaning is the source in words.
func (b Basis) Meaning() string {
	switch b {
	case Article:
		return "the source article on LinkedIn's messaging limits"
	case Help:
		return "LinkedIn's own help pages"
	case Third:
		return "third parties, who disagree among themselves"
	case Own:
		return "our own choice, on the safe side"
	}
	return "unknown"
}

// MarshalText writes the source's letter.
func (b Basis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Fact is one number of a built-in plan and where it comes from.
type Fact struct {
	Plan    string `json:"plan"`
	Field   string `json:"field"` // as in YAML
	Value   string `json:"value"`
	Source  Basis  `json:"source"`
	Meaning string `json:"meaning"`
}

// Facts are the numbers of a built-in plan in the order of its fields; nil if
// there is no plan of the name.
func Facts(name string) []Fact {
	for _, p := range presets() {
		if p.plan.Name == name {
			return p.facts()
		}
	}
	return nil
}

func (p *preset) facts() []Fact {
	var out []Fact
	add := func(field, value string, source Basis) {
		out = append(out, Fact{p.plan.Name, field, value, source, source.Meaning()})
	}
	connect, credits := p.plan.Caps[Connect], p.plan.InMail
	add("daily_cap", number(p.plan.DailyCap), p.dailyCap)
	add("caps.connect.day", number(connect.Day), Third)
	add("caps.connect.week", number(connect.Week), Third)
	add("noted_per_month", number(p.plan.NotedPerMonth), p.noted)
	add("note_max", number(p.plan.NoteMax), Third)
	add("pending_max", number(p.plan.PendingMax), Third)
	add("inmail.monthly", number(credits.Monthly), p.monthly)
	if credits.Monthly == 0 {
		return out
	}
	add("caps.inmail.day", number(p.plan.Caps[InMail].Day), Own)
	add("inmail.rollover", rollover(credits), p.rollover)
	add("inmail.max_balance", number(credits.MaxBalance), p.maxBalance)
	add("inmail.counts", counts(credits), Own)
	add("inmail.pace", credits.Pace.String(), Article)
	refund := Article
	if credits.RefundOnReply {
		refund = Help
	}
	add("inmail.refund_on_reply", strconv.FormatBool(credits.RefundOnReply), refund)
	if credits.FirstUTC {
		add("inmail.refresh", "on the 1st, 00:00 UTC", Help)
	}
	return out
}

func number(n int) string {
	if n == None {
		return "none"
	}
	return strconv.Itoa(n)
}

func rollover(c Credits) string {
	switch {
	case c.RolloverMonths > 0:
		return fmt.Sprintf("%d months", c.RolloverMonths)
	case c.RolloverDays > 0:
		return fmt.Sprintf("%d days", c.RolloverDays)
	}
	return "none"
}

func counts(c Credits) string {
	if c.OnTop {
		return "on_top"
	}
	return "inside"
}
