package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const skippedSet = `version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: basic, slots: "0 9-16 * * *" }
templates: { hi: { body: "Hi {{.first_name}}" } }
campaigns:
  club:
    accounts: [ada]
    targets: [ { csv: people.csv } ]
    steps: [ { send: introduction, template: hi }, { send: reminder, template: hi, name: again, after: 3w } ]
`

// Everybody counts for one reason, and who got everything for none.
func TestSkippedCountsEveryReasonOnce(t *testing.T) {
	s := open(t)
	var csv strings.Builder
	csv.WriteString("name,profile\n")
	people := []string{"Waits", "Optout", "Reply", "Done", "Failed", "Unaccepted", "Noaccount", "End", "Skip", "Part", "Edit", "Unknown", "Gone"}
	for _, name := range people {
		fmt.Fprintf(&csv, "%s,https://example.com/%s\n", name, strings.ToLower(name))
	}
	apply(t, s, load(t, skippedSet, map[string]string{"people.csv": csv.String()}), monday)
	target := func(name, set string) {
		t.Helper()
		must(t, s, `UPDATE targets SET `+set+` WHERE person_id = (SELECT id FROM people WHERE name = ?)`, name)
	}
	message := func(name, step, state, reason string) {
		t.Helper()
		at := "slot_at"
		if state == "cancelled" {
			at = "NULL"
		}
		must(t, s, `UPDATE messages SET state = ?, reason = ?, slot_at = `+at+` WHERE step = ? AND target_id =
			(SELECT t.id FROM targets t JOIN people p ON p.id = t.person_id WHERE p.name = ?)`, state, reason, step, name)
	}
	react := func(name, kind string) {
		t.Helper()
		if _, err := s.React(t.Context(), monday, Reaction{Kind: kind, Person: "https://example.com/" + name, At: monday}); err != nil {
			t.Fatal(err)
		}
	}
	react("optout", OptOut)
	react("reply", Reply)
	for _, step := range []string{"hi", "again"} {
		sendStep(t, s, "Done", step, monday)
	}
	target("Done", `state = 'stopped', stop_reason = 'reply'`)
	target("Failed", `blocked = 'condition'`)
	sendStep(t, s, "Unaccepted", "hi", monday)
	message("Unaccepted", "again", "cancelled", "end")
	target("Unaccepted", `state = 'finished'`)
	target("Noaccount", `blocked = 'no_account'`)
	for _, step := range []string{"hi", "again"} {
		message("End", step, "cancelled", "end")
		message("Skip", step, "cancelled", "skipped")
		message("Edit", step, "cancelled", "edit")
	}
	sendStep(t, s, "Part", "again", monday)
	message("Part", "hi", "cancelled", "skipped")
	for _, name := range []string{"End", "Skip", "Edit", "Part"} {
		target(name, `state = 'finished'`)
	}
	target("Unknown", `blocked = 'unknown'`)
	target("Gone", `state = 'removed'`)

	got, err := s.Skipped(t.Context())
	want := []CampaignSkipped{{"club", []Skipped{
		{"end", 2}, {"failed", 1}, {"no_account", 1}, {"opt_out", 1}, {"reply", 1}, {"skipped", 1},
	}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	status, err := s.CampaignsStatus(t.Context())
	if err != nil || !cmp.Equal(status[0].Skipped, want[0].Skipped) {
		t.Errorf("status: %+v %v", status, err)
	}
}
