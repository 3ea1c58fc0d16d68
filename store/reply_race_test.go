package store

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"outpace/limits"
)

// racers is how many people reply while their follow-up is due.
const racers = 40

// racing lays out people who were asked, each a minute after the other, and
// whose follow-ups are due from ten o'clock on, one a minute.
func racing(t *testing.T) (daemon, person *Store) {
	t.Helper()
	var y strings.Builder
	y.WriteString(`version: 1
timezone: UTC
plans:
  wide: { extends: basic, daily_cap: 500, caps: { connect: { day: 500, week: 500 } } }
accounts:
  ada: { plan: wide, slots: "* 9-16 * * MON-FRI", opening: { sent_today: 0, connects_7d: 0, pending: 0 } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  race:
    accounts: [ada]
    targets:
`)
	for i := range racers {
		fmt.Fprintf(&y, "      - { name: \"P%d Example\", profile: \"https://www.linkedin.com/in/example-%d\" }\n", i, i)
	}
	y.WriteString("    steps:\n      - { send: connect }\n      - { send: reminder, template: hello, after: 1h }\n")
	daemon = open(t)
	apply(t, daemon, load(t, y.String(), nil), monday)
	for i := range racers {
		at := ten.Add(time.Duration(i-60) * time.Minute)
		for _, r := range claimAt(t, daemon, at) {
			answer(t, daemon, at, r.Message, Answer{Kind: AnswerSent})
		}
	}
	person, err := Open(t.Context(), daemon.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := person.Close(); err != nil {
			t.Error(err)
		}
	})
	return daemon, person
}

var ten = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// TestAReplyStopsTheFollowUpInEveryProcess: somebody replied five minutes
// before their slot, and it is told at the slot, in another process than the
// one that releases. What was not released when it is acknowledged never is,
// and a card that was open then is recalled.
func TestAReplyStopsTheFollowUpInEveryProcess(t *testing.T) {
	daemon, person := racing(t)
	var early, late int
	for i := range racers {
		slot := ten.Add(time.Duration(i) * time.Minute)
		profile := fmt.Sprintf("https://www.linkedin.com/in/example-%d", i)
		if due := one(t, daemon, `SELECT m.slot_at FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
			WHERE p.profile = ? AND m.state = 'scheduled'`, profile); due != micros(slot) {
			t.Fatalf("the follow-up to %s is at %s, want %s", profile, due, micros(slot))
		}
		// The first two are told in turn, so that both orders were there.
		told, claimed := make(chan bool), make(chan bool)
		if i != 1 {
			close(claimed)
		}
		if i != 0 {
			close(told)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			<-told
			yield(i * 7919 % 97)
			claimAt(t, daemon, slot)
			if i == 1 {
				close(claimed)
			}
		})
		var atOnce string
		wg.Go(func() {
			<-claimed
			yield(i * 104729 % 89)
			react(t, person, slot, Reaction{Kind: Reply, Person: profile, At: slot.Add(-5 * time.Minute)})
			atOnce = followUps(t, person, profile)
			if i == 0 {
				close(told)
			}
		})
		wg.Wait()
		for _, after := range []time.Duration{0, time.Second, 59 * time.Second} {
			claimAt(t, daemon, slot.Add(after))
		}
		if end := followUps(t, daemon, profile); end != atOnce {
			t.Errorf("%s: %q when the reply was acknowledged, %q afterwards", profile, atOnce, end)
		}
		switch atOnce {
		case "":
			early++
		case "open, recalled":
			late++
		default:
			t.Errorf("%s: a follow-up is %s", profile, atOnce)
		}
	}
	t.Logf("%d replies came before the release, %d after it", early, late)
	if early == 0 || late == 0 {
		t.Errorf("%d replies before the release, %d after it: both must occur", early, late)
	}
	sound(t, daemon, ten.Add(time.Hour))
}

// followUps tells the releases of a person's follow-up.
func followUps(t *testing.T, s *Store, profile string) string {
	return strings.Join(query(t, s, `SELECT r.state || CASE WHEN r.recalled_at IS NULL THEN '' ELSE ', recalled' END
		FROM releases r JOIN people p ON p.id = r.person_id WHERE p.profile = ? AND r.kind = ?`, profile, limits.Reminder.String()), "; ")
}

// yield lets others run for a while.
func yield(n int) {
	for range n * 20 {
		runtime.Gosched()
	}
}
