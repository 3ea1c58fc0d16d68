package store

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// companyFile has two accounts and one company that both write to, from the
// desk.
const companyFile = `version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: premium-business, renewal_day: 14, opening: { credits: 9 }, slots: "0 9-16 * * MON-FRI" }
  bob: { plan: basic, slots: "30 9-16 * * MON-FRI" }
templates:
  hello: { subject: "A question", body: "Hello {{.first_name}}" }
  again: { subject: "Once more", body: "Again {{.first_name}}" }
campaigns:
  founders:
    accounts: [ada]
    per_company: { people: 1, per: day }
    stop_on: [reply, company_reply]
    targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", company: Example Navy }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan", company: "EXAMPLE NAVY, Inc." }
    steps:
      - { send: reminder, template: hello }
      - { send: reminder, template: again, after: 2d }
  makers:
    accounts: [bob]
    per_company: { people: 1, per: day }
    targets:
      - { name: Joan Example, profile: "https://www.linkedin.com/in/example-joan", company: Example Navy }
    steps:
      - { send: reminder, template: hello }
`

// firsts lists who is planned when for the first step, by slot.
func firsts(t *testing.T, s *Store) []string {
	return query(t, s, `SELECT p.name || ' ' || strftime('%d %H:%M', m.slot_at / 1000000, 'unixepoch')
		FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE m.step = 'hello' AND m.state = 'scheduled' ORDER BY m.slot_at`)
}

// Each account leaves room for what the other has planned; what falls away on
// one lets the other go earlier.
func TestCompaniesAcrossAccounts(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, companyFile, nil), monday)
	want := []string{"Grace Example 23 08:00", "Alan Example 24 08:00", "Joan Example 25 08:30"}
	if got := firsts(t, s); !slices.Equal(got, want) {
		t.Errorf("planned %v, want %v", got, want)
	}
	react(t, s, monday, Reaction{Kind: OptOut, Person: grace})
	if err := s.PlanDirty(t.Context(), monday, nil); err != nil {
		t.Fatal(err)
	}
	want = []string{"Alan Example 23 08:00", "Joan Example 24 08:30"}
	if got := firsts(t, s); !slices.Equal(got, want) {
		t.Errorf("without Grace %v, want %v", got, want)
	}
	sound(t, s, monday)
}

// The claim itself refuses who would be one too many.
func TestClaimAsksTheCompany(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, companyFile, nil), monday)
	must(t, s, `UPDATE messages SET slot_at = ? WHERE step = 'hello' AND target_id IN
		(SELECT t.id FROM targets t JOIN people p ON p.id = t.person_id WHERE p.name = 'Alan Example')`, on(nine))
	if r := claimAt(t, s, nine); len(r) != 1 {
		t.Errorf("released %d, want one: %+v", len(r), r)
	}
}

// An answer holds the colleagues of its campaign and recalls their cards; an
// automatic one does not, and an edit lets them go.
func TestCompanyReply(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, companyFile, nil), monday)
	released(t, s, "Grace Example")
	claimAt(t, s, nine.Add(24*time.Hour))
	if n := one(t, s, `SELECT count(*) FROM releases WHERE state = 'open'`); n != "2" {
		t.Fatalf("%s cards", n)
	}
	at := nine.Add(25 * time.Hour)
	react(t, s, at, Reaction{Kind: Reply, Person: grace, Auto: true, ID: "auto"})
	if n := one(t, s, `SELECT count(*) FROM releases WHERE recalled_at IS NOT NULL`); n != "0" {
		t.Errorf("an automatic reply recalled %s cards", n)
	}
	if got := react(t, s, at, Reaction{Kind: Reply, Person: grace}); got.Recalled != 2 {
		t.Errorf("%+v", got)
	}
	st, names, err := s.State(t.Context(), "ada", at)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(names.Targets, func(n TargetName) bool { return n.Name == "Alan Example" })
	if st.Targets[i].Blocked.String() != "company" || st.Targets[i].Colleague != grace || !st.Targets[i].ColleagueAt.Equal(at) {
		t.Errorf("%+v", st.Targets[i])
	}
	if got := firsts(t, s); len(got) != 1 || !strings.HasPrefix(got[0], "Joan") {
		t.Errorf("planned %v: only the other campaign goes on", got)
	}
	later := strings.Replace(companyFile, "    steps:\n      - { send: reminder, template: hello }\n      - { send: reminder, template: again",
		"      - { name: Tony Example, profile: \"https://www.linkedin.com/in/example-tony\", company: Example Navy }\n    steps:\n      - { send: reminder, template: hello }\n      - { send: reminder, template: again", 1)
	apply(t, s, load(t, later, nil), at)
	if got := firsts(t, s); slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, "Tony") }) {
		t.Errorf("planned %v: who was added later is held too", got)
	}
	apply(t, s, load(t, strings.Replace(later, "[reply, company_reply]", "reply", 1), nil), at)
	if got := firsts(t, s); !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, "Tony") }) {
		t.Errorf("planned %v after the edit", got)
	}
	if n := one(t, s, `SELECT count(*) FROM releases r JOIN people p ON p.id = r.person_id WHERE p.name = 'Alan Example' AND recalled_at IS NULL`); n != "1" {
		t.Error("the card was not laid out again")
	}
	sound(t, s, at)
}

// A second InMail is skipped while the first is unanswered, and comes back with
// an automatic reply.
func TestSecondInMailComesBack(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, strings.ReplaceAll(companyFile, "send: reminder, template: again", "send: inmail, template: again"), nil), monday)
	must(t, s, `UPDATE campaigns SET def = replace(def, '"reminder"', '"inmail"') WHERE name = 'founders'`)
	must(t, s, `UPDATE accounts SET dirty = 1`)
	r := released(t, s, "Grace Example")
	if r.Kind.String() != "inmail" {
		t.Fatalf("%+v", r)
	}
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerSent})
	second := `SELECT m.state || ' ' || m.reason FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Grace Example' AND m.step = 'again'`
	if got := one(t, s, second); got != "cancelled skipped" {
		t.Errorf("after the first: %s", got)
	}
	react(t, s, nine.Add(time.Hour), Reaction{Kind: Reply, Person: grace, Auto: true})
	if got := one(t, s, second); got != "scheduled " {
		t.Errorf("after an automatic reply: %s", got)
	}
	sound(t, s, nine.Add(2*time.Hour))
}
