package limits

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var twelveMonths = Credits{Monthly: 25, RolloverMonths: 12, MaxBalance: 300}

// opened is a wallet that starts at an instant with what its plan grants.
func opened(c Credits, anchor int, z *time.Location, now time.Time, credits *int) *Wallet {
	return NewWallet(c, anchor, z, now, now, OpeningLots(c, anchor, z, now, credits), nil)
}

// R9, R13, R23: a grant each month, at the clamped date, 25 each.
func TestGrants(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	w := opened(twelveMonths, 31, z, at(t, z, "2025-01-31 12:00"), nil)
	var got []string
	for _, e := range w.Advance(at(t, z, "2025-06-30 12:00")) {
		if e.Reason != ReasonGrant || e.Change != 25 {
			t.Errorf("unexpected %+v", e)
		}
		got = append(got, e.At.Format("2006-01-02 15:04"))
	}
	// Granted late: Berlin is ahead of UTC.
	want := []string{"2025-02-28 01:00", "2025-03-31 02:00", "2025-04-30 02:00", "2025-05-31 02:00", "2025-06-30 02:00"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if w.Balance() != 150 || !w.Next().Equal(at(t, z, "2025-07-31 02:00")) {
		t.Errorf("balance %d, next %v", w.Balance(), w.Next())
	}
}

func TestExpiries(t *testing.T) {
	ninety := Credits{Monthly: 15, RolloverDays: 90, MaxBalance: 45}
	for _, tt := range []struct {
		name, zone, granted, expires string
		credits                      Credits
		anchor                       int
	}{
		{"12 months, clamped", "UTC", "2024-02-29", "2025-02-28", twelveMonths, 29},
		{"the 31st", "UTC", "2024-02-29", "2025-02-28", twelveMonths, 31},
		{"R11 in the earlier zone", "Europe/Berlin", "2025-03-15 01:00", "2026-03-15 00:00", twelveMonths, 15},
		{"R11 west of UTC", "America/Los_Angeles", "2025-03-15 00:00", "2026-03-14 17:00", twelveMonths, 15},
		{"90 days of a leap year", "UTC", "2024-01-01", "2024-03-31", ninety, 1},
		{"90 days", "UTC", "2025-01-01", "2025-04-01", ninety, 1},
		{"90 days in summer", "UTC", "2025-07-01", "2025-09-29", ninety, 1},
		{"FirstUTC", "Asia/Tokyo", "2025-07-01 09:00", "2025-09-29 09:00", Credits{Monthly: 50, RolloverDays: 90, FirstUTC: true, MaxBalance: None}, 17},
		{"FirstUTC west of UTC", "America/Los_Angeles", "2025-06-30 17:00", "2025-09-28 17:00", Credits{Monthly: 50, RolloverDays: 90, FirstUTC: true, MaxBalance: None}, 17},
		{"no rollover", "Asia/Tokyo", "2025-07-10 09:00", "2025-08-10 00:00", Credits{Monthly: 50, MaxBalance: None}, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := zone(t, tt.zone)
			granted, expires := at(t, z, tt.granted), at(t, z, tt.expires)
			w := NewWallet(tt.credits, tt.anchor, z, granted, granted.Add(-1), nil, nil)
			if !w.Next().Equal(granted) || w.Balance() != 0 {
				t.Fatalf("next grant %v with balance %d", w.Next(), w.Balance())
			}
			w.Advance(granted)
			lot := w.Lots()[0]
			if !lot.GrantedAt.Equal(granted) || !lot.ExpiresAt.Equal(expires) {
				t.Errorf("lot is good from %v to %v, want %v to %v", lot.GrantedAt, lot.ExpiresAt, granted, expires)
			}
			if n, _ := w.NextExpiry(); !n.Equal(expires) {
				t.Errorf("next expiry %v", n)
			}
		})
	}
}

