package limits

import "time"

// Learnt tells of a ceiling at now: until when it stays as it was learnt, when
// it has risen to the cap of plan and account (of no meaning if limit is None),
// what it allows a day now, and that cap.
func (r *Rules) Learnt(ceiling Ceiling, now time.Time) (until, over time.Time, allows, limit int) {
	c := newClock(r.Zone)
	d := newDailyCap(r, &c)
	until = ceiling.At.Add(time.Duration(ceilingHolds))
	if d.fixed >= unlimited {
		return until, until, d.learnt(&ceiling, now.UnixNano()), None
	}
	over = ceiling.At
	if lacks := d.fixed - ceiling.Count; lacks > 0 {
		over = until.Add(time.Duration((lacks+d.step-1)/d.step-1) * 24 * time.Hour) // the first rise comes at until
	}
	return until, over, min(d.learnt(&ceiling, now.UnixNano()), d.fixed), d.fixed
}
