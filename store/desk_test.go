package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/limits"
)

func TestDeskCards(t *testing.T) {
	s := ledgers(t)
	first := released(t, s, "Grace Example")
	if first.Account != "ada" {
		t.Fatalf("released %+v", first)
	}
	claimAt(t, s, nine.Add(10*time.Minute))
	react(t, s, nine.Add(11*time.Minute), Reaction{Kind: Reply, Person: grace})
	cards, err := s.DeskCards(t.Context(), nine.Add(24*time.Hour), "ada")
	if err != nil || len(cards) != 2 {
		t.Fatalf("%+v, %v", cards, err)
	}
	c := cards[0]
	if c.ID != first.Message || !c.Recalled || !c.Late || !c.Due.Equal(nine) || c.Due.Location().String() != "Europe/Berlin" ||
		c.Body != "Hello Grace" || c.Target != grace || c.Used != 1 || c.Cap != 100 || c.Kind != limits.InMail {
		t.Errorf("the first card is %+v", c)
	}
	if cards[1].Recalled || cards[1].Name != "Alan Example" {
		t.Errorf("the second card is %+v", cards[1])
	}
	if cards, err := s.DeskCards(t.Context(), nine, "bob"); err != nil || len(cards) != 0 {
		t.Errorf("an outbox has cards: %+v, %v", cards, err)
	}
	if _, err := s.DeskCards(t.Context(), nine, "nobody"); err == nil {
		t.Error("an account that is not there has cards")
	}
}

func TestSentMovesTheUnit(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	at := nine.Add(3 * time.Hour)
	answer(t, s, nine.Add(4*time.Hour), r.Message[:10], Answer{Kind: AnswerSent, At: at})
	if got := unitsAt(t, s, r); got != "10800*1" {
		t.Errorf("units %s", got)
	}
	if got := one(t, s, `SELECT last_at FROM targets WHERE last_step <> '' AND account_id = 1`); got != micros(at) {
		t.Errorf("follow-ups count from %s, want %s", got, micros(at))
	}
	if got := message(t, s, r.Message); got != "sent 0 -" {
		t.Errorf("the message is %s", got)
	}
	if err := s.DeskAnswer(t.Context(), nine.Add(5*time.Hour), r.Message, Answer{Kind: AnswerSent}); err == nil {
		t.Error("a card was answered twice")
	}
	sound(t, s, nine.Add(5*time.Hour))
}

func TestSentAtItsSlotMovesNothing(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Hour), r.Message, Answer{Kind: AnswerSent, At: nine})
	if n := one(t, s, `SELECT count(*) FROM units WHERE release_id = ?`, r.ID); n != "1" {
		t.Errorf("%s rows in the ledger", n)
	}
	for name, at := range map[string]time.Time{"future": nine.Add(2 * time.Hour), "before": nine.Add(-time.Minute)} {
		r := claimAt(t, s, nine.Add(10*time.Minute))
		if len(r) == 0 {
			continue
		}
		if err := s.DeskAnswer(t.Context(), nine.Add(time.Hour), r[0].Message, Answer{Kind: AnswerSent, At: at}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNotSentBacksOffAndFails(t *testing.T) {
	s := ledgers(t)
	r, now := released(t, s, "Grace Example"), nine
	for try, wait := range append(slices.Clone(backoffs), 0) {
		now = now.Add(time.Minute)
		answer(t, s, now, r.Message, Answer{Kind: AnswerNotSent})
		if got := unitsAt(t, s, r); got != "" {
			t.Errorf("try %d: units %s", try, got)
		}
		if got := credits(t, s, "ada"); got != "2" {
			t.Errorf("try %d: %s credits", try, got)
		}
		if wait == 0 {
			break
		}
		if got := message(t, s, r.Message); !strings.HasSuffix(got, " "+micros(now.Add(wait))) {
			t.Fatalf("try %d: the message is %s, want a retry at %s", try, got, micros(now.Add(wait)))
		}
		for claimed := false; !claimed; {
			next := one(t, s, `SELECT state || ' ' || held || coalesce(slot_at, ' none') FROM messages WHERE id = ?`, r.Message)
			now = now.Add(10 * time.Minute).Truncate(10 * time.Minute)
			for _, got := range claimAt(t, s, now) {
				if got.Message == r.Message {
					r, claimed = got, true
				} else if got.Channel == "desk" {
					answer(t, s, now, got.Message, Answer{Kind: AnswerSkip})
				}
			}
			if now.After(nine.Add(10 * 24 * time.Hour)) {
				t.Fatalf("try %d: never claimed again, planned at %s", try, next)
			}
		}
	}
	if got := message(t, s, r.Message); got != "failed 4 -" && !strings.HasPrefix(got, "failed 4") {
		t.Errorf("the message is %s", got)
	}
	if got := one(t, s, `SELECT blocked || ' ' || last_step || coalesce(begun_at, '') FROM targets WHERE id =
		(SELECT target_id FROM messages WHERE id = ?)`, r.Message); got != "condition " {
		t.Errorf("its target is %q", got)
	}
	sound(t, s, now)
	if n, err := s.Retry(t.Context(), now, r.Message[:12]); n != 1 || err != nil {
		t.Fatalf("retried %d, %v", n, err)
	}
	if got := message(t, s, r.Message); got != "scheduled 0 -" {
		t.Errorf("after the retry it is %s", got)
	}
	sound(t, s, now)
}

func TestSkipGoesOn(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	now := nine.Add(30 * time.Minute)
	answer(t, s, now, r.Message, Answer{Kind: AnswerSkip})
	if got := one(t, s, `SELECT state || ' ' || reason FROM messages WHERE id = ?`, r.Message); got != "cancelled skipped" {
		t.Errorf("the message is %s", got)
	}
	if got := credits(t, s, "ada"); got != "2" || unitsAt(t, s, r) != "" {
		t.Errorf("%s credits, units %s", got, unitsAt(t, s, r))
	}
	next := one(t, s, `SELECT slot_at FROM messages m WHERE step = 'again' AND target_id = (SELECT target_id FROM messages WHERE id = ?)`, r.Message)
	if next != micros(now.Add(24*time.Hour)) {
		t.Errorf("the next step is at %s, want %s", next, micros(now.Add(24*time.Hour)))
	}
	sound(t, s, now)
}

func TestAlreadyConnected(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerConnected})
	if got := one(t, s, `SELECT kind FROM messages m WHERE step = 'again' AND target_id =
		(SELECT target_id FROM messages WHERE id = ?)`, r.Message); got != "message" {
		t.Errorf("the next step is %s: an InMail to a connection wastes a credit", got)
	}
	if err := s.DeskUndo(t.Context(), nine.Add(2*time.Minute), r.Message); err != nil {
		t.Fatal(err)
	}
	if n := one(t, s, `SELECT count(*) FROM connections`); n != "0" {
		t.Errorf("%s connections after the undo", n)
	}
	sound(t, s, nine.Add(time.Hour))
}