// R10–R12, R14: one credit each, soonest to expire first, none below zero.
func TestSpend(t *testing.T) {
	now := at(t, time.UTC, "2026-11-20 12:00")
	two := 2
	w := opened(twelveMonths, 14, time.UTC, now, &two)
	w.Add(now, 1, w.Lots()[0].ExpiresAt)
	w.Add(now, 1, at(t, time.UTC, "2026-12-01"))
	for i, want := range []int{2, 0, 0, 1} { // the early pack, the plan's, then the pack of the same date
		if lot, err := w.Spend(now); err != nil || lot != want {
			t.Fatalf("credit %d comes from lot %d (%v), want %d", i, lot, err, want)
		}
	}
	if _, err := w.Spend(now); !errors.Is(err, ErrNoCredit) || w.Balance() != 0 || w.Never() {
		t.Errorf("err %v, balance %d", err, w.Balance())
	}
	if n, held := w.Allow(now, 100, nil); n != 0 || held != HeldNoCredit {
		t.Errorf("Allow = %d, %s", n, held)
	}
	w.Advance(w.Next())
	if lot, err := w.Spend(w.Through()); err != nil || lot != 3 {
		t.Errorf("after the refresh: lot %d, %v", lot, err)
	}
}

// Of credits that expire together, the plan's go before those that were bought.
func TestSpendPlanBeforePack(t *testing.T) {
	from, to := at(t, time.UTC, "2026-11-20"), at(t, time.UTC, "2027-11-20")
	w := NewWallet(Credits{}, 0, nil, from, from, []Lot{
		{GrantedAt: from, ExpiresAt: to, Amount: 1, Left: 1, Source: SourcePack},
		{GrantedAt: from, ExpiresAt: to, Amount: 1, Left: 1, Source: SourcePlan},
	}, nil)
	if lot, err := w.Spend(from); lot != 1 || err != nil {
		t.Errorf("spent from lot %d, %v", lot, err)
	}
}

func TestSpendOnlyWhatIsLive(t *testing.T) {
	from, to := at(t, time.UTC, "2026-11-20"), at(t, time.UTC, "2026-11-21")
	lots := []Lot{{GrantedAt: from, ExpiresAt: to, Amount: 9, Left: 9, Source: SourcePack}}
	w := NewWallet(Credits{}, 0, nil, from, from, lots, nil)
	for when, live := range map[time.Time]bool{from.Add(-1): false, from: true, to.Add(-1): true, to: false} {
		if _, err := w.Spend(when); (err == nil) != live {
			t.Errorf("at %v: %v", when, err)
		}
		if n, _ := w.Allow(when, 0, nil); (n > 0) != live {
			t.Errorf("at %v: %d allowed", when, n)
		}
	}
	if w.Never() || !w.Next().IsZero() {
		t.Error("a pack is left, and nothing is ever granted")
	}
	if w.Advance(to); !w.Never() {
		t.Error("nothing is left, and nothing is ever granted")
	}
}

// Expire, cap, grant, cap: with 25 × 12 the balance never shows 325.
func TestMaximum(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles"} {
		z := zone(t, name)
		full := 300
		w := opened(twelveMonths, 15, z, at(t, z, "2026-01-20"), &full)
		w.Add(w.Through(), 10, time.Time{})
		for w.Through().Before(at(t, z, "2028-01-01")) {
			for _, e := range w.Advance(w.Next()) {
				if e.Balance > 310 || e.Reason == ReasonGrant && e.Balance > 300 {
					t.Fatalf("%s: %+v", name, e)
				}
			}
			if w.Balance() > 300 {
				t.Fatalf("%s: %d credits after a refresh", name, w.Balance())
			}
		}
	}
}

// The new credits themselves are the soonest to expire.
func TestMaximumTakesTheSoonest(t *testing.T) {
	c := Credits{Monthly: 10, RolloverDays: 30, MaxBalance: 20}
	w := NewWallet(c, 1, time.UTC, at(t, time.UTC, "2026-03-01"), at(t, time.UTC, "2026-03-31"), nil, nil)
	w.Add(at(t, time.UTC, "2026-03-31 09:00"), 15, time.Time{})
	entries := w.Advance(at(t, time.UTC, "2026-04-01"))
	want := []Entry{
		{At: at(t, time.UTC, "2026-04-01"), Change: 10, Balance: 25, Reason: ReasonGrant, Lot: 1},
		{At: at(t, time.UTC, "2026-04-01"), Change: -5, Balance: 20, Reason: ReasonMaximum, Lot: 1},
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Error(diff)
	}
}

