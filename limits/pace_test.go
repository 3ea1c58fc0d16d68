package limits

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slotsOn is an account with a slot at the hour on the days of the week that
// the predicate says yes to.
func slotsOn(z *time.Location, hour int, open func(time.Weekday) bool) SlotDays {
	return func(from, to time.Time) (n int) {
		y, m, d := from.In(z).Date()
		for i := -1; ; i++ {
			slot := time.Date(y, m, d+i, hour, 0, 0, 0, z)
			if !slot.Before(to) {
				return n
			}
			if open(slot.Weekday()) && !slot.Before(from) {
				n++
			}
		}
	}
}

func weekday(d time.Weekday) bool { return d != time.Saturday && d != time.Sunday }

// spendAll spends what is allowed at t and says how much that was.
func spendAll(t testing.TB, w *Wallet, now time.Time, priority int, days SlotDays) (spent int) {
	w.Advance(now)
	for {
		if n, _ := w.Allow(now, priority, days); n == 0 {
			return spent
		}
		if _, err := w.Spend(now); err != nil {
			t.Fatal(err)
		}
		spent++
	}
}

// R14, R19: how many credits of a cycle are spent on each of its days.
func TestPaces(t *testing.T) {
	// Refresh on the 14th, a Saturday in November 2026; slots Mon–Fri at 9.
	for _, tt := range []struct {
		pace Pace
		want map[string]int
	}{
		{FrontLoad, map[string]int{ // Nov 14–27, ten days: ⌈25·d/10⌉
			"11-16": 3, "11-17": 2, "11-18": 3, "11-19": 2, "11-20": 3,
			"11-23": 2, "11-24": 3, "11-25": 2, "11-26": 3, "11-27": 2}},
		{ASAP, map[string]int{"11-16": 25}},
		{Even, map[string]int{ // Nov 14 – Dec 13, twenty days: ⌈25·d/20⌉
			"11-16": 2, "11-17": 1, "11-18": 1, "11-19": 1, "11-20": 2, "11-23": 1, "11-24": 1, "11-25": 1, "11-26": 2, "11-27": 1,
			"11-30": 1, "12-01": 1, "12-02": 2, "12-03": 1, "12-04": 1, "12-07": 1, "12-08": 2, "12-09": 1, "12-10": 1, "12-11": 1}},
	} {
		t.Run(tt.pace.String(), func(t *testing.T) {
			z := zone(t, "Europe/Berlin")
			c := twelveMonths
			c.Pace = tt.pace
			none := 0
			start := at(t, z, "2026-10-20")
			w := opened(c, 14, z, start, &none)
			days := slotsOn(z, 9, weekday)
			for day := at(t, z, "2026-11-14 09:00"); day.Before(at(t, z, "2026-12-14")); day = day.AddDate(0, 0, 1) {
				if !weekday(day.Weekday()) {
					continue
				}
				if got := spendAll(t, w, day, 50, days); got != tt.want[day.Format("01-02")] {
					t.Errorf("%s: %d spent, want %d", day.Format("01-02"), got, tt.want[day.Format("01-02")])
				}
			}
			if n, held := w.Allow(at(t, z, "2026-12-13"), 100, days); n != 0 || held != HeldNoCredit {
				t.Errorf("the 26th: %d, %s", n, held)
			}
		})
	}
}

