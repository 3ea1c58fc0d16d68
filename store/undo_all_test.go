package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const undoFile = `version: 1
timezone: Europe/Berlin
plans:
  asap: { extends: premium-business, inmail: { pace: asap } }
accounts:
  ada: { plan: asap, renewal_day: 14, opening: { credits: 3 }, slots: "*/10 9-16 * * *" }
  bob: { plan: basic, slots: "5 9-16 * * *" }
templates:
  hello: { subject: "A question", body: "Hello {{.first_name}}" }
  then: { body: "And then, {{.first_name}}" }
campaigns:
  founders:
    accounts: [ada]
    overlap: allow
    end: 2026-12-20
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", priority: 95 }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan" }
    steps:
      - { send: connect, name: ask }
      - { send: connect, name: again, after: 20d, only_if: not_accepted }
      - { send: message, template: then, after: 3d, only_if: accepted, within: 90d }
  makers:
    accounts: [ada]
    overlap: allow
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }
      - { name: Joan Example, profile: "https://www.linkedin.com/in/example-joan" }
    steps:
      - { send: inmail, template: hello }
      - { send: connect, name: asking, after: 1d }
  late:
    accounts: [ada, bob]
    overlap: allow
    end: 2026-11-24
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", priority: 10 }
      - { name: Edith Example, profile: "https://www.linkedin.com/in/example-edith" }
    steps:
      - { send: connect, name: asked }
      - { send: message, template: then, after: 1d, only_if: accepted }
`

// everything is all that planning and claiming look at. Ledgers count as their
// sums; what is lifted, withdrawn or given back is as if it had never been.
func everything(t *testing.T, s *Store) []string {
	t.Helper()
	var out []string
	for _, q := range []string{
		`SELECT 'message ' || id || ' ' || state || ' ' || reason || ' ' || coalesce(slot_at, '-') || ' ' || kind || ' ' || is_else
			|| ' ' || CASE state WHEN 'scheduled' THEN held ELSE '' END || ' ' || coalesce(retry_at, '-') || ' ' || tries || ' ' || coalesce(account_id, '-') FROM messages ORDER BY id`,
		`SELECT 'target ' || id || ' ' || state || ' ' || stop_reason || ' ' || blocked || ' ' || last_step || ' ' || coalesce(last_at, '-')
			|| ' ' || coalesce(begun_at, '-') || ' ' || coalesce(accepted_at, '-') || ' ' || coalesce(ends_at, '-') FROM targets ORDER BY id`,
		`SELECT 'release ' || id || ' ' || state || ' ' || answer || ' ' || verdict || ' ' || (recalled_at IS NOT NULL) FROM releases ORDER BY id`,
		`SELECT 'person ' || id || ' ' || coalesce(suppressed_at, '-') || ' ' || suppress_reason FROM people ORDER BY id`,
		`SELECT 'connection ' || account_id || ' ' || person_id || ' ' || since_at FROM connections ORDER BY 1`,
		`SELECT 'account ' || id || ' ' || coalesce(paused_at, '-') || ' ' || pause_reason || ' ' || channel_off_reason FROM accounts ORDER BY id`,
		`SELECT 'lot ' || id || ' ' || remaining FROM lots ORDER BY id`,
		`SELECT 'units ' || account_id || ' ' || at || ' ' || kind || ' ' || noted || ' ' || sum(amount) FROM units
			GROUP BY account_id, at, kind, noted HAVING sum(amount) <> 0 ORDER BY 1`,
		`SELECT 'hold ' || id FROM holds WHERE lifted_at IS NULL ORDER BY 1`,
		`SELECT 'no invitation ' || id FROM no_invites WHERE lifted_at IS NULL ORDER BY 1`,
		`SELECT 'ceiling ' || id FROM ceilings WHERE forgotten_at IS NULL ORDER BY 1`,
	} {
		out = append(out, query(t, s, q)...)
	}
	return out
}

