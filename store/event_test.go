package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"outpace/scheduler"
)

func TestReplyStopsEverywhere(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	if got := query(t, s, `SELECT kind FROM releases ORDER BY kind`); !slices.Equal(got, []string{"connect", "inmail"}) {
		t.Fatalf("released %v", got)
	}
	got := react(t, s, nine.Add(5*time.Minute), Reaction{Kind: Reply, Person: grace})
	if got.Stopped != 2 || got.Cancelled != 3 || got.Recalled != 1 || !slices.Equal(got.Accounts, []string{"ada", "bob"}) {
		t.Errorf("reacted %+v", got)
	}
	open := query(t, s, `SELECT m.state FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Grace Example' AND m.state IN ('queued', 'scheduled')`)
	if len(open) > 0 {
		t.Errorf("%d messages are still to be sent", len(open))
	}
	for at := nine.Add(10 * time.Minute); at.Before(nine.Add(4 * 24 * time.Hour)); at = at.Add(time.Hour) {
		for _, r := range claimAt(t, s, at) {
			if r.Name == "Grace Example" {
				t.Fatalf("released %+v after the reply", r)
			}
		}
	}
	sound(t, s, nine.Add(5*24*time.Hour))
}

func TestSameReactionTwiceIsOnce(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	at := nine.Add(time.Minute)
	first := Reaction{Kind: Reply, Person: r.Message[:8], At: at}
	if got := react(t, s, nine.Add(time.Hour), first); got.Again || got.Profile != grace {
		t.Errorf("first: %+v", got)
	}
	if got := react(t, s, nine.Add(2*time.Hour), first); !got.Again {
		t.Errorf("second: %+v", got)
	}
	other := Reaction{Kind: OptOut, Person: grace, ID: "crm-1"}
	react(t, s, nine.Add(time.Hour), other)
	if got := react(t, s, nine.Add(3*time.Hour), other); !got.Again {
		t.Errorf("same id: %+v", got)
	}
	other.Kind = Reply
	var reused *IDReusedError
	if _, err := s.React(t.Context(), nine.Add(3*time.Hour), other); !errors.As(err, &reused) {
		t.Errorf("the id of another event: %v", err)
	}
	if n := one(t, s, `SELECT count(*) FROM events WHERE kind IN ('reply', 'opt_out')`); n != "2" {
		t.Errorf("%s events", n)
	}
}

func TestAutomaticReplyStopsNothing(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	got := react(t, s, nine.Add(time.Minute), Reaction{Kind: Reply, Person: grace, Auto: true})
	if got.Stopped+got.Cancelled+got.Recalled != 0 || got.Refunded != 1 {
		t.Errorf("reacted %+v: nothing may end, and the credit comes back", got)
	}
	// The reply of the person themselves ends it, and the credit came back once.
	got = react(t, s, nine.Add(2*time.Minute), Reaction{Kind: Reply, Person: grace})
	if got.Stopped == 0 || got.Refunded != 0 {
		t.Errorf("reacted %+v", got)
	}
	sound(t, s, nine.Add(time.Hour))
}

func TestOptOutOfAStranger(t *testing.T) {
	s := ledgers(t)
	var never *NeverWrittenError
	for _, kind := range []string{Reply, Declined, AcceptedBy, Withdrawn, CreditReturned} {
		if _, err := s.React(t.Context(), nine, Reaction{Kind: kind, Person: "https://example.com/somebody"}); !errors.As(err, &never) {
			t.Errorf("%s: %v", kind, err)
		}
		_, err := s.React(t.Context(), nine, Reaction{Kind: kind, Person: grace})
		if first := kind == Reply || kind == Declined; errors.As(err, &never) == first {
			t.Errorf("%s of somebody only queued: %v", kind, err)
		}
	}
	if got := query(t, s, `SELECT DISTINCT reason FROM messages WHERE state = 'cancelled'`); !slices.Equal(got, []string{"reply"}) {
		t.Errorf("a reply of somebody only queued cancelled for %v", got)
	}
	react(t, s, nine, Reaction{Kind: OptOut, Person: "https://example.com/somebody"})
	react(t, s, nine, Reaction{Kind: Bounced, Person: alan})
	if got := one(t, s, `SELECT suppress_reason FROM people WHERE profile = 'https://example.com/somebody'`); got != "opt_out" {
		t.Errorf("suppressed for %q", got)
	}
	// A bounce never replaces an opt-out.
	react(t, s, nine.Add(time.Hour), Reaction{Kind: Bounced, Person: "https://example.com/somebody"})
	if got := one(t, s, `SELECT suppress_reason FROM people WHERE profile = 'https://example.com/somebody'`); got != "opt_out" {
		t.Errorf("suppressed for %q", got)
	}
	if got := query(t, s, `SELECT DISTINCT reason FROM messages WHERE state = 'cancelled' ORDER BY reason`); !slices.Equal(got, []string{"bounced", "reply"}) {
		t.Errorf("cancelled for %v", got)
	}
	sound(t, s, nine.Add(2*time.Hour))
}

