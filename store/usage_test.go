package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"outpace/limits"
)

func TestUsageCounts(t *testing.T) {
	s := ledgers(t)
	record := func(n int, at time.Time) error {
		return s.UsageRecord(t.Context(), nine, "bob", Usage{Kind: limits.Connect, N: n, At: at, Note: "by phone"})
	}
	sum := func() string {
		return one(t, s, `SELECT coalesce(sum(amount), 0) FROM units WHERE manual = 1`)
	}
	before := one(t, s, `SELECT min(slot_at) FROM messages WHERE state = 'scheduled' AND account_id = 2`)
	for _, at := range []time.Time{monday, monday.Add(time.Minute), {}} {
		if err := record(10, at); err != nil {
			t.Fatal(err)
		}
	}
	if after := one(t, s, `SELECT min(slot_at) FROM messages WHERE state = 'scheduled' AND account_id = 2`); after <= before {
		t.Errorf("30 recorded of 30 a day, and the next slot is still %s", after)
	}
	if err := record(-11, time.Time{}); err != nil || sum() != "19" {
		t.Errorf("took 11 back: %v, %s are left", err, sum())
	}
	if err := record(-20, time.Time{}); err == nil {
		t.Error("took back more than was recorded")
	}
	if err := record(-1, nine.Add(-24*time.Hour)); err == nil {
		t.Error("took back from a day that has none")
	}
	for name, err := range map[string]error{
		"none":   record(0, time.Time{}),
		"many":   record(usageMost+1, time.Time{}),
		"future": record(1, nine.Add(time.Second)),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := s.UsageRecord(t.Context(), nine, "nobody", Usage{Kind: limits.Connect, N: 1, At: nine}); err == nil {
		t.Error("an account that is not there has usage")
	}
	sound(t, s, nine)
}

// Requests sent by hand with a note use up the month's number.
func TestNotedUsageCounts(t *testing.T) {
	s := ledgers(t)
	record := func(kind limits.Kind, noted bool, n int) error {
		return s.UsageRecord(t.Context(), nine, "bob", Usage{Kind: kind, Noted: noted, N: n})
	}
	for _, err := range []error{record(limits.Connect, false, 4), record(limits.Connect, true, 5)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	st, _, err := s.State(t.Context(), "bob", nine)
	if err != nil {
		t.Fatal(err)
	}
	book := limits.NewBook(&st.Rules, st.Units, st.Pending)
	if a := book.Ask(limits.Connect, true, nine); a.OK || a.Held != limits.HeldMonthlyCap {
		t.Errorf("a sixth request with a note: %+v", a)
	}
	if a := book.Ask(limits.Connect, false, nine); !a.OK {
		t.Errorf("a request without one: %+v", a)
	}
	if err := record(limits.Connect, true, -6); err == nil {
		t.Error("took back more requests with a note than there were")
	}
	if err := record(limits.Connect, true, -5); err != nil {
		t.Error(err)
	}
	if err := record(limits.Message, true, 1); err == nil {
		t.Error("a message with a note was recorded")
	}
	if got := one(t, s, `SELECT sum(amount) || ' ' || sum(amount * noted) FROM units WHERE manual = 1`); got != "4 0" {
		t.Errorf("units %s", got)
	}
	sound(t, s, nine)
}

func TestPendingIsCorrected(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine) // bob has one request out
	if err := s.UsagePending(t.Context(), nine, "bob", 7); err != nil {
		t.Fatal(err)
	}
	if got := one(t, s, `SELECT pending_opening FROM accounts WHERE name = 'bob'`); got != "6" {
		t.Errorf("%s from before outpace, want 6", got)
	}
	for _, n := range []int{0, -1} {
		if err := s.UsagePending(t.Context(), nine, "bob", n); err == nil {
			t.Errorf("%d: accepted", n)
		}
	}
}

func TestCreditsAddAndSet(t *testing.T) {
	s := ledgers(t)
	n, err := s.CreditsAdd(t.Context(), nine, "ada", 10, time.Time{})
	if err != nil || n != 12 {
		t.Errorf("added: %d, %v", n, err)
	}
	n, err = s.CreditsSet(t.Context(), nine, "ada", 3)
	if err != nil || n != 3 {
		t.Errorf("set: %d, %v", n, err)
	}
	n, err = s.CreditsSet(t.Context(), nine, "ada", 5)
	if err != nil || n != 5 {
		t.Errorf("set higher: %d, %v", n, err)
	}
	if got := query(t, s, `SELECT kind FROM events`); !slices.Equal(got, []string{"credits", "credits", "credits"}) {
		t.Errorf("events %v", got)
	}
	if _, err := s.CreditsAdd(t.Context(), nine, "ada", 0, time.Time{}); err == nil {
		t.Error("an empty pack was added")
	}
	if _, err := s.CreditsAdd(t.Context(), nine, "ada", 1, nine); err == nil {
		t.Error("an expired pack was added")
	}
	if _, err := s.CreditsSet(t.Context(), nine, "ada", -1); err == nil {
		t.Error("a balance below 0 was set")
	}
	sound(t, s, nine)
}

func TestPauseAndResume(t *testing.T) {
	for _, name := range []string{"ada", "founders", "account:ada", "campaign:founders"} {
		t.Run(name, func(t *testing.T) {
			s := ledgers(t)
			r := released(t, s, "Grace Example")
			p, err := s.Pause(t.Context(), nine.Add(time.Minute), name, "holiday")
			if err != nil || !p.Changed || p.Recalled != 1 {
				t.Fatalf("paused %+v, %v", p, err)
			}
			if p, err := s.Pause(t.Context(), nine.Add(2*time.Minute), name, "again"); err != nil || p.Changed {
				t.Errorf("paused twice %+v, %v", p, err)
			}
			if got := claimAt(t, s, nine.Add(10*time.Minute)); len(got) != 0 {
				t.Errorf("released %+v", got)
			}
			p, err = s.Resume(t.Context(), nine.Add(20*time.Minute), name)
			if err != nil || !p.Changed || p.Recalled != 1 || !slices.Equal(p.Lifted, []string{"pause"}) {
				t.Errorf("resumed %+v, %v", p, err)
			}
			if got := one(t, s, `SELECT recalled_at IS NULL FROM releases WHERE id = ?`, r.ID); got != "1" {
				t.Error("the card is still recalled")
			}
			if p, err := s.Resume(t.Context(), nine.Add(21*time.Minute), name); err != nil || p.Changed {
				t.Errorf("resumed twice %+v, %v", p, err)
			}
			if got := claimAt(t, s, nine.Add(20*time.Minute)); len(got) != 1 {
				t.Errorf("released %+v", got)
			}
			sound(t, s, nine.Add(time.Hour))
		})
	}
}

func TestPauseRecalledByReplyStays(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	react(t, s, nine.Add(time.Minute), Reaction{Kind: Reply, Person: grace})
	for _, step := range []func() (Paused, error){
		func() (Paused, error) { return s.Pause(t.Context(), nine.Add(2*time.Minute), "ada", "") },
		func() (Paused, error) { return s.Resume(t.Context(), nine.Add(3*time.Minute), "ada") },
	} {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if got := one(t, s, `SELECT recalled_at IS NULL FROM releases WHERE id = ?`, r.ID); got != "0" {
		t.Error("the card of somebody who replied is to be sent again")
	}
}

func TestResumeLiftsWhatOnlyAPersonMay(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerNotSent, Verdict: verdictRestricted})
	if got := claimAt(t, s, nine.Add(10*time.Minute)); len(got) != 0 {
		t.Errorf("released %+v on a restricted account", got)
	}
	p, err := s.Resume(t.Context(), nine.Add(20*time.Minute), "ada")
	if err != nil || !slices.Equal(p.Lifted, []string{verdictRestricted}) {
		t.Errorf("resumed %+v, %v", p, err)
	}
	if got := claimAt(t, s, nine.Add(20*time.Minute)); len(got) != 1 {
		t.Errorf("released %+v", got)
	}
}

