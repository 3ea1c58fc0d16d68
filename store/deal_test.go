package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func team(accounts string, targets int) string {
	var b strings.Builder
	b.WriteString(head + "  founders:\n    accounts: " + accounts + "\n    targets:\n")
	for i := range targets {
		fmt.Fprintf(&b, "      - { name: Person%02d Example, profile: \"https://www.linkedin.com/in/example-%02d\" }\n", i, i)
	}
	b.WriteString("    steps:\n      - { send: connect, template: hello }\n")
	return b.String()
}

// dealt tells how many targets each account has.
func dealt(t *testing.T, s *Store) string {
	return strings.Join(query(t, s, `SELECT a.name || ' ' || count(*) FROM targets t JOIN accounts a ON a.id = t.account_id
		WHERE t.state <> 'removed' GROUP BY a.name ORDER BY a.name`), ", ")
}

func TestDealing(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, team("[ada, bob]", 13), nil), monday)
	// 48 slots a day against 8, and both below their caps.
	if got := dealt(t, s); got != "ada 12, bob 1" {
		t.Errorf("13 targets are dealt %s", got)
	}
	const first13 = `SELECT p.name || ' ' || t.account_id FROM targets t JOIN people p ON p.id = t.person_id
		WHERE p.name < 'Person13' ORDER BY p.name`
	was := query(t, s, first13)
	apply(t, s, load(t, team("[bob, ada]", 14), nil), monday)
	if diff := cmp.Diff(was, query(t, s, first13)); diff != "" {
		t.Errorf("the same accounts in another order deal again: %s", diff)
	}
	sendStep(t, s, "Person00 Example", "hello", monday)
	apply(t, s, load(t, team("[bob]", 14), nil), monday)
	if got := dealt(t, s); got != "ada 1, bob 13" {
		t.Errorf("after ada left: %s", got)
	}
	if got := one(t, s, `SELECT p.name || ' ' || t.blocked FROM targets t JOIN people p ON p.id = t.person_id
		WHERE t.blocked <> ''`); got != "Person00 Example no_account" {
		t.Errorf("the begun target: %s", got)
	}
	if n := one(t, s, `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id
		WHERE m.account_id <> t.account_id`); n != "0" {
		t.Errorf("%s messages stayed behind", n)
	}
	apply(t, s, load(t, team("[ada, bob]", 14), nil), monday)
	if n := one(t, s, `SELECT count(*) FROM targets WHERE blocked <> ''`); n != "0" {
		t.Errorf("%s targets stay blocked though their account is back", n)
	}
}

func TestAccountGoes(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, team("[ada]", 4), nil), monday)
	sendStep(t, s, "Person00 Example", "hello", monday)
	yaml := team("[bob]", 4)
	i := strings.Index(yaml, "  ada:")
	apply(t, s, load(t, yaml[:i]+yaml[i+strings.Index(yaml[i:], "\n")+1:], nil), monday)
	if got := dealt(t, s); got != "ada 1, bob 3" {
		t.Errorf("after ada went: %s", got)
	}
	if got := one(t, s, `SELECT state FROM accounts WHERE name = 'ada'`); got != "removed" {
		t.Errorf("ada is %s", got)
	}
}

func TestRenames(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	ids := query(t, s, `SELECT id || state || coalesce(slot_at, '') FROM messages ORDER BY id`)
	renamed := edited(t, founders, "  ada: {", "  grace: { was: ada,", "accounts: [ada]", "accounts: [grace]",
		"  founders:\n", "  makers:\n    was: founders\n")
	staged := apply(t, s, load(t, renamed, nil), monday)
	if staged.Risky() != nil || staged.Cancelled != 0 || staged.Removed != 0 {
		t.Errorf("a declared rename: %v, %+v", staged.Risky(), staged)
	}
	if diff := cmp.Diff(ids, query(t, s, `SELECT id || state || coalesce(slot_at, '') FROM messages ORDER BY id`)); diff != "" {
		t.Errorf("a rename changes messages: %s", diff)
	}
	if got := strings.Join(query(t, s, `SELECT name || ' ' || key FROM accounts UNION SELECT name || ' ' || key FROM campaigns ORDER BY 1`), ", "); got != "bob bob, grace ada, makers founders" {
		t.Errorf("names and keys: %s", got)
	}
	// was: may stay in the file, and may go.
	if staged := apply(t, s, load(t, renamed, nil), monday); staged.Changes {
		t.Error("the same file again changes something")
	}
	without := edited(t, renamed, "was: ada,", "", "    was: founders\n", "")
	if staged := apply(t, s, load(t, without, nil), monday); staged.Changes {
		t.Error("dropping was: changes something")
	}
	// A new campaign of the old name must not get the old one's message ids.
	apply(t, s, load(t, without+"  founders:\n    accounts: [bob]\n"+people+"    steps: [{ send: connect, template: hello }]\n", nil), monday)
	if got := one(t, s, `SELECT key FROM campaigns WHERE name = 'founders'`); got != "founders#2" {
		t.Errorf("the new campaign's key is %s", got)
	}
}

func TestRisky(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, team("[ada]", 10), nil), monday)
	for _, tt := range []struct {
		yaml string
		want string // part of the sentences; empty: none
	}{
		{team("[ada]", 8), ""},
		{team("[ada]", 7), "3 of 10 queued messages"},
		{strings.Replace(team("[ada]", 10), "  founders:", "  makers:", 1), `add ` + "`was: founders`" + ` to "makers"`},
		{strings.Replace(team("[ada]", 5), "  founders:", "  makers:", 1), "10 of 10 queued messages"},
	} {
		staged, err := s.Stage(t.Context(), load(t, tt.yaml, nil), monday)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(staged.Risky(), "\n")
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("risky: %q, want %q", got, tt.want)
		}
		if err := s.Discard(t.Context(), staged); err != nil {
			t.Fatal(err)
		}
	}
	if n := one(t, s, `SELECT count(*) FROM staged_targets`); n != "0" {
		t.Errorf("%s staged rows are left", n)
	}
}

func TestApplyInBetween(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, team("[ada]", 3), nil), monday)
	staged, err := s.Stage(t.Context(), load(t, team("[ada]", 4), nil), monday)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, load(t, team("[ada]", 5), nil), monday)
	if err := s.Commit(t.Context(), staged, monday.Add(time.Minute)); err != ErrApplied {
		t.Errorf("committing what is stale: %v", err)
	}
}

func TestCommitNeedsItsRows(t *testing.T) {
	s := open(t)
	staged, err := s.Stage(t.Context(), load(t, team("[ada]", 4), nil), monday)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stage(t.Context(), load(t, team("[ada]", 5), nil), monday); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), staged, monday); err != ErrApplied {
		t.Errorf("committing a staging another one swept away: %v", err)
	}
	if got := one(t, s, `SELECT value FROM meta WHERE key = 'config_version'`); got != "0" {
		t.Errorf("the refused commit left version %s", got)
	}
}