// A daemon that was off over several refreshes grants each with its own dates.
func TestMissedRefreshes(t *testing.T) {
	c := Credits{Monthly: 5, RolloverDays: 40, MaxBalance: 15}
	start := at(t, time.UTC, "2026-01-10")
	w := NewWallet(c, 1, time.UTC, start, start, nil, nil)
	var got []string
	for _, e := range w.Advance(at(t, time.UTC, "2026-04-15")) {
		got = append(got, e.At.Format(time.DateOnly)+" "+e.Reason)
	}
	want := []string{"2026-02-01 grant", "2026-03-01 grant", "2026-03-13 expiry", "2026-04-01 grant", "2026-04-10 expiry"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// However the renewal day is edited, a month has one grant.
func TestEditsMintNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := at(t, time.UTC, "2026-01-01").Add(time.Duration(rapid.IntRange(0, 8000).Draw(rt, "start")) * time.Hour)
		anchor := rapid.IntRange(1, 31)
		w := opened(twelveMonths, anchor.Draw(rt, "anchor"), time.UTC, now, nil)
		grants := map[string]int{}
		for _, l := range w.Lots() {
			grants[l.GrantedAt.Format("2006-01")]++
		}
		for range rapid.IntRange(1, 20).Draw(rt, "edits") {
			now = now.Add(time.Duration(rapid.IntRange(1, 900).Draw(rt, "hours")) * time.Hour)
			for _, e := range w.Advance(now) {
				if e.Reason == ReasonGrant {
					grants[e.At.Format("2006-01")]++
				}
			}
			if rapid.Bool().Draw(rt, "plan change") {
				w.Drop(now)
			}
			w = NewWallet(twelveMonths, anchor.Draw(rt, "anchor"), time.UTC, now, now, w.Lots(), nil)
		}
		for month, n := range grants {
			if n != 1 {
				rt.Fatalf("%d grants in %s", n, month)
			}
		}
	})
}

// However plans and renewal days are changed, the refresh of a month brings
// credits once, and none are granted that were not there at all.
func TestPlanChangesMintNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := at(t, time.UTC, "2026-01-01").Add(time.Duration(rapid.IntRange(0, 8000).Draw(rt, "start")) * time.Hour)
		anchor, plan := rapid.IntRange(1, 31), rapid.SampledFrom(Presets())
		z := zone(t, rapid.SampledFrom(modelZones).Draw(rt, "zone"))
		var told *int
		if rapid.Bool().Draw(rt, "told") {
			n := rapid.IntRange(0, 30).Draw(rt, "credits")
			told = &n
		}
		c, now := plan.Draw(rt, "plan").InMail, start
		w := opened(c, anchor.Draw(rt, "anchor"), z, now, told)
		balance := w.Balance()
		for range rapid.IntRange(1, 20).Draw(rt, "changes") {
			now = now.Add(time.Duration(rapid.IntRange(0, 900).Draw(rt, "hours")) * time.Hour)
			c = plan.Draw(rt, "plan").InMail
			for _, e := range w.ChangePlan(now, c, anchor.Draw(rt, "anchor"), z) {
				if balance += e.Change; e.Balance != balance || balance < 0 {
					rt.Fatalf("%+v, the entries make %d", e, balance)
				}
			}
			if w.Balance() != balance || !w.Through().Equal(now) || (w.Next().IsZero()) != (c.Monthly == 0) {
				rt.Fatalf("balance %d of %d, through %v, next %v", w.Balance(), balance, w.Through(), w.Next())
			}
		}
		months := map[string]int{}
		for _, l := range w.Lots() {
			if l.Source == SourcePlan {
				months[l.Cycle]++
			}
		}
		for month, n := range months {
			if n != 1 {
				rt.Fatalf("%d grants of %s", n, month)
			}
		}
	})
}

