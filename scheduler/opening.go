package scheduler

import (
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// opening is hours read in one zone, on no public holiday of a country. It
// remembers the stretch of time for which its last answer holds, and serves
// every lane of the same hours, zone and country.
type opening struct {
	hours    campaign.Hours
	zone     *time.Location
	off      off
	from, to time.Time // the stretch
	open     bool
}

// off is a country's public holidays.
type off struct {
	country string // "": none
	days    campaign.Holidays
}

// at says whether the hours are open at t.
func (o *opening) at(t time.Time) bool {
	if t.Before(o.from) || !t.Before(o.to) {
		o.from, o.open = t, o.opens(t)
		if o.open || o.off.country == "" {
			o.to = o.hours.Holds(t, o.zone) // hours close at midnight, at the latest
		} else {
			o.to = o.search(t)
		}
	}
	return o.open
}

// opens is at without remembering.
func (o *opening) opens(t time.Time) bool { return o.hours.Open(t, o.zone) && !o.holiday(t) }

// holiday says whether the recipient has a public holiday at t.
func (o *opening) holiday(t time.Time) bool {
	return o.off.country != "" && o.off.days.On(t.In(o.zone).Date())
}

// held is why the hours are closed at t.
func (o *opening) held(t time.Time) limits.Held {
	if o.holiday(t) {
		return limits.HeldHoliday
	}
	return limits.HeldRecipientHours
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
	return o.search(t)
}

// longestRest bounds the search: no country rests so many of its days.
const longestRest = 400

func (o *opening) search(t time.Time) time.Time {
	for range longestRest {
		t = o.hours.Next(t, o.zone)
		if t.IsZero() || !o.holiday(t) {
			return t
		}
		t = limits.NextDay(t, o.zone)
	}
	return time.Time{}
}

// openingOf returns the one opening of the hours, zone and country.
func (p *planner) openingOf(h *campaign.Hours, zone *time.Location, off off) *opening {
	for _, o := range p.openings {
		if o.hours == *h && o.zone == zone && o.off.country == off.country {
			return o
		}
	}
	o := &opening{hours: *h, zone: zone, off: off}
	p.openings = append(p.openings, o)
	return o
}

// offOf is the country's place in the planner's list; 0: no public holidays of
// it are known.
func (p *planner) offOf(country string) int {
	for i := range p.offs {
		if p.offs[i].country == country {
			return i
		}
	}
	days := campaign.CountryHolidays(country)
	if days.IsZero() {
		return 0
	}
	p.offs = append(p.offs, off{country, days})
	return len(p.offs) - 1
}
