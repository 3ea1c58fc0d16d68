package scheduler

import (
	"slices"
	"sync"
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// Calendar is the instants at which accounts of the same cron expressions and
// zone may release. It computes each local day once and is safe for use by
// several goroutines. Holidays are not its business: accounts differ in them.
type Calendar struct {
	specs []campaign.Cron
	zone  *time.Location

	mu   sync.Mutex
	days map[int64]*day // by the Unix second of the day's start
	kept int            // slots in days
}

// keptDays and keptSlots (50 MB) bound the memo; a forecast over years simply
// starts it again.
const (
	keptDays  = 400
	keptSlots = 2 << 20
)

// day is a local date with its slots.
type day struct {
	start, end time.Time // [start, end)
	slots      []time.Time
}

// NewCalendar makes the calendar of the expressions, read in zone.
func NewCalendar(specs []campaign.Cron, zone *time.Location) *Calendar {
	return &Calendar{specs: specs, zone: zone, days: map[int64]*day{}}
}

// day returns the local day that holds t.
func (c *Calendar) day(t time.Time) *day {
	start := limits.DayStart(t, c.zone)
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.days[start.Unix()]; d != nil {
		return d
	}
	if len(c.days) >= keptDays || c.kept >= keptSlots {
		clear(c.days)
		c.kept = 0
	}
	d := &day{start: start, end: limits.NextDay(start, c.zone)}
	for _, spec := range c.specs {
		for at := spec.Next(start.Add(-1), c.zone); !at.IsZero() && at.Before(d.end); at = spec.Next(at, c.zone) {
			d.slots = append(d.slots, at.In(c.zone))
		}
	}
	slices.SortFunc(d.slots, time.Time.Compare)
	d.slots = slices.CompactFunc(d.slots, time.Time.Equal)
	c.days[start.Unix()] = d
	c.kept += len(d.slots)
	return d
}

// leastGrace is good with every account: no process wakes at the very instant
// of a slot.
const leastGrace = time.Minute

// GraceEnds is the instant from which a slot that was missed may not be made
// good any more: the account's next slot, the grace (at least a minute), or
// the end of the slot's local day, whichever comes first.
func (c *Calendar) GraceEnds(slot time.Time, grace time.Duration) time.Time {
	d := c.day(slot)
	end := slot.Add(max(grace, leastGrace))
	if d.end.Before(end) {
		end = d.end
	}
	i, _ := slices.BinarySearchFunc(d.slots, slot.Add(1), time.Time.Compare)
	if i < len(d.slots) && d.slots[i].Before(end) {
		end = d.slots[i]
	}
	return end
}

// slotDays counts the local dates with a slot in [from, to) that off does not
// take out.
func (c *Calendar) slotDays(from, to time.Time, off campaign.Holidays) (n int) {
	for d := c.day(from); d.start.Before(to); d = c.day(d.end) {
		if off.On(d.start.Date()) {
			continue
		}
		i, _ := slices.BinarySearchFunc(d.slots, from, time.Time.Compare)
		if i < len(d.slots) && d.slots[i].Before(to) {
			n++
		}
	}
	return n
}

// next is the day's first slot at or after t; zero: none.
func (d *day) next(t time.Time) time.Time {
	i, _ := slices.BinarySearchFunc(d.slots, t, time.Time.Compare)
	if i == len(d.slots) {
		return time.Time{}
	}
	return d.slots[i]
}