func TestAcceptedGoesOn(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	claimAt(t, s, nine.Add(time.Hour)) // what ada missed makes bob wait to be planned
	r := claimAt(t, s, nine.Add(time.Hour))
	if len(r) == 0 || r[len(r)-1].Name != "Joan Example" {
		t.Fatalf("released %+v", r)
	}
	record(t, s, nine.Add(time.Hour), scheduler.Report{Release: r[len(r)-1].ID, Outcome: scheduler.WasSent})
	got := react(t, s, nine.Add(26*time.Hour), Reaction{Kind: AcceptedBy, Person: joan})
	if !slices.Equal(got.Accounts, []string{"bob"}) {
		t.Errorf("reacted %+v", got)
	}
	if n := one(t, s, `SELECT count(*) FROM connections`); n != "1" {
		t.Errorf("%s connections", n)
	}
	next := one(t, s, `SELECT m.slot_at FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Joan Example' AND m.step = 'again'`)
	if next != micros(nine.Add(26*time.Hour)) {
		t.Errorf("the follow-up is at %s, want %s", next, micros(nine.Add(26*time.Hour)))
	}
}

func TestWithdrawnIsNotPending(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	count := func() (n int) {
		t.Helper()
		err := s.read(t.Context(), func(x *tx) error {
			a, err := accountByName(t.Context(), x, "bob")
			if err == nil {
				n, err = pending(t.Context(), x, a)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count() != 1 {
		t.Fatalf("%d pending", count())
	}
	react(t, s, nine.Add(time.Hour), Reaction{Kind: Withdrawn, Person: grace})
	if count() != 0 {
		t.Errorf("%d pending after it was withdrawn", count())
	}
}

func TestRefundOnReply(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	if r.Kind.String() != "inmail" {
		r = scheduler.Release{Message: one(t, s, `SELECT message_id FROM releases WHERE kind = 'inmail'`)}
	}
	if got := credits(t, s, "ada"); got != "1" {
		t.Fatalf("%s credits left", got)
	}
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerSent})
	if got := react(t, s, nine.Add(2*time.Minute), Reaction{Kind: Reply, Person: grace}); got.Refunded != 1 {
		t.Errorf("reacted %+v", got)
	}
	react(t, s, nine.Add(3*time.Minute), Reaction{Kind: CreditReturned, Person: grace})
	if got := credits(t, s, "ada"); got != "2" {
		t.Errorf("%s credits after the answer", got)
	}
	if err := s.DeskUndo(t.Context(), nine.Add(4*time.Minute), r.Message); err == nil {
		t.Error("an answer whose credit came back was undone")
	}
	sound(t, s, nine.Add(time.Hour))
}

func TestReactionsChecked(t *testing.T) {
	s := ledgers(t)
	for name, r := range map[string]Reaction{
		"kind":    {Kind: "shouted", Person: grace},
		"future":  {Kind: OptOut, Person: grace, At: nine.Add(time.Hour)},
		"auto":    {Kind: OptOut, Person: grace, Auto: true},
		"account": {Kind: OptOut, Person: grace, Account: "nobody"},
		"person":  {Kind: OptOut, Person: "no address"},
		"message": {Kind: OptOut, Person: "ffffffffffffffffffff"},
	} {
		if got, err := s.React(t.Context(), nine, r); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
