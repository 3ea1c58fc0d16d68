package limits

import (
	"testing"
	"time"
)

// R6: a learnt ceiling holds 7 days and then rises by a tenth of the cap a day.
func TestLearntCeiling(t *testing.T) {
	r := rulesOf(t, "premium-business", "UTC")
	learnt := at(t, r.Zone, "2026-11-02 15:00")
	r.Ceilings = []Ceiling{{At: learnt, Count: 62}}
	b := NewBook(r, nil, 0)
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{
		{-1, 100}, {0, 62}, {7*24*time.Hour - 1, 62}, {7 * 24 * time.Hour, 72},
		{8*24*time.Hour - 1, 72}, {8 * 24 * time.Hour, 82}, {9 * 24 * time.Hour, 92}, {10 * 24 * time.Hour, 100}, {100 * 24 * time.Hour, 100},
	} {
		if _, got := b.Usage(learnt.Add(tt.after)); got != tt.want {
			t.Errorf("%v after it was learnt the cap is %d, want %d", tt.after, got, tt.want)
		}
	}
	now := at(t, r.Zone, "2026-11-09 09:00")
	b = NewBook(r, times(62, Message, now.Add(-2*time.Hour)), 0)
	check(t, b.Ask(Message, false, now), false, HeldDailyCap, at(t, r.Zone, "2026-11-09 15:00"))
}

func TestWarmUp(t *testing.T) {
	r := rulesOf(t, "basic", "Europe/Berlin")
	r.WarmUp, r.FirstApplied = &WarmUp{From: 5, Add: 5, Every: 2}, at(t, r.Zone, "2026-03-27 18:00")
	b := NewBook(r, nil, 0)
	for day, want := range []int{5, 5, 10, 10, 15, 15, 20, 20, 25, 25, 30, 30, 30} {
		now := at(t, r.Zone, "2026-03-27").AddDate(0, 0, day) // over the clock change of the 29th
		if _, got := b.Usage(now); got != want {
			t.Errorf("day %d: cap %d, want %d", day, got, want)
		}
	}
	now := at(t, r.Zone, "2026-03-27 19:00")
	b = NewBook(r, times(5, Message, now), 0)
	check(t, b.Ask(Message, false, now), false, HeldWarmUp, at(t, r.Zone, "2026-03-28"))
	r.DailyCap = 4
	check(t, NewBook(r, times(5, Message, now), 0).Ask(Message, false, now), false, HeldDailyCap, at(t, r.Zone, "2026-03-28"))
	r.DailyCap, r.WarmUp.From, r.WarmUp.Add = None, 0, 0
	check(t, NewBook(r, nil, 0).Ask(Message, false, now), false, HeldWarmUp, time.Time{})
	r.WarmUp.Add = 1
	check(t, NewBook(r, nil, 0).Ask(Message, false, now), false, HeldWarmUp, at(t, r.Zone, "2026-03-29"))
	r.FirstApplied = time.Time{}
	check(t, NewBook(r, nil, 0).Ask(Message, false, now), false, HeldWarmUp, time.Time{})
}

func TestManualReserve(t *testing.T) {
	r := rulesOf(t, "basic", "UTC")
	r.ManualReserve = 5
	now := at(t, r.Zone, "2026-11-23 09:00")
	for _, tt := range []struct{ manual, room, used, cap int }{
		{0, 25, 0, 25}, {3, 25, 3, 28}, {5, 25, 5, 30}, {8, 22, 8, 30}, {40, 0, 40, 30},
	} {
		units := times(tt.manual, Message, now)
		for i := range units {
			units[i].Manual = true
		}
		b := NewBook(r, units, 0)
		used, limit := b.Usage(now)
		if b.Room(now) != tt.room || used != tt.used || limit != tt.cap {
			t.Errorf("%d by hand: %d of %d, room %d; want %d of %d, room %d", tt.manual, used, limit, b.Room(now), tt.used, tt.cap, tt.room)
		}
	}
	r.ManualReserve = 30
	check(t, NewBook(r, nil, 0).Ask(Message, false, now), false, HeldDailyCap, time.Time{})
}

// A raised cap holds from the next full window, a lower one at once.
func TestHeldCap(t *testing.T) {
	r := rulesOf(t, "premium-business", "America/Los_Angeles")
	now := at(t, r.Zone, "2026-11-23 09:00")
	for mode, want := range map[DayMode]string{
		Local: "2026-11-24", UTC: "2026-11-23 16:00", Rolling: "2026-11-24 09:00", Strict: "2026-11-24 09:00",
	} {
		r.Day = mode
		until := NextFullWindow(r, now)
		if !until.Equal(at(t, r.Zone, want)) {
			t.Errorf("%s: next full window at %v, want %s", mode, until, want)
		}
		r.HeldCap, r.HeldUntil = 30, until
		b := NewBook(r, times(30, Message, now), 0)
		check(t, b.Ask(Message, false, now), false, HeldDailyCap, until)
	}
}

// For 48 hours after a change of zone every meaning of day holds.
func TestStrictUntil(t *testing.T) {
	r := rulesOf(t, "basic", "Asia/Tokyo")
	first := at(t, r.Zone, "2026-11-23 20:00")
	r.StrictUntil = at(t, r.Zone, "2026-11-24 12:00")
	b := NewBook(r, times(30, Message, first), 0)
	check(t, b.Ask(Message, false, at(t, r.Zone, "2026-11-24 00:00")), false, HeldDailyCap, at(t, r.Zone, "2026-11-24 12:00"))
	check(t, b.Ask(Message, false, at(t, r.Zone, "2026-11-24 12:00")), true, Ready, at(t, r.Zone, "2026-11-24 12:00"))
	r.Day = Rolling
	if got, want := NextFullWindow(r, first), at(t, r.Zone, "2026-11-24 20:00"); !got.Equal(want) {
		t.Errorf("next full window at %v, want %v", got, want)
	}
}
