package sim_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"outpace/sim"
)

func TestPulse(t *testing.T) {
	start := at("2026-11-23T08:00:00Z")
	for name, test := range map[string]struct {
		by, next time.Duration // of each step, after the one before; after it
		changes  bool
		steps    int
		want     string
	}{
		"moves on":             {by: time.Minute, next: time.Minute, steps: 3000},
		"nothing is due":       {by: time.Hour, next: -1, steps: 3000},
		"at once, and changes": {next: 0, changes: true, steps: 1000},
		"at once, and nothing": {by: time.Minute, next: 0, steps: 2, want: "turns on the spot"},
		"creeps":               {by: time.Microsecond, next: 1, changes: true, steps: 1001, want: "creeps"},
		"a second at a time":   {by: time.Second, next: time.Second, steps: 3000},
	} {
		t.Run(name, func(t *testing.T) {
			version := int64(0)
			p := sim.Pulse{Version: func(context.Context) (int64, error) { return version, nil }}
			now := start
			for i := range test.steps {
				next := now.Add(test.next)
				if test.next < 0 {
					next = time.Time{}
				}
				err := p.Beat(t.Context(), now, next)
				if last := i == test.steps-1; (err != nil) != (last && test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Fatalf("step %d: %v", i, err)
				}
				if test.changes {
					version++
				}
				now = now.Add(test.by)
			}
		})
	}
}
