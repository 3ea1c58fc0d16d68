package limits

import "time"

const (
	hour = int64(time.Hour)
	day  = 24 * hour
	week = 7 * day
)

// window is a stretch of time around an instant in which units are counted.
type window uint8

const (
	localDay   window = iota
	utcDay            // 00:00 to 24:00 UTC
	last24h           // (t-24h, t]: a unit exactly 24 h old is free again
	last168h          // (t-168h, t]
	localMonth        // the calendar month of the account's zone
)

// length is how far a trailing window reaches back; 0 for calendar windows.
func (w window) length() int64 {
	switch w {
	case last24h:
		return day
	case last168h:
		return week
	}
	return 0
}

// has says whether a day mode counts in the window. The windows that are not
// days count in every mode.
func (m DayMode) has(w window) bool {
	switch w {
	case localDay:
		return m == Local || m == Strict
	case utcDay:
		return m == UTC || m == Strict
	case last24h:
		return m == Rolling || m == Strict
	}
	return true
}

// span is a stretch of instants [from, to).
type span struct{ from, to int64 }

func (s span) holds(t int64) bool { return s.from <= t && t < s.to }

// clock finds windows in a zone. It remembers the local day and month asked
// for last, because finding them costs far more than counting.
type clock struct {
	zone   *time.Location
	day    span
	number int // of the local day, see dayNumber
	month  span
}

func newClock(zone *time.Location) clock {
	if zone == nil {
		zone = time.UTC
	}
	return clock{zone: zone}
}

func (c *clock) time(t int64) time.Time { return time.Unix(0, t).In(c.zone) }

// local is the local day of t.
func (c *clock) local(t int64) span {
	if !c.day.holds(t) {
		start := DayStart(c.time(t), c.zone)
		c.day = span{start.UnixNano(), NextDay(start, c.zone).UnixNano()}
		c.number = dayNumber(start)
	}
	return c.day
}

// calendarMonth is the month to which the local day of t belongs.
func (c *clock) calendarMonth(t int64) span {
	if !c.month.holds(t) {
		y, m, _ := DayStart(c.time(t), c.zone).Date()
		c.month = span{DateStart(y, m, 1, c.zone).UnixNano(), DateStart(y, m+1, 1, c.zone).UnixNano()}
	}
	return c.month
}

// of is the window of its sort that a unit at t falls in; for a trailing
// window the one that ends with t.
func (c *clock) of(w window, t int64) span {
	switch w {
	case localDay:
		return c.local(t)
	case utcDay:
		from := t - ((t%day)+day)%day
		return span{from, from + day}
	case localMonth:
		return c.calendarMonth(t)
	}
	return span{t - w.length() + 1, t + 1}
}

// NextFullWindow is when a cap that is raised at t begins to hold: the next
// full window of the account's day mode. Under strict that is the latest of
// the next local midnight, the next UTC midnight and t + 24 h, by which every
// meaning of "today" is over.
func NextFullWindow(r *Rules, t time.Time) time.Time {
	c := newClock(r.Zone)
	at, mode := t.UnixNano(), r.modeAt(t.UnixNano())
	next := at
	if mode.has(localDay) {
		next = max(next, c.of(localDay, at).to)
	}
	if mode.has(utcDay) {
		next = max(next, c.of(utcDay, at).to)
	}
	if mode.has(last24h) {
		next = max(next, at+day)
	}
	return c.time(next)
}

// Raise keeps the daily cap of an account whose definition changed at t at what
// it was before (None: none) until the next full window, if it is higher now. A
// lower cap that is kept already stays.
func (r *Rules) Raise(was int, t time.Time) {
	if !r.HeldUntil.After(t) {
		r.HeldCap, r.HeldUntil = 0, time.Time{}
	}
	if orUnlimited(was) >= min(orUnlimited(r.Plan.DailyCap), orUnlimited(r.DailyCap)) {
		return
	}
	if r.HeldUntil.IsZero() || was < r.HeldCap {
		r.HeldCap = was
	}
	r.HeldUntil = NextFullWindow(r, t)
}

// modeAt is the day mode at t: strict for a while after the zone was changed.
func (r *Rules) modeAt(t int64) DayMode {
	if t < nanos(r.StrictUntil) {
		return Strict
	}
	return r.Day
}
