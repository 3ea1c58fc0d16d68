package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// csvTeam is a campaign of two accounts with n targets from a CSV file.
func csvTeam(t *testing.T, n int) (yaml string, files map[string]string) {
	var b strings.Builder
	b.WriteString("name,profile,company\n")
	for i := range n {
		fmt.Fprintf(&b, "Person%05d Example,https://www.linkedin.com/in/example-%05d,Example %d\n", i, i, i%100)
	}
	return head + `  founders:
    accounts: [ada, bob]
    targets: [{ csv: targets.csv }]
    steps: [{ send: connect, template: hello }]
`, map[string]string{"targets.csv": b.String()}
}

func TestCrashBeforePlanning(t *testing.T) {
	yaml, files := csvTeam(t, 3000)
	whole := open(t)
	apply(t, whole, load(t, yaml, files), monday)
	want := states(t, whole)

	s := open(t)
	commitOnly(t, s, load(t, yaml, files), monday)
	if n := one(t, s, `SELECT count(*) FROM messages`); n != "0" {
		t.Fatalf("%s messages before the merge", n)
	}
	// The process dies after one chunk; somebody else reports something.
	err := s.write(t.Context(), func(x *tx) error {
		if n, _, err := mergeSome(t.Context(), x, monday, 1000); err != nil || n != 1000 {
			t.Fatalf("one chunk: %d, %v", n, err)
		}
		return s.planAccount(t.Context(), x, 1, monday)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := one(t, s, `SELECT count(*) FROM accounts WHERE dirty = 1`); n != "2" {
		t.Errorf("%s accounts are dirty in the middle of a merge", n)
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'scheduled'`); n != "0" {
		t.Errorf("%s messages have slots in the middle of a merge", n)
	}
	if next, err := s.NextAt(t.Context(), monday); err != nil || !next.Equal(monday) {
		t.Errorf("with a merge to finish, the next thing is due at %v: %v", next, err)
	}
	// The next caller finishes, and so does the next apply.
	if err := s.Housekeep(t.Context(), monday, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, states(t, s)); diff != "" {
		t.Error(diff)
	}
	if staged := apply(t, s, load(t, yaml, files), monday); staged.Changes {
		t.Errorf("after a crash and its repair the set changes something: %+v", staged)
	}
}

func TestInterruptedStage(t *testing.T) {
	yaml, files := csvTeam(t, stageChunk+1)
	s := open(t)
	set := load(t, yaml, files)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Stage(ctx, set, monday); !errors.Is(err, context.Canceled) {
		t.Errorf("staging after ^C: %v", err)
	}
	must(t, s, `INSERT INTO staged_targets (stage, seq, campaign, profile) VALUES (7, 1, 'founders', 'x')`)
	if staged := apply(t, s, set, monday); staged.Added != stageChunk+1 {
		t.Errorf("staged %+v", staged)
	}
	if n := one(t, s, `SELECT count(*) FROM staged_targets`); n != "0" {
		t.Errorf("%s staged rows are left", n)
	}
}

func TestManyTargets(t *testing.T) {
	const n = 20_000
	yaml, files := csvTeam(t, n)
	s := open(t)
	set := load(t, yaml, files)
	began := time.Now()
	staged := commitOnly(t, s, set, monday)
	done := 0
	err := s.PlanDirty(t.Context(), monday, func(phase Phase, d, total int) {
		if phase != Planning {
			return
		}
		if d != done+1 || total < d {
			t.Errorf("progress %d of %d after %d", d, total, done)
		}
		done = d
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d targets staged, merged and planned in %v", n, time.Since(began))
	if staged.Added != n || done < 2 {
		t.Errorf("added %d, %d accounts planned", staged.Added, done)
	}
	if got := one(t, s, `SELECT count(*) FROM messages`); got != text(n) {
		t.Errorf("%s messages", got)
	}
	if staged := apply(t, s, set, monday); staged.Changes {
		t.Errorf("again: %+v", staged)
	}
	// One row less, none of the others is touched.
	files["targets.csv"] = files["targets.csv"][:strings.LastIndex(strings.TrimSpace(files["targets.csv"]), "\n")+1]
	if staged := apply(t, s, load(t, yaml, files), monday); staged.Removed != 1 || staged.Changed != 0 {
		t.Errorf("one less: %+v", staged)
	}
}
