package campaign

import (
	"slices"
	"strconv"

	"outpace/limits"
)

// stepsAtOnce warns of steps that go in the slot of the one before: one without
// a delay that waits for nobody, where a slot carries several messages. A
// message waits until the person is a connection, but no step behind it does so
// again.
func (l *loader) stepsAtOnce(c *Campaign, given []block[stepShape]) {
	several := func(a *Account) bool { return a.PerSlot > 1 }
	if len(c.Steps) != len(given) || !slices.ContainsFunc(l.accountsOf(c), several) {
		return
	}
	connected := false
	for i := range c.Steps {
		s := &c.Steps[i]
		waits := s.OnlyIf == Accepted || s.Kind == limits.Message && !connected
		if i > 0 && s.After.IsZero() && !waits && !given[i].V.After.given {
			l.warn(given[i].at, "goes right behind step %s, to the same person in the same minute: give it an after", strconv.Itoa(i))
		}
		connected = connected || s.OnlyIf == Accepted || s.Kind == limits.Message
	}
}
