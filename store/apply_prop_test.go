package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/campaign"
)

// randomFile draws a campaigns.yaml: two accounts, up to three campaigns over
// the same few people, with up to three steps each.
func randomFile(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(head)
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"alpha", "beta", "gamma"}), 1, 3, rapid.ID[string]).Draw(t, "campaigns")
	for _, name := range names {
		accounts := rapid.SampledFrom([]string{"[ada]", "[bob]", "[ada, bob]", "[bob, ada]"}).Draw(t, "accounts")
		fmt.Fprintf(&b, "  %s:\n    accounts: %s\n    priority: %d\n    targets:\n", name, accounts,
			rapid.SampledFrom([]int{10, 50, 90}).Draw(t, "priority"))
		for _, p := range rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 1, 5, rapid.ID[int]).Draw(t, "people") {
			fmt.Fprintf(&b, "      - { name: Person%d Example, profile: \"https://www.linkedin.com/in/example-%d\" }\n", p, p)
		}
		b.WriteString("    steps:\n")
		for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"hello", "again", "third"}), 1, 3, rapid.ID[string]).Draw(t, "steps") {
			fmt.Fprintf(&b, "      - { send: reminder, template: %s }\n", s)
		}
		if rapid.IntRange(0, 3).Draw(t, "over") == 0 {
			b.WriteString("    start: 2026-11-01\n    end: 2026-11-02\n")
		}
	}
	return b.String()
}

// TestAnyEdits applies files at random, with sends in between, and holds the
// database to what an apply promises.
func TestAnyEdits(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		s, err := Open(t.Context(), filepath.Join(dir, fmt.Sprintf("%d.db", n)), Options{Migrate: true, Volatile: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				rt.Error(err)
			}
		}()
		now, sent := monday, map[string]bool{}
		for range rapid.IntRange(1, 4).Draw(rt, "applies") {
			now = now.Add(time.Hour)
			set := parse(rt, dir, randomFile(rt))
			applyAt(rt, s, set, now)
			before, err := s.Version(t.Context())
			if err != nil {
				rt.Fatal(err)
			}
			if staged := applyAt(rt, s, set, now); staged.Changes {
				rt.Fatalf("the same file again changes something: %+v", staged)
			}
			if after, err := s.Version(t.Context()); err != nil || after != before {
				rt.Fatalf("the same file again wrote: %v", err)
			}
			promises(rt, t, s, set, sent)
			sendFirst(t, s, now, sent)
		}
	})
}

func parse(t *rapid.T, dir, yaml string) *campaign.Set {
	path := filepath.Join(dir, "campaigns.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _, err := campaign.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func applyAt(t *rapid.T, s *Store, set *campaign.Set, now time.Time) *Staged {
	staged, err := s.Stage(t.Context(), set, now)
	if err == nil {
		err = s.Commit(t.Context(), staged, now)
	}
	if err == nil {
		err = s.PlanDirty(t.Context(), now, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return staged
}

// promises checks what holds after every apply: each message of the file is
// there in one state, no other one waits, what was sent stays sent, and the
// rows agree with each other.
func promises(rt *rapid.T, t *testing.T, s *Store, set *campaign.Set, sent map[string]bool) {
	want := map[string]bool{}
	for _, c := range set.Campaigns {
		err := c.Targets(func(p campaign.Target) error {
			for _, step := range c.Steps {
				want[MessageID(c.Name, p.Profile, step.Name)] = true
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	}
	have := map[string]string{}
	for _, line := range query(t, s, `SELECT id || ' ' || state FROM messages`) {
		id, state, _ := strings.Cut(line, " ")
		have[id] = state
		if waits := state == "queued" || state == "scheduled"; waits && !want[id] {
			rt.Fatalf("message %s is %s, and not in the file", id, state)
		}
	}
	for id := range want {
		if have[id] == "" {
			rt.Fatalf("message %s of the file is lost", id)
		}
	}
	for id := range sent {
		if have[id] != "sent" {
			rt.Fatalf("message %s was sent and is %s", id, have[id])
		}
	}
	for what, q := range map[string]string{
		"an account is dirty":                    `SELECT count(*) FROM accounts WHERE dirty = 1`,
		"a message is not with its target":       `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id WHERE m.state IN ('queued', 'scheduled') AND m.account_id <> t.account_id`,
		"a finished target still waits":          `SELECT count(*) FROM targets t JOIN messages m ON m.target_id = t.id WHERE t.state <> 'active' AND m.state IN ('queued', 'scheduled')`,
		"a passed step is the edit's":            `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id WHERE m.reason = 'edit' AND t.state = 'active' AND m.step = t.last_step`,
		"a slot is taken twice":                  `SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'scheduled' GROUP BY account_id, slot_at HAVING count(*) > 1)`,
		"a staged row is left":                   `SELECT count(*) FROM staged_targets`,
		"a target without begin left its dealer": `SELECT count(*) FROM targets t JOIN accounts a ON a.id = t.account_id WHERE t.state = 'active' AND a.state = 'removed' AND t.begun_at IS NULL`,
	} {
		if got := one(t, s, q); got != "0" {
			rt.Fatalf("%s: %s", what, got)
		}
	}
}

// sendFirst sends the message with the first slot.
func sendFirst(t *testing.T, s *Store, at time.Time, sent map[string]bool) {
	ids := query(t, s, `SELECT id FROM messages WHERE state = 'scheduled' ORDER BY slot_at, id LIMIT 1`)
	if len(ids) == 1 {
		send(t, s, ids[0], at)
		sent[ids[0]] = true
	}
}
