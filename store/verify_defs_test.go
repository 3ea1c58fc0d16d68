package store

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const oneRequest = `version: 1
timezone: Europe/Berlin
accounts:
  bob: { plan: basic, slots: "0 9,14 * * *" }
campaigns:
  one: { accounts: [bob], targets: [ { name: Q Example, profile: "https://www.linkedin.com/in/example-q" } ], steps: [{ send: connect }] }
`

// An edit does not make verify forget by what rules a release went.
func TestVerifyMeasuresByTheRulesOfTheDay(t *testing.T) {
	for _, c := range []struct {
		name, detail string
		edit         []string
		plant        []string
	}{
		{"a target more, no slot", "no slot", []string{"} ], steps",
			`}, { name: R Example, profile: "https://www.linkedin.com/in/example-r" } ], steps`},
			[]string{`UPDATE releases SET slot_at = slot_at - 780000000`, `UPDATE units SET at = at - 780000000`}},
		{"other slots, no slot", "no slot", []string{"0 9,14", "47 8"},
			[]string{`UPDATE releases SET slot_at = slot_at - 780000000`, `UPDATE units SET at = at - 780000000`}},
		{"other slots, too late", "grace ended", []string{"0 9,14", "0 14"}, []string{`UPDATE releases SET released_at = slot_at + 14000000000`}},
		{"another end, after it", "ended", []string{"{ accounts: [bob],", "{ accounts: [bob], end: 2027-01-31,"},
			[]string{`UPDATE campaign_defs SET def = json_set(def, '$.end', '2026-11-22') WHERE version = 1`}},
		{"another cap, above it", "kind_cap", []string{"plan: basic,", "plan: basic, daily_cap: 10,"},
			[]string{`INSERT INTO units (id, account_id, at, kind, manual, amount, recorded_at) SELECT -1, account_id, slot_at, kind, 1, 40, slot_at FROM releases`}},
		{"other rules, none broken", "", []string{"0 9,14", "0 15", "bob: {", "bob: { timezone: America/New_York, holidays: [2026-11-23],",
			"{ accounts: [bob],", `{ accounts: [bob], paused: true, start: 2027-01-01, hours: { days: sat, from: "01:00", to: "02:00" },`}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, oneRequest, nil), monday)
			if got := claimAt(t, s, nine); len(got) != 1 {
				t.Fatalf("released %+v", got)
			}
			apply(t, s, load(t, edited(t, oneRequest, c.edit...), nil), nine.Add(5*time.Hour))
			plant(t, s, c.plant)
			v, err := s.Verify(t.Context(), nine.Add(6*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			found := slices.ContainsFunc(v.Violations, func(v Violation) bool { return strings.Contains(v.Detail, c.detail) })
			if found == v.OK {
				t.Errorf("found %+v", v.Violations)
			}
		})
	}
}

// A definition is kept once, however often something else is applied.
func TestDefinitionsAreKeptWhenTheyChange(t *testing.T) {
	s := open(t)
	more := edited(t, oneRequest, "} ], steps", `}, { name: R Example, profile: "https://www.linkedin.com/in/example-r" } ], steps`)
	for i, yaml := range []string{oneRequest, more, edited(t, more, "0 9,14", "0 10"), oneRequest} {
		apply(t, s, load(t, yaml, nil), monday.Add(time.Duration(i)*time.Minute))
	}
	if got := query(t, s, `SELECT version || json_extract(def, '$.slots[0]') FROM account_defs ORDER BY version`); len(got) != 3 {
		t.Errorf("definitions of the account: %v", got)
	}
	if got := query(t, s, `SELECT version FROM campaign_defs`); !slices.Equal(got, []string{"1"}) {
		t.Errorf("definitions of the campaign, by version: %v", got)
	}
}

// A pause is of an account, by whatever name it went then.
func TestPausesSurviveRenames(t *testing.T) {
	for _, c := range []struct{ name, old, renamed, rename string }{
		{"account", "bob: {", "rob: { was: bob,", "[bob]"},
		{"campaign", "one: {", "two: { was: one,", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, oneRequest, nil), monday)
			claimAt(t, s, nine)
			name := strings.TrimSuffix(c.old, ": {")
			if _, err := s.Pause(t.Context(), nine.Add(time.Minute), name, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Resume(t.Context(), nine.Add(3*time.Minute), name); err != nil {
				t.Fatal(err)
			}
			edits := []string{c.old, c.renamed}
			if c.rename != "" {
				edits = append(edits, c.rename, "[rob]")
			}
			apply(t, s, load(t, edited(t, oneRequest, edits...), nil), nine.Add(time.Hour))
			sound(t, s, nine.Add(2*time.Hour))
			plant(t, s, []string{`UPDATE releases SET released_at = slot_at + 120000000`})
			v, err := s.Verify(t.Context(), nine.Add(2*time.Hour))
			if err != nil || len(v.Violations) != 1 || !strings.Contains(v.Violations[0].Detail, "was paused") {
				t.Errorf("found %+v, %v", v.Violations, err)
			}
		})
	}
}
