package store

import (
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

// ledgerFile has two accounts, and a person in two campaigns on both.
const ledgerFile = `version: 1
timezone: Europe/Berlin
plans:
  refunding: { extends: premium-business, inmail: { refund_on_reply: true, pace: asap } }
accounts:
  ada: { plan: refunding, renewal_day: 14, opening: { credits: 2 }, slots: "*/10 9-16 * * MON-FRI" }
  bob: { plan: basic, slots: "0 9-16 * * MON-FRI", channel: out }
channels:
  out: { type: outbox, path: out.jsonl }
templates:
  hello: { subject: "A question", body: "Hello {{.first_name}}" }
  again: { subject: "Once more", body: "Again {{.first_name}}" }
  third: { body: "Third {{.first_name}}" }
campaigns:
  founders:
    accounts: [ada]
    overlap: allow
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", priority: 95 }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan" }
    steps:
      - { send: inmail, template: hello }
      - { send: inmail, template: again, after: 1d, else: reminder }
  makers:
    accounts: [bob]
    overlap: allow
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }
      - { name: Joan Example, profile: "https://www.linkedin.com/in/example-joan" }
    steps:
      - { send: connect, template: third }
      - { send: message, template: again, after: 1d }
      - { send: reminder, template: hello, after: 2d }
`

const grace, alan, joan = "https://www.linkedin.com/in/example-grace", "LinkedIn.com/in/Example-Alan/?x=1", "https://www.linkedin.com/in/example-joan"

// nine is the first slot of both accounts.
var nine = monday.Add(time.Hour)

// ledgers applies ledgerFile at monday.
func ledgers(t *testing.T) *Store {
	t.Helper()
	s := open(t)
	apply(t, s, load(t, ledgerFile, nil), monday)
	return s
}

// claimAt plans what is dirty and claims what is due on both channels.
func claimAt(t *testing.T, s *Store, now time.Time) []scheduler.Release {
	t.Helper()
	if err := s.PlanDirty(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	list, err := s.Claim(t.Context(), now, map[string]int{"desk": Unbounded, "out": Unbounded})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// released claims at the first slot and returns the release to a person.
func released(t *testing.T, s *Store, name string) scheduler.Release {
	t.Helper()
	for _, r := range claimAt(t, s, nine) {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("nothing was released to %s at 9", name)
	return scheduler.Release{}
}

// record reports an outcome.
func record(t *testing.T, s *Store, now time.Time, rep scheduler.Report) {
	t.Helper()
	if err := s.Record(t.Context(), now, []scheduler.Report{rep}); err != nil {
		t.Fatal(err)
	}
}

// react records a reaction that must be accepted.
func react(t *testing.T, s *Store, now time.Time, r Reaction) Reacted {
	t.Helper()
	got, err := s.React(t.Context(), now, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// answer answers a card.
func answer(t *testing.T, s *Store, now time.Time, id string, a Answer) {
	t.Helper()
	if err := s.DeskAnswer(t.Context(), now, id, a); err != nil {
		t.Fatal(err)
	}
}

// sound fails the test if a promise is broken.
func sound(t *testing.T, s *Store, now time.Time) Verification {
	t.Helper()
	v, err := s.Verify(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range v.Violations {
		t.Errorf("broken: %+v", broken)
	}
	return v
}

// message is "state slot tries retry" of a message.
func message(t *testing.T, s *Store, id string) string {
	t.Helper()
	return one(t, s, `SELECT state || ' ' || tries || ' ' || coalesce(retry_at, '-') FROM messages WHERE id = ?`, id)
}

// credits is an account's balance by its ledger.
func credits(t *testing.T, s *Store, account string) string {
	t.Helper()
	return one(t, s, `SELECT sum(remaining) FROM lots l JOIN accounts a ON a.id = l.account_id WHERE a.name = ?`, account)
}

// unitsAt lists the net units of a release as offsets from its slot.
func unitsAt(t *testing.T, s *Store, r scheduler.Release) string {
	t.Helper()
	rows := query(t, s, `SELECT ((at - ?) / 1000000) || '*' || sum(amount) FROM units WHERE release_id = ?
		GROUP BY at HAVING sum(amount) <> 0 ORDER BY at`, r.SlotAt.UnixMicro(), r.ID)
	return strings.Join(rows, " ")
}

func micros(at time.Time) string { return text(at.UnixMicro()) }