func TestProfileGone(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	before := states(t, s)
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerProfileGone})
	if got := one(t, s, `SELECT suppress_reason FROM people WHERE profile = ?`, grace); got != "bounced" {
		t.Errorf("suppressed for %q", got)
	}
	if got := one(t, s, `SELECT state FROM messages WHERE id = ?`, r.Message); got != "failed" {
		t.Errorf("the message is %s", got)
	}
	sound(t, s, nine.Add(time.Minute))
	if err := s.DeskUndo(t.Context(), nine.Add(2*time.Minute), r.Message); err != nil {
		t.Fatal(err)
	}
	if after := states(t, s); !slices.Equal(before, after) {
		t.Errorf("after the undo\n%s\nbefore\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	sound(t, s, nine.Add(2*time.Minute))
}

func TestInMailRefused(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerInMailRefused})
	if got := message(t, s, r.Message); got != "failed 0 -" {
		t.Errorf("the message is %s", got)
	}
	if got := credits(t, s, "ada"); got != "2" {
		t.Errorf("%s credits", got)
	}
	sound(t, s, nine.Add(time.Minute))
}

func TestRecalledCardComesBackCancelled(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	react(t, s, nine.Add(time.Minute), Reaction{Kind: OptOut, Person: grace})
	answer(t, s, nine.Add(2*time.Minute), r.Message, Answer{Kind: AnswerNotSent})
	if got := one(t, s, `SELECT state || ' ' || reason || ' ' || tries FROM messages WHERE id = ?`, r.Message); got != "cancelled opt_out 0" {
		t.Errorf("the message is %s", got)
	}
	sound(t, s, nine.Add(time.Hour))
}

func TestAnswersChecked(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	for name, a := range map[string]Answer{
		"kind":                {Kind: "perhaps"},
		"verdict":             {Kind: AnswerNotSent, Verdict: "banned"},
		"verdict with a skip": {Kind: AnswerSkip, Verdict: verdictDaily},
	} {
		if err := s.DeskAnswer(t.Context(), nine.Add(time.Hour), r.Message, a); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	outbox := one(t, s, `SELECT message_id FROM releases WHERE channel = 'out'`)
	queued := one(t, s, `SELECT min(id) FROM messages WHERE state = 'queued'`)
	for _, id := range []string{outbox, queued, "", "zz", "ffffffffffffffffffff"} {
		if err := s.DeskAnswer(t.Context(), nine.Add(time.Hour), id, Answer{Kind: AnswerSent}); err == nil {
			t.Errorf("an answer for %q was accepted", id)
		}
		if err := s.DeskUndo(t.Context(), nine.Add(time.Hour), id); err == nil {
			t.Errorf("an answer for %q was undone", id)
		}
	}
}
