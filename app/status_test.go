package app_test

import (
	"testing"
	"time"

	"outpace/store"
)

// A campaign of which only reports are missing has no end: the slot of its last
// message is over.
func TestFinishesWhileReportsAreMissing(t *testing.T) {
	a := applied(t, load(t, connects, 1))
	before, err := a.Status(t.Context(), now)
	if err != nil || before.Campaigns[0].FinishesAt == nil {
		t.Fatalf("planned: %+v, %v", before, err)
	}
	slot := *before.Campaigns[0].FinishesAt
	claimed, err := a.Claim(t.Context(), slot, map[string]int{"desk": store.Unbounded})
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%d claimed, %v", len(claimed), err)
	}
	waits, err := a.Status(t.Context(), slot.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if c := waits.Campaigns[0]; c.Released != 1 || c.FinishesAt != nil {
		t.Errorf("with an open card: %+v, finishes %v", c, c.FinishesAt)
	}
}
