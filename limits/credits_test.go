package limits

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOpeningLots(t *testing.T) {
	ninety := Credits{Monthly: 15, RolloverDays: 90, MaxBalance: 45}
	n := func(n int) *int { return &n }
	type lot struct {
		Cycle, Granted, Expires string
		Left                    int
		Source                  Source
	}
	for _, tt := range []struct {
		name    string
		credits Credits
		at      string
		told    *int
		want    []lot
	}{
		{"not told", twelveMonths, "2026-11-23", nil, []lot{{"2026-11", "2026-11-14", "2027-11-14", 25, SourcePlan}}},
		{"before the month's refresh", twelveMonths, "2026-11-13", nil, []lot{{"2026-10", "2026-10-14", "2027-10-14", 25, SourcePlan}}},
		{"at the refresh", twelveMonths, "2026-11-14", nil, []lot{{"2026-11", "2026-11-14", "2027-11-14", 25, SourcePlan}}},
		{"told none", twelveMonths, "2026-11-23", n(0), nil},
		{"told less than a cycle's", twelveMonths, "2026-11-23", n(12), []lot{{"2026-11", "2026-11-14", "2027-11-14", 12, SourcePlan}}},
		{"told more than a cycle's", twelveMonths, "2026-11-23", n(60), []lot{
			{"2026-09", "2026-09-14", "2027-09-14", 10, SourcePlan},
			{"2026-10", "2026-10-14", "2027-10-14", 25, SourcePlan},
			{"2026-11", "2026-11-14", "2027-11-14", 25, SourcePlan},
		}},
		{"told more than live cycles hold", ninety, "2026-11-23", n(50), []lot{
			{"2026-09", "2026-09-14", "2026-12-13", 15, SourcePlan},
			{"2026-10", "2026-10-14", "2027-01-12", 15, SourcePlan},
			{"2026-11", "2026-11-14", "2027-02-12", 15, SourcePlan},
			{"", "2026-11-23", "2027-02-12", 5, SourceAdjustment},
		}},
		{"a plan without credits", Credits{}, "2026-11-23", nil, nil},
		{"a plan without credits, told", Credits{}, "2024-02-29", n(3), []lot{{"", "2024-02-29", "2025-02-28", 3, SourceAdjustment}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []lot
			for _, l := range OpeningLots(tt.credits, 14, time.UTC, at(t, time.UTC, tt.at), tt.told) {
				if l.Amount != l.Left {
					t.Errorf("%d of %d left", l.Left, l.Amount)
				}
				got = append(got, lot{l.Cycle, l.GrantedAt.Format(time.DateOnly), l.ExpiresAt.Format(time.DateOnly), l.Left, l.Source})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPackExpiry(t *testing.T) {
	for _, tt := range []struct{ zone, at, want string }{
		{"UTC", "2026-11-23 12:00", "2027-11-23 00:00"},
		{"UTC", "2024-02-29 12:00", "2025-02-28 00:00"},
		{"America/New_York", "2026-11-23 22:00", "2027-11-22 19:00"},
		{"Asia/Tokyo", "2026-11-23 01:00", "2027-11-23 00:00"},
	} {
		z := zone(t, tt.zone)
		if got := PackExpiry(at(t, z, tt.at), z); !got.Equal(at(t, z, tt.want)) {
			t.Errorf("%s %s: %v, want %s", tt.zone, tt.at, got, tt.want)
		}
	}
}

func TestSetCredits(t *testing.T) {
	now, forty := at(t, time.UTC, "2026-11-23"), 40
	w := opened(twelveMonths, 14, time.UTC, now, &forty)
	got := append(w.Set(now, 20), w.Set(now, 22)...)
	want := []Entry{
		{At: now, Change: -15, Balance: 25, Reason: ReasonSet, Lot: 0},
		{At: now, Change: -5, Balance: 20, Reason: ReasonSet, Lot: 1},
		{At: now, Change: 2, Balance: 22, Reason: ReasonSet, Lot: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if l := w.Lots()[2]; l.Source != SourceAdjustment || !l.ExpiresAt.Equal(w.Lots()[1].ExpiresAt) || l.Amount != 2 {
		t.Errorf("the adjustment is %+v", l)
	}
	if w.Set(now, 22) != nil {
		t.Error("the same number changes something")
	}
}

// In Auckland the credits of a refresh date come at 13:00. An account that
// starts that morning gets them then, and not those of the month before.
func TestOpeningOnTheMorningOfARefresh(t *testing.T) {
	z := zone(t, "Pacific/Auckland")
	w := opened(twelveMonths, 14, z, at(t, z, "2026-11-14 09:00"), nil)
	if one := at(t, z, "2026-11-14 13:00"); w.Balance() != 0 || !w.Next().Equal(one) {
		t.Errorf("balance %d, next grant %v", w.Balance(), w.Next())
	}
	w = opened(twelveMonths, 14, z, at(t, z, "2026-11-13 23:59"), nil)
	if w.Balance() != 25 {
		t.Errorf("balance %d the day before", w.Balance())
	}
}

// Without rollover the credits expire hours before the next ones come; what the
// platform says in between still holds.
func TestSetBetweenExpiryAndGrant(t *testing.T) {
	z := zone(t, "Asia/Tokyo")
	w := opened(Credits{Monthly: 50, MaxBalance: None}, 10, z, at(t, z, "2026-11-20"), nil)
	now := at(t, z, "2026-12-10 05:00")
	w.Set(now, 7)
	if w.Balance() != 7 {
		t.Errorf("balance %d", w.Balance())
	}
}

func TestDrop(t *testing.T) {
	now := at(t, time.UTC, "2026-11-23")
	w := opened(twelveMonths, 14, time.UTC, now, nil)
	w.Add(now, 10, time.Time{})
	got := w.Drop(now)
	want := []Entry{{At: now, Change: -25, Balance: 10, Reason: ReasonPlanChange, Lot: 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Up, down, up: the month had its grant.
	again := NewWallet(twelveMonths, 28, time.UTC, now, now, w.Lots(), nil)
	if want := at(t, time.UTC, "2026-12-28"); !again.Next().Equal(want) {
		t.Errorf("next grant %v, want %v", again.Next(), want)
	}
}

func TestRefund(t *testing.T) {
	now, none := at(t, time.UTC, "2026-11-23"), 0
	w := opened(twelveMonths, 14, time.UTC, now, &none)
	w.Refund(now)
	if l := w.Lots()[0]; l.Source != SourceRefund || l.Left != 1 || !l.ExpiresAt.Equal(at(t, time.UTC, "2027-11-14")) {
		t.Errorf("the refund is %+v", l)
	}
}
