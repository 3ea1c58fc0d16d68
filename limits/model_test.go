package limits

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model counts windows in the plainest way there is, to hold the book against.
type model struct {
	rules *Rules
	units []Unit
	open  []Unit // count everywhere
}

type filter func(Unit) bool

// in counts the units in a window, given by what lies in it.
func (m *model) in(window func(time.Time) bool, f filter) (n int) {
	for _, u := range m.units {
		if f(u) && window(u.At) {
			n++
		}
	}
	for _, u := range m.open {
		if f(u) {
			n++
		}
	}
	return n
}

// windows are the windows of a day mode that a unit at t falls in, each with
// the instant whose cap holds: sameDay and sameUTC once, the trailing ones that
// end with t and with every unit of the limit up to a day later.
func (m *model) windows(t time.Time, f filter) (in []func(time.Time) bool, ends []time.Time) {
	add := func(end time.Time, f func(time.Time) bool) { in, ends = append(in, f), append(ends, end) }
	mode := func(t time.Time) DayMode {
		if t.Before(m.rules.StrictUntil) {
			return Strict
		}
		return m.rules.Day
	}
	same := func(z *time.Location) func(time.Time) bool {
		return func(u time.Time) bool { return u.In(z).Format(time.DateOnly) == t.In(z).Format(time.DateOnly) }
	}
	if mode(t) == Local || mode(t) == Strict {
		add(t, same(m.rules.Zone))
	}
	if mode(t) == UTC || mode(t) == Strict {
		add(t, same(time.UTC))
	}
	trailing := func(end time.Time) {
		if mode(end) == Rolling || mode(end) == Strict {
			add(end, func(u time.Time) bool { return u.After(end.Add(-24*time.Hour)) && !u.After(end) })
		}
	}
	if mode(t) == Rolling || mode(t) == Strict {
		trailing(t)
		for _, u := range m.units {
			if f(u) && u.At.After(t) && u.At.Before(t.Add(24*time.Hour)) {
				trailing(u.At)
			}
		}
	}
	return in, ends
}

// cap is the daily cap at t without the manual reserve.
func (m *model) cap(t time.Time) int {
	r, limit := m.rules, m.rules.Plan.DailyCap
	if r.DailyCap != None {
		limit = min(limit, r.DailyCap)
	}
	if t.Before(r.HeldUntil) {
		limit = min(limit, r.HeldCap)
	}
	for _, c := range r.Ceilings {
		if age := t.Sub(c.At); age >= 0 {
			days := int(math.Floor(age.Hours()/24)) - 6
			limit = min(limit, c.Count+max(0, days)*max(1, r.Plan.DailyCap/10))
		}
	}
	if w := r.WarmUp; w != nil {
		y, mo, d := t.In(r.Zone).Date()
		y0, mo0, d0 := r.FirstApplied.In(r.Zone).Date()
		days := time.Date(y, mo, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(y0, mo0, d0, 0, 0, 0, 0, time.UTC)).Hours() / 24
		limit = min(limit, w.From+w.Add*(max(0, int(days))/w.Every))
	}
	return limit
}

// room is how many units of a kind one limit allows at t.
func (m *model) room(held Held, k Kind, t time.Time) int {
	ofKind := func(u Unit) bool { return u.Kind == k }
	left := math.MaxInt
	switch held {
	case HeldDailyCap, HeldWarmUp:
		counts := func(u Unit) bool { return m.rules.Plan.Counts(u.Kind) }
		byHand := func(u Unit) bool { return counts(u) && u.Manual }
		in, ends := m.windows(t, counts)
		for i := range in {
			kept := max(0, m.rules.ManualReserve-m.in(in[i], byHand))
			left = min(left, max(0, m.cap(ends[i])-kept)-m.in(in[i], counts))
		}
	case HeldKindCap:
		in, _ := m.windows(t, ofKind)
		for i := range in {
			left = min(left, m.rules.Plan.Caps[k].Day-m.in(in[i], ofKind))
		}
	case HeldWeeklyCap:
		ends := []time.Time{t}
		for _, u := range m.units {
			if ofKind(u) && u.At.After(t) && u.At.Before(t.Add(168*time.Hour)) {
				ends = append(ends, u.At)
			}
		}
		for _, end := range ends {
			n := m.in(func(u time.Time) bool { return u.After(end.Add(-168*time.Hour)) && !u.After(end) }, ofKind)
			left = min(left, m.rules.Plan.Caps[k].Week-n)
		}
	case HeldMonthlyCap:
		month := t.In(m.rules.Zone).Format("2006-01")
		n := m.in(func(u time.Time) bool { return u.In(m.rules.Zone).Format("2006-01") == month }, func(u Unit) bool { return u.Noted })
		left = m.rules.Plan.NotedPerMonth - n
	}
	return left
}

var modelZones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Beirut",
	"Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu",
}

