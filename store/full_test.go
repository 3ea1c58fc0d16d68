package store

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/scheduler"
)

// TestDiskFullAtEveryPage runs out of room at the n-th page a step of a
// message's life needs, for every n: the step fails, says why and leaves
// nothing behind, and with room again it does what it would have done.
func TestDiskFullAtEveryPage(t *testing.T) {
	const n = 120
	file := strings.Replace(crowdFile, "o.jsonl", "/dev/null", 1)
	life := func(t *testing.T, s *Store, each func(name string, fn func() error)) {
		set := load(t, file, map[string]string{"c.csv": crowd(n)})
		var staged *Staged
		each("stage", func() (err error) {
			staged, err = s.Stage(t.Context(), set, monday)
			return err
		})
		each("commit", func() error { return s.Commit(t.Context(), staged, monday) })
		each("plan", func() error { return s.PlanDirty(t.Context(), monday, nil) })
		var due []scheduler.Release
		each("claim", func() (err error) {
			due, err = s.Claim(t.Context(), nine, map[string]int{"out": Unbounded, "desk": Unbounded})
			return err
		})
		var reports []scheduler.Report
		for i := range due {
			r := scheduler.Report{Release: due[i].ID, Outcome: scheduler.WasSent, Detail: strings.Repeat("a long story ", 40)}
			if i%3 == 0 {
				r.Outcome = scheduler.NotSent
			}
			reports = append(reports, r)
		}
		each("record", func() error { return s.Record(t.Context(), nine, reports) })
		each("housekeep", func() error { return s.Housekeep(t.Context(), nine.Add(26*time.Hour), nil) })
	}
	want := open(t)
	life(t, want, func(name string, fn func() error) {
		if err := fn(); err != nil {
			t.Fatalf("%s with room: %v", name, err)
		}
	})
	s, failures := open(t), map[string]int{}
	life(t, s, func(name string, fn func() error) { failures[name] = untilItFits(t, s, name, fn) })
	t.Log("times that a page was missing:", failures)
	for _, name := range []string{"stage", "plan", "claim", "record"} {
		if failures[name] == 0 {
			t.Errorf("%s was never short of a page", name)
		}
	}
	if diff := cmp.Diff(wholeOf(t, want), wholeOf(t, s)); diff != "" {
		t.Errorf("after all the failures (+) it is not as without them (-):\n%s", diff)
	}
	if v, err := s.Verify(t.Context(), nine.Add(27*time.Hour)); err != nil || !v.OK {
		t.Errorf("%+v, %v", v.Violations, err)
	}
}

// untilItFits gives the database one page more with each try, until fn
// succeeds, and counts the failures. What is one transaction leaves nothing
// behind when it fails; longer work goes on from where it came.
func untilItFits(t *testing.T, s *Store, name string, fn func() error) (failures int) {
	t.Helper()
	before := wholeOf(t, s)
	var pages int
	if err := s.writer.Get(&pages, `PRAGMA page_count`); err != nil {
		t.Fatal(err)
	}
	limit(t, s, pages)
	for err := fn(); err != nil; err = fn() {
		refused(t, name, err)
		if failures++; failures > 400 {
			t.Fatalf("%s: still no room: %v", name, err)
		}
		if name == "claim" || name == "record" {
			if diff := cmp.Diff(before, wholeOf(t, s)); diff != "" {
				t.Fatalf("%s failed and left this behind:\n%s", name, diff)
			}
		}
		limit(t, s, pages+failures)
	}
	limit(t, s, 1<<30)
	return failures
}

func limit(t *testing.T, s *Store, pages int) {
	t.Helper()
	if _, err := s.writer.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, name string, err error) {
	t.Helper()
	var full *FullError
	if !errors.As(err, &full) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no room on the disk") {
		t.Fatalf("%s: %v, want a FullError", name, err)
	}
}

// wholeOf is what must not be lost nor doubled, a line a row.
func wholeOf(t *testing.T, s *Store) []string {
	return query(t, s, `SELECT 'm ' || id || ' ' || state || ' ' || coalesce(slot_at, '') || ' ' || tries FROM messages
		UNION ALL SELECT 'r ' || message_id || ' ' || key || ' ' || state FROM releases
		UNION ALL SELECT 'u ' || at || ' ' || kind || ' ' || amount || ' ' || coalesce(release_id, '') FROM units
		UNION ALL SELECT 'e ' || at || ' ' || change || ' ' || balance FROM entries
		UNION ALL SELECT 't ' || person_id || ' ' || state || ' ' || coalesce(last_at, '') FROM targets ORDER BY 1`)
}
