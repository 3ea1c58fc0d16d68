package campaign

import (
	"maps"

	"outpace/limits"
)

// resolvePlans builds the plans of the file.
func (l *loader) resolvePlans() {
	for i := range l.file.Plans.items {
		item := &l.file.Plans.items[i]
		if _, builtIn := limits.Preset(item.name); builtIn {
			l.problem(item.at, "the plan %s is built in: give yours another name and extends: %s", item.name, item.name)
			continue
		}
		l.plan(item, map[string]bool{})
	}
}

// planNames are the plans an account may have.
func (l *loader) planNames() []string {
	names := l.file.Plans.names()
	for _, p := range limits.Presets() {
		names = append(names, p.Name)
	}
	return names
}

// findPlan is a plan of the file or a built-in one. above are the plans being
// built that extend it.
func (l *loader) findPlan(name string, above map[string]bool) (limits.Plan, bool) {
	if p, ok := limits.Preset(name); ok {
		return p, true
	}
	if p, ok := l.plans[name]; ok {
		return p, true
	}
	if item := l.file.Plans.find(name); item != nil && !above[name] {
		return l.plan(item, above), true
	}
	return limits.Plan{}, false
}

// plan builds one plan of the file, once.
func (l *loader) plan(item *named[planShape], above map[string]bool) limits.Plan {
	if p, ok := l.plans[item.name]; ok {
		return p
	}
	above[item.name] = true
	shape := item.V
	p, _ := limits.Preset("basic")
	switch {
	case !shape.Extends.given:
		// What it does not say is as strict as the strictest usual plan.
		l.required(shape.DailyCap.given, item.at, "daily_cap (or extends: a plan that has one)", "plan "+item.name)
	case shape.Extends.ok:
		base, ok := l.findPlan(shape.Extends.V, above)
		switch {
		case ok:
			p = base
		case above[shape.Extends.V]:
			l.problem(shape.Extends.at, "the plan %s extends itself", shape.Extends.V)
		default:
			l.undefined(shape.Extends, "plan", l.planNames())
		}
	}
	p.Name = item.name
	l.planLimits(&p, &shape)
	if shape.InMail.ok {
		l.planCredits(&p, &shape)
	}
	l.plans[item.name] = p
	return p
}

func (l *loader) planLimits(p *limits.Plan, shape *planShape) {
	if l.between(shape.DailyCap, "daily_cap", 1, maxAmount) {
		p.DailyCap = shape.DailyCap.V
	}
	p.Caps = maps.Clone(p.Caps)
	for kind, given := range shape.Caps.kinds {
		c, ok := p.Caps[kind]
		if !ok {
			c = limits.Cap{Day: limits.None, Week: limits.None}
		}
		setAmount(&c.Day, given.V.Day)
		setAmount(&c.Week, given.V.Week)
		if p.Caps == nil {
			p.Caps = map[limits.Kind]limits.Cap{}
		}
		p.Caps[kind] = c
	}
	if shape.Uncounted.given {
		p.Uncounted = nil
		for _, k := range shape.Uncounted.items {
			if k.ok {
				p.Uncounted = append(p.Uncounted, k.V)
			}
		}
	}
	setAmount(&p.NotedPerMonth, shape.NotedPerMonth)
	setAmount(&p.PendingMax, shape.PendingMax)
	if l.between(shape.NoteMax, "note_max", 0, maxField*4) {
		p.NoteMax = shape.NoteMax.V
	}
}

func setAmount(to *int, v val[amount]) {
	if v.ok {
		*to = int(v.V)
	}
}

// planCredits sets what the file says of InMail. A plan whose monthly credits
// or their life change has a maximum balance and a cap a day to match, unless
// it says otherwise.
func (l *loader) planCredits(p *limits.Plan, shape *planShape) {
	c, in := &p.InMail, shape.InMail.V
	before := c.Monthly
	if l.between(in.Monthly, "monthly", 0, maxAmount) {
		c.Monthly = in.Monthly.V
	}
	if in.Rollover.ok {
		c.RolloverMonths, c.RolloverDays = in.Rollover.V.months, in.Rollover.V.days
	} else if c.Monthly > 0 && c.RolloverMonths == 0 && c.RolloverDays == 0 {
		c.RolloverMonths = 12
	}
	if in.Monthly.ok || in.Rollover.ok {
		c.MaxBalance = c.Monthly * max(c.RolloverMonths, (c.RolloverDays+29)/30)
	}
	setAmount(&c.MaxBalance, in.MaxBalance)
	if _, own := shape.Caps.kinds[limits.InMail]; c.Monthly != before && !own {
		l.capInMail(p)
	}
	if in.Counts.ok {
		c.OnTop = bool(in.Counts.V)
	}
	if in.Pace.ok {
		c.Pace = in.Pace.V
	}
	if in.RefundOnReply.ok {
		c.RefundOnReply = in.RefundOnReply.V
	}
	if in.Refresh.ok {
		c.FirstUTC = bool(in.Refresh.V)
	}
	if c.MaxBalance != limits.None && c.MaxBalance < c.Monthly {
		l.problem(shape.InMail.at, "max_balance %d is less than a month's %d credits", c.MaxBalance, c.Monthly)
	}
	l.planReserve(c, in.Reserve)
}

// capInMail sets the cap a day every plan with credits has: a month's credits,
// so that a full balance does not burst.
func (l *loader) capInMail(p *limits.Plan) {
	if p.Caps == nil {
		p.Caps = map[limits.Kind]limits.Cap{}
	}
	c, ok := p.Caps[limits.InMail]
	if !ok {
		c.Week = limits.None
	}
	c.Day = p.InMail.Monthly
	p.Caps[limits.InMail] = c
}

func (l *loader) planReserve(c *limits.Credits, given block[reserveShape]) {
	if !given.ok {
		return
	}
	shape := given.V
	reserve := limits.Reserve{}
	l.required(shape.Credits.given, given.at, "credits", "reserve")
	l.required(shape.MinPriority.given, given.at, "min_priority", "reserve")
	if l.between(shape.Credits, "credits", 0, maxAmount) {
		reserve.Credits = shape.Credits.V
		if c.MaxBalance != limits.None && reserve.Credits > c.MaxBalance {
			l.problem(shape.Credits.at, "reserve of %d credits, but the balance is never above %d", reserve.Credits, c.MaxBalance)
		}
	}
	if shape.MinPriority.ok {
		reserve.MinPriority = int(shape.MinPriority.V)
	}
	if shape.Until.ok {
		if shape.Until.V.Unit != UnitDay || shape.Until.V.N > 31 {
			l.problem(shape.Until.at, "until must be a number of days up to 31d, not %s", shape.Until.V)
		}
		reserve.UntilDays = shape.Until.V.N
	}
	c.Reserve = &reserve
}
