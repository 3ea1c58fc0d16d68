package store

import (
	"strings"
	"testing"
	"time"
)

const withdrawnFile = `
version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: basic, slots: "0 9-16 * * *" }
  bob: { plan: basic, slots: "0 9-16 * * *" }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c:
    accounts: [ada]
    targets: [{ name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }]
    steps: [{ send: connect }]
`

// TestNoInvitationAfterAWithdrawal: for 21 days, also in campaigns that are
// applied later; another account is free to ask.
func TestNoInvitationAfterAWithdrawal(t *testing.T) {
	for name, refuse := range map[string]func(t *testing.T, s *Store, message string){
		"withdrawn": func(t *testing.T, s *Store, message string) {
			answer(t, s, nine.Add(time.Minute), message, Answer{Kind: AnswerSent})
			react(t, s, nine.Add(time.Hour), Reaction{Kind: Withdrawn, Person: grace})
		},
		"the platform says so": func(t *testing.T, s *Store, message string) {
			answer(t, s, nine.Add(time.Hour), message, Answer{Kind: AnswerNotSent, Verdict: verdictResend})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, withdrawnFile, nil), monday)
			r := released(t, s, "Grace Example")
			refuse(t, s, r.Message)
			later := strings.Replace(withdrawnFile, "\n  c:\n", "\n  new:\n", 1)
			slot := func() string {
				return one(t, s, `SELECT coalesce(max(m.slot_at), 0) FROM messages m JOIN targets t ON t.id = m.target_id
					JOIN campaigns c ON c.id = t.campaign_id WHERE c.name = 'new' AND m.state = 'scheduled'`)
			}
			now := nine.Add(2 * time.Hour)
			apply(t, s, load(t, later, nil), now)
			if slot() != "0" {
				t.Errorf("invited again at %s", slot())
			}
			now = nine.Add(20 * 24 * time.Hour)
			replan(t, s, now)
			earliest := nine.Add(time.Hour + 21*24*time.Hour)
			if got := slot(); got != micros(earliest) {
				t.Errorf("invited again at %s, want %s", got, micros(earliest))
			}
			bob := strings.Replace(later, "accounts: [ada]", "accounts: [bob]", 1)
			apply(t, s, load(t, bob, nil), now)
			if got := slot(); got == "0" || got >= micros(earliest) {
				t.Errorf("the other account asks at %s", got)
			}
		})
	}
}
