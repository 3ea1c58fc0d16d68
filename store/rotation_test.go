package store

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// rotating is a campaign of n targets on accounts, dealt as the lines say.
func rotating(accounts, lines string, n int) string {
	return strings.Replace(team(accounts, n), "    targets:\n", lines+"    targets:\n", 1)
}

// order is who has the targets, one letter each, in the order of their names.
func order(t *testing.T, s *Store) string {
	t.Helper()
	return strings.Join(query(t, s, `SELECT substr(a.name, 1, 1) FROM targets t JOIN accounts a ON a.id = t.account_id
		JOIN people p ON p.id = t.person_id WHERE t.state <> 'removed' ORDER BY p.name`), "")
}

func TestAssign(t *testing.T) {
	for _, tt := range []struct {
		name, accounts, lines string
		want                  string // after applies of 3, 5, and 9 targets
	}{
		{"round robin", "[ada, bob]", "    assign: round_robin\n", "ababababa"},
		{"the file's order", "[bob, ada]", "    assign: round_robin\n", "babababab"},
		{"weighted", "[ada, bob]", "    assign: weighted\n    weights: { ada: 2, bob: 1 }\n", "aabaabaab"},
		{"weighted 3:2", "[ada, bob]", "    assign: weighted\n    weights: { ada: 3, bob: 2 }\n", "abaababaa"},
		{"nothing for one", "[ada, bob]", "    assign: weighted\n    weights: { ada: 0, bob: 1 }\n", "bbbbbbbbb"},
		{"earliest", "[ada, bob]", "    assign: earliest\n", "aaaaaabaa"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			for _, n := range []int{3, 5, 9} {
				set := load(t, rotating(tt.accounts, tt.lines, n), nil)
				apply(t, s, set, monday)
				if got := order(t, s); got != tt.want[:n] {
					t.Errorf("%d targets are dealt %s, want %s", n, got, tt.want[:n])
				}
				if staged := apply(t, s, set, monday); staged.Changes {
					t.Error("the same file again changes something")
				}
			}
		})
	}
}

func TestListOfAccountsBeginsTheRotationAnew(t *testing.T) {
	s := open(t)
	const lines = "    assign: round_robin\n"
	apply(t, s, load(t, rotating("[ada]", lines, 4), nil), monday)
	sendStep(t, s, "Person01 Example", "hello", monday)
	apply(t, s, load(t, rotating("[ada, bob]", lines, 7), nil), monday)
	if got := order(t, s); got != "aababab" { // Person01 has begun and is not counted
		t.Errorf("after bob came: %s", got)
	}
	apply(t, s, load(t, rotating("[ada, bob]", lines, 9), nil), monday)
	if got := order(t, s); got != "aabababab" {
		t.Errorf("two more: %s", got)
	}
}

func TestTargetThatComesBackAfterItsAccountLeft(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, rotating("[ada]", "", 3), nil), monday)
	apply(t, s, load(t, rotating("[ada]", "", 2), nil), monday)
	apply(t, s, load(t, rotating("[bob]", "", 2), nil), monday)
	apply(t, s, load(t, rotating("[bob]", "", 3), nil), monday)
	if got := order(t, s); got != "bbb" {
		t.Errorf("it is dealt to an account the campaign does not have: %s", got)
	}
}

func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		account string
		want    int // in 28 days from a Monday
	}{
		{`{ plan: basic, slots: "0 9,12,15 * * MON-FRI" }`, 60},                         // 3 slots a day, cap 30
		{`{ plan: basic, slots: "* 9-16 * * MON-FRI" }`, 600},                           // 480 slots a day, cap 30
		{`{ plan: basic, slots: "* * * * *", manual_reserve: 5 }`, 700},                 // 25 a day
		{`{ plan: basic, slots: "0 9 * * MON-FRI", per_slot: 12 }`, 240},                //
		{`{ plan: basic, slots: ["0 9 * * *", "0 9,10 * * *"] }`, 56},                   // one instant, one slot
		{`{ plan: basic, slots: "0 9 * * *", holidays: ["2026-11-25"] }`, 27},           //
		{`{ plan: basic, slots: "* * * * *", warm_up: { from: 5, add: 5 } }`, 75 + 690}, // 5 to 25, then 23 days of 30
		{`{ plan: basic, slots: "0 9 1 1 *" }`, 0},
	} {
		set := load(t, fmt.Sprintf("version: 1\ntimezone: Europe/Berlin\naccounts:\n  ada: %s\n", tt.account), nil)
		if got := room(set.Accounts[0], monday, monday); got != tt.want {
			t.Errorf("%s: room for %d, want %d", tt.account, got, tt.want)
		}
	}
}

func TestEarliestKnowsWhatIsQueued(t *testing.T) {
	s := open(t)
	// 7 reminders on ada, 1 on bob; paused ones and blocked ones stand in nobody's way.
	yaml := head + `  news:
    accounts: [ada]
    targets:
      - { name: Kim Example, profile: "https://www.linkedin.com/in/example-kim" }
    steps: [ { send: reminder, template: hello }, { send: reminder, template: again }, { name: x, send: reminder, template: third },
      { name: y, send: reminder, template: third }, { name: z, send: reminder, template: third }, { name: w, send: reminder, template: third } ]
`
	founders := func(n int) string { return strings.TrimPrefix(rotating("[ada, bob]", "", n), head) }
	apply(t, s, load(t, yaml, nil), monday)
	apply(t, s, load(t, yaml+founders(1), nil), monday)
	if got := one(t, s, `SELECT a.name FROM targets t JOIN accounts a ON a.id = t.account_id JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Person00 Example'`); got != "bob" {
		t.Errorf("behind 6 of ada's it goes to %s", got)
	}
	if _, err := s.Pause(t.Context(), monday, "campaign:news", ""); err != nil {
		t.Fatal(err)
	}
	apply(t, s, load(t, yaml+founders(2), nil), monday.Add(time.Hour))
	if got := one(t, s, `SELECT a.name FROM targets t JOIN accounts a ON a.id = t.account_id JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Person01 Example'`); got != "ada" {
		t.Errorf("with ada's paused it goes to %s", got)
	}
}
