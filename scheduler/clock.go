package scheduler

import (
	"fmt"
	"time"
)

// ClockTolerance is how far a clock may step, or lie behind the ledgers, without
// being doubted: time synchronisation does that much.
const ClockTolerance = 2 * time.Second

// ClockHold is why the machine's clock is not trusted: nothing is released,
// planned, granted or expired. The zero ClockHold: it is trusted.
type ClockHold struct {
	// Ahead is how far it was set ahead while a daemon ran, and Since what it
	// showed right after; nobody has said yet that it is right. 0: it was not.
	Ahead time.Duration
	Since time.Time
	// Last is the last entry of the ledgers, if that lies in the clock's future:
	// it was set back, or it is one of another machine; zero: it does not.
	Last time.Time
}

// Held says whether the clock is not trusted.
func (h ClockHold) Held() bool { return h.Ahead != 0 || !h.Last.IsZero() }

// Present is the present by a clock that was not set ahead, whatever now is by
// the one that was: what people report meanwhile is recorded then.
func (h ClockHold) Present(now time.Time) time.Time { return now.Add(-h.Ahead) }

// String is the reason in words, with its remedy; instants are RFC 3339 in UTC.
func (h ClockHold) String() string {
	switch {
	case h.Ahead != 0:
		return fmt.Sprintf("the clock was set ahead by %s, to %s: set it back, or say `outpace resume --clock` if it is right",
			h.Ahead.Round(time.Second), h.Since.UTC().Format(time.RFC3339))
	case !h.Last.IsZero():
		return fmt.Sprintf("the clock is behind the last entry of the ledgers, of %s: everything waits until then, or for `outpace resume --clock` if it is right",
			h.Last.UTC().Format(time.RFC3339))
	}
	return "the clock is trusted"
}
