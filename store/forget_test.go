package store

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

const canary = "Xanthippe"

// canaries has a person who is easy to find everywhere.
func canaries(t *testing.T) (*Store, string) {
	t.Helper()
	s := open(t)
	file := strings.NewReplacer("example-grace", "example-xanthippe", "Grace", canary,
		"priority: 95 }", `priority: 95, company: "Xanthippe Works", topic: "xanthippe's topic", email: "x@xanthippe.example", zone: Asia/Tokyo }`).Replace(ledgerFile)
	apply(t, s, load(t, file, nil), monday)
	return s, file
}

const xanthippe = "https://www.linkedin.com/in/example-xanthippe"

func forget(t *testing.T, s *Store, now time.Time, name string) Forgetting {
	t.Helper()
	out, err := s.Forget(t.Context(), now, name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// traces are the places in which something of the canary is left: tables, and
// the bytes of the database's files.
func traces(t *testing.T, s *Store) (found []string) {
	t.Helper()
	for _, table := range query(t, s, `SELECT name FROM sqlite_master WHERE type = 'table'`) {
		for _, column := range query(t, s, `SELECT name FROM pragma_table_info(?)`, table) {
			if n := one(t, s, `SELECT count(*) FROM "`+table+`" WHERE lower(CAST("`+column+`" AS TEXT)) LIKE '%xanthippe%'`); n != "0" {
				found = append(found, table+"."+column)
			}
		}
	}
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(s.path + end)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(data), []byte("xanthippe")) {
			found = append(found, "the file outpace.db"+end)
		}
	}
	return found
}