// A cap that rises waits for a full day; a lower one that waits already stays.
func TestRaise(t *testing.T) {
	now, midnight := at(t, time.UTC, "2026-11-23 12:00"), at(t, time.UTC, "2026-11-24")
	for _, tt := range []struct {
		name               string
		was, plan, account int
		held               int
		until              time.Time
		want               int
		wantUntil          time.Time
	}{
		{"raised", 30, 100, None, 0, time.Time{}, 30, midnight},
		{"to none", 30, None, None, 0, time.Time{}, 30, midnight},
		{"the same", 30, 100, 30, 0, time.Time{}, 0, time.Time{}},
		{"lowered", 100, 30, None, 0, time.Time{}, 0, time.Time{}},
		{"from none", None, 100, None, 0, time.Time{}, 0, time.Time{}},
		{"raised twice", 60, 100, None, 30, midnight, 30, midnight},
		{"raised, lowered, raised", 20, 100, None, 30, midnight, 20, midnight},
		{"lowered while one waits", 60, 40, None, 30, midnight, 30, midnight},
		{"one that is over", 60, 40, None, 30, now, 0, time.Time{}},
	} {
		r := Rules{Plan: Plan{DailyCap: tt.plan}, DailyCap: tt.account, Zone: time.UTC, HeldCap: tt.held, HeldUntil: tt.until}
		if r.Raise(tt.was, now); r.HeldCap != tt.want || !r.HeldUntil.Equal(tt.wantUntil) {
			t.Errorf("%s: %d until %v", tt.name, r.HeldCap, r.HeldUntil)
		}
	}
}

// Whatever happens, the entries add up, the balance keeps its bounds, and going
// in steps gives the same as going at once.
func TestWalletProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plans := Presets()[1:6]
		c := rapid.SampledFrom(plans).Draw(rt, "plan").InMail
		z := zone(t, rapid.SampledFrom(modelZones).Draw(rt, "zone"))
		anchor := rapid.IntRange(1, 31).Draw(rt, "anchor")
		now := at(t, z, "2024-01-01").Add(time.Duration(rapid.IntRange(0, 20000).Draw(rt, "start")) * time.Hour)
		w := opened(c, anchor, z, now, nil)
		balance := w.Balance()
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(rt, "hours")) * time.Hour)
			once := w.Clone()
			half := w.Through().Add(now.Sub(w.Through()) / 2)
			entries := append(w.Advance(half), w.Advance(now)...)
			if diff := cmp.Diff(once.Advance(now), entries); diff != "" {
				rt.Fatal(diff)
			}
			entries = entries[:len(entries):len(entries)]
			switch rapid.IntRange(0, 5).Draw(rt, "do") {
			case 0:
				n := rapid.IntRange(0, 200).Draw(rt, "set")
				entries = append(entries, w.Set(now, n)...)
				if w.Balance() != n {
					rt.Fatalf("set to %d, balance %d", n, w.Balance())
				}
			case 1:
				entries = append(entries, w.Add(now, 10, time.Time{})...)
			case 2:
				entries = append(entries, w.Refund(now)...)
			default:
				if _, err := w.Spend(now); err == nil {
					entries = append(entries, Entry{At: now, Change: -1, Balance: w.Balance(), Reason: ReasonSpend})
				}
			}
			balance = checkEntries(rt, w, c, entries, balance)
		}
	})
}

// checkEntries checks that entries lead from one balance to the wallet's.
func checkEntries(rt *rapid.T, w *Wallet, c Credits, entries []Entry, balance int) int {
	for i, e := range entries {
		balance += e.Change
		if e.Balance != balance || e.Balance < 0 || e.Change == 0 {
			rt.Fatalf("%+v, but the changes add up to %d", e, balance)
		}
		if i > 0 && e.At.Before(entries[i-1].At) {
			rt.Fatalf("%+v after %+v", e, entries[i-1])
		}
		last := i+1 == len(entries) || entries[i+1].At.After(e.At)
		if last && (e.Reason == ReasonGrant || e.Reason == ReasonMaximum) && e.Balance > c.MaxBalance {
			rt.Fatalf("%+v is above the maximum", e)
		}
	}
	left := 0
	for _, l := range w.Lots() {
		if l.Left < 0 || l.Left > l.Amount || l.Left > 0 && !l.live(w.Through()) {
			rt.Fatalf("at %v: %+v", w.Through(), l)
		}
		left += l.Left
	}
	if left != w.Balance() || left != balance {
		rt.Fatalf("lots have %d, the balance is %d, the entries say %d", left, w.Balance(), balance)
	}
	return balance
}

func TestLotJSON(t *testing.T) {
	now := at(t, time.UTC, "2026-11-14")
	lot := Lot{ID: 7, Cycle: "2026-11", GrantedAt: now, ExpiresAt: now, Amount: 25, Left: 24, Source: SourcePlan}
	got, err := json.Marshal(lot)
	want := `{"granted_at":"2026-11-14T00:00:00Z","expires_at":"2026-11-14T00:00:00Z","amount":25,"left":24,"source":"plan"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
