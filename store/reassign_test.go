package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/scheduler"
)

// reassigned is a campaign of ada and bob that lets targets go.
func reassigned(n int) string {
	return rotating("[ada, bob]", "    assign: round_robin\n    reassign: true\n", n)
}

func stand(t *testing.T, s *Store, name string, at time.Time) Paused {
	t.Helper()
	p, err := s.Pause(t.Context(), at, name, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func goOn(t *testing.T, s *Store, name string, at time.Time) Paused {
	t.Helper()
	p, err := s.Resume(t.Context(), at, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReassign(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, reassigned(6), nil), monday)
	sendStep(t, s, "Person00 Example", "hello", monday)
	p := stand(t, s, "ada", monday)
	if diff := cmp.Diff([]Moved{{"founders", "ada", "bob", 2}}, p.Moved); diff != "" {
		t.Errorf("moved: %s", diff)
	}
	if got := order(t, s); got != "abbbbb" { // Person00 has begun
		t.Errorf("after ada's pause: %s", got)
	}
	if got := one(t, s, `SELECT count(*) FROM messages WHERE state = 'scheduled' AND account_id = (SELECT id FROM accounts WHERE name = 'bob')`); got != "5" {
		t.Errorf("%s messages have a slot of bob's in the same transaction", got)
	}
	if got := one(t, s, `SELECT account || ' ' || campaign || ' ' || detail FROM events WHERE kind = 'reassigned'`); got != "ada founders 2 targets to bob" {
		t.Errorf("the log says %q", got)
	}
	set := load(t, reassigned(8), nil)
	apply(t, s, set, monday)
	if got := order(t, s); got != "abbbbbbb" {
		t.Errorf("new targets while ada is paused: %s", got)
	}
	if p := goOn(t, s, "ada", monday); len(p.Moved) > 0 {
		t.Errorf("something moves back: %v", p.Moved)
	}
	if staged := apply(t, s, set, monday); staged.Changes {
		t.Error("the same file again changes something")
	}
	apply(t, s, load(t, reassigned(16), nil), monday)
	if got := order(t, s); got != "abbbbbbbaaaaaaab" {
		t.Errorf("later deals do not even it out: %s", got)
	}
}

func TestReassignWithNobodyLeft(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, reassigned(4), nil), monday)
	stand(t, s, "ada", monday)
	if p := stand(t, s, "bob", monday); len(p.Moved) > 0 {
		t.Errorf("moved: %v", p.Moved)
	}
	apply(t, s, load(t, reassigned(6), nil), monday)
	if got := order(t, s); got != "bbbbaa" {
		t.Errorf("with both paused: %s", got)
	}
	if diff := cmp.Diff([]Moved{{"founders", "bob", "ada", 4}}, goOn(t, s, "ada", monday).Moved); diff != "" {
		t.Errorf("when ada goes on: %s", diff)
	}
	if got := order(t, s); got != "aaaaaa" {
		t.Errorf("when ada goes on: %s", got)
	}
}

func TestReassignIsAskedFor(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, rotating("[ada, bob]", "    assign: round_robin\n", 4), nil), monday)
	if p := stand(t, s, "ada", monday); len(p.Moved) > 0 {
		t.Errorf("moved: %v", p.Moved)
	}
	apply(t, s, load(t, rotating("[ada, bob]", "    assign: round_robin\n", 6), nil), monday)
	if got := order(t, s); got != "ababab" {
		t.Errorf("without reassign: %s", got)
	}
	apply(t, s, load(t, reassigned(6), nil), monday)
	if got := order(t, s); got != "bbbbbb" {
		t.Errorf("once it is asked for: %s", got)
	}
}

func TestReassignAfterWhatChannelsSay(t *testing.T) {
	for name, rep := range map[string]scheduler.Report{
		"restricted":  {Outcome: scheduler.NotSent, Verdict: verdictRestricted},
		"channel off": {Outcome: scheduler.ChannelIsOff},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			yaml := strings.Replace(reassigned(4), "slots: \"*/10 9-16 * * MON-FRI\" }", "slots: \"*/10 9-16 * * MON-FRI\", channel: out }", 1)
			yaml = strings.Replace(yaml, "templates:\n", "channels:\n  out: { type: outbox, path: out.jsonl }\ntemplates:\n", 1)
			apply(t, s, load(t, yaml, nil), monday)
			at := monday.Add(time.Hour)
			released, err := s.Claim(t.Context(), at, map[string]int{"out": Unbounded})
			if err != nil || len(released) != 1 || released[0].Account != "ada" {
				t.Fatalf("%v, %v", released, err)
			}
			rep.Release = released[0].ID
			if err := s.Record(t.Context(), at, []scheduler.Report{rep}); err != nil {
				t.Fatal(err)
			}
			// A certain "not sent" leaves its target as one that has not begun.
			begun := one(t, s, `SELECT count(*) FROM targets WHERE begun_at IS NOT NULL`)
			want := map[string]string{"0": "bbbb", "1": "abbb"}[begun]
			if got := order(t, s); got != want {
				t.Errorf("%s begun: %s", begun, got)
			}
		})
	}
}

func TestChannelsThatAllGoOffMoveNothing(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, reassigned(4), nil), monday)
	version, err := s.ConfigVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChannelsOff(t.Context(), monday, version, nil, "no reason"); err != nil {
		t.Fatal(err)
	}
	if got := order(t, s); got != "abab" {
		t.Errorf("after all channels went off: %s", got)
	}
}

func TestManyTargetsAreHandedOverInChunks(t *testing.T) {
	s := open(t)
	n := 2*handOverChunk + 10
	var csv strings.Builder
	csv.WriteString("name,profile\n")
	for i := range n {
		fmt.Fprintf(&csv, "Person%05d Example,https://www.linkedin.com/in/example-%d\n", i, i)
	}
	yaml := head + "  founders:\n    accounts: [ada, bob]\n    assign: weighted\n    weights: { ada: 1000, bob: 1 }\n    reassign: true\n" +
		"    targets: [{ csv: people.csv }]\n    steps: [{ send: connect, template: hello }]\n"
	apply(t, s, load(t, yaml, map[string]string{"people.csv": csv.String()}), monday)
	p := stand(t, s, "ada", monday)
	if len(p.Moved) != 1 || p.Moved[0].Targets != n-4 {
		t.Errorf("moved: %v", p.Moved)
	}
	if got := dealt(t, s); got != fmt.Sprintf("bob %d", n) {
		t.Errorf("after it: %s", got)
	}
	if got := one(t, s, `SELECT count(*) FROM accounts WHERE dirty = 1`); got != "0" {
		t.Errorf("%s accounts are dirty", got)
	}
}
