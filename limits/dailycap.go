package limits

import "math"

// unlimited stands in for None where caps are compared.
const unlimited = math.MaxInt32

// ceilingHolds is how long a learnt ceiling stays as it was learnt
// (docs/scheduling.md, "What the platform may say").
const ceilingHolds = 7 * day

// dailyCap is the cap over all counted kinds: the least of what the plan, the
// account, a raise not yet in force, the platform and the warm-up allow.
type dailyCap struct {
	rules *Rules
	fixed int // of plan and account
	first int // number of the local day of the first apply
	step  int // how much a learnt ceiling rises a day
}

func newDailyCap(r *Rules, c *clock) dailyCap {
	d := dailyCap{rules: r, fixed: min(orUnlimited(r.Plan.DailyCap), orUnlimited(r.DailyCap))}
	if r.WarmUp != nil && !r.FirstApplied.IsZero() {
		c.local(r.FirstApplied.UnixNano())
		d.first = c.number
	}
	d.step = max(1, r.Plan.DailyCap/10)
	return d
}

func orUnlimited(limit int) int {
	if limit == None {
		return unlimited
	}
	return limit
}

// at is the cap at t, and the limit that makes it: HeldWarmUp or HeldDailyCap.
func (d *dailyCap) at(t int64, c *clock) (int, Held) {
	limit := d.unwarmed(t)
	if d.rules.WarmUp != nil {
		if warm := d.warm(d.steps(t, c)); warm < limit {
			return warm, HeldWarmUp
		}
	}
	return limit, HeldDailyCap
}

// unwarmed is the cap without the warm-up.
func (d *dailyCap) unwarmed(t int64) int {
	limit := d.fixed
	if t < nanos(d.rules.HeldUntil) {
		limit = min(limit, orUnlimited(d.rules.HeldCap))
	}
	for i := range d.rules.Ceilings {
		limit = min(limit, d.learnt(&d.rules.Ceilings[i], t))
	}
	return limit
}

// learnt is what a ceiling allows at t: its count for 7 days, then a tenth of
// the plan's cap (at least 1) more with each 24 hours.
func (d *dailyCap) learnt(ceiling *Ceiling, t int64) int {
	age := t - nanos(ceiling.At)
	switch {
	case ceiling.At.IsZero() || age < 0:
		return unlimited
	case age < ceilingHolds:
		return ceiling.Count
	}
	return ceiling.Count + d.step*int(1+(age-ceilingHolds)/day)
}

// learntRises is the first instant after t at which a ceiling rises.
func (d *dailyCap) learntRises(ceiling *Ceiling, t int64) int64 {
	first := nanos(ceiling.At) + ceilingHolds
	if t < first {
		return first
	}
	return first + (1+(t-first)/day)*day
}

// steps is how often the warm-up was raised by t. An account that was not
// applied yet is at its first day.
func (d *dailyCap) steps(t int64, c *clock) int {
	if d.rules.FirstApplied.IsZero() {
		return 0
	}
	c.local(t)
	return max(0, c.number-d.first) / max(1, d.rules.WarmUp.Every)
}

func (d *dailyCap) warm(steps int) int {
	return d.rules.WarmUp.From + d.rules.WarmUp.Add*steps
}

// rises is the first instant after t at which the cap may be higher than at t;
// never if it stays. It may name one at which another part still holds it down.
func (d *dailyCap) rises(t int64, c *clock) int64 {
	next := int64(never)
	if held := nanos(d.rules.HeldUntil); t < held {
		next = held
	}
	for i := range d.rules.Ceilings {
		ceiling := &d.rules.Ceilings[i]
		if d.learnt(ceiling, t) < d.fixed {
			next = min(next, d.learntRises(ceiling, t))
		}
	}
	if w := d.rules.WarmUp; w != nil && w.Add > 0 && !d.rules.FirstApplied.IsZero() {
		if steps := d.steps(t, c); d.warm(steps) < d.fixed {
			days := d.first + (steps+1)*max(1, w.Every)
			next = min(next, DateStart(1970, 1, 1+days, c.zone).UnixNano())
		}
	}
	return next
}
