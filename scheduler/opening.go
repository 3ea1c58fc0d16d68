package scheduler

import (
	"time"

	"outpace/campaign"
)

// opening is hours read in one zone. It remembers the stretch of time for which
// its last answer holds, and serves every lane of the same hours and zone.
type opening struct {
	hours    campaign.Hours
	zone     *time.Location
	from, to time.Time // the stretch
	open     bool
}

// at says whether the hours are open at t.
func (o *opening) at(t time.Time) bool {
	if t.Before(o.from) || !t.Before(o.to) {
		o.from, o.to, o.open = t, o.hours.Holds(t, o.zone), o.hours.Open(t, o.zone)
	}
	return o.open
}

// next is the first instant not before t at which the hours are open; zero:
// never.
func (o *opening) next(t time.Time) time.Time {
	if !t.Before(o.from) && t.Before(o.to) {
		if o.open {
			return t
		}
		return o.to
	}
	return o.hours.Next(t, o.zone)
}

// openingOf returns the one opening of the hours and zone.
func (p *planner) openingOf(h *campaign.Hours, zone *time.Location) *opening {
	for _, o := range p.openings {
		if o.hours == *h && o.zone == zone {
			return o
		}
	}
	o := &opening{hours: *h, zone: zone}
	p.openings = append(p.openings, o)
	return o
}
