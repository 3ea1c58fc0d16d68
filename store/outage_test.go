package store

import (
	"testing"
	"time"

	"outpace/scheduler"
)

// A receiver that cannot be reached for a weekend uses up nobody: what tried it
// goes on when it is back.
func TestAnOutageFailsNobody(t *testing.T) {
	s := shared(t)
	refused := scheduler.Report{Outcome: scheduler.NotSent, Detail: "connection refused", Fault: true}
	calls := 0
	for at := nine; at.Before(nine.Add(65 * time.Hour)); at = at.Add(5 * time.Minute) {
		crm, _ := due(t, s, at)
		calls += len(crm)
		all(t, s, at.Add(time.Second), crm, refused)
	}
	if calls < breakAfter+20 {
		t.Fatalf("only %d calls", calls)
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'failed'`); n != "0" {
		t.Errorf("%s of %d calls failed a message", n, calls)
	}
	if n := one(t, s, `SELECT max(tries) FROM messages`); n > "2" { // from before it was off
		t.Errorf("a message has used %s tries", n)
	}
}

// Who tries a channel that is off and is told to come again closes nothing, and
// nobody follows before that time.
func TestToldToComeAgain(t *testing.T) {
	s := shared(t)
	at := nine
	for calls := 0; calls < breakAfter; at = at.Add(time.Minute) {
		crm, _ := due(t, s, at)
		calls += len(crm)
		all(t, s, at, crm, cannotTell)
	}
	at = channelNow(t, s, "crm", at).ProbeAt
	crm, _ := due(t, s, at)
	if len(crm) != 1 {
		t.Fatalf("%d try it", len(crm))
	}
	later := at.Add(20 * time.Minute)
	all(t, s, at, crm, scheduler.Report{Outcome: scheduler.NotSentYet, Until: later, Detail: "503"})
	if c := channelNow(t, s, "crm", at); c.State != ChannelWaiting || !c.ProbeAt.Equal(later) {
		t.Errorf("%+v, want the next try at %s", c, later)
	}
	if crm, _ := due(t, s, later.Add(-time.Second)); len(crm) > 0 {
		t.Errorf("%d messages before that", len(crm))
	}
}
