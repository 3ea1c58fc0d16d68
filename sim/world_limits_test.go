package sim_test

import (
	"slices"
	"time"
)

// account is the definition in force.
func (w *world) account(name string) *wAccount {
	return &w.spec.accounts[slices.IndexFunc(w.spec.accounts, func(a wAccount) bool { return a.name == name })]
}

func (w *world) zone(account string) *time.Location {
	zone, err := time.LoadLocation(w.account(account).zone)
	w.must("zone", err)
	return zone
}

// counts says whether the kind is one of the day's messages.
func (w *world) counts(account, kind string) bool {
	a := w.account(account)
	return !(kind == "inmail" && a.onTop && a.credits()) && !(kind == "message" && a.uncounted)
}

// units are what counts at a known time: all that was handed over, but open
// cards and what is excepted, and all recorded by hand.
func (w *world) units(account string, but *handed) (list []wUnit) {
	for _, h := range w.handed {
		if h.account == account && h.counted && h != but && !h.card() {
			list = append(list, wUnit{h.countAt, h.kind, h.noted})
		}
	}
	return append(list, w.accounts[account].manual...)
}

// card says whether the delivery is with a person who has not reported.
func (h *handed) card() bool { return h.state == wOpen && h.desk }

// localDay is the day [from, to) of an instant: the stretch in which clocks
// show its date, found hour by quarter-hour.
func localDay(t time.Time, zone *time.Location) (from, to time.Time) {
	const step = 15 * time.Minute
	y, m, d := t.In(zone).Date()
	same := func(x time.Time) bool { a, b, c := x.In(zone).Date(); return a == y && b == m && c == d }
	from = t.UTC().Truncate(step)
	for to = from; same(to); to = to.Add(step) {
	}
	for same(from.Add(-step)) {
		from = from.Add(-step)
	}
	return from, to
}

// wWindow is a stretch in which units are counted, with the instant whose cap
// holds in it.
type wWindow struct{ from, to, capAt time.Time }

func (x wWindow) has(t time.Time) bool { return !t.Before(x.from) && t.Before(x.to) }

// trailing are the windows of a length, half open at their start, that a unit
// at t falls in: those that end with it or with a unit after it.
func trailing(length time.Duration, t time.Time, units []wUnit) (list []wWindow) {
	ends := []time.Time{t}
	for _, u := range units {
		if u.at.After(t) && u.at.Before(t.Add(length)) {
			ends = append(ends, u.at)
		}
	}
	for _, end := range ends {
		list = append(list, wWindow{end.Add(1 - length), end.Add(1), end})
	}
	return list
}

// days are the windows of a day that a unit at t falls in, by the account's
// meaning of day.
func (w *world) days(account string, t time.Time, units []wUnit) (list []wWindow) {
	mode := w.account(account).day
	if mode == "local" || mode == "strict" {
		from, to := localDay(t, w.zone(account))
		list = append(list, wWindow{from, to, t})
	}
	if mode == "utc" || mode == "strict" {
		from := t.UTC().Truncate(24 * time.Hour)
		list = append(list, wWindow{from, from.Add(24 * time.Hour), t})
	}
	if mode == "rolling" || mode == "strict" {
		list = append(list, trailing(24*time.Hour, t, units)...)
	}
	return list
}

// dailyCap is the cap over all counted kinds at t.
func (w *world) dailyCap(account string, t time.Time) int {
	a, b := w.account(account), w.accounts[account]
	limit := min(a.cap, orMax(a.ownCap))
	if t.Before(b.heldTo) {
		limit = min(limit, b.heldCap)
	}
	for _, c := range b.ceilings {
		if !t.Before(c.at) && t.Before(c.at.Add(168*time.Hour)) {
			limit = min(limit, c.count)
		}
	}
	if a.warmUp != "" {
		from, add, every := 1, 1, 1
		if a.warmUp != "{ from: 1, add: 1, every: 1d }" {
			from, add, every = 2, 2, 3
		}
		limit = min(limit, from+add*(localDays(b.first, t, w.zone(account))/every))
	}
	return limit
}

// localDays is how many dates lie between two instants.
func localDays(from, to time.Time, zone *time.Location) int {
	date := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}

