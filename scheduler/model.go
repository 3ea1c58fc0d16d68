// Package scheduler decides which message goes in which slot, and why. It is
// pure: no clock, no context, no SQL.
package scheduler

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// State is everything the planner may know of one account. The store reads it,
// the planner never changes it.
type State struct {
	Account *campaign.Account
	// Calendar holds the account's slots; nil: one is made for the call.
	// Accounts of equal slots and zone can share one.
	Calendar *Calendar
	Rules    limits.Rules
	Units    []limits.Unit // the ledger as far back as a window reaches, in any order
	// Open are the units of desk messages nobody has reported yet. The plan
	// counts them as reported now; a claim counts them in every window.
	Open    []limits.Unit
	Pending int // unanswered connection requests
	// Withdrawals are the slots at which some of those are taken back, in order.
	Withdrawals []time.Time
	Wallet      *limits.Wallet
	// Stopped is why the whole account stands still (HeldPaused, HeldChannelOff,
	// HeldClock, HeldQuarantine); Ready: it does not.
	Stopped   limits.Held
	Campaigns []Campaign
	Targets   []Target
	// Touches are, by company, when people of it are first written to: all that
	// was released, and what other accounts have planned. The companies of
	// targets whose campaign limits that (per_company) are enough.
	Touches  map[string]Touches
	Released map[time.Time]int // releases already made, by slot (UTC), for slots that may still be used
}

// ClaimBook is the account's book as a claim asks it: what nobody has reported
// yet counts in every window.
func (st *State) ClaimBook() *limits.Book {
	unanswered := st.Pending
	for _, u := range st.Open {
		if u.Kind == limits.Connect {
			unanswered-- // Everywhere counts it
		}
	}
	b := limits.NewBook(&st.Rules, st.Units, unanswered)
	b.Everywhere(st.Open)
	return b
}

// Campaign is a campaign as the planner sees it.
type Campaign struct {
	*campaign.Campaign
	Order   int         // its place in the file: earlier is queued earlier
	Applied time.Time   // when it was first applied: the older campaign keeps a person
	Stopped limits.Held // HeldPaused, HeldApproval; Ready: runs
}

// Target is one person inside one campaign, dealt to this account.
type Target struct {
	Campaign int            // index in State.Campaigns
	Person   int64          // the same human across campaigns
	Order    int            // its place in its campaign
	Priority int            // its own, else its campaign's
	First    bool           // a 1st-degree connection of the account
	Joined   bool           // First only since the person accepted
	Zone     *time.Location // the recipient's; nil: the account's
	Country  string         // the recipient's (campaign.CountryHolidays); "": not told
	Company  string         // campaign.CompanyKey; "": not told
	Added    time.Time      // when it was first applied
	// Last is the index in the campaign's steps of the last step that was
	// released or skipped (-1: none), LastAt its slot, or the time a person
	// reported or skipped it.
	Last     int
	LastAt   time.Time
	Begun    time.Time // when its first message was released; zero: not yet
	Accepted time.Time // when the person accepted; zero: not yet
	// Withdrawn is when its last connection request was, or by the plan of
	// withdrawals will be, withdrawn; zero: it is not.
	Withdrawn time.Time
	// Blocked holds the whole target: HeldUnknown (an open question),
	// HeldNoAccount, HeldCondition (its last step failed), HeldCompany (a
	// colleague answered); Ready: nothing does.
	Blocked limits.Held
	// Colleague is the profile of whose answer blocks it, with HeldCompany.
	Colleague   string
	ColleagueAt time.Time // when that was
	// InMailed: an InMail of this account to the person is unanswered.
	InMailed bool
	// Open: its last step is handed over and nobody has reported yet.
	Open bool
	// Shared: the person has another unfinished target, here or in Rivals.
	Shared    bool
	OtherLast time.Time // another campaign's last message to the person; zero: none
	Free      time.Time // from when other campaigns that are finished left the person free; zero: none has
	Rivals    []Rival   // the person's targets on other accounts that are not finished
	Messages  []Message // the steps not yet released, in the order of the steps
}

// Rival is a target of another account for the same person: fixed input.
type Rival struct {
	Priority int
	Applied  time.Time // its campaign's
	Order    int       // its campaign's place in the file
	Begun    time.Time // zero: not yet
	Overlap  bool      // it does not wait for others
	Begins   time.Time // when its first message is planned; zero: not known
	Ends     time.Time // when its last message is planned; zero: not known
	Last     time.Time // its last message released or planned so far; zero: none
	Open     bool      // one is handed over and nobody has reported yet
}

// Message is one step for one target, not yet released.
type Message struct {
	ID      string
	Step    int       // index in the campaign's steps
	Slot    time.Time // as planned last; zero: none
	RetryAt time.Time // not before (after a certain "not sent"); zero: at once
	// Unapproved: nobody has approved its texts, and its campaign asks for it.
	Unapproved bool
	// InviteAt: not before as a connection request (one to the person was, or
	// will be, withdrawn, or the platform said so); zero: at once.
	InviteAt time.Time
}

// Plan is what the planner decided for one account.
type Plan struct {
	Until time.Time // slots before this instant were considered
	Slots []Slot    // in the order of their instants
	// Waiting are the messages without a slot, with the reason.
	Waiting []Waiting
	// Dropped are the messages that will never be sent as things stand at
	// now: skipped steps, ended sequences, campaigns that are over.
	Dropped []Dropped
	// Ends is, by target index, when its last message is planned; absent:
	// not within the plan.
	Ends map[int]time.Time
}

// Slot is one message's place.
type Slot struct {
	Target, Message int // indexes in State.Targets and its Messages
	At              time.Time
	Kind            limits.Kind // of the step, or what it fell back to
	Else            bool        // the step's else: kind and template of the other
	Held            limits.Held // why not earlier
}

// Waiting is a message that has no slot.
type Waiting struct {
	Target, Message int
	Held            limits.Held
}

// Dropped is a message to cancel.
type Dropped struct {
	Target, Message int
	Reason          DropReason
}

// DropReason is why a message is cancelled.
type DropReason string

// The reasons the planner cancels for; the others come from people and edits.
const (
	DropSkipped DropReason = "skipped" // its step does not apply (already connected; not_accepted but accepted)
	DropEnd     DropReason = "end"     // its campaign is over, or acceptance did not come within
)
