package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// reactAll records reactions, none of which may be wrong, and plans.
func reactAll(t *testing.T, s *Store, now time.Time, list ...Reaction) []ReactResult {
	t.Helper()
	got, err := s.ReactAll(t.Context(), now, list)
	if err != nil || len(got) != len(list) {
		t.Fatalf("%d results, %v", len(got), err)
	}
	for i, r := range got {
		if r.Err != nil {
			t.Fatalf("%+v: %v", list[i], r.Err)
		}
	}
	if err := s.PlanDirty(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReactAllLeavesNothingOfAWrongRow(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	react(t, s, nine.Add(time.Minute), Reaction{Kind: AcceptedBy, Person: grace, ID: "crm-1"})
	list := []Reaction{
		{Kind: OptOut, Person: "https://example.com/new", ID: "crm-1"}, // adds a person before the id is found
		{Kind: Reply, Person: grace},
		{Kind: "shouted", Person: grace},
		{Kind: Reply, Person: "https://example.com/stranger"},
		{Kind: Reply, Person: grace},
		{Kind: OptOut, Person: joan, Account: "nobody"},
		{Kind: OptOut, Person: joan, At: nine.Add(24 * time.Hour)},
		{Kind: Bounced, Person: alan},
	}
	got, err := s.ReactAll(t.Context(), nine.Add(5*time.Minute), list)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range got {
		switch {
		case r.Err != nil:
			said = append(said, "wrong")
		case r.Again:
			said = append(said, "again")
		default:
			said = append(said, "done")
		}
	}
	if want := strings.Fields("wrong done wrong wrong again wrong wrong done"); !slices.Equal(said, want) {
		t.Errorf("results %v, want %v", said, want)
	}
	var reused *IDReusedError
	if !errors.As(got[0].Err, &reused) {
		t.Errorf("the id of another event: %v", got[0].Err)
	}
	if n := one(t, s, `SELECT count(*) FROM people`); n != "3" {
		t.Errorf("%s people: a wrong row left somebody behind", n)
	}
	// Both accounts are dirty and release nothing before they are planned.
	if n := one(t, s, `SELECT count(*) FROM accounts WHERE dirty = 1`); n != "2" {
		t.Errorf("%s dirty accounts", n)
	}
	free := map[string]int{"desk": Unbounded, "out": Unbounded}
	at := nine.Add(time.Hour)
	if r, err := s.Claim(t.Context(), at, free); err != nil || len(r) > 0 {
		t.Errorf("released %+v, %v from dirty accounts", r, err)
	}
	for _, r := range claimAt(t, s, at) {
		if r.Name != "Joan Example" {
			t.Errorf("released %+v", r)
		}
	}
	sound(t, s, at)
}

// A file of more rows than a transaction takes is recorded to its end.
func TestReactAllInChunks(t *testing.T) {
	s := ledgers(t)
	list := make([]Reaction, 2*reactChunk+7)
	for i := range list {
		list[i] = Reaction{Kind: OptOut, Person: "https://example.com/p" + text(int64(i%(reactChunk+3)))}
	}
	again := 0
	for _, r := range reactAll(t, s, nine, list...) {
		if r.Again {
			again++
		}
	}
	if again != reactChunk+4 {
		t.Errorf("%d known already", again)
	}
}

// story is everything that reactions leave behind.
func story(t *testing.T, s *Store) (lines []string) {
	t.Helper()
	if err := s.read(t.Context(), func(x *tx) (err error) { lines, err = storyOf(t.Context(), x); return err }); err != nil {
		t.Fatal(err)
	}
	return lines
}

func storyOf(ctx context.Context, x *tx) (lines []string, err error) {
	for _, q := range []string{
		`SELECT c.name || ' ' || p.name || ' ' || t.state || ' ' || t.stop_reason || ' ' || coalesce(t.accepted_at, 0)
			FROM targets t JOIN people p ON p.id = t.person_id JOIN campaigns c ON c.id = t.campaign_id ORDER BY 1`,
		`SELECT profile || ' ' || suppress_reason || ' ' || coalesce(suppressed_at, 0) FROM people ORDER BY 1`,
		`SELECT a.name || ' ' || p.name || ' ' || n.since_at FROM connections n JOIN accounts a ON a.id = n.account_id
			JOIN people p ON p.id = n.person_id ORDER BY 1`,
		`SELECT message_id || ' ' || coalesce(withdrawn_at, 0) || ' ' || coalesce(recalled_at, 0) FROM releases ORDER BY 1`,
		`SELECT a.name || ' ' || p.name || ' ' || n.until_at FROM no_invites n JOIN accounts a ON a.id = n.account_id
			JOIN people p ON p.id = n.person_id ORDER BY 1`,
		`SELECT account_id || ' ' || sum(change) FROM entries GROUP BY account_id ORDER BY 1`,
		`SELECT person_id || ' ' || kind || ' ' || at FROM events WHERE person_id IS NOT NULL ORDER BY 1`,
		`SELECT m.id || ' ' || m.step || ' ' || m.state || ' ' || m.reason || ' ' || coalesce(m.slot_at, 0) FROM messages m ORDER BY 1`,
	} {
		var some []string
		if err := x.all(ctx, &some, q); err != nil {
			return nil, err
		}
		lines = append(lines, some...)
	}
	return lines, nil
}

// The same events in any order, and in one file or several, leave the same.
func TestReactionsInAnyOrder(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	ctx, now, undone := t.Context(), nine.Add(30*24*time.Hour), errors.New("undone")
	after := func(rt *rapid.T, lists ...[]Reaction) (lines []string) {
		err := s.write(ctx, func(x *tx) error {
			all := map[int64]bool{}
			for _, list := range lists {
				_, touched, err := s.reactSome(ctx, x, now, list)
				if err != nil {
					return err
				}
				maps.Copy(all, touched)
			}
			_, err := s.planAll(ctx, x, all, now)
			if err == nil {
				lines, err = storyOf(ctx, x)
			}
			return errors.Join(err, undone)
		})
		if err.Error() != undone.Error() {
			rt.Fatal(err)
		}
		return lines
	}
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawReaction), 1, 7).Draw(rt, "events")
		seen := map[time.Time]bool{} // two at one instant have no order
		list = slices.DeleteFunc(list, func(r Reaction) bool {
			twice := seen[r.At]
			seen[r.At] = true
			return twice
		})
		ordered := slices.Clone(list)
		slices.SortFunc(ordered, func(a, b Reaction) int { return a.At.Compare(b.At) })
		cut := rapid.IntRange(0, len(list)).Draw(rt, "cut")
		if diff := cmp.Diff(after(rt, ordered), after(rt, list[:cut], list[cut:])); diff != "" {
			rt.Fatalf("in order (-) and as drawn (+):\n%s", diff)
		}
	})
}

func drawReaction(rt *rapid.T) Reaction {
	return Reaction{
		Kind:    rapid.SampledFrom(ReactionKinds).Draw(rt, "kind"),
		Person:  rapid.SampledFrom([]string{grace, alan, joan}).Draw(rt, "person"),
		Account: rapid.SampledFrom([]string{"", "", "ada", "bob"}).Draw(rt, "account"),
		At:      nine.Add(time.Duration(rapid.IntRange(1, 1000).Draw(rt, "minutes")) * time.Minute),
	}
}
