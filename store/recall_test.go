package store

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const recallFile = `
version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: basic, slots: "0 9 * * *", per_slot: 5 }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c:
    accounts: [ada]
    end: 2026-11-24
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", degree: 1 }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan", degree: 1 }
    steps: [{ send: message, template: hello }]
`

// TestEditsRecallCards: an open card is recalled when its target, its step or
// its campaign leaves the file, when the campaign is paused there, and when it
// is over; and by nothing else.
func TestEditsRecallCards(t *testing.T) {
	const alan = `      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan", degree: 1 }` + "\n"
	for name, c := range map[string]struct {
		old, new string
		now      time.Time
		want     int
	}{
		"nothing":          {"per_slot: 5", "per_slot: 4", nine.Add(time.Hour), 0},
		"target removed":   {alan, "", nine.Add(time.Hour), 1},
		"step removed":     {"{ send: message, template: hello }", "{ send: message, name: other, template: hello }", nine.Add(time.Hour), 2},
		"campaign renamed": {"\n  c:\n", "\n  d:\n", nine.Add(time.Hour), 2},
		"campaign paused":  {"    end: 2026-11-24\n", "    end: 2026-11-24\n    paused: true\n", nine.Add(time.Hour), 2},
		"account removed":  {"ada", "bob", nine.Add(time.Hour), 2},
		"campaign over":    {"per_slot: 5", "per_slot: 4", nine.Add(48 * time.Hour), 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, recallFile, nil), monday)
			if n := len(claimAt(t, s, nine)); n != 2 {
				t.Fatalf("%d cards", n)
			}
			edited := strings.ReplaceAll(recallFile, c.old, c.new)
			if edited == recallFile {
				t.Fatal("the edit changes nothing")
			}
			apply(t, s, load(t, edited, nil), c.now)
			got := query(t, s, `SELECT id FROM releases WHERE recalled_at IS NOT NULL`)
			if len(got) != c.want {
				t.Errorf("%d cards recalled, want %d", len(got), c.want)
			}
			if open := query(t, s, `SELECT id FROM releases WHERE state = 'open'`); len(open) != 2 {
				t.Errorf("%d cards open: a recalled one waits for an answer", len(open))
			}
			sound(t, s, c.now)
		})
	}
}

// recalledCards are the names on the open cards nobody should act on, sorted.
func recalledCards(t *testing.T, s *Store) []string {
	t.Helper()
	return query(t, s, `SELECT p.name FROM releases r JOIN people p ON p.id = r.person_id
		WHERE r.state = 'open' AND r.recalled_at IS NOT NULL ORDER BY p.name`)
}

// TestRecalledCardsComeBack: what recalled a card is taken back, and it may be
// sent again; but not while something else stands in the way.
func TestRecalledCardsComeBack(t *testing.T) {
	const paused = "    end: 2026-11-24\n    paused: true\n"
	edit := func(old, new string) string { return strings.ReplaceAll(recallFile, old, new) }
	const alan = `      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan", degree: 1 }` + "\n"
	for name, edited := range map[string]string{
		"paused in the file": edit("    end: 2026-11-24\n", paused),
		"target taken out":   edit(alan, ""),
		"step taken out":     edit("{ send: message, template: hello }", "{ send: message, name: other, template: hello }"),
		"ended":              edit("2026-11-24", "2026-11-22"),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, recallFile, nil), monday)
			claimAt(t, s, nine)
			apply(t, s, load(t, edited, nil), nine.Add(time.Hour))
			if len(recalledCards(t, s)) == 0 {
				t.Fatal("no card was recalled")
			}
			apply(t, s, load(t, recallFile, nil), nine.Add(2*time.Hour))
			if got := recalledCards(t, s); len(got) != 0 {
				t.Errorf("%v are still recalled", got)
			}
			sound(t, s, nine.Add(2*time.Hour))
		})
	}
	t.Run("paused by command beside", func(t *testing.T) {
		s := open(t)
		apply(t, s, load(t, recallFile, nil), monday)
		claimAt(t, s, nine)
		apply(t, s, load(t, edit("    end: 2026-11-24\n", paused), nil), nine.Add(time.Hour))
		if p, err := s.Pause(t.Context(), nine.Add(time.Hour), "ada", ""); err != nil || p.Recalled != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		apply(t, s, load(t, recallFile, nil), nine.Add(2*time.Hour))
		if got := recalledCards(t, s); len(got) != 2 {
			t.Errorf("%v are recalled on a paused account", got)
		}
		if p, err := s.Resume(t.Context(), nine.Add(3*time.Hour), "ada"); err != nil || p.Recalled != 2 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestEndRecallsCards: the end of a campaign is an instant at which something
// is due, while a card of it is open.
func TestEndRecallsCards(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, recallFile, nil), monday)
	claimAt(t, s, nine)
	end := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC) // midnight in Berlin
	before := end.Add(-time.Minute)
	if err := s.Housekeep(t.Context(), before, nil); err != nil {
		t.Fatal(err)
	}
	if next, err := s.NextAt(t.Context(), before); err != nil || !next.Equal(end) {
		t.Errorf("due next at %s, want %s (%v)", next, end, err)
	}
	if got := recalledCards(t, s); len(got) != 0 {
		t.Errorf("%v are recalled before the end", got)
	}
	if err := s.Housekeep(t.Context(), end, nil); err != nil {
		t.Fatal(err)
	}
	if got := recalledCards(t, s); len(got) != 2 {
		t.Errorf("%v are recalled at the end", got)
	}
	if next, err := s.NextAt(t.Context(), end); err != nil || next.Equal(end) {
		t.Errorf("due again at %s (%v)", next, err)
	}
	sound(t, s, end)
}

