package store

import (
	"strings"
	"sync"

	"outpace/campaign"
	"outpace/scheduler"
)

// calendars keeps the calendars of accounts, one for equal slots and zones:
// computing slots costs most of a plan.
type calendars struct {
	mu sync.Mutex
	m  map[string]*scheduler.Calendar
}

func (c *calendars) of(a *campaign.Account) *scheduler.Calendar {
	var key strings.Builder
	key.WriteString(a.Zone.String())
	for _, slot := range a.Slots {
		key.WriteByte('\n')
		key.WriteString(slot.String())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cal := c.m[key.String()]
	if cal == nil {
		if c.m == nil {
			c.m = map[string]*scheduler.Calendar{}
		}
		cal = scheduler.NewCalendar(a.Slots, a.Zone.Loc())
		c.m[key.String()] = cal
	}
	return cal
}
