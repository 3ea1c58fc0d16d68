package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

const twoSteps = `version: 1
channels: { out: { type: outbox, path: out.jsonl } }
accounts:
  ada: { plan: basic, timezone: UTC, slots: "0 8-17 * * *", channel: out }
templates: { hi: { body: "Hi {{.first_name}}" } }
campaigns:
  c:
    accounts: [ada]
    targets:
      - { name: Grace Example, profile: "https://example.com/grace", degree: 1 }
      - { name: Alan Example, profile: "https://example.com/alan", degree: 1 }
    steps: [ { send: message, template: hi, name: first }, { send: message, after: 3d, template: hi, name: second } ]
`

// putBack is a database in quarantine.
func putBack(t *testing.T, now time.Time) *Store {
	t.Helper()
	s := open(t)
	apply(t, s, load(t, twoSteps, nil), monday)
	if err := s.BeginQuarantine(t.Context(), now, monday, "test"); err != nil {
		t.Fatal(err)
	}
	if err := s.PlanDirty(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func messageOf(t *testing.T, s *Store, person, step string) string {
	t.Helper()
	return one(t, s, `SELECT m.id FROM messages m JOIN targets t ON t.id = m.target_id
		JOIN people p ON p.id = t.person_id WHERE p.name = ? AND m.step = ?`, person, step)
}

func stateOf(t *testing.T, s *Store, id string) string {
	t.Helper()
	return one(t, s, `SELECT state FROM messages WHERE id = ?`, id)
}

func verified(t *testing.T, s *Store, now time.Time) {
	t.Helper()
	v, err := s.Verify(t.Context(), now)
	if err != nil || len(v.Violations) > 0 {
		t.Errorf("%+v, %v", v.Violations, err)
	}
}

// What people did since is recorded first; what was sent to them is booked
// nevertheless, whoever tells it.
func TestSentToSomebodyWhoAnswered(t *testing.T) {
	now := monday.Add(4 * time.Hour)
	for _, kind := range []string{OptOut, Reply, Bounced} {
		for _, how := range []string{"sent", "outbox", "unknown", "done"} {
			s := putBack(t, now)
			id := messageOf(t, s, "Grace Example", "first")
			if _, err := s.React(t.Context(), now, Reaction{Kind: kind, Person: "https://example.com/grace"}); err != nil {
				t.Fatal(err)
			}
			e, want := Elsewhere{Message: id}, scheduler.Sent
			switch how {
			case "outbox":
				e.Key, e.SlotAt, e.ReleasedAt, e.Kind, e.Body = id+"-0", monday.Add(time.Hour), monday.Add(time.Hour), "message", "Hi"
			case "unknown", "done":
				e.Unknown, want = true, scheduler.Unknown
			}
			if how == "done" {
				want = scheduler.Cancelled // nothing goes to them any more
			} else if _, err := s.BookElsewhere(t.Context(), now, []Elsewhere{e}); err != nil {
				t.Fatalf("%s %s: %v", kind, how, err)
			}
			n, err := s.EndQuarantine(t.Context(), now, false)
			if err != nil || n != 2 || stateOf(t, s, id) != want {
				t.Errorf("%s %s: %d, %v; %v", kind, how, n, err, states(t, s))
			}
			if how == "unknown" { // and when somebody knows better
				if err := s.DeskAnswer(t.Context(), now.Add(time.Hour), id, Answer{Kind: AnswerNotSent}); err != nil {
					t.Error(err)
				}
				if stateOf(t, s, id) != scheduler.Cancelled {
					t.Errorf("%v", states(t, s))
				}
			}
			verified(t, s, now.Add(2*time.Hour))
		}
	}
}

// Steps of one target become unknown together, and are answered in any order.
func TestUnknownStepsAnswered(t *testing.T) {
	now, then := monday.Add(4*time.Hour), monday.Add(5*time.Hour)
	for _, c := range []struct {
		answers []string // of the steps, in this order
		want    string   // last_step and the states
	}{
		{[]string{"first not_sent", "second not_sent"}, "|queued|queued"},
		{[]string{"second not_sent", "first not_sent"}, "|queued|queued"},
		{[]string{"first sent", "second not_sent"}, "first|sent|queued"},
		{[]string{"second not_sent", "first sent"}, "first|sent|queued"},
		{[]string{"first sent", "second sent"}, "second|sent|sent"},
	} {
		s := putBack(t, now)
		if n, err := s.EndQuarantine(t.Context(), now, false); err != nil || n != 4 {
			t.Fatalf("%d, %v", n, err)
		}
		for _, a := range c.answers {
			step, answer, _ := strings.Cut(a, " ")
			err := s.DeskAnswer(t.Context(), then, messageOf(t, s, "Grace Example", step), Answer{Kind: AnswerKind(answer)})
			if err != nil {
				t.Fatal(err)
			}
		}
		got := one(t, s, `SELECT last_step FROM targets WHERE person_id = (SELECT id FROM people WHERE name = 'Grace Example')`) +
			"|" + stateOf(t, s, messageOf(t, s, "Grace Example", "first")) + "|" + stateOf(t, s, messageOf(t, s, "Grace Example", "second"))
		if strings.ReplaceAll(got, "scheduled", "queued") != c.want {
			t.Errorf("%v: %s", c.answers, got)
		}
		verified(t, s, then)
	}
}

// A key that was used elsewhere is never used again, and what failed in the copy
// may have been tried again.
func TestKeysAndFailures(t *testing.T) {
	now := monday.Add(4 * time.Hour)
	s := putBack(t, now)
	id := messageOf(t, s, "Grace Example", "first")
	e := Elsewhere{Message: id, Key: id + "-3", SlotAt: monday.Add(2 * time.Hour), Kind: "message", Body: "Hi", Unknown: true}
	if _, err := s.BookElsewhere(t.Context(), now, []Elsewhere{e}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeskAnswer(t.Context(), now, id, Answer{Kind: AnswerNotSent}); err != nil {
		t.Fatal(err)
	}
	q, err := s.Quarantine(t.Context())
	if err != nil || q.Left != 3 { // the answer has cleared this one
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := s.BookElsewhere(t.Context(), now, []Elsewhere{{Message: id, Key: id + "-3", Kind: "message", Unknown: true}}); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, `SELECT key FROM releases ORDER BY id`); !slices.Equal(got, []string{id + "-3", id + "-4"}) {
		t.Errorf("%v", got)
	}
	if err := s.DeskAnswer(t.Context(), now, id, Answer{Kind: AnswerInMailRefused}); err == nil {
		t.Error("no InMail")
	}
	if err := s.DeskAnswer(t.Context(), now, id, Answer{Kind: AnswerProfileGone}); err != nil || stateOf(t, s, id) != scheduler.Failed {
		t.Errorf("%v, %v", err, states(t, s))
	}
}

// A step that was sent passes those before it.
func TestSentBeyond(t *testing.T) {
	now := monday.Add(100 * time.Hour)
	s := putBack(t, now)
	first, second := messageOf(t, s, "Grace Example", "first"), messageOf(t, s, "Grace Example", "second")
	if _, err := s.BookElsewhere(t.Context(), now, []Elsewhere{{Message: second}}); err != nil {
		t.Fatal(err)
	}
	if stateOf(t, s, first) != scheduler.Cancelled || stateOf(t, s, second) != scheduler.Sent {
		t.Errorf("%v", states(t, s))
	}
	// Told afterwards, it was sent, too, and the target stays where it is.
	if _, err := s.BookElsewhere(t.Context(), now, []Elsewhere{{Message: first, SlotAt: monday.Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if stateOf(t, s, first) != scheduler.Sent || one(t, s, `SELECT last_step FROM targets ORDER BY position LIMIT 1`) != "second" {
		t.Errorf("%v", states(t, s))
	}
	if n, err := s.EndQuarantine(t.Context(), now, true); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	verified(t, s, now)
}

// A backup of a database in quarantine is in quarantine, once.
func TestQuarantineTwice(t *testing.T) {
	now := monday.Add(4 * time.Hour)
	s := putBack(t, now)
	if err := s.MarkCopied(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if err := s.BeginQuarantine(t.Context(), now.Add(time.Hour), now, "again", "/a", "/b"); err != nil {
		t.Fatal(err)
	}
	at, err := s.Copied(t.Context())
	if err != nil || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
	q, err := s.Quarantine(t.Context())
	if err != nil || !q.From.Equal(monday) || !q.Until.Equal(now.Add(time.Hour)) || len(q.Before) != 2 || q.Likely != 2 {
		t.Errorf("%+v, %v", q, err)
	}
}