// drawRules draws an account's rules with small caps, so that all are met.
func drawRules(t *testing.T, rt *rapid.T, start time.Time) *Rules {
	small := rapid.IntRange(0, 8)
	hours := func(label string, from, to int) time.Time {
		return start.Add(time.Duration(rapid.IntRange(from, to).Draw(rt, label)) * time.Hour)
	}
	r := &Rules{
		Plan: Plan{
			DailyCap: rapid.IntRange(1, 20).Draw(rt, "cap"), NotedPerMonth: small.Draw(rt, "noted"), PendingMax: None,
			Caps: map[Kind]Cap{Connect: {Day: small.Draw(rt, "day"), Week: rapid.IntRange(0, 15).Draw(rt, "week")}},
		},
		Zone:     zone(t, rapid.SampledFrom(modelZones).Draw(rt, "zone")),
		Day:      rapid.SampledFrom([]DayMode{Local, UTC, Rolling, Strict}).Draw(rt, "mode"),
		DailyCap: None,
	}
	if rapid.Bool().Draw(rt, "extras") {
		r.DailyCap = rapid.IntRange(1, 20).Draw(rt, "own")
		r.ManualReserve = rapid.IntRange(0, 4).Draw(rt, "reserve")
		r.StrictUntil = hours("strict until", -48, 96)
		r.HeldCap, r.HeldUntil = small.Draw(rt, "held"), hours("held until", -24, 72)
		r.Plan.Uncounted = []Kind{Message}
		r.Ceilings = []Ceiling{{At: hours("ceiling", -300, 100), Count: small.Draw(rt, "ceiling count")}}
		r.FirstApplied = hours("applied", -200, 0)
		r.WarmUp = &WarmUp{From: small.Draw(rt, "from"), Add: rapid.IntRange(0, 3).Draw(rt, "add"), Every: rapid.IntRange(1, 4).Draw(rt, "every")}
	}
	return r
}

// TestBookAgainstModel books at random instants, forwards and backwards, and
// compares every answer with the model.
func TestBookAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := time.Date(2025, time.Month(rapid.IntRange(1, 12).Draw(rt, "month")), rapid.IntRange(1, 31).Draw(rt, "day"), 0, 0, 0, 0, time.UTC)
		r := drawRules(t, rt, start)
		m := &model{rules: r}
		kinds := rapid.SampledFrom([]Kind{Connect, Message, InMail})
		draw := func() Unit {
			u := Unit{Kind: kinds.Draw(rt, "kind"), At: start.Add(time.Duration(rapid.IntRange(0, 60).Draw(rt, "quarter")) * 15 * time.Minute)}
			u.Noted = u.Kind == Connect && rapid.Bool().Draw(rt, "noted")
			return u
		}
		for range rapid.IntRange(0, 6).Draw(rt, "units") {
			u := draw()
			u.Manual = rapid.Bool().Draw(rt, "manual")
			m.units = append(m.units, u)
		}
		b := NewBook(r, m.units, 0)
		if rapid.IntRange(0, 3).Draw(rt, "open") == 0 {
			m.open = []Unit{draw()}
			b.Everywhere(m.open)
		}
		for range rapid.IntRange(1, 40).Draw(rt, "asks") {
			start = start.Add(time.Duration(rapid.IntRange(-8, 24).Draw(rt, "move")) * time.Hour)
			u := draw()
			if compare(rt, b, m, u) {
				b.Take(u)
				m.units = append(m.units, u)
			}
		}
	})
}

// compare holds every answer about a unit against the model.
func compare(rt *rapid.T, b *Book, m *model, u Unit) bool {
	all := true
	for _, a := range b.AskAll(u.Kind, u.Noted, u.At) {
		room := m.room(a.Held, u.Kind, u.At)
		what := fmt.Sprintf("%s of %s at %v (%s)", a.Held, u.Kind, u.At, m.rules.Day)
		if a.OK != (room > 0) || a.Cap-a.Used != room {
			rt.Fatalf("%s: used %d of %d, the model has room for %d", what, a.Used, a.Cap, room)
		}
		if a.Held == HeldDailyCap || a.Held == HeldWarmUp {
			if got := b.Room(u.At); got != max(0, room) {
				rt.Fatalf("%s: Room = %d, want %d", what, got, room)
			}
		}
		all = all && a.OK
		if !a.OK {
			checkUntil(rt, m, a, u, what)
		}
	}
	a := b.Ask(u.Kind, u.Noted, u.At)
	if a.OK != all {
		rt.Fatalf("Ask %s at %v = %+v, but all: %v", u.Kind, u.At, a, all)
	}
	return all
}

// checkUntil checks that a limit has room at the instant it names and at none
// before.
func checkUntil(rt *rapid.T, m *model, a Answer, u Unit, what string) {
	until := a.Until
	if until.IsZero() {
		until = u.At.Add(40 * 24 * time.Hour) // a while that stands for never
	} else if m.room(a.Held, u.Kind, until) <= 0 {
		rt.Fatalf("%s: no room at %v", what, until)
	}
	instants := []time.Time{until.Add(-1)}
	for _, other := range m.units {
		instants = append(instants, other.At.Add(24*time.Hour), other.At.Add(168*time.Hour))
	}
	for step := time.Duration(1); step < 16; step++ {
		instants = append(instants, u.At.Add(until.Sub(u.At)/16*step))
	}
	for _, t := range instants {
		if !t.Before(u.At) && t.Before(until) && m.room(a.Held, u.Kind, t) > 0 {
			rt.Fatalf("%s: until %v, but there is room at %v", what, a.Until, t)
		}
	}
}
