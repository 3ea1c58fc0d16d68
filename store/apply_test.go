package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const head = `version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: premium-business, renewal_day: 14, slots: "*/10 9-16 * * MON-FRI" }
  bob: { plan: basic, slots: "0 9-16 * * MON-FRI" }
templates:
  hello: { body: "Hello {{.first_name}}" }
  again: { body: "Again {{.first_name}}" }
  third: { body: "Third {{.first_name}}" }
campaigns:
`

const people = `    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", company: Example Navy, priority: 95 }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan" }
`

const founders = head + `  founders:
    accounts: [ada]
` + people + `    steps:
      - { send: connect, template: hello }
      - { send: message, template: again, after: 1d, only_if: accepted }
`

// edited replaces parts of a file, each of which must be there.
func edited(t *testing.T, yaml string, oldnew ...string) string {
	t.Helper()
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(yaml, oldnew[i]) {
			t.Fatalf("%q is not in the file", oldnew[i])
		}
		yaml = strings.Replace(yaml, oldnew[i], oldnew[i+1], 1)
	}
	return yaml
}

func TestApplyPlans(t *testing.T) {
	s := open(t)
	staged := apply(t, s, load(t, founders, nil), monday)
	if !staged.Changes || staged.Added != 2 || staged.Risky() != nil {
		t.Errorf("staged %+v, %v", staged, staged.Risky())
	}
	want := []string{
		"founders Alan Example again queued", "founders Alan Example hello scheduled",
		"founders Grace Example again queued", "founders Grace Example hello scheduled",
	}
	if diff := cmp.Diff(want, states(t, s)); diff != "" {
		t.Error(diff)
	}
	slots := query(t, s, `SELECT slot_at FROM messages WHERE state = 'scheduled' ORDER BY slot_at`)
	first := monday.Add(time.Hour)
	if len(slots) != 2 || slots[0] != text(first.UnixMicro()) || slots[1] != text(first.Add(10*time.Minute).UnixMicro()) {
		t.Errorf("slots %v, the first should be %d", slots, first.UnixMicro())
	}
	if n := one(t, s, `SELECT count(*) FROM accounts WHERE dirty = 1 OR planned_until IS NULL`); n != "0" {
		t.Errorf("%s accounts are not planned", n)
	}
}

func TestApplyTwiceChangesNothing(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	before, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	staged := apply(t, s, load(t, founders, nil), monday.Add(time.Hour))
	if staged.Changes || staged.Added+staged.Changed+staged.Removed != 0 {
		t.Errorf("the same set again: %+v", staged)
	}
	if after, err := s.Version(t.Context()); err != nil || after != before {
		t.Errorf("the same set again wrote to the database: %v", err)
	}
}

func TestEdits(t *testing.T) {
	grace := "      - { name: Grace Example, profile: \"https://www.linkedin.com/in/example-grace\", company: Example Navy, priority: 95 }\n"
	again := "      - { send: message, template: again, after: 1d, only_if: accepted }\n"
	third := "      - { send: message, template: third, after: 1d, only_if: accepted }\n"
	for _, tt := range []struct {
		name  string
		yaml  string
		edits []string
		sent  bool // Grace's first step is sent before
		want  string
	}{
		{name: "target removed", edits: []string{grace, ""},
			want: "Alan again queued, Alan hello scheduled, Grace again cancelled edit, Grace hello cancelled edit"},
		{name: "begun target removed", edits: []string{grace, ""}, sent: true,
			want: "Alan again queued, Alan hello scheduled, Grace again cancelled edit, Grace hello sent"},
		{name: "step removed", edits: []string{again, ""},
			want: "Alan again cancelled edit, Alan hello scheduled, Grace again cancelled edit, Grace hello scheduled"},
		{name: "step added", edits: []string{again, again + third},
			want: "Alan again queued, Alan hello scheduled, Alan third queued, Grace again queued, Grace hello scheduled, Grace third queued"},
		{name: "step inserted before what was passed", sent: true,
			edits: []string{"    steps:\n", "    steps:\n      - { send: connect, template: third }\n", "{ send: connect, template: hello }", "{ send: connect, template: hello, after: 1d }"},
			want:  "Alan again queued, Alan hello scheduled, Alan third scheduled, Grace again queued, Grace hello sent, Grace third cancelled skipped"},
		{name: "passed step removed", sent: true, edits: []string{"      - { send: connect, template: hello }\n" + again, "      - { send: connect, template: third }\n" + again},
			want: "Alan again queued, Alan hello cancelled edit, Alan third scheduled, Grace again queued, Grace hello sent, Grace third cancelled skipped"},
		{name: "campaign out", edits: []string{founders[len(head):], "  other: { accounts: [bob], targets: [{ name: Ada Example, profile: \"https://www.linkedin.com/in/example-ada\" }], steps: [{ send: connect, template: hello }] }\n"},
			want: "Alan again cancelled edit, Alan hello cancelled edit, Grace again cancelled edit, Grace hello cancelled edit, Ada hello scheduled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, founders, nil), monday)
			if tt.sent {
				sendStep(t, s, "Grace Example", "hello", monday)
			}
			apply(t, s, load(t, edited(t, founders, tt.edits...), nil), monday)
			var got []string
			for _, line := range states(t, s) {
				words := strings.Fields(line)
				got = append(got, strings.Join(append([]string{words[1]}, words[3:]...), " "))
			}
			if diff := cmp.Diff(strings.Split(tt.want, ", "), got); diff != "" {
				t.Error(diff)
			}
			// And back: what an edit took comes again.
			before := apply(t, s, load(t, founders, nil), monday)
			if !before.Changes {
				t.Error("going back changes nothing")
			}
			if staged := apply(t, s, load(t, founders, nil), monday); staged.Changes {
				t.Errorf("the second time it still changes something: %+v", staged)
			}
			if n := one(t, s, `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id JOIN campaigns c ON c.id = t.campaign_id
				WHERE c.name = 'founders' AND m.step IN ('hello', 'again') AND m.state = 'cancelled'`); n != "0" {
				t.Errorf("%s messages stay cancelled: %v", n, states(t, s))
			}
		})
	}
}
