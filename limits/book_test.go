package limits

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rulesOf are a built-in plan's rules in a zone, without what the account adds.
func rulesOf(t testing.TB, name, zoneName string) *Rules {
	t.Helper()
	p, ok := Preset(name)
	if !ok {
		t.Fatalf("no plan %s", name)
	}
	p.Caps = nil // tests of a cap a day by kind set their own
	return &Rules{Plan: p, Zone: zone(t, zoneName), DailyCap: None}
}

// times books n units of a kind from an instant on, a minute apart.
func times(n int, k Kind, from time.Time) (units []Unit) {
	for i := range n {
		units = append(units, Unit{At: from.Add(time.Duration(i) * time.Minute), Kind: k})
	}
	return units
}

func check(t *testing.T, got Answer, ok bool, held Held, until time.Time) {
	t.Helper()
	if got.OK != ok || got.Held != held || !got.Until.Equal(until) {
		t.Errorf("got ok=%v %s until %v, want ok=%v %s until %v", got.OK, got.Held, got.Until, ok, held, until)
	}
}

// R2, R3: the unit after the cap is not released that day.
func TestDailyCapOfThePlans(t *testing.T) {
	for name, limit := range map[string]int{"basic": 30, "premium-business": 100, "cautious": 15} {
		r := rulesOf(t, name, "Europe/Berlin")
		nine := at(t, r.Zone, "2026-11-23 09:00")
		b := NewBook(r, nil, 0)
		for i := range limit {
			now := nine.Add(time.Duration(i) * time.Minute)
			if !b.Ask(Message, false, now).OK || b.Room(now) != limit-i {
				t.Fatalf("%s refuses message %d", name, i+1)
			}
			b.Take(Unit{At: now, Kind: Message})
		}
		now := at(t, r.Zone, "2026-11-23 23:59")
		check(t, b.Ask(Message, false, now), false, HeldDailyCap, at(t, r.Zone, "2026-11-24"))
		check(t, b.Ask(Message, false, at(t, r.Zone, "2026-11-24")), true, Ready, at(t, r.Zone, "2026-11-24"))
		if used, shown := b.Usage(now); used != limit || shown != limit || b.Room(now) != 0 {
			t.Errorf("%s: %d of %d, room %d", name, used, shown, b.Room(now))
		}
	}
}

// R4, R5: every kind raises the counter, unless the plan says otherwise.
func TestWhichKindsCount(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	nine := at(t, r.Zone, "2026-11-23 09:00")
	var mixed []Unit
	for _, k := range Kinds {
		mixed = append(mixed, times(5, k, nine)...)
	}
	b := NewBook(r, mixed, 0)
	for _, k := range Kinds {
		check(t, b.Ask(k, false, nine), false, HeldDailyCap, at(t, r.Zone, "2026-11-24"))
	}
	r.Plan.Uncounted, r.Plan.InMail.OnTop = []Kind{Message}, true
	r.Plan.Caps = map[Kind]Cap{InMail: {Day: 5, Week: None}, Message: {Day: 6, Week: None}}
	b = NewBook(r, mixed, 0)
	if b.Room(nine) != 10 {
		t.Errorf("with messages uncounted and InMail on top, room for %d, want 10", b.Room(nine))
	}
	check(t, b.Ask(InMail, false, nine), false, HeldKindCap, at(t, r.Zone, "2026-11-24"))
	check(t, b.Ask(Message, false, nine), true, Ready, nine)
}

