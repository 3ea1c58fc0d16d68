package store

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPriorityChangePlansAnew(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	first := `SELECT p.name FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE m.state = 'scheduled' ORDER BY m.slot_at LIMIT 1`
	if got := one(t, s, first); got != "Grace Example" {
		t.Errorf("the first slot is %s's", got)
	}
	staged := apply(t, s, load(t, edited(t, founders, "priority: 95", "priority: 5"), nil), monday)
	if staged.Changed != 1 {
		t.Errorf("staged %+v", staged)
	}
	if got := one(t, s, first); got != "Alan Example" {
		t.Errorf("after the change the first slot is %s's", got)
	}
}

func TestPersonOnTwoAccounts(t *testing.T) {
	s := open(t)
	// Grace is in two campaigns on two accounts: the second waits for the
	// first's end, which moves.
	both := founders + `  second:
    accounts: [bob]
    targets: [{ name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", priority: 10 }]
    steps: [{ send: connect, template: third }]
`
	one1 := edited(t, both, "      - { send: message, template: again, after: 1d, only_if: accepted }\n", "")
	apply(t, s, load(t, one1, nil), monday)
	const order = `SELECT c.name FROM messages m JOIN targets t ON t.id = m.target_id JOIN campaigns c ON c.id = t.campaign_id
		JOIN people p ON p.id = t.person_id WHERE p.name = 'Grace Example' AND m.state = 'scheduled' ORDER BY m.slot_at`
	if got := strings.Join(query(t, s, order), ", "); got != "founders, second" {
		t.Errorf("slots to Grace: %s", got)
	}
	// With a second step the conversation ends 30 days later at the earliest.
	apply(t, s, load(t, both, nil), monday)
	if got := strings.Join(query(t, s, order), ", "); got != "founders" {
		t.Errorf("slots to Grace while the other conversation has no end in sight: %s", got)
	}
	apply(t, s, load(t, edited(t, both, "      - { name: Grace Example, profile: \"https://www.linkedin.com/in/example-grace\", company: Example Navy, priority: 95 }\n", ""), nil), monday)
	if got := strings.Join(query(t, s, order), ", "); got != "second" {
		t.Errorf("slots to Grace after she left the first campaign: %s", got)
	}
	if n := one(t, s, `SELECT count(*) FROM accounts WHERE dirty = 1`); n != "0" {
		t.Errorf("%s accounts stay dirty", n)
	}
}

func TestNextAt(t *testing.T) {
	s := open(t)
	if next, err := s.NextAt(t.Context(), monday); err != nil || !next.IsZero() {
		t.Errorf("nothing is due at %v: %v", next, err)
	}
	apply(t, s, load(t, founders, nil), monday)
	if next, err := s.NextAt(t.Context(), monday); err != nil || !next.Equal(monday.Add(time.Hour)) {
		t.Errorf("the first slot is at %v: %v", next, err)
	}
	must(t, s, `UPDATE messages SET state = 'cancelled', reason = 'edit', slot_at = NULL WHERE state = 'scheduled'`)
	if next, err := s.NextAt(t.Context(), monday); err != nil || !next.Equal(monday.Add(extendEvery)) {
		t.Errorf("the horizon is extended at %v: %v", next, err)
	}
	if err := s.Housekeep(t.Context(), monday.Add(extendEvery), nil); err != nil {
		t.Fatal(err)
	}
	if next, err := s.NextAt(t.Context(), monday.Add(extendEvery)); err != nil || !next.Equal(monday.Add(2*extendEvery)) {
		t.Errorf("and again at %v: %v", next, err)
	}
}

// The watchdog of a daemon with thousands of accounts must not wait for the last.
func TestHousekeepTellsOfEachAccount(t *testing.T) {
	s := open(t)
	apply(t, s, peopleCSV(t, []string{person(1), person(2)}), monday)
	for _, dirty := range []string{"0", "1"} { // horizons alone; and what an apply left
		must(t, s, `UPDATE accounts SET dirty = `+dirty)
		told := 0
		if err := s.Housekeep(t.Context(), monday.Add(extendEvery), func() { told++ }); err != nil {
			t.Fatal(err)
		}
		if want := one(t, s, `SELECT count(*) FROM accounts`); fmt.Sprint(told) != want || told < 2 {
			t.Errorf("dirty %s: told %d times of %s accounts", dirty, told, want)
		}
	}
}

func TestHousekeepCatchesUp(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	// Off over three refreshes: three grants at their own dates.
	if err := s.Housekeep(t.Context(), time.Date(2027, 2, 20, 12, 0, 0, 0, time.UTC), nil); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(query(t, s, `SELECT cycle FROM lots ORDER BY granted_at`), " ")
	if got != "2026-11 2026-12 2027-01 2027-02" {
		t.Errorf("cycles %s", got)
	}
	b, err := s.Balance(t.Context(), "ada", time.Date(2027, 3, 14, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if b.Balance != 125 || len(b.Lots) != 5 || len(b.Entries) != 5 {
		t.Errorf("a refresh later, in memory: %+v", b)
	}
	if n := one(t, s, `SELECT count(*) FROM lots`); n != "4" {
		t.Errorf("reading the balance granted: %s lots", n)
	}
}

func TestState(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	st, names, err := s.State(t.Context(), "ada", monday)
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Targets) != 2 || len(names.Targets) != 2 || len(st.Targets[0].Messages) != 2 {
		t.Fatalf("%+v, %+v", st, names)
	}
	n := names.Targets[0]
	if n.Name != "Grace Example" || n.Campaign != "founders" || n.Steps[1] != "again" || !strings.HasSuffix(n.Profile, "example-grace") {
		t.Errorf("names %+v", n)
	}
	if _, _, err := s.State(t.Context(), "nobody", monday); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an account that is not there: %v", err)
	}
}
