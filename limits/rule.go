package limits

// rule is one limit on a series of units.
type rule struct {
	held   Held
	cap    int     // ignored where daily is set
	units  *series // what it counts
	noted  bool    // asked only for connection requests with a note
	daily  *dailyCap
	manual *series // with daily: units recorded by hand, which use up the manual reserve
	gauges []gauge // the windows it counts in; those of the day mode are asked
	memo   refusal
}

// gauge counts a rule's units in one window.
type gauge struct {
	window window
	units  cursor
	manual cursor
}

// refusal remembers that a rule has no room in [from, until) as long as its
// series has this size, so that a full account answers at once.
type refusal struct {
	span
	size int
}

// level is how full a window is.
type level struct{ used, cap int }

func (l level) room() int { return l.cap - l.used }

func newRule(held Held, limit int, units *series, windows ...window) *rule {
	ru := &rule{held: held, cap: limit, units: units}
	for _, w := range windows {
		ru.gauges = append(ru.gauges, gauge{window: w})
	}
	return ru
}

// level is how full the gauge's window of t is. The cap it shows is less what
// is kept for the person's own messages and not yet used by them.
func (b *Book) level(ru *rule, g *gauge, t int64) level {
	in := b.clock.of(g.window, t)
	l := level{ru.units.always + ru.units.count(in.from, in.to, &g.units), ru.cap}
	if ru.daily != nil {
		l.cap, _ = ru.daily.at(t, &b.clock)
		if reserve := b.rules.ManualReserve; reserve > 0 {
			manual := ru.manual.always + ru.manual.count(in.from, in.to, &g.manual)
			l.cap = max(0, l.cap-max(0, reserve-manual))
		}
	}
	return l
}

// tightest is the fullest window of the gauge's sort that a unit at t would
// fall in, and the instant it belongs to. That is t itself unless units are
// booked after t: then a trailing window that ends with one of those may be
// fuller.
func (b *Book) tightest(ru *rule, g *gauge, t int64) (level, int64) {
	best, at := b.level(ru, g, t), t
	reach := g.window.length()
	if reach == 0 || g.units.end == len(ru.units.at) {
		return best, at
	}
	for _, end := range ru.units.at[g.units.end:] {
		if end-t >= reach {
			break
		}
		if !b.rules.modeAt(end).has(g.window) {
			break // strict is over by then
		}
		if l := b.level(ru, g, end); l.room() < best.room() {
			best, at = l, end
		}
	}
	return best, at
}

// worst is the fullest of the windows that a rule asks about at t.
func (b *Book) worst(ru *rule, t int64) level {
	worst, first := level{}, true
	mode := b.rules.modeAt(t)
	for i := range ru.gauges {
		g := &ru.gauges[i]
		if !mode.has(g.window) {
			continue
		}
		if l, _ := b.tightest(ru, g, t); first || l.room() < worst.room() {
			worst, first = l, false
		}
	}
	return worst
}

// opens is the earliest instant from t on at which the rule has room with what
// is booked now; never if time alone does not bring it. It jumps from one
// instant at which something may change to the next.
func (b *Book) opens(ru *rule, t int64) int64 {
	if ru.memo.size == ru.units.size() && ru.memo.holds(t) {
		return ru.memo.to
	}
	from := t
	for t != never {
		full, next := false, t
		mode := b.rules.modeAt(t)
		for i := range ru.gauges {
			g := &ru.gauges[i]
			if !mode.has(g.window) {
				continue
			}
			if l, at := b.tightest(ru, g, t); l.room() <= 0 {
				full, next = true, max(next, b.empties(ru, g, l, t, at))
			}
		}
		if !full {
			break
		}
		t = min(next, b.changes(ru, t))
	}
	ru.memo = refusal{span{from, t}, ru.units.size()}
	return t
}

// empties is before when a full window cannot have room for a unit by time
// alone: the end of a calendar window, the instant enough units are old enough
// for a trailing one, never if no unit's age helps.
func (b *Book) empties(ru *rule, g *gauge, l level, t, at int64) int64 {
	if at > t { // every instant up to there falls in that full window
		return at
	}
	in := b.clock.of(g.window, t)
	first := ru.units.before(in.from, g.units.first)
	if reach := g.window.length(); reach > 0 {
		end := ru.units.before(in.to, g.units.end)
		if last := first + l.used - l.cap; last < end {
			return ru.units.at[last] + reach
		}
		return never
	}
	if first == len(ru.units.at) {
		return never
	}
	return in.to
}

// changes is the first instant after t at which the rule itself may be wider.
func (b *Book) changes(ru *rule, t int64) int64 {
	next := int64(never)
	if ru.daily != nil {
		next = ru.daily.rises(t, &b.clock)
	}
	if strict := nanos(b.rules.StrictUntil); t < strict {
		next = min(next, strict)
	}
	return next
}
