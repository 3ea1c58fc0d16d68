package store

import (
	"testing"
	"time"
)

// A command reads the clock before it has the database: while it waits for that,
// the daemon may claim. What the command says holds from then on, and is no
// reason for verify to doubt the claim.
func TestCommandsThatWaitedForTheDatabase(t *testing.T) {
	before := nine.Add(-200 * time.Millisecond)
	for name, do := range map[string]func(*testing.T, *Store){
		"opt-out": func(t *testing.T, s *Store) { react(t, s, before, Reaction{Kind: OptOut, Person: grace}) },
		"pause of an account": func(t *testing.T, s *Store) {
			if _, err := s.Pause(t.Context(), before, "ada", ""); err != nil {
				t.Error(err)
			}
		},
		"pause of a campaign": func(t *testing.T, s *Store) {
			if _, err := s.Pause(t.Context(), before, "makers", ""); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := ledgers(t)
			if list := claimAt(t, s, nine); len(list) < 2 {
				t.Fatalf("%d releases at 9", len(list))
			}
			do(t, s)
			sound(t, s, nine.Add(time.Minute))
		})
	}
}
