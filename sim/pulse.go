package sim

import (
	"context"
	"fmt"
	"time"
)

// Pulse finds a dispatcher that turns on the spot: one that asks again and
// again to be called at once though there is nothing for it to do. It is for
// clocks that go from step to step, over channels without workers.
type Pulse struct {
	// Version differs after any commit, as that of a store does.
	Version func(context.Context) (int64, error)

	atOnce  bool // the last step asked to be called at once
	version int64
	since   time.Time // the first of steps in the same second
	steps   int
}

// stepsASecond is how many steps the clock may take without moving by more than
// a second: what one second can hold is done in a few.
const stepsASecond = 1000

// Beat is to be told of every step: when it was, and what it answered. It fails
// if two steps on end asked to be called at once and nothing was changed between
// them, and if the clock creeps.
func (p *Pulse) Beat(ctx context.Context, now, next time.Time) error {
	version, err := p.Version(ctx)
	if err != nil {
		return err
	}
	was, changed := p.atOnce, version != p.version
	p.atOnce, p.version = !next.IsZero() && !next.After(now), version
	if was && p.atOnce && !changed {
		return fmt.Errorf("the dispatcher turns on the spot: at %s it asks again to be called at %s, and nothing has changed",
			now.Format(time.RFC3339Nano), next.Format(time.RFC3339Nano))
	}
	if p.steps == 0 || now.Before(p.since) || now.Sub(p.since) > time.Second {
		p.since, p.steps = now, 0
	}
	if p.steps++; p.steps > stepsASecond {
		return fmt.Errorf("the clock creeps: %d steps since %s, and it is only %s",
			stepsASecond, p.since.Format(time.RFC3339Nano), now.Format(time.RFC3339Nano))
	}
	return nil
}
