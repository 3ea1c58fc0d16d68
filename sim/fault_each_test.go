package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"outpace/campaign"
	"outpace/store"
)

// smallYAML is the file of the small life: two accounts on channels of two
// sorts, a sequence that begins with an InMail, and a second step or two.
const smallYAML = `version: 1
timezone: Europe/Berlin
%splans:
  a: { extends: premium-business, daily_cap: 2, inmail: { monthly: 2 } }
  b: { extends: basic, daily_cap: 1 }
accounts:
  ada: { plan: a, renewal_day: 26, opening: { credits: 1 }, slots: "30 2,9,11 * * *", channel: %s }
  bob: { plan: b, slots: "30 2,9,11 * * *", channel: %s }
templates:
  ask: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}, may I?" }
  nudge: { body: "Dear {{.first_name}}, did you see it?" }
  more: { body: "Dear {{.first_name}}, one more thing" }
campaigns:
  first:
    accounts: [ada]
    targets:
      - { name: Example Person0001, profile: "https://www.linkedin.com/in/example-0001", priority: 90 }
      - { name: Example Person0002, profile: "https://www.linkedin.com/in/example-0002" }
    steps:
      - { send: inmail, template: ask }
      - { send: message, template: nudge, after: 1d, only_if: accepted, within: 5d }
      - { send: message, template: more, after: 1d }
  second:
    accounts: [bob]
    targets:
      - { name: Example Person0003, profile: "https://www.linkedin.com/in/example-0003", degree: 1 }
%s    steps:
      - { send: message, template: nudge }
      - { send: message, template: more, after: 1d%s }
`

// small is the file, before and after the edit: it adds a person, and gives the
// second step another name.
func small(t *testing.T, ada, bob string) (before, after *campaign.Set) {
	file := func(target, step string) *campaign.Set {
		return load(t, fmt.Sprintf(smallYAML, sortsYAML, ada, bob, target, step), map[string]string{})
	}
	fourth := `      - { name: Example Person0004, profile: "https://www.linkedin.com/in/example-0004", degree: 1 }` + "\n"
	return file("", ""), file(fourth, ", name: last")
}

// smallLife lives through everything that can happen, the faults of the plan
// among it: from a Saturday before the autumn night, for four days.
func smallLife(t *testing.T, before, after *campaign.Set, plan map[int]variant) (*faultWorld, error) {
	zone := before.Accounts[0].Zone.Loc()
	hour := func(day, hour int) time.Time { return time.Date(2026, 10, day, hour, 0, 0, 0, zone) }
	w := &faultWorld{
		plan: &faultPlan{at: plan}, now: hour(24, 8), caps: map[string]int{"ada": 2, "bob": 1}, downtime: 3 * time.Minute,
		reacts: func(w *faultWorld, a *arrival) {
			switch {
			case short(a.person) == "0001" && a.kind == "inmail":
				w.later(a.at.Add(6*time.Hour), "1 accepts", func(w *faultWorld) { w.person(store.AcceptedBy, a.person) })
			case short(a.person) == "0001":
				w.later(a.at.Add(3*time.Hour), "1 replies", func(w *faultWorld) {
					w.person(store.Reply, a.person)
				})
			case short(a.person) == "0002" && a.kind == "inmail":
				w.later(a.at.Add(time.Hour), "2 opts out", func(w *faultWorld) { w.person(store.OptOut, a.person) })
			}
		},
	}
	w.later(hour(24, 12), "pause bob", func(w *faultWorld) { w.stop("account:bob") })
	w.later(hour(25, 4), "resume bob", func(w *faultWorld) { w.goOn("account:bob") })
	w.later(hour(25, 12), "edit", func(w *faultWorld) { w.apply(after) })
	w.later(hour(26, 8), "credits", func(w *faultWorld) {
		w.credits("ada", 2)
	})
	for day := 24; day < 28; day++ {
		w.later(hour(day, 10), "desk", (*faultWorld).desk)
		w.later(hour(day, 18), "desk", (*faultWorld).desk)
	}
	return w, live(t, w, func() {
		w.boot()
		w.apply(before)
		w.wake = w.now
		w.until(hour(28, 12))
		w.end()
		w.check()
	})
}

// eachCall fails the n-th call of the small life in one way, for every n until
// there is none left; or every 5th.
func eachCall(t *testing.T, before, after *campaign.Set, v variant) {
	calls := unharmed(t, before, after)
	lives := 0
	for n := 1; ; n += every5th() {
		if n <= len(calls) && !calls[n-1].differs(v) {
			continue
		}
		w, err := smallLife(t, before, after, map[int]variant{n: v})
		if err != nil {
			t.Fatal(err)
		}
		if lives++; !w.plan.fired() {
			break
		}
	}
	t.Logf("%s: %d calls, %d lives", v, len(calls), lives)
}

// every5th is 5, or 1 in a whole run.
func every5th() int {
	if *whole {
		return 1
	}
	return 5
}

// unharmed are the calls of the small life in which nothing fails.
func unharmed(t *testing.T, before, after *campaign.Set) []faultCall {
	w, err := smallLife(t, before, after, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.plan.log
}

// eachSecond fails calls on which a life goes on in another way than usual, and
// then each of those that follow: outcomes that cannot be recorded, claims of
// which nobody knows how they ended.
func eachSecond(t *testing.T, before, after *campaign.Set, v variant) {
	const following = 7
	first := map[string]variant{"Record": errorBefore, "Claim": errorAfter}
	seen, lives := map[string]int{}, 0
	for i, c := range unharmed(t, before, after) {
		if first[c.name] == fine || !c.effect {
			continue
		}
		if seen[c.name]++; seen[c.name] > 2 {
			continue
		}
		for k := 1; k <= following; k += every5th() {
			if _, err := smallLife(t, before, after, map[int]variant{i + 1: first[c.name], i + 1 + k: v}); err != nil {
				t.Fatal(err)
			}
			lives++
		}
	}
	t.Logf("%s after a failure: %d lives", v, lives)
}

// eachFault runs both for all variants on channels of all sorts.
func eachFault(t *testing.T) {
	for _, pair := range [][2]string{{"desk", "hook"}, {"prog", "box"}} {
		before, after := small(t, pair[0], pair[1])
		for _, v := range variants {
			on := ", " + strings.Join(pair[:], " and ")
			t.Run("each call: "+v.String()+on, func(t *testing.T) {
				t.Parallel()
				eachCall(t, before, after, v)
			})
			t.Run("the next, too: "+v.String()+on, func(t *testing.T) {
				t.Parallel()
				eachSecond(t, before, after, v)
			})
		}
	}
}