func TestForgetLeavesNothing(t *testing.T) {
	s, file := canaries(t)
	claimAt(t, s, nine)
	r := one(t, s, `SELECT r.message_id FROM releases r JOIN people p ON p.id = r.person_id WHERE channel = 'desk' AND p.profile = ?`, xanthippe)
	answer(t, s, nine.Add(time.Minute), r, Answer{Kind: AnswerSent, Note: "Xanthippe was nice"})
	react(t, s, nine.Add(2*time.Minute), Reaction{Kind: AcceptedBy, Person: xanthippe, Account: "ada", Note: "said Xanthippe", ID: "xanthippe-1"})
	claimAt(t, s, nine.Add(24*time.Hour))
	if _, err := s.Suppress(t.Context(), nine.Add(25*time.Hour), NewSuppression{What: ThePerson, Value: xanthippe, Reason: "Xanthippe asked"}); err != nil {
		t.Fatal(err)
	}
	// An apply of somebody else is under way.
	staged, err := s.Stage(t.Context(), load(t, strings.Replace(file, "topic:", "title: Xanthippe, topic:", 1), nil), nine.Add(26*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	units, releases := query(t, s, `SELECT account_id || kind || amount FROM units ORDER BY id`), one(t, s, `SELECT count(*) FROM releases`)
	if len(traces(t, s)) < 5 {
		t.Fatalf("the canary stands only in %v", traces(t, s))
	}
	at := nine.Add(27 * time.Hour)
	got := forget(t, s, at, "LinkedIn.com/in/Example-Xanthippe/")
	if got.Again || !got.Known || !got.Clean || got.Erased == 0 || !strings.HasPrefix(got.Person, forgottenPrefix) {
		t.Errorf("forgot %+v", got)
	}
	if list := traces(t, s); len(list) > 0 {
		t.Errorf("left in %v", list)
	}
	if now := query(t, s, `SELECT account_id || kind || amount FROM units ORDER BY id`); !slices.Equal(now, units) || one(t, s, `SELECT count(*) FROM releases`) != releases {
		t.Errorf("counted %v before, %v now", units, now)
	}
	if err := s.Commit(t.Context(), staged, at); err == nil {
		t.Error("an apply that still named the person was committed")
	}
	sound(t, s, at)
	if got := forget(t, s, at, xanthippe); !got.Again {
		t.Errorf("again: %+v", got)
	}
}

// What a file, a list or an event says of somebody who was forgotten brings
// nothing back.
func TestForgottenStaysForgotten(t *testing.T) {
	s, file := canaries(t)
	forget(t, s, monday, xanthippe)
	other := strings.Replace(file, "/in/example-xanthippe", "/in/Example-XANTHIPPE/?trk=2", 1) + `  later:
    accounts: [bob]
    targets:
      - { name: Xanthippe, profile: "http://uk.linkedin.com/in/example-xanthippe" }
      - { name: Edsger Example, profile: "https://www.linkedin.com/in/example-edsger" }
    steps: [ { send: connect, template: third } ]
`
	set := load(t, other, nil)
	apply(t, s, set, monday)
	if staged := apply(t, s, set, monday); staged.Changes {
		t.Errorf("the same file again: %+v", staged)
	}
	for i, kind := range []string{OptOut, Bounced, Reply} {
		r := Reaction{Kind: kind, Person: xanthippe, Note: "Xanthippe again", ID: "xanthippe-" + kind, At: monday.Add(-time.Duration(i) * time.Minute)}
		if got := react(t, s, monday, r); !strings.HasPrefix(got.Profile, forgottenPrefix) {
			t.Errorf("%s: %+v", kind, got)
		}
		if got := react(t, s, monday, r); !got.Again {
			t.Errorf("%s twice: %+v", kind, got)
		}
	}
	if _, err := s.ConnectAll(t.Context(), monday, "ada", []Connection{{Profile: xanthippe, Since: monday}}); err != nil {
		t.Error(err)
	}
	if got := suppress(t, s, monday, ThePerson, xanthippe); !got.Again {
		t.Errorf("suppressed: %+v", got)
	}
	if _, err := s.Unsuppress(t.Context(), monday, whom(t, ThePerson, xanthippe), "why", true); err != ErrForgotten {
		t.Errorf("given back: %v", err)
	}
	forget(t, s, monday, "https://www.linkedin.com/in/example-somebody") // empties the log once more
	if list := traces(t, s); len(list) > 0 {
		t.Errorf("left in %v", list)
	}
	if got := one(t, s, `SELECT suppress_reason FROM people WHERE profile LIKE 'forgotten:%' ORDER BY id LIMIT 1`); got != Forgotten {
		t.Errorf("suppressed for %q", got)
	}
	if p, err := s.Person(t.Context(), xanthippe); err != nil || p.Name != "" || len(p.Targets) != 2 {
		t.Errorf("person %+v, %v", p, err)
	}
	for at := nine; at.Before(nine.Add(48 * time.Hour)); at = at.Add(time.Hour) {
		for _, r := range claimAt(t, s, at) {
			if strings.HasPrefix(r.Target, forgottenPrefix) || strings.Contains(r.Target, "xanthippe") {
				t.Fatalf("released %+v", r)
			}
		}
	}
	sound(t, s, nine.Add(72*time.Hour))
}

func TestForgetAStranger(t *testing.T) {
	s := open(t)
	got := forget(t, s, monday, "linkedin.com/in/example-xanthippe")
	if got.Known || got.Again {
		t.Errorf("forgot %+v", got)
	}
	_, file := canaries(t)
	apply(t, s, load(t, file, nil), monday)
	forget(t, s, monday, "linkedin.com/in/example-somebody")
	if list := traces(t, s); len(list) > 0 {
		t.Errorf("left in %v", list)
	}
	if n := one(t, s, `SELECT count(*) FROM targets`); n != "2" {
		t.Errorf("%s targets", n)
	}
	sound(t, s, monday)
}

// Open cards of a forgotten person are closed; what a channel has in its hands
// is reported later, without words.
func TestForgetWhileHandedOver(t *testing.T) {
	s, _ := canaries(t)
	rs := claimAt(t, s, nine)
	got := forget(t, s, nine.Add(time.Minute), xanthippe)
	if got.Closed != 1 {
		t.Errorf("forgot %+v", got)
	}
	cards, err := s.DeskCards(t.Context(), nine.Add(time.Minute), "")
	if err != nil || slices.ContainsFunc(cards, func(c Card) bool { return strings.HasPrefix(c.Target, forgottenPrefix) }) {
		t.Errorf("cards %+v, %v", cards, err)
	}
	sound(t, s, nine.Add(time.Minute))
	open, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range open {
		if r.Channel == "out" && !r.Recalled {
			t.Errorf("would be handed over again: %+v", r)
		}
	}
	for _, r := range rs {
		if r.Channel == "out" {
			record(t, s, nine.Add(2*time.Minute), scheduler.Report{Release: r.ID, Outcome: scheduler.CannotTell, Detail: "no answer for Xanthippe"})
		}
	}
	answer(t, s, nine.Add(3*time.Minute), one(t, s, `SELECT message_id FROM releases WHERE channel = 'desk' AND state = 'unknown'`),
		Answer{Kind: AnswerSkip, Note: "Xanthippe has it"})
	forget(t, s, nine.Add(4*time.Minute), "https://www.linkedin.com/in/example-somebody")
	if list := traces(t, s); len(list) > 0 {
		t.Errorf("left in %v", list)
	}
	sound(t, s, nine.Add(5*time.Minute))
}
