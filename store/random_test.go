package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/limits"
	"outpace/scheduler"
)

// Whatever people and channels report, in whatever order, no promise breaks
// and no operation fails but by refusing.
func TestAnyOrderOfReportsKeepsThePromises(t *testing.T) {
	original := ledgers(t)
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, text(int64(n))+".db")
		if err := original.CopyTo(t.Context(), path); err != nil {
			rt.Fatal(err)
		}
		s, err := Open(t.Context(), path, Options{Volatile: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		w := &disorder{t: t, rt: rt, s: s, now: nine}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			w.step()
		}
		v, err := s.Verify(t.Context(), w.now)
		if err != nil || !v.OK {
			rt.Fatalf("%+v, %v", v.Violations, err)
		}
	})
}

type disorder struct {
	t   *testing.T
	rt  *rapid.T
	s   *Store
	now time.Time
}

func (w *disorder) step() {
	ctx := w.t.Context()
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, 10 * time.Minute, time.Hour, 20 * time.Hour}).Draw(w.rt, "wait"))
	person := rapid.SampledFrom([]string{grace, alan, joan}).Draw(w.rt, "person")
	name := rapid.SampledFrom([]string{"ada", "bob", "founders", "makers"}).Draw(w.rt, "name")
	message := one(w.t, w.s, `SELECT coalesce((SELECT message_id FROM releases ORDER BY (id * 7919 + ?) % 31 LIMIT 1), '0')`,
		rapid.IntRange(0, 30).Draw(w.rt, "release"))
	switch rapid.IntRange(0, 9).Draw(w.rt, "what") {
	case 0, 1, 2:
		if err := w.s.PlanDirty(ctx, w.now, nil); err != nil {
			w.rt.Fatal(err)
		}
		if _, err := w.s.Claim(ctx, w.now, map[string]int{"desk": Unbounded, "out": Unbounded}); err != nil {
			w.rt.Fatal(err)
		}
	case 3:
		w.record()
	case 4, 5:
		kind := rapid.SampledFrom(AnswerKinds).Draw(w.rt, "answer")
		a := Answer{Kind: kind}
		if kind == AnswerNotSent {
			a.Verdict = rapid.SampledFrom(append([]string{"", "", ""}, Verdicts...)).Draw(w.rt, "verdict")
		}
		w.refused("answer", w.s.DeskAnswer(ctx, w.now, message, a))
	case 6:
		w.refused("undo", w.s.DeskUndo(ctx, w.now, message))
	case 7:
		_, err := w.s.React(ctx, w.now, Reaction{Kind: rapid.SampledFrom(ReactionKinds).Draw(w.rt, "reaction"), Person: person})
		w.refused("reaction", err)
	case 8:
		var err error
		if rapid.Bool().Draw(w.rt, "resume") {
			_, err = w.s.Resume(ctx, w.now, name)
		} else {
			_, err = w.s.Pause(ctx, w.now, name, "")
		}
		w.refused("pause", err)
	case 9:
		_, err := w.s.Retry(ctx, w.now, message)
		w.refused("retry", err)
		w.refused("usage", w.s.UsageRecord(ctx, w.now, "bob", Usage{Kind: limits.Connect, N: rapid.IntRange(-3, 3).Draw(w.rt, "n"), At: w.now}))
		_, err = w.s.CreditsSet(ctx, w.now, "ada", rapid.IntRange(0, 5).Draw(w.rt, "credits"))
		w.refused("credits", err)
	}
}

// record reports any outcome of an open release of the outbox.
func (w *disorder) record() {
	list, err := w.s.Open(w.t.Context())
	if err != nil {
		w.rt.Fatal(err)
	}
	for _, r := range list {
		if r.Channel == "desk" {
			continue
		}
		rep := scheduler.Report{Release: r.ID, Outcome: scheduler.Outcome(rapid.IntRange(1, 7).Draw(w.rt, "outcome"))}
		if err := w.s.Record(w.t.Context(), w.now, []scheduler.Report{rep}); err != nil {
			w.rt.Fatal(err)
		}
	}
}

// refused lets an operation say no, but not break: the database never has to
// stop one.
func (w *disorder) refused(what string, err error) {
	if err == nil {
		return
	}
	for _, broken := range []string{"constraint", "cannot move", "SQL", "no rows", "sql:"} {
		if strings.Contains(err.Error(), broken) {
			w.rt.Fatalf("%s: %v", what, err)
		}
	}
}
