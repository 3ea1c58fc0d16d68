package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

// pendingFile lets two of four requests lie unanswered at most, so that two
// suppressed people cannot make room for a third and fourth.
const pendingFile = `version: 1
timezone: Europe/Berlin
plans: { few: { extends: basic, pending_max: 2 } }
accounts: { ada: { plan: few, slots: "*/10 9-16 * * *", channel: out } }
channels: { out: { type: outbox, path: out.jsonl } }
templates: { hello: { body: "Hello {{.first_name}}" } }
campaigns:
  founders:
    accounts: [ada]
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }
      - { name: Alan Example, company: Example Park, profile: "https://www.linkedin.com/in/example-alan" }
      - { name: Joan Example, profile: "https://www.linkedin.com/in/example-joan" }
      - { name: Edsger Example, profile: "https://www.linkedin.com/in/example-edsger" }
    steps: [{ send: connect }]
`

// TestSuppressionAnswersNoRequest: to suppress or forget somebody leaves their
// request unanswered; an opt-out, a decline and a bounce settle it, whatever
// comes after.
func TestSuppressionAnswersNoRequest(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, pendingFile, nil), monday)
	sendAll := func(at time.Time) (n int) {
		must(t, s, `UPDATE accounts SET dirty = 1`)
		if err := s.PlanDirty(t.Context(), at, nil); err != nil {
			t.Fatal(err)
		}
		for ; at.Before(nine.Add(4 * time.Hour)); at = at.Add(10 * time.Minute) {
			for _, r := range claimAt(t, s, at) {
				n++
				err := s.Record(t.Context(), at, []scheduler.Report{{Release: r.ID, Outcome: scheduler.WasSent, At: at}})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		return n
	}
	if n := sendAll(nine); n != 2 {
		t.Fatalf("%d requests went, at most 2 may lie unanswered", n)
	}
	later := nine.Add(time.Hour)
	suppress(t, s, later, ThePerson, grace)
	suppress(t, s, later, TheCompany, "Example Park")
	if n := sendAll(later); n != 0 {
		t.Errorf("%d more went after people were suppressed who had not answered", n)
	}
	if _, err := s.Forget(t.Context(), later, grace); err != nil {
		t.Fatal(err)
	}
	if n := sendAll(later); n != 0 {
		t.Errorf("%d more went after one of them was forgotten", n)
	}
	react(t, s, later, Reaction{Kind: Declined, Person: alan})
	if n := sendAll(later); n != 1 {
		t.Errorf("%d went after a decline, one may", n)
	}
	if _, err := s.Forget(t.Context(), later, alan); err != nil {
		t.Fatal(err)
	}
	if n := sendAll(later); n != 0 {
		t.Errorf("%d more went when who declined was forgotten", n)
	}
	sound(t, s, nine.Add(5*time.Hour))
}

// TestRevokedForGood: what was cancelled when approvals were taken back waits
// for a new one when it is queued again.
func TestRevokedForGood(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, checked, nil), monday)
	approve(t, s, "founders", ApproveOptions{})
	suppress(t, s, monday, ThePerson, grace)
	approve(t, s, "founders", ApproveOptions{Revoke: true})
	unsuppressed(t, s, monday, ThePerson, grace)
	if got := approvals(t, s); got != "A hello queued, A again queued, G hello queued, G again queued" {
		t.Errorf("after the revocation: %s", got)
	}
	for at := nine; at.Before(nine.Add(48 * time.Hour)); at = at.Add(time.Hour) {
		if r := claimAt(t, s, at); len(r) > 0 {
			t.Fatalf("released %+v", r)
		}
	}
	sound(t, s, nine.Add(48*time.Hour))
}

// guarded has all that a claim asks of people, and one message to send.
const guarded = `version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: basic, slots: "0 9-16 * * *", channel: out } }
channels: { out: { type: outbox, path: out.jsonl } }
templates: { hello: { body: "Hello {{.first_name}}" } }
campaigns:
  founders:
    accounts: [ada]
    approve: true
    per_company: { people: 1, per: week }
    targets:
      - { name: Grace Example, company: Example Navy, priority: 95, profile: "https://www.linkedin.com/in/example-grace" }
      - { name: Alan Example, company: Example Navy, profile: "https://www.linkedin.com/in/example-alan" }
    steps: [{ send: connect, template: hello }]
`

// TestClaimAsksForItself: what changed behind the planner's back is found by the
// claim. The plan and the claim each keep what is promised to people; neither
// relies on the other.
func TestClaimAsksForItself(t *testing.T) {
	for _, c := range []struct {
		name, change string
		want         int
	}{
		{"nothing", ``, 1},
		{"a suppression", `UPDATE people SET suppressed_at = 1, suppress_reason = 'suppressed' WHERE name = 'Grace Example'`, 0},
		{"an answer", `UPDATE targets SET state = 'stopped', stop_reason = 'reply' WHERE priority = 95`, 0},
		{"a colleague who was written to", `UPDATE targets SET begun_at = (SELECT min(slot_at) - 1000000 FROM messages WHERE state = 'scheduled') WHERE priority <> 95`, 0},
		{"an approval that was taken back", `UPDATE messages SET approved_at = NULL, approved_by = '', approved = ''`, 0},
		{"a text nobody has read", `UPDATE templates SET def = replace(def, 'Hello', 'Hi')`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, guarded, nil), monday)
			approve(t, s, "founders", ApproveOptions{})
			if c.change != "" {
				must(t, s, c.change)
			}
			if got := claimAt(t, s, nine); len(got) != c.want {
				t.Errorf("released %d, want %d: %+v", len(got), c.want, got)
			}
		})
	}
}

// TestRetryWithoutItsStep: a message that failed and whose step was taken out
// of the file since does not stand in the way of the others.
func TestRetryWithoutItsStep(t *testing.T) {
	s := open(t)
	file := strings.Replace(pendingFile, "steps: [{ send: connect }]", "steps: [{ send: connect }, { send: reminder, template: hello, after: 1h }]", 1)
	apply(t, s, load(t, file, nil), monday)
	for _, r := range claimAt(t, s, nine) {
		if err := s.Record(t.Context(), nine, []scheduler.Report{{Release: r.ID, Outcome: scheduler.NeverSent, At: nine}}); err != nil {
			t.Fatal(err)
		}
	}
	without := strings.Replace(file, "{ send: connect }, { send: reminder, template: hello, after: 1h }", "{ send: reminder, template: hello }", 1)
	apply(t, s, load(t, without, nil), nine)
	if n, err := s.Retry(t.Context(), nine, "founders"); n != 1 || err != nil {
		t.Fatalf("retried %d: %v", n, err)
	}
	got := query(t, s, `SELECT DISTINCT step || ' ' || state || ' ' || reason FROM messages ORDER BY 1`)
	if want := []string{"connect cancelled edit", "hello scheduled "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	sound(t, s, nine)
}