func TestDayModes(t *testing.T) {
	const cap = 10
	for _, tt := range []struct {
		name, zone, first string // of ten units, a minute apart
		mode              DayMode
		at, until         string // empty: there is room
	}{
		{"local ends at midnight", "America/Los_Angeles", "2026-03-02 16:00", Local, "2026-03-02 23:59", "2026-03-03"},
		{"utc ends in the afternoon", "America/Los_Angeles", "2026-03-02 15:00", UTC, "2026-03-02 16:00", ""},
		{"utc goes on over midnight", "America/Los_Angeles", "2026-03-02 16:00", UTC, "2026-03-03 09:00", "2026-03-03 16:00"},
		{"rolling frees one after 24 h", "Europe/Berlin", "2026-03-02 16:00", Rolling, "2026-03-03 15:59", "2026-03-03 16:00"},
		{"exactly 24 h is free again", "Europe/Berlin", "2026-03-02 16:00", Rolling, "2026-03-03 16:00", ""},
		{"New York's 23 h day", "America/New_York", "2025-03-08 09:00", Rolling, "2025-03-09 09:00", "2025-03-09 10:00"},
		{"strict waits for all three", "America/Los_Angeles", "2026-03-02 16:00", Strict, "2026-03-02 17:00", "2026-03-03 16:00"},
		{"strict, rolling last", "Europe/Berlin", "2026-03-02 16:00", Strict, "2026-03-02 17:00", "2026-03-03 16:00"},
		{"strict, UTC midnight last", "Asia/Tokyo", "2026-03-02 09:00", Strict, "2026-03-02 23:00", "2026-03-03 09:00"},
		{"a midnight that does not exist", "America/Santiago", "2025-09-06 20:00", Local, "2025-09-06 23:59", "2025-09-07 01:00"},
		{"a missing date", "Pacific/Apia", "2011-12-29 09:00", Local, "2011-12-29 23:00", "2011-12-31"},
		{"a day of 25 h", "America/New_York", "2025-11-02 00:10", Local, "2025-11-02 23:59", "2025-11-03"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rulesOf(t, "basic", tt.zone)
			r.Day, r.DailyCap = tt.mode, cap
			b := NewBook(r, times(cap, Message, at(t, r.Zone, tt.first)), 0)
			now := at(t, r.Zone, tt.at)
			if tt.until == "" {
				check(t, b.Ask(Message, false, now), true, Ready, now)
			} else {
				check(t, b.Ask(Message, false, now), false, HeldDailyCap, at(t, r.Zone, tt.until))
			}
		})
	}
}

// Legal locally, 50 in one UTC day.
func TestLosAngeles(t *testing.T) {
	r := rulesOf(t, "basic", "America/Los_Angeles")
	monday, tuesday := at(t, r.Zone, "2026-03-02 16:00"), at(t, r.Zone, "2026-03-03 09:00")
	units := append(times(20, Message, monday), times(29, Message, tuesday)...)
	now := at(t, r.Zone, "2026-03-03 15:00")
	if !NewBook(r, units, 0).Ask(Message, false, now).OK {
		t.Error("refused locally")
	}
	r.Day = UTC
	if used, _ := NewBook(r, units, 0).Usage(now); used != 49 {
		t.Errorf("%d units in the UTC day, want 49", used)
	}
}

// The same slots every day at a full cap do not creep.
func TestSameSlotsEveryDay(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	r.Day = Rolling
	b := NewBook(r, nil, 0)
	for d := range 30 {
		for _, u := range times(30, Message, at(t, r.Zone, "2026-03-02 09:00").AddDate(0, 0, d)) {
			if !b.Ask(u.Kind, false, u.At).OK {
				t.Fatalf("day %d: %v refused", d, u.At)
			}
			b.Take(u)
		}
	}
}

func TestOwnCaps(t *testing.T) {
	r := rulesOf(t, "basic", "Europe/Berlin")
	r.Plan.Caps = map[Kind]Cap{Connect: {Day: 3, Week: 5}}
	monday := at(t, r.Zone, "2026-11-23 09:00")
	b := NewBook(r, times(3, Connect, monday), 0)
	check(t, b.Ask(Connect, false, monday), false, HeldKindCap, at(t, r.Zone, "2026-11-24"))
	tuesday := at(t, r.Zone, "2026-11-24 09:00")
	for _, u := range times(2, Connect, tuesday) {
		b.Take(u)
	}
	// Five of five: the oldest must be a week old.
	check(t, b.Ask(Connect, false, tuesday), false, HeldWeeklyCap, at(t, r.Zone, "2026-11-30 09:00"))
	check(t, b.Ask(Message, false, tuesday), true, Ready, tuesday)
	check(t, b.Ask(Connect, false, at(t, r.Zone, "2026-11-30 09:00")), true, Ready, at(t, r.Zone, "2026-11-30 09:00"))
}

func TestNotedRequestsOfTheMonth(t *testing.T) {
	r := rulesOf(t, "basic", "Pacific/Auckland")
	last := at(t, r.Zone, "2026-11-30 23:00") // 10:00 UTC: the month ends here long before it does there
	units := times(5, Connect, last)
	for i := range units {
		units[i].Noted = true
	}
	b := NewBook(r, units, 0)
	first := at(t, r.Zone, "2026-12-01")
	check(t, b.Ask(Connect, true, last), false, HeldMonthlyCap, first)
	check(t, b.Ask(Connect, false, last), true, Ready, last)
	check(t, b.Ask(Connect, true, first), true, Ready, first)
}

