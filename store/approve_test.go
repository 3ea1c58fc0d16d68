package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// checked is a campaign of two steps whose texts must be approved.
const checked = head + `  founders:
    accounts: [ada]
    approve: true
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", company: Example Navy, priority: 95 }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan" }
    steps:
      - { send: connect, template: hello }
      - { send: reminder, template: again, after: 1d }
`

func approve(t *testing.T, s *Store, name string, o ApproveOptions) Approval {
	t.Helper()
	a, err := s.Approve(t.Context(), monday, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// approvals are the messages as "person step state", with * if approved.
func approvals(t *testing.T, s *Store) string {
	t.Helper()
	return strings.Join(query(t, s, `SELECT substr(p.name, 1, 1) || ' ' || m.step || ' ' || m.state || CASE WHEN m.approved_at IS NULL THEN '' ELSE '*' END
		FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id ORDER BY p.name, m.step DESC`), ", ")
}

func TestNothingGoesUnapproved(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, checked, nil), monday)
	if got := approvals(t, s); got != "A hello queued, A again queued, G hello queued, G again queued" {
		t.Errorf("after the apply: %s", got)
	}
	st, names, err := s.State(t.Context(), "ada", monday)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range scheduler.Make(st, monday, monday.Add(Horizon)).Waiting {
		want := limits.HeldApproval
		if w.Message == 1 {
			want = limits.HeldDelay
		}
		if w.Held != want {
			t.Errorf("%s %d is held by %s", names.Targets[w.Target].Name, w.Message, w.Held)
		}
	}
	a := approve(t, s, "founders", ApproveOptions{Step: "hello", By: "joan"})
	if a.Messages != 2 || a.Waiting != 2 || a.Campaign != "founders" {
		t.Errorf("one step: %+v", a)
	}
	if got := approvals(t, s); got != "A hello scheduled*, A again queued, G hello scheduled*, G again queued" {
		t.Errorf("one step: %s", got)
	}
	if a := approve(t, s, "founders", ApproveOptions{}); a.Messages != 2 || a.Waiting != 0 {
		t.Errorf("the rest: %+v", a)
	}
	if got := approvals(t, s); strings.Count(got, "scheduled*") != 4 {
		t.Errorf("the rest: %s", got)
	}
	if a := approve(t, s, "founders", ApproveOptions{}); a.Messages != 0 {
		t.Errorf("once more: %+v", a)
	}
	if a := approve(t, s, "founders", ApproveOptions{Step: "again", Revoke: true, By: "kim"}); a.Messages != 2 || a.Waiting != 2 {
		t.Errorf("taken back: %+v", a)
	}
	if got := approvals(t, s); got != "A hello scheduled*, A again queued, G hello scheduled*, G again queued" {
		t.Errorf("taken back: %s", got)
	}
	if got := strings.Join(query(t, s, `SELECT kind || ': ' || detail FROM events ORDER BY id`), "; "); got !=
		"approved: 2 messages of step hello, by joan; approved: 2 messages; approval_revoked: 2 messages of step again, by kim" {
		t.Errorf("the log: %s", got)
	}
}