// TestVerdictsRecallCards: a restricted account, and one the platform stopped
// twice in a week, sends none of the cards it still has until a person resumes
// it or takes the answer back; a first daily limit leaves them.
func TestVerdictsRecallCards(t *testing.T) {
	for name, c := range map[string]struct {
		verdict string
		before  bool // the platform said so two days ago already
		want    []string
	}{
		"restricted":         {verdictRestricted, false, []string{"Grace Example"}},
		"daily limit":        {verdictDaily, false, nil},
		"second daily limit": {verdictDaily, true, []string{"Grace Example"}},
		"throttled":          {verdictThrottled, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, recallFile, nil), monday)
			if c.before {
				must(t, s, `INSERT INTO ceilings (account_id, at, count) VALUES (1, ?, 5)`, on(monday.Add(-48*time.Hour)))
			}
			claimAt(t, s, nine)
			card := one(t, s, `SELECT r.message_id FROM releases r JOIN people p ON p.id = r.person_id WHERE p.name = 'Alan Example'`)
			refuse := func(now time.Time) {
				answer(t, s, now, card, Answer{Kind: AnswerNotSent, Verdict: c.verdict})
				if got := recalledCards(t, s); !slices.Equal(got, c.want) {
					t.Errorf("%v are recalled, want %v", got, c.want)
				}
			}
			refuse(nine.Add(time.Minute))
			if err := s.DeskUndo(t.Context(), nine.Add(2*time.Minute), card); err != nil {
				t.Fatal(err)
			}
			if got := recalledCards(t, s); len(got) != 0 {
				t.Errorf("%v are recalled after the undo", got)
			}
			refuse(nine.Add(3 * time.Minute))
			if c.want != nil {
				if p, err := s.Resume(t.Context(), nine.Add(4*time.Minute), "ada"); err != nil || p.Recalled != 1 {
					t.Errorf("resumed: %+v, %v", p, err)
				}
			}
			if got := recalledCards(t, s); len(got) != 0 {
				t.Errorf("%v are recalled after all", got)
			}
		})
	}
}

// A call that may be repeated is recalled with the answer itself: the next plan
// may be far away, as long as the clock is not trusted.
func TestAnOptOutRecallsWhileTheClockIsHeld(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	r := ofChannel(t, s, "out")
	ahead := nine.Add(24 * time.Hour)
	if h, err := s.ClockJumped(t.Context(), ahead, 24*time.Hour-time.Second); err != nil || !h.Held() {
		t.Fatalf("%v: %v", h, err)
	}
	if _, err := s.React(t.Context(), ahead, Reaction{Kind: OptOut, Person: r.Target}); err != nil {
		t.Fatal(err)
	}
	open, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range open {
		if o.ID == r.ID && o.Recalled {
			return
		}
	}
	t.Errorf("not recalled: %+v", open)
}
