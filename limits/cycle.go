package limits

import (
	"fmt"
	"time"
)

// cycle is the calendar month of a refresh date, in months since the year 0.
// It names a grant: there is one plan lot per account and cycle, whatever is
// edited.
type cycle int

func cycleOf(year int, month time.Month) cycle { return cycle(year*12 + int(month) - 1) }

// String is the cycle as it stands in lots: 2026-11.
func (k cycle) String() string { return fmt.Sprintf("%04d-%02d", int(k)/12, int(k)%12+1) }

// refreshes are the dates of a plan's credits: when they come and when they
// expire.
type refreshes struct {
	credits Credits
	anchor  int
	zone    *time.Location
}

func newRefreshes(c Credits, anchor int, zone *time.Location) refreshes {
	if zone == nil {
		zone = time.UTC
	}
	if c.FirstUTC {
		anchor = 1
	}
	return refreshes{c, anchor, zone}
}

// granted is when the credits of a cycle come: late, at the start of the
// refresh date in whichever of the account's zone and UTC it starts later.
func (r *refreshes) granted(k cycle) time.Time {
	y, m, d := RefreshDate(r.anchor, 0, time.Month(k)+1)
	utc := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if local := DateStart(y, m, d, r.zone); !r.credits.FirstUTC && local.After(utc) {
		return local
	}
	return utc.In(r.zone)
}

// begins is the start of a cycle's refresh date in the account's zone, at or
// before the instant at which its credits come.
func (r *refreshes) begins(k cycle) time.Time {
	if r.credits.FirstUTC {
		return r.granted(k)
	}
	y, m, d := RefreshDate(r.anchor, 0, time.Month(k)+1)
	return DateStart(y, m, d, r.zone)
}

// expires is when the credits of a cycle are gone: at the refresh date
// RolloverMonths later, or RolloverDays after its own date. Without either
// they last until the next refresh date.
func (r *refreshes) expires(k cycle) time.Time {
	y, m, d := RefreshDate(r.anchor, 0, time.Month(k)+1)
	if days := r.credits.RolloverDays; days > 0 {
		return r.early(y, m, d+days)
	}
	return r.early(RefreshDate(r.anchor, y, m+time.Month(max(1, r.credits.RolloverMonths))))
}

// early is the start of a date in whichever of the account's zone and UTC it
// starts earlier: a credit is not counted on longer than is certain.
func (r *refreshes) early(year int, month time.Month, day int) time.Time {
	utc := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if local := DateStart(year, month, day, r.zone); !r.credits.FirstUTC && local.Before(utc) {
		return local
	}
	return utc.In(r.zone)
}

// last is the cycle of the latest refresh at or before t.
func (r *refreshes) last(t time.Time) cycle {
	y, m, _ := t.UTC().Date()
	k := cycleOf(y, m) + 1
	for r.granted(k).After(t) {
		k--
	}
	return k
}

// lot is the plan's grant of a cycle.
func (r *refreshes) lot(k cycle) Lot {
	n := r.credits.Monthly
	return Lot{
		Cycle: k.String(), GrantedAt: r.granted(k), ExpiresAt: r.expires(k),
		Amount: n, Left: n, Source: SourcePlan,
	}
}

// lasts is when credits that come at t besides a grant expire: with those of the
// cycle, or of the next one if those are gone already (a grant comes late and
// expires early, so without rollover some hours lie between them). Under a plan
// without credits, when a pack would.
func (r *refreshes) lasts(t time.Time) time.Time {
	if r.credits.Monthly <= 0 {
		return PackExpiry(t, r.zone)
	}
	k := r.last(t)
	for !r.expires(k).After(t) {
		k++
	}
	return r.expires(k)
}

// PackExpiry is when credits bought at t expire unless told otherwise: the same
// date of the next year, clamped to the month, at the start of that date in
// whichever of zone and UTC it starts earlier.
func PackExpiry(t time.Time, zone *time.Location) time.Time {
	r := newRefreshes(Credits{}, 0, zone)
	y, m, d := t.In(r.zone).Date()
	return r.early(RefreshDate(d, y+1, m))
}