func TestApproveOneMessage(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, checked, nil), monday)
	id := MessageID("founders", "https://www.linkedin.com/in/example-grace", "hello")
	if a := approve(t, s, id[:8], ApproveOptions{}); a.Messages != 1 || a.Waiting != 3 {
		t.Errorf("%+v", a)
	}
	released, err := s.Claim(t.Context(), nine, map[string]int{"desk": Unbounded})
	if err != nil || len(released) != 1 || released[0].Message != id || released[0].Body != "Hello Grace" {
		t.Fatalf("%v, %v", released, err)
	}
	if _, err := s.Approve(t.Context(), nine, id, ApproveOptions{Revoke: true}); err == nil || !strings.Contains(err.Error(), "released") {
		t.Errorf("taking back what is released: %v", err)
	}
	var missing *NotFoundError
	for _, name := range []string{"nobody", "fffffff"} {
		if _, err := s.Approve(t.Context(), nine, name, ApproveOptions{}); !errors.As(err, &missing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Approve(t.Context(), nine, "founders", ApproveOptions{Step: "third"}); !errors.As(err, &missing) {
		t.Errorf("a step there is not: %v", err)
	}
	apply(t, s, load(t, edited(t, checked, "    approve: true\n", ""), nil), nine)
	var unasked *NoApprovalError
	if _, err := s.Approve(t.Context(), nine, "founders", ApproveOptions{}); !errors.As(err, &unasked) {
		t.Errorf("a campaign that does not ask: %v", err)
	}
	if got := approvals(t, s); got != "A hello scheduled, A again scheduled, G hello released*, G again scheduled" {
		t.Errorf("without approve: true everything goes: %s", got)
	}
}

// An approval lasts as long as its text.
func TestApprovalsLapse(t *testing.T) {
	const withGrace = "A hello scheduled*, A again scheduled*, G hello scheduled*, G again scheduled*"
	for _, tt := range []struct {
		name   string
		oldnew []string
		want   string
	}{
		{"a template", []string{`again: { body: "Again {{.first_name}}" }`, `again: { body: "Once more, {{.first_name}}" }`},
			"A hello scheduled*, A again queued, G hello scheduled*, G again queued"},
		{"a template, not the text", []string{`hello: { body: "Hello {{.first_name}}" }`, `hello: { body: "Hello {{.first_name | trim}}" }`}, withGrace},
		{"a target's name", []string{"name: Grace Example", "name: Gracie Example"},
			"A hello scheduled*, A again scheduled*, G hello queued, G again queued"},
		{"a target's company, which no text says", []string{"Example Navy", "Example Fleet"}, withGrace},
		{"a step's kind", []string{"send: reminder", "send: introduction"},
			"A hello scheduled*, A again queued, G hello scheduled*, G again queued"},
		{"a step's template", []string{"template: again,", "name: again, template: third,"},
			"A hello scheduled*, A again queued, G hello scheduled*, G again queued"},
		{"a delay", []string{"after: 1d", "after: 2d"}, withGrace},
		{"a priority", []string{"priority: 95", "priority: 96"}, withGrace},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, checked, nil), monday)
			approve(t, s, "founders", ApproveOptions{})
			set := load(t, edited(t, checked, tt.oldnew...), nil)
			apply(t, s, set, monday)
			if got := approvals(t, s); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if staged := apply(t, s, set, monday); staged.Changes {
				t.Error("the same file again changes something")
			}
			approve(t, s, "founders", ApproveOptions{})
			if got := approvals(t, s); strings.Count(got, "scheduled*") != 4 {
				t.Errorf("approved again: %s", got)
			}
		})
	}
}

// Whatever happens to a text beside an apply: the claim compares once more.
func TestClaimComparesTheText(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, checked, nil), monday)
	approve(t, s, "founders", ApproveOptions{})
	must(t, s, `UPDATE templates SET def = replace(def, 'Hello', 'Goodbye') WHERE name = 'hello'`)
	released, err := s.Claim(t.Context(), nine, map[string]int{"desk": Unbounded})
	if err != nil || len(released) != 0 {
		t.Fatalf("%v, %v", released, err)
	}
	if got := approvals(t, s); !strings.Contains(got, "G hello queued, G again queued*") {
		t.Errorf("after the claim: %s", got)
	}
	if got := query(t, s, `SELECT kind FROM events WHERE kind = 'approval_lapsed'`); len(got) == 0 {
		t.Error("the log does not say so")
	}
}

// While approve: true is out of the file, nobody notices that texts change;
// when it comes back, they are compared.
func TestApproveComesBack(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, checked, nil), monday)
	approve(t, s, "founders", ApproveOptions{})
	free := edited(t, checked, "    approve: true\n", "", `body: "Again`, `body: "Once more,`)
	apply(t, s, load(t, free, nil), monday)
	apply(t, s, load(t, edited(t, checked, `body: "Again`, `body: "Once more,`), nil), monday)
	if got := approvals(t, s); got != "A hello scheduled*, A again queued, G hello scheduled*, G again queued" {
		t.Errorf("got %s", got)
	}
}

