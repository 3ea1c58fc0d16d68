package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const connectionsFile = `version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: basic, slots: "0 9-16 * * *", channel: out }
  bob: { plan: basic, slots: "0 9-16 * * *", channel: out }
channels: { out: { type: outbox, path: out.jsonl } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  first:
    accounts: [ada]
    targets: [{ name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }]
    steps: &steps
      - { send: connect }
      - { send: message, template: hello, only_if: accepted }
`

const later = `
  later:
    accounts: [ada]
    targets: [{ name: Joan Example, profile: "https://www.linkedin.com/in/example-joan" }]
    steps: *steps
`

func connectAll(t *testing.T, s *Store, now time.Time, account string, list ...Connection) []ConnectResult {
	t.Helper()
	got, err := s.ConnectAll(t.Context(), now, account, list)
	if err != nil || len(got) != len(list) {
		t.Fatalf("%d results, %v", len(got), err)
	}
	if err := s.PlanDirty(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestConnectionsOfTheExport(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, connectionsFile, nil), monday)
	if r := claimAt(t, s, nine); len(r) != 1 {
		t.Fatalf("released %+v", r)
	}
	now := nine.Add(48 * time.Hour)
	today := monday.Add(-8 * time.Hour) // midnight in Berlin, before the request
	list := []Connection{
		{"linkedin.com/in/Example-Grace/", today},
		{joan, today.AddDate(-3, 0, 0)},
		{"https://www.linkedin.com/company/example", today},
		{"https://www.linkedin.com/in/example-ahead", now.Add(time.Hour)},
		{"https://www.linkedin.com/in/example-future", now.Add(25 * time.Hour)},
	}
	got := connectAll(t, s, now, "ada", list...)
	if !got[0].Accepted || got[1].Accepted || got[1].Err != nil || got[2].Err == nil || got[3].Err != nil || got[4].Err == nil {
		t.Errorf("results %+v", got)
	}
	// Accepted at the request, not before it.
	if at := one(t, s, `SELECT at FROM events WHERE kind = 'accepted'`); at != micros(nine) {
		t.Errorf("accepted at %s, want %s", at, micros(nine))
	}
	if at := one(t, s, `SELECT max(since_at) FROM connections`); at != micros(now) {
		t.Errorf("a day ahead of ours is %s, want now", at)
	}
	if n := one(t, s, `SELECT count(*) FROM people`); n != "3" {
		t.Errorf("%s people", n)
	}
	before := story(t, s)
	for _, r := range connectAll(t, s, now.Add(30*24*time.Hour), "ada", list[:2]...) {
		if !r.Again || r.Accepted {
			t.Errorf("next month: %+v", r)
		}
	}
	if diff := cmp.Diff(before, story(t, s)); diff != "" {
		t.Errorf("the next month's list changed\n%s", diff)
	}
	// The same day on another account is another connection.
	if got := connectAll(t, s, now, "bob", list[:2]...); got[0].Again || got[0].Accepted || got[1].Again {
		t.Errorf("on another account: %+v", got)
	}
	sound(t, s, now)
}

// Who is connected already is not invited, and gets the message at once; also
// if it waits for acceptance, and if they were queued before the list came.
func TestConnectionsAreWrittenToAtOnce(t *testing.T) {
	for _, first := range []string{"the list", "the target"} {
		t.Run(first, func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, connectionsFile, nil), monday)
			add := func() { apply(t, s, load(t, connectionsFile+later, nil), monday) }
			if first == "the target" {
				add()
			}
			connectAll(t, s, monday, "ada", Connection{joan, monday.AddDate(-1, 0, 0)})
			if first == "the list" {
				add()
			}
			got := query(t, s, `SELECT m.step || ' ' || m.state || ' ' || m.reason || m.kind FROM messages m JOIN targets t ON t.id = m.target_id
				JOIN people p ON p.id = t.person_id WHERE p.name = 'Joan Example' ORDER BY 1`)
			if want := []string{"connect cancelled skipped", "hello scheduled message"}; !slices.Equal(got, want) {
				t.Errorf("messages %q, want %q", got, want)
			}
			for at := nine; at.Before(nine.Add(3 * time.Hour)); at = at.Add(time.Hour) {
				for _, r := range claimAt(t, s, at) {
					if r.Name == "Joan Example" && r.Kind.String() != "message" {
						t.Errorf("released %+v", r)
					}
				}
			}
			if n := one(t, s, `SELECT count(*) FROM releases WHERE kind = 'message'`); n != "1" {
				t.Errorf("%s messages released on the first morning", n)
			}
			sound(t, s, nine.Add(4*time.Hour))
		})
	}
}

func TestConnectionsNeedTheAccount(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, connectionsFile, nil), monday)
	_, err := s.ConnectAll(t.Context(), nine, "carol", []Connection{{joan, monday}})
	if err == nil || !strings.Contains(err.Error(), "carol") {
		t.Errorf("%v", err)
	}
}