// The first cycle's pace starts at the first apply.
func TestFirstCycle(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	days := slotsOn(z, 9, func(time.Weekday) bool { return true })
	for _, tt := range []struct {
		name, applied string
		pace          Pace
		at            string
		want          int
	}{
		{"first day of fourteen", "2026-11-16 08:00", FrontLoad, "2026-11-16 09:00", 2},
		{"applied after the day's slot", "2026-11-16 10:00", FrontLoad, "2026-11-17 09:00", 2}, // 1 of 13
		{"last day", "2026-11-16 08:00", FrontLoad, "2026-11-29 09:00", 25},
		{"the day before", "2026-11-16 08:00", FrontLoad, "2026-11-28 09:00", 24},
		{"not beyond the refresh", "2026-12-10 08:00", FrontLoad, "2026-12-11 09:00", 13}, // 2 of 4
		{"before the grant of the refresh day", "2026-12-10 08:00", FrontLoad, "2026-12-14 00:59", 25},
		{"even", "2026-12-10 08:00", Even, "2026-12-10 09:00", 7}, // 1 of 4
		{"at once", "2026-12-10 08:00", ASAP, "2026-12-10 09:00", 25},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := twelveMonths
			c.Pace = tt.pace
			w := opened(c, 14, z, at(t, z, tt.applied), nil)
			now := at(t, z, tt.at)
			w.Advance(now)
			if got, held := w.Allow(now, 50, days); got != tt.want {
				t.Errorf("%d allowed (%s), want %d", got, held, tt.want)
			}
		})
	}
}

// A cycle begins with its grant, in whatever order the lots come; where the
// wallet was not told of a grant, with the refresh of the calendar.
func TestCycleStart(t *testing.T) {
	now := at(t, time.UTC, "2026-11-23 12:00")
	lot := func(granted string) Lot {
		at := at(t, time.UTC, granted)
		return Lot{Cycle: granted[:7], GrantedAt: at, ExpiresAt: at.AddDate(1, 0, 0), Amount: 25, Source: SourcePlan}
	}
	for _, tt := range []struct {
		name   string
		anchor int
		lots   []Lot
		want   string
	}{
		{"newest first", 14, []Lot{lot("2026-11-14"), lot("2026-10-14")}, "2026-11-14"},
		{"no lots", 14, nil, "2026-11-14"},
		{"the newest missing", 14, []Lot{lot("2026-10-14")}, "2026-11-14"},
		{"renewal day moved from 5 to 20: the grant of the 5th", 20, []Lot{lot("2026-11-05")}, "2026-11-05"},
		{"renewal day moved from 5 to 28: the same", 28, []Lot{lot("2026-10-05"), lot("2026-11-05")}, "2026-11-05"},
	} {
		w := NewWallet(twelveMonths, tt.anchor, time.UTC, time.Time{}, now, tt.lots, nil)
		if got := w.cycleStart(now); !got.Equal(at(t, time.UTC, tt.want)) {
			t.Errorf("%s: cycle began at %v, want %s", tt.name, got, tt.want)
		}
	}
}

// What would be lost before the next refresh may always be spent.
func TestAtRisk(t *testing.T) {
	every := slotsOn(time.UTC, 9, func(time.Weekday) bool { return true })
	now := at(t, time.UTC, "2026-11-14 09:00")
	start := at(t, time.UTC, "2026-11-14")
	n := func(n int) *int { return &n }
	for _, tt := range []struct {
		name    string
		credits Credits
		told    *int
		pack    string // of 5 credits, when it expires
		want    int    // on the first of 14 days
	}{
		{"nothing", twelveMonths, nil, "", 2},
		{"full", twelveMonths, n(300), "", 25}, // of the oldest cycle
		{"expiring before the refresh", twelveMonths, nil, "2026-12-01", 5},
		{"expiring at the refresh", twelveMonths, nil, "2026-12-14", 5},
		{"expiring after it", twelveMonths, nil, "2026-12-15", 3},
		{"over the maximum", Credits{Monthly: 25, RolloverMonths: 12, MaxBalance: 60}, n(50), "", 15},
		{"both", Credits{Monthly: 25, RolloverMonths: 12, MaxBalance: 60}, n(50), "2026-12-01", 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := opened(tt.credits, 14, time.UTC, start, tt.told)
			if tt.pack != "" {
				w.Add(start, 5, at(t, time.UTC, tt.pack))
			}
			if got, _ := w.Allow(now, 50, every); got != tt.want {
				t.Errorf("%d allowed, want %d", got, tt.want)
			}
		})
	}
}