// A target that waits for approval leaves its person to another campaign, also
// on another account.
func TestUnapprovedKeepsNobody(t *testing.T) {
	for _, account := range []string{"ada", "bob"} {
		s := open(t)
		yaml := checked + "  makers:\n    accounts: [" + account + "]\n    priority: 10\n" + people + "    steps: [{ send: reminder, template: third }]\n"
		apply(t, s, load(t, strings.Replace(yaml, "priority: 95 }\n      - { name: Alan Example, profile: \"https://www.linkedin.com/in/example-alan\" }\n    steps: [{", "priority: 5 }\n    steps: [{", 1), nil), monday)
		if got := one(t, s, `SELECT m.state FROM messages m JOIN targets t ON t.id = m.target_id JOIN campaigns c ON c.id = t.campaign_id
			WHERE c.name = 'makers'`); got != "scheduled" {
			t.Errorf("on %s it is %s", account, got)
		}
	}
}

func TestManyAreApprovedInChunks(t *testing.T) {
	s := open(t)
	n := approveChunk + 7
	var csv strings.Builder
	csv.WriteString("name,profile\n")
	for i := range n {
		fmt.Fprintf(&csv, "Person%05d Example,https://www.linkedin.com/in/example-%d\n", i, i)
	}
	yaml := head + "  founders:\n    accounts: [ada]\n    approve: true\n    targets: [{ csv: people.csv }]\n    steps: [{ send: connect, template: hello }]\n"
	apply(t, s, load(t, yaml, map[string]string{"people.csv": csv.String()}), monday)
	if a := approve(t, s, "founders", ApproveOptions{}); a.Messages != n || a.Waiting != 0 {
		t.Errorf("%+v", a)
	}
	if got := one(t, s, `SELECT count(*) FROM accounts WHERE dirty = 1`); got != "0" {
		t.Errorf("%s accounts are dirty", got)
	}
}

func TestPreview(t *testing.T) {
	s := open(t)
	yaml := edited(t, checked, `      - { send: reminder, template: again, after: 1d }`, `      - { name: mail, send: inmail, template: sub, else: { send: introduction, template: again } }`,
		"templates:\n", "templates:\n  sub: { subject: 'For {{.company | default \"you\"}}', body: \"Dear {{.first_name}}\" }\n")
	apply(t, s, load(t, yaml, nil), monday)
	approve(t, s, "founders", ApproveOptions{Step: "hello", By: "joan"})
	list, err := s.Preview(t.Context(), PreviewQuery{Campaign: "founders", Limit: 3})
	if err != nil || len(list) != 3 {
		t.Fatalf("%v, %v", list, err)
	}
	if p := list[0]; p.Body != "Hello Grace" || p.Else != nil || p.Approval != "approved" || p.ApprovedBy != "joan" || p.At == nil || p.Step != 1 {
		t.Errorf("%+v", p)
	}
	if p := list[1]; p.Subject != "For Example Navy" || p.Body != "Dear Grace" || *p.Else != (Text{limits.Introduction, "", "Again Grace"}) ||
		p.Kind != limits.InMail || p.Approval != "waiting" || p.At != nil {
		t.Errorf("%+v", p)
	}
	list, err = s.Preview(t.Context(), PreviewQuery{Campaign: "founders", Step: "mail", Person: "linkedin.com/in/example-alan"})
	if err != nil || len(list) != 1 || list[0].Subject != "For you" {
		t.Errorf("%+v, %v", list, err)
	}
	// What a claim hands over is what was shown.
	released, err := s.Claim(t.Context(), monday.Add(time.Hour), map[string]int{"desk": Unbounded})
	if err != nil || len(released) != 1 || released[0].Body != "Hello Grace" {
		t.Errorf("%+v, %v", released, err)
	}
}