func TestNamesOfPause(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, edited(t, founders, "  founders:", "  ada:"), nil), monday)
	var name *NameError
	if _, err := s.Pause(t.Context(), nine, "ada", ""); !errors.As(err, &name) {
		t.Errorf("ambiguous: %v", err)
	}
	var missing *NotFoundError
	for _, name := range []string{"nobody", "account:nobody", "campaign:bob", ""} {
		if _, err := s.Resume(t.Context(), nine, name); !errors.As(err, &missing) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if p, err := s.Pause(t.Context(), nine, "campaign:ada", ""); err != nil || p.What != "campaign" {
		t.Errorf("paused %+v, %v", p, err)
	}
}

func TestRetryOfACampaign(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerInMailRefused})
	if n, err := s.Retry(t.Context(), nine.Add(2*time.Minute), "founders"); n != 1 || err != nil {
		t.Errorf("retried %d, %v", n, err)
	}
	if n, err := s.Retry(t.Context(), nine.Add(2*time.Minute), "founders"); n != 0 || err != nil {
		t.Errorf("retried again %d, %v", n, err)
	}
	for _, name := range []string{r.Message, "nobody", "0"} {
		if n, err := s.Retry(t.Context(), nine.Add(3*time.Minute), name); err == nil {
			t.Errorf("%q: retried %d", name, n)
		}
	}
	sound(t, s, nine.Add(time.Hour))
}

func TestLogTells(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerSent, Note: "by Ada"})
	react(t, s, nine.Add(2*time.Minute), Reaction{Kind: Reply, Person: grace, Note: "not now"})
	list, err := s.Log(t.Context(), LogQuery{Person: grace})
	if err != nil || len(list) < 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	last := list[len(list)-1]
	if last.Kind != Reply || last.Detail != "not now" || last.Profile != grace || !last.At.Equal(nine.Add(2*time.Minute)) {
		t.Errorf("the last entry is %+v", last)
	}
	if list, err := s.Log(t.Context(), LogQuery{Account: "ada", Campaign: "founders", From: nine, To: nine.Add(time.Hour), Limit: 1}); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}
