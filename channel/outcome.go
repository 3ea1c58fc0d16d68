package channel

import (
	"fmt"
	"time"
)

// Outcome is what became of one delivery. The zero Outcome is CannotTell: an
// answer somebody forgot to give keeps the unit and the credit.
type Outcome struct {
	State State
	// At is when it was sent or refused, where the channel knows better than
	// the dispatcher; zero: now.
	At time.Time
	// Next says how to go on after NotSent; of no meaning otherwise.
	Next Next
	// Verdict is what the platform said, if it said something known.
	Verdict Verdict
	// RetryAfter is how long the other side wants to be left alone; 0: not told.
	RetryAfter time.Duration
	// Detail is for people: a line without secrets or the message's text.
	Detail string
}

// State is how sure a channel is of a delivery's effect.
type State uint8

// The states. NotSent is a promise: whoever answers it is certain.
const (
	CannotTell State = iota // it may have gone out: timeout, reset, a program killed
	Sent                    // it has gone out
	Waiting                 // accepted; a person or a later report says how it ended
	NotSent                 // it has certainly not gone out, see Next
)

var stateNames = [...]string{"cannot_tell", "sent", "waiting", "not_sent"}

// String is the state's name as it stands in logs.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Next is what a certain "not sent" asks for. All but Fail return the message
// to the queue.
type Next uint8

// The ways on, by what they cost the message.
const (
	Retry     Next = iota // try again after a backoff; uses one of its tries
	Again                 // try again later (after RetryAfter, if given); no try used
	Fail                  // this message can never go out: it fails
	SwitchOff             // no try used, and the channel is off until a person looks
)

var nextNames = [...]string{"retry", "again", "fail", "switch_off"}

// String is the name as it stands in logs.
func (n Next) String() string {
	if int(n) < len(nextNames) {
		return nextNames[n]
	}
	return fmt.Sprintf("next(%d)", uint8(n))
}

// Verdict is something the platform says about the account, the person or the
// credits, beyond the one message. Empty: nothing known.
type Verdict string

// The verdicts a channel or a person may report, and what they hold.
const (
	DailyLimit            Verdict = "daily_limit"             // all kinds, until the day is over everywhere; the unit is kept
	WeeklyInvitationLimit Verdict = "weekly_invitation_limit" // connect, 7 days
	NoteQuota             Verdict = "note_quota"              // connect with a note, until next month
	TooManyPending        Verdict = "too_many_pending"        // connect, until a person says so
	NoCredit              Verdict = "no_credit"               // the balance is 0 until refresh or correction
	InMailPolicy          Verdict = "inmail_policy"           // inmail, RetryAfter or a week
	CannotResendYet       Verdict = "cannot_resend_yet"       // that person, 21 days
	Restricted            Verdict = "restricted"              // everything, until a person resumes
	Throttled             Verdict = "throttled"               // RetryAfter, else until the next UTC midnight
)

// Verdicts lists every verdict in the order in which they are printed.
var Verdicts = []Verdict{
	DailyLimit, WeeklyInvitationLimit, NoteQuota, TooManyPending, NoCredit,
	InMailPolicy, CannotResendYet, Restricted, Throttled,
}

// ParseVerdict reads a verdict's name; the empty text is no verdict.
func ParseVerdict(s string) (Verdict, error) {
	if s == "" {
		return "", nil
	}
	for _, v := range Verdicts {
		if string(v) == s {
			return v, nil
		}
	}
	return "", fmt.Errorf("%q is not a verdict (one of %v)", s, Verdicts)
}
