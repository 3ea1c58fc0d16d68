package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

func TestUndoRestores(t *testing.T) {
	for name, a := range map[string]Answer{
		"sent later":    {Kind: AnswerSent, At: nine.Add(time.Minute)},
		"sent":          {Kind: AnswerSent},
		"not sent":      {Kind: AnswerNotSent},
		"skip":          {Kind: AnswerSkip},
		"connected":     {Kind: AnswerConnected},
		"refused":       {Kind: AnswerInMailRefused},
		"gone":          {Kind: AnswerProfileGone},
		"with a policy": {Kind: AnswerNotSent, Verdict: verdictPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			s := ledgers(t)
			r := released(t, s, "Grace Example")
			// From here on a plan moves nothing but by the answer.
			snapshot := func() string {
				return strings.Join(slices.Concat(states(t, s),
					query(t, s, `SELECT id || ' ' || state || ' ' || last_step || ' ' || coalesce(last_at, '') || ' ' || coalesce(begun_at, '')
						|| ' ' || blocked || ' ' || coalesce(accepted_at, '') FROM targets ORDER BY id`),
					query(t, s, `SELECT id || ' ' || state || ' ' || answer FROM releases ORDER BY id`),
					query(t, s, `SELECT id || ' ' || remaining FROM lots ORDER BY id`),
					query(t, s, `SELECT id || ' ' || slot_at || ' ' || kind || ' ' || is_else || ' ' || tries FROM messages
						WHERE state = 'released' ORDER BY id`), []string{unitsAt(t, s, r)}), "\n")
			}
			before := snapshot()
			answer(t, s, nine.Add(5*time.Minute), r.Message, a)
			if snapshot() == before {
				t.Error("the answer changed nothing")
			}
			if err := s.DeskUndo(t.Context(), nine.Add(6*time.Minute), r.Message); err != nil {
				t.Fatal(err)
			}
			if after := snapshot(); after != before {
				t.Errorf("after the undo\n%s\nbefore\n%s", after, before)
			}
			if err := s.DeskUndo(t.Context(), nine.Add(7*time.Minute), r.Message); err == nil {
				t.Error("an open card was undone")
			}
			sound(t, s, nine.Add(7*time.Minute))
			answer(t, s, nine.Add(8*time.Minute), r.Message, Answer{Kind: AnswerSent})
			sound(t, s, nine.Add(8*time.Minute))
		})
	}
}

func TestUndoRefusesWhatWasBuiltOn(t *testing.T) {
	t.Run("released again", func(t *testing.T) {
		s := ledgers(t)
		r := released(t, s, "Grace Example")
		answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerNotSent})
		again := claimAt(t, s, nine.Add(70*time.Minute))
		if !slices.ContainsFunc(again, func(a scheduler.Release) bool { return a.Message == r.Message }) {
			t.Fatalf("released %+v", again)
		}
		if err := s.DeskUndo(t.Context(), nine.Add(71*time.Minute), r.Message); err == nil {
			t.Error("undone")
		}
	})
	t.Run("next step released", func(t *testing.T) {
		s := ledgers(t)
		r := released(t, s, "Grace Example")
		answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerSkip})
		for range 2 { // what bob missed makes ada wait to be planned
			claimAt(t, s, nine.Add(24*time.Hour+10*time.Minute))
		}
		if err := s.DeskUndo(t.Context(), nine.Add(25*time.Hour), r.Message); err == nil {
			t.Error("undone")
		}
		sound(t, s, nine.Add(25*time.Hour))
	})
	t.Run("credit spent", func(t *testing.T) {
		s := ledgers(t)
		r := released(t, s, "Grace Example")
		claimAt(t, s, nine.Add(10*time.Minute)) // the second credit
		answer(t, s, nine.Add(11*time.Minute), r.Message, Answer{Kind: AnswerSkip})
		if _, err := s.CreditsSet(t.Context(), nine.Add(12*time.Minute), "ada", 0); err != nil {
			t.Fatal(err)
		}
		if err := s.DeskUndo(t.Context(), nine.Add(13*time.Minute), r.Message); err == nil || !strings.Contains(err.Error(), "credit") {
			t.Errorf("undone, or %v", err)
		}
		sound(t, s, nine.Add(time.Hour))
	})
	t.Run("unit used", func(t *testing.T) {
		s := ledgers(t)
		r := released(t, s, "Grace Example")
		answer(t, s, nine.Add(11*time.Minute), r.Message, Answer{Kind: AnswerSkip})
		if err := s.UsageRecord(t.Context(), nine.Add(12*time.Minute), "ada", Usage{Kind: 2, N: 100}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeskUndo(t.Context(), nine.Add(13*time.Minute), r.Message); err == nil || !strings.Contains(err.Error(), "daily_cap") {
			t.Errorf("undone, or %v", err)
		}
	})
}

// An answer in the instant of the release: the card itself is nothing that was
// built on it.
func TestUndoAtOnce(t *testing.T) {
	s := ledgers(t)
	released(t, s, "Grace Example")
	at := nine.Add(10 * time.Minute)
	for _, r := range claimAt(t, s, at) {
		if r.Name != "Alan Example" {
			continue
		}
		answer(t, s, at, r.Message, Answer{Kind: AnswerSkip})
		if err := s.DeskUndo(t.Context(), at, r.Message); err != nil {
			t.Fatal(err)
		}
		sound(t, s, at)
		return
	}
	t.Fatal("no card for Alan")
}
