package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outpace/campaign"
)

// person is a row of targets.csv.
func person(i int) string {
	return fmt.Sprintf("Person%05d Example,https://www.linkedin.com/in/example-%05d,Example %d", i, i, i)
}

// peopleCSV is a set of two accounts whose campaign has these rows.
func peopleCSV(t *testing.T, rows []string) *campaign.Set {
	t.Helper()
	yaml, _ := csvTeam(t, 0)
	return load(t, yaml, map[string]string{"targets.csv": "name,profile,company\n" + strings.Join(rows, "\n") + "\n"})
}

// writes counts the rows of a table that an apply of the rows inserts, updates
// or deletes.
func writes(t *testing.T, s *Store, rows []string) map[string]int {
	t.Helper()
	must(t, s, `CREATE TABLE IF NOT EXISTS written (what TEXT)`)
	must(t, s, `DELETE FROM written`)
	tables := []string{"people", "targets", "messages", "staged_targets", "configs", "meta"}
	for _, table := range tables {
		for _, op := range []string{"INSERT", "UPDATE", "DELETE"} {
			must(t, s, `CREATE TRIGGER count_`+table+`_`+op+` AFTER `+op+` ON `+table+`
				BEGIN INSERT INTO written VALUES ('`+table+`'); END`)
		}
	}
	commitOnly(t, s, peopleCSV(t, rows), monday)
	if err := s.merge(t.Context(), monday, nil); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, line := range query(t, s, `SELECT what || ' ' || count(*) FROM written GROUP BY what`) {
		var table string
		var n int
		if _, err := fmt.Sscan(line, &table, &n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	for _, table := range tables {
		for _, op := range []string{"INSERT", "UPDATE", "DELETE"} {
			must(t, s, `DROP TRIGGER count_`+table+`_`+op)
		}
	}
	return counts
}

// inFileOrder lists who stands where in the campaign.
func inFileOrder(t *testing.T, s *Store) []string {
	return query(t, s, `SELECT p.name FROM targets t JOIN people p ON p.id = t.person_id
		WHERE t.state <> 'removed' ORDER BY t.position`)
}

// A changed file touches what changed and nothing else, and the order is that
// of the file.
func TestChangedFileTouchesOnlyWhatChanged(t *testing.T) {
	const n = 300
	rows := make([]string, n)
	for i := range rows {
		rows[i] = person(i)
	}
	for _, tt := range []struct {
		name    string
		edit    func([]string) []string
		targets int // written
		staged  int // put beside, and taken away again
	}{
		{"nothing", func(r []string) []string { return r }, 0, 0},
		{"a row at the top", func(r []string) []string { return slices.Insert(r, 0, person(n)) }, 1, 1},
		{"a row in between", func(r []string) []string { return slices.Insert(r, n/2, person(n)) }, 1, 1},
		{"a row at the end", func(r []string) []string { return append(r, person(n)) }, 1, 1},
		{"the last row first", func(r []string) []string { return slices.Insert(r[:n-1], 0, r[n-1]) }, 1, 1},
		{"the first row last", func(r []string) []string { return append(r[1:], r[0]) }, 1, 1},
		{"a row less", func(r []string) []string { return slices.Delete(r, 7, 8) }, 1, 1},
		{"another company", func(r []string) []string { r[3] += " Ltd"; return r }, 1, 1},
		{"two rows swapped", func(r []string) []string { r[3], r[9] = r[9], r[3]; return r }, 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			apply(t, s, peopleCSV(t, rows), monday)
			edited := tt.edit(slices.Clone(rows))
			got := writes(t, s, edited)
			if got["staged_targets"] != 2*tt.staged {
				t.Errorf("%d writes of staged rows, want %d in and out", got["staged_targets"], tt.staged)
			}
			if tt.targets == 0 && len(got) > 0 {
				t.Errorf("the same file again writes %v", got)
			}
			if got["targets"] != tt.targets {
				t.Errorf("%d targets written, want %d", got["targets"], tt.targets)
			}
			whole := open(t)
			apply(t, whole, peopleCSV(t, edited), monday)
			if diff := cmp.Diff(inFileOrder(t, whole), inFileOrder(t, s)); diff != "" {
				t.Errorf("the order is not that of the file (-file +database): %s", diff)
			}
		})
	}
}

// The plan after an edit is that of the edited file imported afresh: only ids
// of rows and dates of first applies may differ.
func TestEditedPlanIsThatOfTheFile(t *testing.T) {
	rows := make([]string, 60)
	for i := range rows {
		rows[i] = person(i)
	}
	slots := func(s *Store) []string {
		return query(t, s, `SELECT m.slot_at || ' ' || m.place || ' ' || p.name FROM messages m JOIN targets t ON t.id = m.target_id
			JOIN people p ON p.id = t.person_id WHERE m.state = 'scheduled' ORDER BY m.slot_at, m.account_id, m.place`)
	}
	yaml := head + "  founders:\n    accounts: [ada]\n    targets: [{ csv: targets.csv }]\n    steps: [{ send: connect, template: hello }]\n"
	set := func(rows []string) *campaign.Set {
		return load(t, yaml, map[string]string{"targets.csv": "name,profile,company\n" + strings.Join(rows, "\n") + "\n"})
	}
	edited := slices.Insert(slices.Clone(rows), 0, person(90), person(91))
	edited[10], edited[40] = edited[40], edited[10]
	edited = slices.Delete(edited, 20, 23)
	s, whole := open(t), open(t)
	apply(t, s, set(rows), monday)
	apply(t, s, set(edited), monday)
	apply(t, whole, set(edited), monday)
	if want := slots(whole); len(want) < 50 {
		t.Fatalf("only %d slots", len(want))
	} else if diff := cmp.Diff(want, slots(s)); diff != "" {
		t.Errorf("-afresh +edited: %s", diff)
	}
}

// interrupted is a context that ends at the nth question.
type interrupted struct {
	context.Context
	left atomic.Int64
	done chan struct{}
}

func (c *interrupted) Done() <-chan struct{} { return c.done }

func (c *interrupted) Err() error {
	left := c.left.Add(-1) // database/sql asks from its own goroutine, too
	if left == 0 {
		close(c.done)
	}
	if left <= 0 {
		return context.Canceled
	}
	return nil
}

// Wherever an import is interrupted, nothing is half done: before the commit
// all is as it was, after it the next caller finishes.
func TestInterruptedAnywhere(t *testing.T) {
	rows := make([]string, 24)
	for i := range rows {
		rows[i] = person(i)
	}
	whole := open(t)
	first, second := peopleCSV(t, rows[:18]), peopleCSV(t, slices.Delete(slices.Clone(rows), 5, 9))
	apply(t, whole, first, monday)
	before := states(t, whole)
	apply(t, whole, second, monday)
	after := states(t, whole)
	committed := 0
	for n, ended := 1, false; !ended; n += 1 + n/8 {
		s := open(t)
		s.chunk = 5
		apply(t, s, first, monday)
		ctx := &interrupted{Context: t.Context(), done: make(chan struct{})}
		ctx.left.Store(int64(n))
		version := one(t, s, `SELECT value FROM meta WHERE key = 'config_version'`)
		staged, err := s.Stage(ctx, second, monday)
		if err == nil {
			err = s.Commit(ctx, staged, monday)
		}
		if err == nil {
			err = s.PlanDirty(ctx, monday, nil)
		}
		if ended = err == nil; !ended && !errors.Is(err, context.Canceled) && !errors.Is(err, sql.ErrTxDone) {
			t.Fatalf("interrupted at %d: %v", n, err)
		}
		if one(t, s, `SELECT value FROM meta WHERE key = 'config_version'`) == version {
			if diff := cmp.Diff(before, states(t, s)); diff != "" {
				t.Fatalf("interrupted at %d, before the commit, something changed: %s", n, diff)
			}
			continue
		}
		committed++
		if err := s.PlanDirty(t.Context(), monday, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, states(t, s)); diff != "" {
			t.Fatalf("interrupted at %d, after the commit, the next caller does not finish: %s", n, diff)
		}
		if left := one(t, s, `SELECT count(*) FROM staged_targets`); left != "0" {
			t.Fatalf("interrupted at %d: %s staged rows are left", n, left)
		}
	}
	if committed < 3 {
		t.Errorf("interrupted only %d times after the commit", committed)
	}
}

// A file that changes between reading and staging is not applied, also if each
// row is good.
func TestFileChangesUnderway(t *testing.T) {
	s := open(t)
	yaml, _ := csvTeam(t, 0)
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("campaigns.yaml", yaml)
	write("targets.csv", "name,profile,company\n"+person(1)+"\n")
	set, _, err := campaign.Load(filepath.Join(dir, "campaigns.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write("targets.csv", "name,profile,company\n"+person(1)+"\n"+person(1)+"\n")
	if _, err := s.Stage(t.Context(), set, monday); err == nil || !strings.Contains(err.Error(), "changed while it was being read") {
		t.Errorf("a file with a person twice: %v", err)
	}
	if n := one(t, s, `SELECT count(*) FROM staged_targets`); n != "0" {
		t.Errorf("%s staged rows are left", n)
	}
}

// What is new is inserted in bulk, chunk by chunk, as if one by one.
func TestChunks(t *testing.T) {
	rows := make([]string, 2*bulkRows+7)
	for i := range rows {
		rows[i] = person(i)
	}
	s := open(t)
	s.chunk = bulkRows + 3
	apply(t, s, peopleCSV(t, rows), monday)
	if got := len(inFileOrder(t, s)); got != len(rows) {
		t.Errorf("%d targets of %d", got, len(rows))
	}
	if bad := one(t, s, `SELECT count(*) FROM targets t JOIN people p ON p.id = t.person_id JOIN messages m ON m.target_id = t.id
		WHERE json_extract(t.fields, '$.name') <> p.name OR m.account_id <> t.account_id`); bad != "0" {
		t.Errorf("%s targets are somebody else's", bad)
	}
}
