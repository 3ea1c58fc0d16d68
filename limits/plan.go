package limits

import (
	"slices"
	"time"
)

// None stands for "no limit" wherever a limit is an int.
const None = -1

// Plan is a named set of limits. The built-in ones are in presets.go; users
// define more in YAML by extending one.
type Plan struct {
	Name     string       `json:"name"`
	DailyCap int          `json:"daily_cap"` // counted messages a day, all kinds together
	Caps     map[Kind]Cap `json:"caps,omitempty"`
	// Uncounted are the kinds that take no unit of the daily cap. Their own
	// caps still count them.
	Uncounted []Kind `json:"uncounted,omitempty"`
	// NotedPerMonth limits connection requests with a note per calendar
	// month of the account's zone.
	NotedPerMonth int     `json:"noted_per_month"`
	NoteMax       int     `json:"note_max"`    // characters of a connection request's note
	PendingMax    int     `json:"pending_max"` // unanswered connection requests
	InMail        Credits `json:"inmail"`
}

// Cap limits one kind. Each number may be None.
type Cap struct {
	Day  int `json:"day"`  // in the plan's day window
	Week int `json:"week"` // in the trailing 168 hours
}

// Credits are a plan's rules for InMail.
type Credits struct {
	Monthly int `json:"monthly"` // granted at each refresh; 0: the plan has none
	// RolloverMonths or RolloverDays say how long a grant lives; the other is 0.
	RolloverMonths int `json:"rollover_months,omitempty"`
	RolloverDays   int `json:"rollover_days,omitempty"`
	MaxBalance     int `json:"max_balance"` // never more than this after a refresh; None: no maximum
	// OnTop: an InMail takes no unit of the daily cap (YAML: counts: on_top).
	OnTop         bool     `json:"on_top,omitempty"`
	Pace          Pace     `json:"pace"`
	Reserve       *Reserve `json:"reserve,omitempty"`
	RefundOnReply bool     `json:"refund_on_reply,omitempty"`
	// FirstUTC: refreshed at 00:00 UTC on the 1st, whatever the renewal day.
	FirstUTC bool `json:"first_utc,omitempty"`
}

// Pace is how fast a cycle's credits may be spent.
type Pace uint8

// The paces. FrontLoad is the default.
const (
	FrontLoad Pace = iota // within the first 14 days of the cycle
	Even                  // over all of the cycle
	ASAP                  // at once
)

// Reserve keeps Credits for targets of at least MinPriority until Until days
// before the refresh.
type Reserve struct {
	Credits     int `json:"credits"`
	MinPriority int `json:"min_priority"`
	UntilDays   int `json:"until_days"`
}

// DayMode is what the word day means in a cap a day.
type DayMode uint8

// The day modes. Local is the default.
const (
	Local   DayMode = iota // the calendar day of the account's zone
	UTC                    // the calendar day in UTC
	Rolling                // the trailing 24 hours, half open
	Strict                 // all three at once
)

// Rules are the limits of one account as they stand: its plan and what the
// account itself, its history and the platform add to it.
type Rules struct {
	Plan          Plan
	Zone          *time.Location
	Day           DayMode
	DailyCap      int // the account's own lower cap; None if it has none
	ManualReserve int // units a day kept for what the person sends by hand
	WarmUp        *WarmUp
	FirstApplied  time.Time // when the account was first applied: day 0 of the warm-up
	// HeldCap holds a raised daily cap at its old value until HeldUntil, the
	// next full day window; zero time: nothing held.
	HeldCap   int
	HeldUntil time.Time
	// StrictUntil: the day mode is Strict before this instant (the account's
	// zone was changed).
	StrictUntil time.Time
	Ceilings    []Ceiling
	Holds       []Hold
}

// WarmUp limits the daily cap of a young account to From + Add·⌊days/Every⌋.
type WarmUp struct {
	From  int `json:"from"`
	Add   int `json:"add"`
	Every int `json:"every"` // local days
}

// Ceiling is a daily cap learnt from the platform's "daily limit reached": it
// holds 7 days and then rises by a tenth of the cap a day.
type Ceiling struct {
	At    time.Time
	Count int
}

// Hold is what the platform said to stop: kinds (all if empty) are held until
// Until; the zero time means until a person says so.
type Hold struct {
	Kinds     []Kind
	NotedOnly bool // only connection requests with a note
	From      time.Time
	Until     time.Time
	Reason    Held
	Why       string // in words: the platform's verdict, or what the channel answered
}

// Unit is one count against the limits, at its slot's time (UTC or any zone:
// only the instant matters).
type Unit struct {
	At     time.Time
	Kind   Kind
	Noted  bool // a connection request with a note
	Manual bool // recorded by hand
}

// Counts says whether the kind takes a unit of the daily cap.
func (p *Plan) Counts(k Kind) bool {
	return !(k == InMail && p.InMail.OnTop) && !slices.Contains(p.Uncounted, k)
}
