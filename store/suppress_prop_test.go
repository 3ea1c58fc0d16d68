package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/scheduler"
)

// sparing is a random story of people who are suppressed, given back,
// forgotten, removed and imported again.
type sparing struct {
	t      *testing.T
	rt     *rapid.T
	s      *Store
	now    time.Time
	optOut map[int]bool // people who asked for it and whom nobody gave back
	gone   map[int]bool // forgotten ones
}

const somebody = "https://www.linkedin.com/in/example-%d"

// file draws who is in two campaigns, with which company and address.
func (w *sparing) file() string {
	var b strings.Builder
	b.WriteString(head)
	for _, name := range []string{"alpha", "beta"} {
		fmt.Fprintf(&b, "  %s:\n    accounts: [ada, bob]\n    overlap: allow\n    targets:\n", name)
		for _, p := range rapid.SliceOfNDistinct(rapid.IntRange(0, 4), 1, 5, rapid.ID[int]).Draw(w.rt, "people") {
			fmt.Fprintf(&b, "      - { name: Person%d Example, profile: %q, company: %q, email: %q }\n", p,
				fmt.Sprintf(rapid.SampledFrom([]string{somebody, "linkedin.com/in/Example-%d/?x=1"}).Draw(w.rt, "spelled"), p),
				rapid.SampledFrom([]string{"", "Example Navy", "EXAMPLE park, Inc."}).Draw(w.rt, "company"),
				rapid.SampledFrom([]string{"", "a@example.org", "b@mail.example.net"}).Draw(w.rt, "mail"))
		}
		b.WriteString("    steps:\n      - { send: reminder, template: hello }\n      - { send: reminder, template: again }\n")
	}
	return b.String()
}

func (w *sparing) whom() NewSuppression {
	return rapid.SampledFrom([]NewSuppression{
		{What: ThePerson, Value: fmt.Sprintf(somebody, 0)}, {What: ThePerson, Value: fmt.Sprintf(somebody, 1)},
		{What: TheCompany, Value: "example navy"}, {What: TheCompany, Value: "example park"},
		{What: TheDomain, Value: "example.org"}, {What: TheDomain, Value: "example.net"}, {What: TheDomain, Value: "mail.example.net"},
	}).Draw(w.rt, "whom")
}

func (w *sparing) step() {
	ctx := w.t.Context()
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, 20 * time.Minute, 20 * time.Hour}).Draw(w.rt, "wait"))
	p := rapid.IntRange(0, 4).Draw(w.rt, "person")
	profile := fmt.Sprintf(somebody, p)
	var err error
	var not *NotSuppressedError
	var missing *NotFoundError
	switch rapid.IntRange(0, 9).Draw(w.rt, "what") {
	case 0, 1:
		apply(w.t, w.s, load(w.t, w.file(), nil), w.now)
	case 2, 3, 4:
		for _, r := range claimAt(w.t, w.s, w.now) {
			err = errors.Join(err, w.s.Record(ctx, w.now, []scheduler.Report{{Release: r.ID, Outcome: scheduler.WasSent, At: w.now}}))
			w.never(r.Target)
		}
	case 5:
		_, err = w.s.Suppress(ctx, w.now, w.whom())
	case 6:
		_, err = w.s.Unsuppress(ctx, w.now, w.whom(), "a reason", false)
		if errors.As(err, &not) || errors.As(err, &missing) || errors.Is(err, ErrOptOut) || errors.Is(err, ErrForgotten) {
			err = nil
		}
	case 7:
		w.optOut[p] = true
		_, err = w.s.React(ctx, w.now, Reaction{Kind: OptOut, Person: profile})
	case 8:
		_, err = w.s.React(ctx, w.now, Reaction{Kind: Bounced, Person: profile})
	case 9:
		if rapid.IntRange(0, 3).Draw(w.rt, "rarely") == 0 {
			w.gone[p] = true
			_, err = w.s.Forget(ctx, w.now, profile)
		}
	}
	if err != nil {
		w.rt.Fatal(err)
	}
}

// never fails if a release went to somebody who must not get one.
func (w *sparing) never(target string) {
	for p := range 5 {
		if target == fmt.Sprintf(somebody, p) && (w.optOut[p] || w.gone[p]) {
			w.rt.Fatalf("released to %s, who opted out or was forgotten", target)
		}
	}
}

// Whatever is suppressed, taken back, forgotten and imported in whatever order:
// people are suppressed exactly while a cause is left (verify compares), an
// opt-out holds, and who was forgotten stands nowhere.
func TestAnyOrderOfSuppressions(t *testing.T) {
	original := open(t)
	dir, n := t.TempDir(), 0
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
		w := &sparing{t: t, rt: rt, s: s, now: nine, optOut: map[int]bool{}, gone: map[int]bool{}}
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			w.step()
		}
		v, err := s.Verify(t.Context(), w.now)
		if err != nil || !v.OK {
			rt.Fatalf("%+v, %v", v.Violations, err)
		}
		for p := range w.gone {
			if n := one(t, s, `SELECT count(*) FROM people WHERE profile = ? OR name = ?`, fmt.Sprintf(somebody, p), fmt.Sprintf("Person%d Example", p)); n != "0" {
				rt.Fatalf("person %d was forgotten and is back", p)
			}
		}
	})
}
