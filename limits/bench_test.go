package limits

import (
	"testing"
	"time"
)

// BenchmarkBook is what the planner does at a slot: ask for two kinds, and take
// if there is room. A slot every ten minutes, so most days end at the cap.
func BenchmarkBook(b *testing.B) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	for _, mode := range []DayMode{Local, UTC, Rolling, Strict} {
		b.Run(mode.String(), func(b *testing.B) {
			plan, _ := Preset("premium-business")
			rules := &Rules{Plan: plan, Zone: zone, Day: mode, DailyCap: None}
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			var book *Book
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%50_000 == 0 { // a year
					book = NewBook(rules, nil, 0)
					at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
				}
				at = at.Add(10 * time.Minute)
				for _, k := range [...]Kind{Connect, Message} {
					if k == Connect {
						book.pending = 0
					}
					if book.Ask(k, false, at).OK {
						book.Take(Unit{At: at, Kind: k})
						break
					}
				}
			}
		})
	}
}

// BenchmarkAllow is what the planner asks a wallet at every slot.
func BenchmarkAllow(b *testing.B) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	full := 300
	w := opened(twelveMonths, 14, time.UTC, now, &full)
	days := slotsOn(time.UTC, 9, weekday)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := now.Add(time.Duration(i%5000) * time.Second)
		w.Advance(at)
		w.Allow(at, 50, days)
	}
}

// Booking allocates only when a series must grow: not once in a thousand units.
func TestBookAllocates(t *testing.T) {
	p, _ := Preset("premium-business")
	b := NewBook(&Rules{Plan: p, Day: Strict, DailyCap: None}, nil, 0)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if n := testing.AllocsPerRun(10_000, func() {
		at = at.Add(10 * time.Minute)
		if b.Ask(Message, false, at).OK {
			b.Take(Unit{At: at, Kind: Message})
		}
	}); n != 0 {
		t.Errorf("%v allocations for each slot", n)
	}
}