func TestPendingInvitations(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	now := at(t, r.Zone, "2026-11-23 09:00")
	b := NewBook(r, nil, MaxPending-1)
	check(t, b.Ask(Connect, false, now), true, Ready, now)
	b.Take(Unit{At: now, Kind: Connect})
	check(t, b.Ask(Connect, false, now), false, HeldPendingInvitations, time.Time{})
	check(t, b.Ask(Message, false, now), true, Ready, now)
}

func TestHolds(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	now, soon := at(t, r.Zone, "2026-11-23 09:00"), at(t, r.Zone, "2026-11-23 12:00")
	r.Holds = []Hold{
		{From: now, Until: soon},
		{Kinds: []Kind{InMail}, From: now, Reason: HeldQuarantine},
		{NotedOnly: true, From: now, Until: at(t, r.Zone, "2026-12-01")},
		{From: at(t, r.Zone, "2027-01-01"), Until: at(t, r.Zone, "2027-01-02")},
	}
	b := NewBook(r, nil, 0)
	check(t, b.Ask(Message, false, now.Add(-1)), true, Ready, now.Add(-1))
	check(t, b.Ask(Message, false, now), false, HeldCoolOff, soon)
	check(t, b.Ask(Message, false, soon), true, Ready, soon)
	check(t, b.Ask(InMail, false, now), false, HeldQuarantine, time.Time{})
	check(t, b.Ask(Connect, true, soon), false, HeldCoolOff, at(t, r.Zone, "2026-12-01"))
	check(t, b.Ask(Connect, false, soon), true, Ready, soon)
}

func TestEverywhere(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	now := at(t, r.Zone, "2026-11-23 09:00")
	b := NewBook(r, nil, 0)
	b.Everywhere(times(30, Message, now))
	nextYear := now.AddDate(1, 0, 0)
	check(t, b.Ask(Message, false, nextYear), false, HeldDailyCap, time.Time{})
	if used, _ := b.Usage(nextYear); used != 30 {
		t.Errorf("%d used, want 30", used)
	}
}

// Without a cap nothing is refused and none is shown.
func TestNoCap(t *testing.T) {
	r := &Rules{Plan: Plan{DailyCap: None, NotedPerMonth: None, PendingMax: None}, DailyCap: None, ManualReserve: 3}
	now := at(t, time.UTC, "2026-11-23 09:00")
	b := NewBook(r, times(500, Connect, now), 1000)
	if used, limit := b.Usage(now); used != 500 || limit != None || b.Room(now) < 1e6 {
		t.Errorf("%d of %d, room %d", used, limit, b.Room(now))
	}
	if got := b.AskAll(Connect, true, now); got != nil {
		t.Errorf("limits without a cap answer: %v", got)
	}
}

// Of several limits in the way, the one that opens last answers.
func TestLastToOpen(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	now := at(t, r.Zone, "2026-11-23 09:00")
	tomorrow, nextWeek := at(t, r.Zone, "2026-11-24"), at(t, r.Zone, "2026-11-30 09:00")
	r.Plan.Caps = map[Kind]Cap{Connect: {Day: None, Week: 30}}
	b := NewBook(r, times(30, Connect, now), 0)
	check(t, b.Ask(Connect, false, now), false, HeldWeeklyCap, nextWeek)
	check(t, b.Ask(Message, false, now), false, HeldDailyCap, tomorrow)
	r.Holds = []Hold{{From: now, Until: tomorrow.Add(-1)}}
	check(t, b.Ask(Connect, false, now), false, HeldWeeklyCap, nextWeek)
	check(t, b.Ask(Message, false, now), false, HeldDailyCap, tomorrow)
	check(t, b.Ask(InMail, false, tomorrow.Add(-2)), false, HeldDailyCap, tomorrow)
	r.Holds = []Hold{{From: now}}
	check(t, b.Ask(Connect, false, now), false, HeldCoolOff, time.Time{})
}

// AskAll names every limit once, with its numbers.
func TestAskAll(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	r.Plan.Caps = map[Kind]Cap{Connect: {Day: 20, Week: 100}}
	now := at(t, r.Zone, "2026-11-23 09:00")
	got := NewBook(r, times(20, Connect, now), 7).AskAll(Connect, true, now)
	want := []Answer{
		{OK: true, Held: HeldDailyCap, Until: now, Used: 20, Cap: 30},
		{Held: HeldKindCap, Until: at(t, r.Zone, "2026-11-24"), Used: 20, Cap: 20},
		{OK: true, Held: HeldWeeklyCap, Until: now, Used: 20, Cap: 100},
		{OK: true, Held: HeldMonthlyCap, Until: now, Cap: 5},
		{OK: true, Held: HeldPendingInvitations, Until: now, Used: 7, Cap: 500},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
