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
