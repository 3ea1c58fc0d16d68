package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

// talk is a file of two campaigns that share Grace; %STEPS are p's, %Q what
// else stands in q.
const talk = `
version: 1
timezone: Europe/Berlin
channels: { out: { type: outbox, path: o.jsonl } }
accounts:
  ada: { plan: basic, slots: "*/10 9-16 * * *", per_slot: 2, channel: %CHANNEL }
  bob: { plan: basic, slots: "*/10 9-16 * * *" }
templates:
  a: { body: "A {{.first_name}}" }
  b: { body: "B {{.first_name}}" }
campaigns:
  p: { accounts: [ada], priority: high, targets: [%GRACE], steps: [%STEPS] }
  q: { accounts: [%ACCOUNT], targets: [%GRACE], %Q steps: [{ send: reminder, name: hello, template: a }] }
`

func talking(t *testing.T, s *Store, now time.Time, pairs ...string) {
	t.Helper()
	const grace = `{ name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", degree: 1 }`
	yaml := strings.NewReplacer(append(pairs, "%CHANNEL", "out", "%GRACE", grace, "%ACCOUNT", "ada", "%Q", "",
		"%STEPS", "{ send: message, template: a }, { send: message, template: b }")...).Replace(talk)
	apply(t, s, load(t, yaml, nil), now)
}

func steps(rs []scheduler.Release) (names []string) {
	for _, r := range rs {
		names = append(names, r.Campaign+" "+r.Body[:1])
	}
	return names
}

// Two steps without a delay fit in one slot: they go in the order of the
// steps, the second when the first was reported.
func TestStepsOfOneSlotGoInOrder(t *testing.T) {
	s := open(t)
	talking(t, s, monday)
	first := claimAt(t, s, nine)
	if got := steps(first); !slices.Equal(got, []string{"p A"}) {
		t.Fatalf("first %v", got)
	}
	record(t, s, nine, scheduler.Report{Release: first[0].ID, Outcome: scheduler.WasSent})
	if got := steps(claimAt(t, s, nine)); !slices.Equal(got, []string{"p B"}) {
		t.Errorf("then %v", got)
	}
}

// While a person holds the first card the second step waits, without asking to
// be claimed again at once.
func TestSecondStepWaitsForTheCard(t *testing.T) {
	s := open(t)
	talking(t, s, monday, "%CHANNEL", "desk")
	claimAt(t, s, nine)
	for now := nine; now.Before(nine.Add(time.Hour)); {
		if got := steps(claimAt(t, s, now)); len(got) > 0 {
			t.Fatalf("%v at %s", got, now)
		}
		next, err := s.NextAt(t.Context(), now)
		if err != nil || !next.After(now) {
			t.Fatalf("at %s next %s %v", now, next, err)
		}
		now = next
	}
}

// Of two steps that are due late the first has missed its slot: the second
// must not overtake it.
func TestLateStepsDoNotOvertake(t *testing.T) {
	s := open(t)
	talking(t, s, monday, "%STEPS", "{ send: message, template: a }, { send: message, template: b, after: 10m }")
	late := nine.Add(17 * time.Minute)
	if got := steps(claimAt(t, s, late)); slices.Contains(got, "p B") {
		t.Fatalf("%v", got)
	}
	for now := late; now.Before(nine.Add(time.Hour)); now = now.Add(time.Minute) {
		for _, r := range claimAt(t, s, now) {
			record(t, s, now, scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent})
		}
	}
	sent := query(t, s, `SELECT step FROM releases ORDER BY id`)
	if !slices.Equal(sent, []string{"a", "b", "hello"}) {
		t.Errorf("sent %v", sent)
	}
}

// A conversation goes on while its last card is with a person, also when an
// edit has taken the step, or the person, out of the campaign.
func TestOpenCardKeepsThePerson(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"as it is", "", ""},
		{"the step renamed", "%STEPS", "{ send: message, name: other, template: b }"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			talking(t, s, monday, "%CHANNEL", "desk", "%STEPS", "{ send: message, template: a }")
			card := claimAt(t, s, nine)
			if got := steps(card); !slices.Equal(got, []string{"p A"}) {
				t.Fatalf("%v", got)
			}
			if c.old != "" {
				talking(t, s, nine.Add(time.Minute), "%CHANNEL", "desk", c.old, c.new)
			}
			now := nine.Add(10 * time.Minute)
			for ; now.Before(nine.Add(time.Hour)); now = now.Add(10 * time.Minute) {
				if got := steps(claimAt(t, s, now)); len(got) > 0 {
					t.Fatalf("%v at %s while the card is open", got, now)
				}
			}
			answer(t, s, now, card[0].Message, Answer{Kind: AnswerSent})
			if last := one(t, s, `SELECT last_at FROM targets WHERE begun_at IS NOT NULL`); last != stamp(now) {
				t.Errorf("the conversation's last message is at %s, reported at %s", last, stamp(now))
			}
		})
	}
}

// Two accounts: the cooldown counts from the last message the other one plans,
// and from where it really went.
func TestCooldownAcrossAccounts(t *testing.T) {
	s := open(t)
	talking(t, s, monday, "%ACCOUNT", "bob", "%Q", "cooldown: 1d,",
		"%STEPS", "{ send: message, template: a }, { send: message, template: b, after: 2d }")
	var last time.Time
	for now := nine; now.Before(nine.AddDate(0, 0, 5)); now = now.Add(10 * time.Minute) {
		for _, r := range claimAt(t, s, now) {
			if r.Campaign == "q" && now.Before(last.AddDate(0, 0, 1)) {
				t.Fatalf("q at %s, p at %s", now, last)
			}
			if record(t, s, now, scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent}); r.Campaign == "p" {
				last = now
			}
		}
	}
	if got := query(t, s, `SELECT step FROM releases ORDER BY id`); !slices.Equal(got, []string{"a", "b", "hello"}) {
		t.Errorf("sent %v", got)
	}
}

// An answer ends conversations also with those who are out of the file: they
// stay ended when they come back.
func TestAnswerWhileOutOfTheFile(t *testing.T) {
	s := open(t)
	talking(t, s, monday)
	for _, r := range claimAt(t, s, nine) {
		record(t, s, nine, scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent})
	}
	const alan = `{ name: Alan Example, profile: "https://www.linkedin.com/in/example-alan", degree: 1 }`
	talking(t, s, nine.Add(time.Minute), "%GRACE", alan)
	react(t, s, nine.Add(2*time.Minute), Reaction{Kind: Reply, Person: "https://www.linkedin.com/in/example-grace"})
	talking(t, s, nine.Add(3*time.Minute))
	for _, r := range claimAt(t, s, nine.Add(10*time.Minute)) {
		if r.Campaign == "p" && r.Name == "Grace Example" {
			t.Errorf("%+v", r)
		}
	}
}

// stamp is an instant as a column of the database reads.
func stamp(t time.Time) string { return text(t.UnixMicro()) }