// checkLimits is I1 and I2 at the moment of a release: no window that holds its
// slot, or now, has room for fewer than are in it.
func (w *world) checkLimits(h *handed) {
	w.checkHolds(h)
	a, units := w.account(h.account), w.units(h.account, h)
	for _, t := range []time.Time{h.slot, h.at} {
		if w.counts(h.account, h.kind) {
			for _, x := range w.days(h.account, t, units) {
				used, byHand := w.fill(h, units, x, func(u wUnit) bool { return w.counts(h.account, u.kind) })
				limit := w.dailyCap(h.account, x.capAt) - max(0, a.reserveDay-byHand)
				if used >= max(0, limit) {
					w.fail("I1", "%d of %d (kept by hand %d of %d) counted before it in [%s, %s)", used, limit, byHand, a.reserveDay, x.from, x.to)
				}
			}
		}
		kind := func(u wUnit) bool { return u.kind == h.kind }
		if limit := w.kindCap(a, h.kind); limit > 0 {
			for _, x := range w.days(h.account, t, units) {
				if used, _ := w.fill(h, units, x, kind); used >= limit {
					w.fail("I1", "%d of %d %s before it in [%s, %s)", used, limit, h.kind, x.from, x.to)
				}
			}
		}
		if limit := orBase(a.connectWeek, 100); h.kind == "connect" {
			for _, x := range trailing(168*time.Hour, t, units) {
				if used, _ := w.fill(h, units, x, kind); used >= limit {
					w.fail("I1", "%d of %d connects before it in [%s, %s)", used, limit, x.from, x.to)
				}
			}
		}
		if h.noted && (a.noted > 0 || a.base == "basic") {
			zone := w.zone(h.account)
			y, m, _ := t.In(zone).Date()
			x := wWindow{time.Date(y, m, 1, 0, 0, 0, 0, zone), time.Date(y, m+1, 1, 0, 0, 0, 0, zone), t}
			if used, _ := w.fill(h, units, x, func(u wUnit) bool { return u.noted }); used >= orBase(a.noted, 5) {
				w.fail("I1", "%d noted requests before it in [%s, %s)", used, x.from, x.to)
			}
		}
	}
	if used := w.pending(h.account); h.kind == "connect" && used >= orBase(a.pending, 500) {
		w.fail("I1", "%d of %d requests unanswered", used, a.pending)
	}
	if h.kind == "inmail" && w.credit(h.account) < 1 {
		w.fail("I2", "an InMail without a credit")
	}
}

// fill counts the units in a window, and those of them recorded by hand. Open
// cards count in every window.
func (w *world) fill(h *handed, units []wUnit, x wWindow, counts func(wUnit) bool) (used, byHand int) {
	for _, u := range units {
		if x.has(u.at) && counts(u) {
			used++
		}
	}
	for _, o := range w.handed {
		if o.account == h.account && o != h && o.card() && counts(wUnit{o.countAt, o.kind, o.noted}) {
			used++
		}
	}
	for _, u := range w.accounts[h.account].manual {
		if x.has(u.at) && counts(u) {
			byHand++
		}
	}
	return used, byHand
}

func orBase(n, base int) int {
	if n == 0 {
		return base
	}
	return n
}

// kindCap is the kind's cap a day, 0 for none.
func (w *world) kindCap(a *wAccount, kind string) int {
	switch {
	case kind == "connect":
		return orBase(a.connectDay, 20)
	case kind == "inmail" && a.credits():
		return orBase(a.inmailDay, a.monthly)
	}
	return 0
}

func (w *world) checkHolds(h *handed) {
	b := w.accounts[h.account]
	for _, o := range b.holds {
		for _, t := range []time.Time{h.slot, h.at} {
			if (o.kind == "" || o.kind == "day" || o.kind == h.kind) && !t.Before(o.from) && t.Before(o.to) {
				w.fail("I1", "the platform said stop (%s) from %s to %s", o.kind, o.from, o.to)
			}
		}
	}
	if b.off {
		w.fail("I5", "the account's channel is off")
	}
}

// pending counts the requests that nobody can have answered.
func (w *world) pending(account string) int {
	n := w.accounts[account].opened
	for _, h := range w.handed {
		if h.account == account && h.kind == "connect" && h.state != wUnsent && h.withdrawn.IsZero() && !w.connected[[2]string{account, h.person}] &&
			w.supressed[h.person].IsZero() && !w.answered(h.person) {
			n++
		}
	}
	return n
}

func (w *world) answered(person string) bool {
	for key := range w.stopped {
		if key[1] == person {
			return true
		}
	}
	return false
}

// credit is an upper bound of an account's balance: what it started with, what
// was bought and the grants since, less what was spent.
func (w *world) credit(account string) int {
	a, b := w.account(account), w.accounts[account]
	if !a.credits() {
		return b.credits
	}
	for t := b.first.AddDate(0, 0, -32); t.Before(w.now.AddDate(0, 0, 32)); t = t.AddDate(0, 0, 20) {
		local, utc := refresh(t, a.renewal, w.zone(account))
		month := utc.Format("2006-01")
		if at := latestOf(local, utc); at.After(b.first) && !at.After(w.now) && !b.granted[month] {
			b.granted[month] = true
			b.credits += a.monthly
		}
	}
	return b.credits
}

// refresh is the start of the refresh date of t's month (UTC) in a zone and in
// UTC.
func refresh(t time.Time, day int, zone *time.Location) (local, utc time.Time) {
	y, m, _ := t.UTC().Date()
	day = min(day, time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day())
	local, _ = localDay(time.Date(y, m, day, 12, 0, 0, 0, zone), zone)
	return local, time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
}