func TestReserve(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	every := slotsOn(z, 9, func(time.Weekday) bool { return true })
	c := twelveMonths
	c.Pace = ASAP
	c.Reserve = &Reserve{Credits: 5, MinPriority: 90, UntilDays: 5}
	w := opened(c, 14, z, at(t, z, "2026-11-14 01:00"), nil)
	now := at(t, z, "2026-11-20 09:00")
	if got := spendAll(t, w, now, 89, every); got != 20 {
		t.Errorf("%d spent at priority 89, want 20", got)
	}
	if n, held := w.Allow(now, 89, every); n != 0 || held != HeldReserve {
		t.Errorf("priority 89: %d, %s", n, held)
	}
	if n, _ := w.Allow(now, 90, every); n != 5 {
		t.Errorf("priority 90: %d, want 5", n)
	}
	before, after := at(t, z, "2026-12-08 23:59"), at(t, z, "2026-12-09 00:00")
	if n, _ := w.Allow(before, 0, every); n != 0 {
		t.Errorf("%d before the reserve ends", n)
	}
	if n, _ := w.Allow(after, 0, every); n != 5 {
		t.Errorf("%d after the reserve ended, want 5", n)
	}
	w.Add(now, 3, at(t, z, "2026-12-01"))
	if n, _ := w.Allow(now, 0, every); n != 3 {
		t.Errorf("%d about to be lost, want 3", n)
	}
}

// TestPaceProperties holds Allow against the rule written down plainly, on
// random days in random order of priorities.
func TestPaceProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(modelZones).Draw(rt, "zone"))
		pace := rapid.SampledFrom([]Pace{FrontLoad, Even, ASAP}).Draw(rt, "pace")
		c := Credits{Monthly: rapid.IntRange(1, 30).Draw(rt, "monthly"), RolloverMonths: 12, MaxBalance: None, Pace: pace}
		anchor, hour := rapid.IntRange(1, 31).Draw(rt, "anchor"), rapid.IntRange(3, 22).Draw(rt, "hour")
		days := slotsOn(z, hour, weekday)
		start := at(t, z, "2025-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 9000).Draw(rt, "start")) * time.Hour)
		none := 0
		w := opened(c, anchor, z, start, &none)
		begin := w.Next()
		w.Advance(begin)
		w.Add(begin, rapid.IntRange(0, 20).Draw(rt, "pack"), time.Time{})
		credits, spent, last := w.Balance(), 0, 0
		y, m, d := begin.Date()
		end := DateStart(y, m, d+14, z)
		if pace == Even {
			end = DayStart(w.Next(), z)
		}
		for now := DateStart(y, m, d, z).Add(time.Duration(hour) * time.Hour); now.Before(w.Next()); now = now.AddDate(0, 0, 1) {
			if now.Before(begin) || !weekday(now.Weekday()) {
				continue
			}
			n, _ := w.Allow(now, rapid.IntRange(0, 100).Draw(rt, "priority"), days)
			y0, m0, d0 := begin.Date()
			first := DateStart(y0, m0, d0, z)
			all, done := days(first, end), days(first, NextDay(now, z))
			want := credits
			if pace != ASAP && now.Before(end) {
				want = (credits*done + all - 1) / all
			}
			if want < last || n != max(0, want-spent) {
				rt.Fatalf("%v: %d allowed after %d, want %d by day %d of %d", now, n, spent, want, done, all)
			}
			last = want
			for range rapid.IntRange(0, n).Draw(rt, "spend") {
				if _, err := w.Spend(now); err != nil {
					rt.Fatal(err)
				}
				spent++
			}
			if again, _ := w.Clone().Allow(now, 0, days); again != want-spent {
				rt.Fatalf("a clone allows %d, want %d", again, want-spent)
			}
		}
	})
}
