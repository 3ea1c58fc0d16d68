package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// sparedFile is ledgerFile with companies and addresses; extra are the targets
// of a further campaign, or nothing.
func sparedFile(extra string) string {
	file := strings.NewReplacer(
		`name: Alan Example, profile`, `name: Alan Example, company: "Example Park GmbH", profile`,
		`name: Joan Example, profile`, `name: Joan Example, email: "joan@mail.example.org", profile`,
	).Replace(ledgerFile)
	if extra != "" {
		file += `  later:
    accounts: [bob]
    overlap: allow
    targets:
` + extra + `    steps: [ { send: connect, template: third } ]
`
	}
	return file
}

func spared(t *testing.T) *Store {
	t.Helper()
	s := open(t)
	apply(t, s, load(t, sparedFile(""), nil), monday)
	return s
}

// whom is what a suppression names.
func whom(t *testing.T, what, text string) NewSuppression {
	t.Helper()
	n, err := SuppressionOf(what, text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func suppress(t *testing.T, s *Store, now time.Time, what, text string) SuppressionChange {
	t.Helper()
	out, err := s.Suppress(t.Context(), now, whom(t, what, text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func unsuppressed(t *testing.T, s *Store, now time.Time, what, text string) SuppressionChange {
	t.Helper()
	out, err := s.Unsuppress(t.Context(), now, whom(t, what, text), "it was mended", false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reasonOf is why a person is suppressed; "" if they are not.
func reasonOf(t *testing.T, s *Store, name string) string {
	t.Helper()
	return one(t, s, `SELECT suppress_reason FROM people WHERE name = ?`, name)
}

// toSend counts what is queued or scheduled to a person.
func toSend(t *testing.T, s *Store, name string) string {
	t.Helper()
	return one(t, s, `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE p.name = ? AND m.state IN ('queued', 'scheduled')`, name)
}

func TestSuppressedPersonCompanyDomain(t *testing.T) {
	s := spared(t)
	for _, tt := range []struct{ what, text, name, cause string }{
		{ThePerson, "linkedin.com/in/Example-Grace/", "Grace Example", Suppressed},
		{TheCompany, "EXAMPLE  park, Inc.", "Alan Example", ByCompany},
		{TheDomain, "https://www.Example.org/", "Joan Example", ByDomain},
	} {
		was := toSend(t, s, tt.name)
		got := suppress(t, s, monday, tt.what, tt.text)
		if got.People != 1 || got.Again || toSend(t, s, tt.name) != "0" || reasonOf(t, s, tt.name) != tt.cause {
			t.Errorf("%s %s: %+v, %q, %s of %s left", tt.what, tt.text, got, reasonOf(t, s, tt.name), toSend(t, s, tt.name), was)
		}
		if got := suppress(t, s, monday, tt.what, tt.text); !got.Again {
			t.Errorf("%s %s again: %+v", tt.what, tt.text, got)
		}
	}
	for at := nine; at.Before(nine.Add(72 * time.Hour)); at = at.Add(time.Hour) {
		if r := claimAt(t, s, at); len(r) > 0 {
			t.Fatalf("released %+v", r)
		}
	}
	if got := query(t, s, `SELECT DISTINCT reason FROM messages WHERE state = 'cancelled'`); !slices.Equal(got, []string{"suppressed"}) {
		t.Errorf("cancelled for %v", got)
	}
	sound(t, s, nine.Add(96*time.Hour))
}

// Whoever is suppressed leaves the file and comes back, spelled otherwise and
// in other campaigns.
func TestSuppressionOutlivesRemoval(t *testing.T) {
	s := spared(t)
	react(t, s, monday, Reaction{Kind: OptOut, Person: grace})
	react(t, s, monday, Reaction{Kind: Bounced, Person: alan})
	suppress(t, s, monday, ThePerson, joan)
	empty := strings.NewReplacer("example-grace", "example-ada", "example-alan", "example-edsger", "example-joan", "example-barbara",
		"Grace", "Ada", "Alan", "Edsger", "Joan", "Barbara", "mail.example.org", "example.net").Replace(ledgerFile)
	without := load(t, empty, nil)
	apply(t, s, without, monday)
	if got := one(t, s, `SELECT count(*) FROM targets t JOIN people p ON p.id = t.person_id WHERE suppressed_at IS NOT NULL AND state = 'removed'`); got != "4" {
		t.Errorf("%s targets were removed", got)
	}
	if staged := apply(t, s, without, monday); staged.Changes {
		t.Errorf("the same file again: %+v", staged)
	}
	back := sparedFile(`      - { name: Grace Again, profile: "http://de.linkedin.com/in/Example-Grace/?trk=x" }
      - { name: Alan Again, profile: "linkedin.com/in/EXAMPLE-ALAN" }
      - { name: Joan Again, profile: "https://www.linkedin.com/in/example-joan/#top" }
`)
	apply(t, s, load(t, back, nil), monday)
	if got := query(t, s, `SELECT DISTINCT p.suppress_reason || ' ' || t.state || ' ' || t.stop_reason FROM targets t JOIN people p ON p.id = t.person_id
		WHERE t.state <> 'removed' ORDER BY 1`); !slices.Equal(got, []string{
		"bounced stopped bounced", "opt_out stopped opt_out", "suppressed stopped suppressed",
	}) {
		t.Errorf("targets: %v", got)
	}
	for at := nine; at.Before(nine.Add(48 * time.Hour)); at = at.Add(time.Hour) {
		for _, r := range claimAt(t, s, at) {
			t.Fatalf("released %+v", r)
		}
	}
	sound(t, s, nine.Add(72*time.Hour))
	// Two of them may be mended; then they go on.
	unsuppressed(t, s, nine.Add(72*time.Hour), ThePerson, alan)
	unsuppressed(t, s, nine.Add(72*time.Hour), ThePerson, joan)
	if toSend(t, s, "Alan Again") == "0" || toSend(t, s, "Joan Again") == "0" || toSend(t, s, "Grace Again") != "0" {
		t.Errorf("to send: %v", states(t, s))
	}
	sound(t, s, nine.Add(72*time.Hour))
}

func TestCompanyAndDomainSpareWhoComesLater(t *testing.T) {
	s := spared(t)
	suppress(t, s, monday, TheCompany, "Example Navy")
	suppress(t, s, monday, TheDomain, "example.net")
	file := sparedFile(`      - { name: Ada Example, profile: "https://www.linkedin.com/in/example-ada", company: "EXAMPLE NAVY Ltd." }
      - { name: Edsger Example, profile: "https://www.linkedin.com/in/example-edsger", website: "http://www.sub.example.net/edsger" }
      - { name: Barbara Example, profile: "https://www.linkedin.com/in/example-barbara", company: Example Navy Yard, email: "b@notexample.net" }
`)
	// Alan changes to the company while something of his is queued.
	file = strings.Replace(file, "Example Park GmbH", "Example navy", 1)
	apply(t, s, load(t, file, nil), monday)
	for name, want := range map[string]string{
		"Ada Example": ByCompany, "Edsger Example": ByDomain, "Barbara Example": "", "Alan Example": ByCompany, "Joan Example": "",
	} {
		if got := reasonOf(t, s, name); got != want || (toSend(t, s, name) == "0") != (want != "") {
			t.Errorf("%s: suppressed for %q, want %q; %s to send", name, got, want, toSend(t, s, name))
		}
	}
	sound(t, s, monday)
	// One cause goes, another stays.
	suppress(t, s, monday, ThePerson, "https://www.linkedin.com/in/example-ada")
	if got := unsuppressed(t, s, monday, TheCompany, "example navy gmbh"); got.People != 1 || got.Queued != 2 {
		t.Errorf("the company was taken back: %+v", got)
	}
	if reasonOf(t, s, "Ada Example") != Suppressed || reasonOf(t, s, "Alan Example") != "" {
		t.Errorf("Ada %q, Alan %q", reasonOf(t, s, "Ada Example"), reasonOf(t, s, "Alan Example"))
	}
	var not *NotSuppressedError
	if _, err := s.Unsuppress(t.Context(), monday, whom(t, TheDomain, "sub.example.net"), "why", false); !errors.As(err, &not) {
		t.Errorf("a domain that is not there: %v", err)
	}
	if _, err := s.Unsuppress(t.Context(), monday, whom(t, ThePerson, "linkedin.com/in/example-edsger"), "why", false); !errors.As(err, &not) || !strings.Contains(err.Error(), "domain example.net") {
		t.Errorf("a person whom a domain spares: %v", err)
	}
	sound(t, s, monday)
}

// A list that tells another company, or none, frees nobody; nor does a second
// row of the same person.
func TestAnotherCompanyFreesNobody(t *testing.T) {
	s := spared(t)
	suppress(t, s, monday, TheCompany, "Example Park")
	suppress(t, s, monday, TheCompany, "Example Navy")
	for _, company := range []string{"Example Works", ""} {
		file := strings.ReplaceAll(sparedFile(`      - { name: Ada Example, profile: "https://www.linkedin.com/in/example-ada", company: Example Navy }
`), "Example Park GmbH", company) + `  last:
    accounts: [bob]
    targets: [ { name: Ada Example, profile: "https://www.linkedin.com/in/example-ada", company: Example Works } ]
    steps: [ { send: connect, template: third } ]
`
		apply(t, s, load(t, file, nil), monday)
		for _, name := range []string{"Alan Example", "Ada Example"} {
			if reasonOf(t, s, name) != ByCompany || toSend(t, s, name) != "0" {
				t.Errorf("%s with company %q: suppressed for %q, %s to send", name, company, reasonOf(t, s, name), toSend(t, s, name))
			}
		}
		sound(t, s, monday)
	}
	if got := unsuppressed(t, s, monday, TheCompany, "example park"); got.People != 1 || toSend(t, s, "Alan Example") == "0" {
		t.Errorf("taken back: %+v", got)
	}
	sound(t, s, monday)
}

func TestOptOutIsForGood(t *testing.T) {
	s := spared(t)
	react(t, s, monday, Reaction{Kind: OptOut, Person: grace})
	for _, r := range []Reaction{{Kind: Reply, Person: grace}, {Kind: Bounced, Person: grace}, {Kind: OptOut, Person: grace, At: monday.Add(-time.Hour)}} {
		react(t, s, monday, r)
	}
	n := whom(t, ThePerson, grace)
	if _, err := s.SuppressAll(t.Context(), monday, []NewSuppression{n}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unsuppress(t.Context(), monday, n, "", true); !errors.Is(err, ErrNoReason) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := s.Unsuppress(t.Context(), monday, n, "please", false); !errors.Is(err, ErrOptOut) || reasonOf(t, s, "Grace Example") != OptOut {
		t.Errorf("in passing: %v", err)
	}
	got, err := s.Unsuppress(t.Context(), monday, n, "misclick", true)
	if err != nil || got.People != 1 {
		t.Errorf("knowingly: %+v, %v", got, err)
	}
	// She replied while she was suppressed: her sequences end for that.
	if got := query(t, s, `SELECT DISTINCT t.state || ' ' || t.stop_reason FROM targets t JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Grace Example'`); !slices.Equal(got, []string{"stopped reply"}) || toSend(t, s, "Grace Example") != "0" {
		t.Errorf("targets: %v", got)
	}
	sound(t, s, monday)
}

// A suppression while a card is out and the file goes on changing.
func TestSuppressionTakenBack(t *testing.T) {
	s := spared(t)
	r := released(t, s, "Grace Example")
	got := suppress(t, s, nine.Add(time.Minute), ThePerson, r.Message)
	if got.Recalled != 1 || got.Cancelled != 3 || got.Value != grace {
		t.Errorf("suppressed: %+v", got)
	}
	sound(t, s, nine.Add(time.Minute))
	// Meanwhile a step goes and another comes.
	file := strings.Replace(sparedFile(""), "{ send: message, template: again, after: 1d }", "{ name: other, send: message, template: hello, after: 2d }", 1)
	apply(t, s, load(t, file, nil), nine.Add(2*time.Minute))
	out := unsuppressed(t, s, nine.Add(3*time.Minute), ThePerson, grace)
	if out.People != 1 {
		t.Errorf("taken back: %+v", out)
	}
	if got := query(t, s, `SELECT m.step || ' ' || m.state || ' ' || m.reason FROM messages m JOIN targets t ON t.id = m.target_id
		JOIN people p ON p.id = t.person_id JOIN campaigns c ON c.id = t.campaign_id WHERE p.name = 'Grace Example' AND c.name = 'makers' AND m.state <> 'released'
		AND m.reason NOT IN ('', 'edit')`); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
	if n := one(t, s, `SELECT count(*) FROM releases WHERE state = 'open' AND recalled_at IS NOT NULL`); n != "0" {
		t.Errorf("%s cards are still recalled", n)
	}
	sound(t, s, nine.Add(3*time.Minute))
	if list, err := s.Suppressions(t.Context(), "", false); err != nil || len(list) != 0 {
		t.Errorf("listed: %+v, %v", list, err)
	}
	list, err := s.Suppressions(t.Context(), ThePerson, true)
	if err != nil || len(list) != 1 || list[0].RemovedAt == nil || list[0].RemoveReason != "it was mended" {
		t.Errorf("listed: %+v, %v", list, err)
	}
}

// An answer that is taken back lifts its bounce, not what else spares a person.
func TestUndoLiftsOnlyItsBounce(t *testing.T) {
	for _, company := range []bool{false, true} {
		s := spared(t)
		claimAt(t, s, nine)
		r := one(t, s, `SELECT r.message_id FROM releases r JOIN people p ON p.id = r.person_id WHERE p.name = 'Grace Example' AND channel = 'desk'`)
		answer(t, s, nine.Add(time.Minute), r, Answer{Kind: AnswerProfileGone})
		if company {
			must(t, s, `UPDATE people SET company_key = 'example' WHERE name = 'Grace Example'`)
			suppress(t, s, nine.Add(2*time.Minute), TheCompany, "Example AG")
		}
		if err := s.DeskUndo(t.Context(), nine.Add(3*time.Minute), r); err != nil {
			t.Fatal(err)
		}
		want := ""
		if company {
			want = ByCompany
		}
		if got := reasonOf(t, s, "Grace Example"); got != want || (toSend(t, s, "Grace Example") == "0") != company {
			t.Errorf("suppressed for %q, want %q; %s to send", got, want, toSend(t, s, "Grace Example"))
		}
		sound(t, s, nine.Add(4*time.Minute))
	}
}

func TestSuppressionOf(t *testing.T) {
	tests := []struct{ what, text, wantWhat, want string }{
		{"", "https://www.linkedin.com/in/Example-Grace/", ThePerson, grace},
		{"", "linkedin.com/in/example-grace", ThePerson, grace},
		{"", "example.com", TheDomain, "example.com"},
		{"", "https://Example.com/", TheDomain, "example.com"},
		{"", "@example.com", TheDomain, "example.com"},
		{"", "grace@example.com", ThePerson, ""},
		{TheDomain, "grace@example.com", TheDomain, ""},
		{TheDomain, "com", TheDomain, ""},
		{TheCompany, "Acme, Inc.", TheCompany, "acme"},
		{TheCompany, "--", TheCompany, ""},
		{"planet", "Mars", "planet", ""},
	}
	for _, tt := range tests {
		n, err := SuppressionOf(tt.what, tt.text)
		if (err == nil) != (tt.want != "") || n.What != tt.wantWhat || err == nil && n.Value != tt.want {
			t.Errorf("SuppressionOf(%q, %q) = %+v, %v", tt.what, tt.text, n, err)
		}
	}
}
