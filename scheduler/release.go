package scheduler

import (
	"time"

	"outpace/limits"
)

// MessageState is where a message stands; the names are the same in SQL and
// output.
type MessageState = string

// The states of a message.
const (
	Queued    = "queued"
	Scheduled = "scheduled"
	Released  = "released"
	Sent      = "sent"
	Failed    = "failed"
	Cancelled = "cancelled"
	Unknown   = "unknown"
)

// Release is a message handed to its channel: what a claim made durable.
type Release struct {
	ID          int64
	Message     string // message id
	Key         string // the idempotency key a receiver may deduplicate by
	Channel     string // its account's channel, by name
	Account     string
	Campaign    string
	Target      string // canonical profile address
	Name        string
	Step        int // number of the step, from 1
	Kind        limits.Kind
	Priority    int
	SlotAt      time.Time // in the account's zone
	ReleasedAt  time.Time // in the account's zone
	Subject     string
	Body        string
	UsedToday   int // of the daily cap, this release included
	CapToday    int
	CreditsLeft int
	// Withdrawal, if not 0: the release was a connection request, and what is
	// handed over is that it be taken back. It has no text, and takes nothing of
	// any limit.
	Withdrawal int64
	// Recalled: a pause, an answer or an edit overtook it since, and it must
	// not be handed over again. Never set while a person has it as a card.
	Recalled bool
	// Accepted: its channel took it, and a report follows. It is not handed over
	// again.
	Accepted bool
}

// Report says what became of a release, or of a withdrawal.
type Report struct {
	Release int64
	// Withdrawal, if not 0, is what the report is about.
	Withdrawal int64

	At      time.Time // when it was sent, or when that was known
	Outcome Outcome
	Verdict string    // one of docs/scheduling.md's verdicts, or empty
	Until   time.Time // how long the verdict holds, if the platform said so
	Detail  string    // for people
	// Fault: the channel itself did not work (no connection, no certain answer).
	// Several in a row switch it off for a while.
	Fault bool
}

// Outcome is what is known of a release.
type Outcome uint8

// The outcomes. WasSent and the four after Waits are certain.
const (
	WasSent      Outcome = iota + 1
	Waits                // handed to a person or accepted; a report follows
	NotSent              // certainly not sent: a try is used, tried again after a backoff
	NotSentYet           // certainly not sent, no try used: tried again later
	NeverSent            // certainly not sent and never to be: failed
	ChannelIsOff         // certainly not sent, no try used; the channel is off until a person looks
	CannotTell           // unknown
)

var outcomeNames = [...]string{"", "sent", "waits", "not_sent", "not_sent_yet", "never_sent", "channel_off", "unknown"}

// String is the outcome's name as it stands in logs.
func (o Outcome) String() string { return outcomeNames[min(int(o), len(outcomeNames)-1)] }
