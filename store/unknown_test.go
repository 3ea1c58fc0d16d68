package store

import (
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

// unknownOf claims bob's first message and lets it end in doubt.
func unknownOf(t *testing.T, s *Store) scheduler.Release {
	t.Helper()
	claimAt(t, s, nine)
	r := ofChannel(t, s, "out")
	record(t, s, nine.Add(time.Second), scheduler.Report{Release: r.ID, Outcome: scheduler.CannotTell, Detail: "timeout"})
	return r
}

func questions(t *testing.T, s *Store, now time.Time, accepted bool) []Question {
	t.Helper()
	list, err := s.Questions(t.Context(), now, "", accepted)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestUnknownIsListedWithAllThatIsKnown(t *testing.T) {
	s := ledgers(t)
	r := unknownOf(t, s)
	list := questions(t, s, nine.Add(time.Hour), false)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	q := list[0]
	if q.ID != r.Message || q.State != "unknown" || q.Account != "bob" || q.Campaign != "makers" || q.Target != r.Target ||
		q.Step != 1 || !q.SlotAt.Equal(nine) || !q.ReleasedAt.Equal(nine) || q.Channel != "out" || q.Key != r.Key ||
		q.Detail != "timeout" || q.ForSeconds != 3599 || q.Recalled {
		t.Errorf("%+v", q)
	}
	if _, err := s.Questions(t.Context(), nine, "nobody", false); err == nil {
		t.Error("an account that is not there")
	}
	answer(t, s, nine.Add(time.Hour), r.Message[:8], Answer{Kind: AnswerSent, Note: "seen"})
	if list := questions(t, s, nine.Add(time.Hour), false); len(list) > 0 {
		t.Errorf("still asked: %+v", list)
	}
}

// What a person says of when it was sent is when it counts, and from when its
// follow-ups wait.
func TestResolvedCountsWhenItWasSent(t *testing.T) {
	s := ledgers(t)
	r := unknownOf(t, s)
	answer(t, s, nine.Add(2*time.Hour), r.Message, Answer{Kind: AnswerSent, At: nine.Add(time.Minute)})
	if got := unitsAt(t, s, r); got != "60*1" {
		t.Errorf("units %q", got)
	}
	if got := one(t, s, `SELECT last_at FROM targets WHERE id = (SELECT target_id FROM releases WHERE id = ?)`, r.ID); got != micros(nine.Add(time.Minute)) {
		t.Errorf("the follow-up waits from %s", got)
	}
	sound(t, s, nine.Add(2*time.Hour))
}

// An event that names a message proves that it arrived; one that names only
// the person does not, nor does an opt-out, a bounce, or what came before it.
func TestEvidence(t *testing.T) {
	for name, c := range map[string]struct {
		kind   string
		person func(r scheduler.Release) string
		at     time.Duration
		sent   bool
	}{
		"a reply":          {Reply, func(r scheduler.Release) string { return r.Message }, time.Hour, true},
		"accepted":         {AcceptedBy, func(r scheduler.Release) string { return strings.ToUpper(r.Message[:10]) }, time.Hour, true},
		"declined":         {Declined, func(r scheduler.Release) string { return r.Message }, time.Hour, true},
		"withdrawn":        {Withdrawn, func(r scheduler.Release) string { return r.Message }, time.Hour, true},
		"the person":       {Reply, func(r scheduler.Release) string { return r.Target }, time.Hour, false},
		"an opt-out":       {OptOut, func(r scheduler.Release) string { return r.Message }, time.Hour, false},
		"a bounce":         {Bounced, func(r scheduler.Release) string { return r.Message }, time.Hour, false},
		"too early for it": {Reply, func(r scheduler.Release) string { return r.Message }, -time.Hour, false},
	} {
		for _, accepted := range []bool{false, true} {
			s := ledgers(t)
			claimAt(t, s, nine)
			r := ofChannel(t, s, "out")
			outcome := scheduler.CannotTell
			if accepted {
				outcome = scheduler.Waits
			}
			record(t, s, nine, scheduler.Report{Release: r.ID, Outcome: outcome})
			got := react(t, s, nine.Add(2*time.Hour), Reaction{Kind: c.kind, Person: c.person(r), At: nine.Add(c.at)})
			state := one(t, s, `SELECT state FROM releases WHERE id = ?`, r.ID)
			if (state == "sent") != c.sent || (got.Resolved == 1) != c.sent {
				t.Errorf("%s (accepted %v): the release is %s, %+v", name, accepted, state, got)
			}
			if got := unitsAt(t, s, r); got != "0*1" {
				t.Errorf("%s: units %q", name, got)
			}
			sound(t, s, nine.Add(2*time.Hour))
		}
	}
}

// The answer of a person can be here before that of the channel.
func TestEvidenceBeforeTheReport(t *testing.T) {
	for _, outcome := range []scheduler.Outcome{scheduler.Waits, scheduler.CannotTell} {
		for _, auto := range []bool{false, true} {
			s := ledgers(t)
			claimAt(t, s, nine)
			r := ofChannel(t, s, "out")
			react(t, s, nine.Add(time.Second), Reaction{Kind: Reply, Person: r.Message, Auto: auto})
			record(t, s, nine.Add(2*time.Second), scheduler.Report{Release: r.ID, Outcome: outcome})
			if state := one(t, s, `SELECT state FROM releases WHERE id = ?`, r.ID); state != "sent" {
				t.Errorf("%v, automatic %v: the release is %s", outcome, auto, state)
			}
			sound(t, s, nine.Add(time.Hour))
		}
	}
}

// What a channel has accepted waits for its report, over restarts, for a day;
// then nobody knows. A report that comes in time settles it.
func TestAcceptedWaitsForItsReport(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	r := ofChannel(t, s, "out")
	if err := s.DeskAnswer(t.Context(), nine, r.Message, Answer{Kind: AnswerSent}); err == nil {
		t.Error("somebody answered for a channel that is at work")
	}
	at := nine.Add(time.Second)
	record(t, s, at, scheduler.Report{Release: r.ID, Outcome: scheduler.Waits})
	if again := ofChannel(t, s, "out"); !again.Accepted {
		t.Errorf("%+v", again)
	}
	if list := questions(t, s, nine.Add(time.Hour), false); len(list) > 0 {
		t.Errorf("asked: %+v", list)
	}
	if list := questions(t, s, nine.Add(time.Hour), true); len(list) != 1 || list[0].State != "accepted" {
		t.Errorf("%+v", list)
	}
	if next, err := s.NextAt(t.Context(), nine.Add(23*time.Hour+59*time.Minute)); err != nil || next.After(at.Add(acceptedFor)) {
		t.Errorf("next at %s, %v", next, err)
	}
	if err := s.Housekeep(t.Context(), at.Add(acceptedFor-time.Second), nil); err != nil {
		t.Fatal(err)
	}
	if got := one(t, s, `SELECT state FROM releases WHERE id = ?`, r.ID); got != "open" {
		t.Errorf("it is %s before its time is over", got)
	}
	if err := s.Housekeep(t.Context(), at.Add(acceptedFor), nil); err != nil {
		t.Fatal(err)
	}
	list := questions(t, s, at.Add(acceptedFor), false)
	if len(list) != 1 || list[0].Detail != "channel out accepted it, and no report came within 24 hours" {
		t.Errorf("%+v", list)
	}
	answer(t, s, at.Add(acceptedFor+time.Hour), r.Message, Answer{Kind: AnswerNotSent})
	if got := unitsAt(t, s, r); got != "" {
		t.Errorf("units %q", got)
	}
	sound(t, s, at.Add(acceptedFor+time.Hour))

	s = ledgers(t)
	claimAt(t, s, nine)
	r = ofChannel(t, s, "out")
	record(t, s, at, scheduler.Report{Release: r.ID, Outcome: scheduler.Waits})
	answer(t, s, nine.Add(time.Hour), r.Message, Answer{Kind: AnswerSent})
	if got := one(t, s, `SELECT state FROM messages WHERE id = ?`, r.Message); got != "sent" {
		t.Errorf("reported as sent, and it is %s", got)
	}
}

// Certainly unsent four times: after an hour, 4 hours and a day it is tried
// again, then it has failed with the reason, and a retry has all tries again.
// "Not yet" uses none, however often.
func TestTriesEnd(t *testing.T) {
	s := ledgers(t)
	at, message := nine, ""
	for n := 1; n <= 4; n++ {
		r := nextOf(t, s, message, &at)
		message = r.Message
		record(t, s, at, scheduler.Report{Release: r.ID, Outcome: scheduler.NotSentYet})
		r = nextOf(t, s, message, &at)
		record(t, s, at, scheduler.Report{Release: r.ID, Outcome: scheduler.NotSent, Detail: "mailbox of the receiver is full"})
		if n == 4 {
			break
		}
		want := "scheduled " + text(int64(n)) + " " + micros(at.Add(backoffs[n-1]))
		if got := one(t, s, `SELECT state || ' ' || tries || ' ' || retry_at FROM messages WHERE id = ?`, message); got != want {
			t.Errorf("after %d: %s, want %s", n, got, want)
		}
		if slot := one(t, s, `SELECT slot_at FROM messages WHERE id = ?`, message); slot < micros(at.Add(backoffs[n-1])) {
			t.Errorf("after %d it has the slot %s", n, slot)
		}
	}
	if got := one(t, s, `SELECT state || ' ' || tries FROM messages WHERE id = ?`, message); got != "failed 4" {
		t.Errorf("it is %s", got)
	}
	if got := one(t, s, `SELECT detail FROM releases WHERE message_id = ? ORDER BY id DESC LIMIT 1`, message); got != "mailbox of the receiver is full" {
		t.Errorf("because of %q", got)
	}
	if n, err := s.Retry(t.Context(), at, message); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if got := one(t, s, `SELECT state || ' ' || tries FROM messages WHERE id = ?`, message); got != "scheduled 0" {
		t.Errorf("after a retry it is %s", got)
	}
	sound(t, s, at)
}

// nextOf lets time pass until the message, or bob's first one, is released.
func nextOf(t *testing.T, s *Store, message string, at *time.Time) scheduler.Release {
	t.Helper()
	for range 24 * 14 {
		for range 3 { // what missed its slot is planned anew first
			for _, r := range claimAt(t, s, *at) {
				if r.Message == message || message == "" && r.Channel == "out" {
					return r
				}
				if r.Channel == "out" {
					record(t, s, *at, scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent})
				}
			}
		}
		*at = at.Add(time.Hour)
	}
	t.Fatalf("message %s was not released again", message)
	return scheduler.Release{}
}