// TestUndoRestoresEverything: whatever was answered on whichever card, the
// undo leaves what was there before.
func TestUndoRestoresEverything(t *testing.T) {
	original := open(t)
	apply(t, original, load(t, undoFile, nil), monday)
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n)+".db")
		if err := original.CopyTo(t.Context(), path); err != nil {
			rt.Fatal(err)
		}
		s, err := Open(t.Context(), path, Options{Volatile: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		claimAt(t, s, nine)
		now := nine.Add(10 * time.Minute)
		for range rapid.IntRange(1, 12).Draw(rt, "slots") {
			claimAt(t, s, now)
			now = now.Add(10 * time.Minute)
		}
		claimAt(t, s, now) // a slot that came and was not used is not given twice
		now = now.Add(time.Minute)
		cards, err := s.DeskCards(t.Context(), now, "")
		if err != nil {
			rt.Fatal(err)
		}
		card := cards[rapid.IntRange(0, len(cards)-1).Draw(rt, "card")]
		a := Answer{Kind: rapid.SampledFrom(AnswerKinds).Draw(rt, "answer")}
		if a.Kind == AnswerSent || a.Kind == AnswerNotSent {
			a.Verdict = rapid.SampledFrom(append([]string{"", ""}, Verdicts...)).Draw(rt, "verdict")
		}
		replan(t, s, now)
		before := everything(t, s)
		if err := s.DeskAnswer(t.Context(), now, card.ID, a); err != nil {
			if a.Kind == AnswerInMailRefused && card.Kind.String() != "inmail" {
				return
			}
			rt.Fatal(err)
		}
		replan(t, s, now)
		if err := s.DeskUndo(t.Context(), now, card.ID); err != nil {
			rt.Fatal(err)
		}
		replan(t, s, now)
		after := everything(t, s)
		if !slices.Equal(before, after) {
			rt.Fatalf("%+v on the %s of step %s of %s: gone\n%s\nnew\n%s", a, card.Kind, card.StepName, card.Campaign,
				strings.Join(missing(before, after), "\n"), strings.Join(missing(after, before), "\n"))
		}
	})
}

// missing are the lines of a that b does not have.
func missing(a, b []string) (list []string) {
	for _, line := range a {
		if !slices.Contains(b, line) {
			list = append(list, line)
		}
	}
	return list
}

// replan plans every account anew.
func replan(t *testing.T, s *Store, now time.Time) {
	t.Helper()
	must(t, s, `UPDATE accounts SET dirty = 1 WHERE state = 'active'`)
	if err := s.PlanDirty(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
}

// TestUndoBringsSkippedStepsBack: a connection makes further requests needless;
// if it was a misclick, they are needed again, also in other campaigns.
func TestUndoBringsSkippedStepsBack(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, undoFile, nil), monday)
	var ask string
	for now := nine; ask == ""; now = now.Add(10 * time.Minute) {
		for _, r := range claimAt(t, s, now) {
			if r.Campaign == "founders" && strings.HasSuffix(r.Target, "example-grace") {
				ask = r.Message
			}
		}
		if now.After(nine.Add(4 * time.Hour)) {
			t.Fatal("the request was never released")
		}
	}
	now := nine.Add(5 * time.Hour)
	answer(t, s, now, ask, Answer{Kind: AnswerConnected})
	gone := func() []string {
		return query(t, s, `SELECT step FROM messages WHERE state = 'cancelled' AND reason = 'skipped' ORDER BY step`)
	}
	if got := gone(); !slices.Contains(got, "again") || !slices.Contains(got, "ask") {
		t.Fatalf("connected, and only %v are skipped", got)
	}
	if err := s.DeskUndo(t.Context(), now.Add(time.Minute), ask); err != nil {
		t.Fatal(err)
	}
	if got := gone(); len(got) != 0 {
		t.Errorf("after the undo %v are still skipped", got)
	}
	sound(t, s, now.Add(time.Minute))
}
