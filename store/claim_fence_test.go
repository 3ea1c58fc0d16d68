package store

import (
	"testing"
	"time"
)

// TestClaimAsksTheLimits: a plan that knew less than the ledger does now, as
// after a planner that errs, is stopped by the claim.
func TestClaimAsksTheLimits(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, crowdFile, map[string]string{"c.csv": crowd(1)}), monday)
	at := nine.Add(30 * time.Minute)
	must(t, s, `INSERT INTO units (account_id, at, kind, amount, recorded_at)
		SELECT id, ?, 'message', 30, ? FROM accounts WHERE name = 'quick'`, on(at.Add(-time.Minute)), on(monday))
	rs, err := s.Claim(t.Context(), at, map[string]int{"desk": Unbounded})
	if err != nil || len(rs) != 0 {
		t.Errorf("with 30 of 30 taken since the plan, %d were claimed, %v", len(rs), err)
	}
}
