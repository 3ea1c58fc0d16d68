package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/limits"
)

func TestAnsweredTellsWhatElseItDid(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, reassigned(5), nil), monday) // ada has 0, 2 and 4, bob 1 and 3
	released := claimAt(t, s, nine)
	if len(released) != 2 || released[0].Account != "ada" {
		t.Fatalf("released %v", released)
	}
	did, err := s.DeskAnswered(t.Context(), nine, released[0].Message, Answer{Kind: AnswerNotSent, Verdict: verdictRestricted})
	want := Answered{"ada", &limits.Hold{Reason: limits.HeldCoolOff}, []Moved{{"founders", "ada", "bob", 3}}}
	if diff := cmp.Diff(want, did); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	if got := order(t, s); got != "bbbbb" {
		t.Errorf("dealt %s", got)
	}
	did, err = s.DeskAnswered(t.Context(), nine, released[1].Message, Answer{Kind: AnswerSent, Verdict: verdictWeekly})
	want = Answered{"bob", &limits.Hold{Kinds: []limits.Kind{limits.Connect}, Until: nine.Add(week), Reason: limits.HeldCoolOff}, nil}
	if diff := cmp.Diff(want, did, cmp.Comparer(time.Time.Equal)); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	sound(t, s, nine)
}

func TestUnsent(t *testing.T) {
	s := ledgers(t)
	for _, want := range []struct {
		template string
		n        int
	}{{"hello", 2 + 2}, {"again", 2 + 2}, {"third", 2}, {"none", 0}} {
		if n, err := s.Unsent(t.Context(), want.template); n != want.n || err != nil {
			t.Errorf("%s: %d, %v, want %d", want.template, n, err, want.n)
		}
	}
	released(t, s, "Grace Example")
	if n, err := s.Unsent(t.Context(), "hello"); n != 3 || err != nil {
		t.Errorf("with one of them released: %d, %v", n, err)
	}
}

func TestReassignedInWords(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, reassigned(1), nil), monday)
	stand(t, s, "ada", monday)
	if got := one(t, s, `SELECT detail FROM events WHERE kind = 'reassigned'`); got != "1 target to bob" {
		t.Errorf("the log says %q", got)
	}
}
