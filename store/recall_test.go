package store

import (
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
