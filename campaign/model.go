// Package campaign is what is to be said, to whom and when: read from YAML and
// CSV, and valid once read.
package campaign

import (
	"time"

	"outpace/limits"
)

// Set is everything one campaigns.yaml says, resolved and valid. Names refer
// to entries of the same Set.
type Set struct {
	Dir       string // paths in the file are relative to this folder
	Accounts  []*Account
	Channels  []*Channel
	Templates []*Template
	Campaigns []*Campaign
	LeftOut   int // rows of CSV files that were left out, see Options
}

// Account is a sender: one platform identity.
type Account struct {
	Name          string         `json:"name"`
	Was           string         `json:"was,omitempty"` // its name before it was renamed
	Plan          limits.Plan    `json:"plan"`
	Zone          Zone           `json:"zone"`
	RenewalDay    int            `json:"renewal_day,omitempty"` // 1–31; 0 where the plan needs none
	Opening       Opening        `json:"opening"`
	Slots         []Cron         `json:"slots"`
	PerSlot       int            `json:"per_slot"` // messages a slot, at least 1
	Holidays      Holidays       `json:"holidays"`
	Channel       string         `json:"channel"`
	Day           limits.DayMode `json:"day"`
	DailyCap      int            `json:"daily_cap"` // limits.None: only the plan's
	ManualReserve int            `json:"manual_reserve,omitempty"`
	WarmUp        *limits.WarmUp `json:"warm_up,omitempty"`
	PriorityOrder bool           `json:"priority_order,omitempty"` // order: priority: no precedence for follow-ups
	Grace         Duration       `json:"grace"`                    // at most 4h, the default
}

// Opening is what an account had before outpace. Nil means not told: assumed.
type Opening struct {
	Credits    *int `json:"credits,omitempty"`
	SentToday  *int `json:"sent_today,omitempty"`
	Connects7d *int `json:"connects_7d,omitempty"`
	Pending    *int `json:"pending,omitempty"` // unanswered connection requests
	Noted      *int `json:"noted,omitempty"`   // noted connection requests this month
}

// Channel is a way of handing a message over.
type Channel struct {
	Name string `json:"name"`
	Type string `json:"type"`           // desk, outbox, webhook, exec
	Path string `json:"path,omitempty"` // outbox: the file, absolute

	Webhook *Webhook `json:"webhook,omitempty"` // nil but for a webhook
	Exec    *Exec    `json:"exec,omitempty"`    // nil but for an exec
}

// Template is a text with placeholders, parsed and checked.
type Template struct {
	Name    string `json:"name"`
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body"`

	prog *program // nil: parsed by Render
}

// Campaign is who gets what from which accounts, at which priority, between
// which dates.
type Campaign struct {
	Name     string   `json:"name"`
	Was      string   `json:"was,omitempty"`
	Accounts []string `json:"accounts"`
	Priority int      `json:"priority"`       // 0–100
	Start    Date     `json:"start,omitzero"` // zero: now
	End      Date     `json:"end,omitzero"`   // inclusive; zero: never
	Hours    *Hours   `json:"hours,omitempty"`
	Overlap  bool     `json:"overlap,omitempty"` // overlap: allow
	Cooldown Delay    `json:"cooldown,omitzero"` // after another campaign's last message to the person
	Paused   bool     `json:"paused,omitempty"`
	Steps    []Step   `json:"steps"`
	// PerCompany limits how many people of one company are first written to;
	// zero: it does not.
	PerCompany PerCompany `json:"per_company,omitzero"`
	// CompanyReply: a reply or decline of somebody holds the colleagues
	// (stop_on: company_reply).
	CompanyReply bool `json:"company_reply,omitempty"`

	Assign   Assign         `json:"assign,omitempty"`   // how its targets are dealt to Accounts
	Weights  map[string]int `json:"weights,omitempty"`  // with Weighted: each account's share, at least 0
	Reassign bool           `json:"reassign,omitempty"` // what has not begun leaves an account that stands still
	Approve  bool           `json:"approve,omitempty"`  // nothing is released until a person approved its text

	// Sources are where its targets come from, in the file's order. Targets
	// streams them.
	Sources []Source `json:"-"`

	count int // targets, as it was loaded
}

// Step is one message of a campaign's sequence.
type Step struct {
	Name     string      `json:"name"` // unique in its campaign; default: its template's
	Kind     limits.Kind `json:"kind"`
	Template string      `json:"template,omitempty"` // empty only for a connect without a note
	After    Delay       `json:"after,omitzero"`     // from the step before
	OnlyIf   Condition   `json:"only_if,omitempty"`
	// Within is how long a step waits for acceptance before the sequence ends.
	Within      Delay  `json:"within,omitzero"`
	MinPriority int    `json:"min_priority,omitempty"` // an InMail only for targets of at least this
	Else        *Other `json:"else,omitempty"`         // what targets below it get instead
	Wait        Delay  `json:"wait,omitzero"`          // …and those without a credit this long after being ready
	// WithdrawAfter is how long a connection request stays unanswered before it
	// is handed to the channel for withdrawal; zero: it stays.
	WithdrawAfter Delay `json:"withdraw_after,omitzero"`
}

// Other is the kind an InMail step falls back to.
type Other struct {
	Kind     limits.Kind `json:"kind"`
	Template string      `json:"template,omitempty"` // default: the step's
}

// Condition is what a step waits for.
type Condition uint8

// The conditions of only_if. The zero Condition is none.
const (
	Always Condition = iota
	Accepted
	NotAccepted
)

// Target is one person inside one campaign.
type Target struct {
	Profile   string // canonical, see Canonical
	Name      string
	FirstName string
	LastName  string
	Company   string
	Title     string
	Degree    int               // 1, 2 or 3; 0: not told, treated as 3
	Priority  *int              // nil: its campaign's
	Zone      Zone              // zero: its account's
	Country   string            // a code of CountryHolidays; "": not told
	Extra     map[string]string // every further column
	Pos       Pos               // where it stands
}

// Pos is a place in a file, for messages.
type Pos struct {
	File      string
	Line, Col int
}

// Date is a calendar day without a zone. The zero Date is none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}
