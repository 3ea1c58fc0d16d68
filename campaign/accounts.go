package campaign

import (
	"time"

	"outpace/limits"
)

// maxGrace is the longest time in which a missed slot may be made good, and
// what holds where nothing is said (docs/scheduling.md, rule 8).
const maxGrace = Duration(4 * time.Hour)

// resolveAccounts builds the senders, in the file's order.
func (l *loader) resolveAccounts() {
	fileHolidays := l.holidays(l.file.Holidays)
	if len(l.file.Accounts.items) == 0 && !l.file.Accounts.given {
		l.problem(Pos{File: l.path}, "there are no accounts: somebody must send")
	}
	var was []val[string]
	for i := range l.file.Accounts.items {
		item := &l.file.Accounts.items[i]
		was = append(was, item.V.Was)
		if item.ok {
			l.set.Accounts = append(l.set.Accounts, l.account(item, fileHolidays))
		}
	}
	l.checkRenames("account", l.file.Accounts.names(), was)
}

func (l *loader) account(item *named[accountShape], holidays Holidays) *Account {
	shape := &item.V
	a := &Account{
		Name: item.name, Was: shape.Was.V, Zone: shape.Timezone.V, PerSlot: 1, Holidays: holidays,
		Channel: deskName, DailyCap: limits.None, Grace: maxGrace, Day: shape.Day.V,
		PriorityOrder: bool(shape.Order.V),
	}
	where := "account " + item.name
	l.accountPlan(a, item)
	l.accountSlots(a, item)
	if !shape.Timezone.given {
		a.Zone = l.file.Timezone.V
		l.required(l.file.Timezone.given, item.at, "timezone, and the file has none either", where)
	}
	if shape.Holidays.given {
		a.Holidays = l.holidays(shape.Holidays)
	}
	if shape.Channel.ok {
		a.Channel = shape.Channel.V
		if l.set.Channel(a.Channel) == nil && l.file.Channels.find(a.Channel) == nil {
			l.undefined(shape.Channel, "channel", append(l.file.Channels.names(), deskName))
		}
	}
	if shape.Grace.ok {
		a.Grace = shape.Grace.V
		if a.Grace > maxGrace {
			l.problem(shape.Grace.at, "grace is at most %s, not %s: later a message would come out of its time", maxGrace, a.Grace)
		}
	}
	if shape.WarmUp.ok {
		a.WarmUp = l.warmUp(shape.WarmUp)
	}
	return a
}

// accountPlan sets the plan and what depends on its numbers.
func (l *loader) accountPlan(a *Account, item *named[accountShape]) {
	shape := &item.V
	l.required(shape.Plan.given, item.at, "plan", "account "+item.name)
	known := false
	if shape.Plan.ok {
		if a.Plan, known = l.findPlan(shape.Plan.V, map[string]bool{}); !known {
			l.undefined(shape.Plan, "plan", l.planNames())
		}
	}
	l.accountCap(a, shape, known)
	if l.between(shape.RenewalDay, "renewal_day", 1, 31) {
		a.RenewalDay = shape.RenewalDay.V
	}
	credits := a.Plan.InMail
	switch {
	case !known:
	case credits.Monthly > 0 && !credits.FirstUTC && !shape.RenewalDay.given:
		l.problem(item.at, "account %s has no renewal_day: the plan %s has InMail credits, and they come on that day", a.Name, a.Plan.Name)
	case credits.FirstUTC && shape.RenewalDay.given:
		l.warn(shape.RenewalDay.at, "renewal_day means nothing here: the plan %s has its credits on the 1st, UTC", a.Plan.Name)
		a.RenewalDay = 0
	}
	if shape.Opening.ok {
		a.Opening = l.opening(shape.Opening.V, a.Plan, known)
	}
}

func (l *loader) accountCap(a *Account, shape *accountShape, known bool) {
	effective := a.Plan.DailyCap
	if l.between(shape.DailyCap, "daily_cap", 1, maxAmount) {
		a.DailyCap = shape.DailyCap.V
		if known && a.DailyCap > a.Plan.DailyCap {
			l.problem(shape.DailyCap.at, "daily_cap %d is above the %d of its plan %s: an account may only lower it", a.DailyCap, a.Plan.DailyCap, a.Plan.Name)
		}
		effective = min(effective, a.DailyCap)
	}
	if l.between(shape.ManualReserve, "manual_reserve", 0, maxAmount) {
		a.ManualReserve = shape.ManualReserve.V
		if known && a.ManualReserve >= effective {
			l.problem(shape.ManualReserve.at, "manual_reserve %d leaves nothing of the daily cap %d", a.ManualReserve, effective)
		}
	}
}

func (l *loader) accountSlots(a *Account, item *named[accountShape]) {
	shape := &item.V
	l.required(shape.Slots.given, item.at, "slots", "account "+item.name)
	if shape.Slots.given && len(shape.Slots.items) == 0 {
		l.problem(shape.Slots.at, "slots is empty: the account could never send")
	}
	for _, s := range shape.Slots.items {
		if !s.ok {
			continue
		}
		a.Slots = append(a.Slots, s.V)
		if s.V.bothDays() {
			l.warn(s.at, "%q restricts day of month and day of week: it fires on either, not only where both hold", s.V)
		}
	}
	if l.between(shape.PerSlot, "per_slot", 1, 1000) {
		a.PerSlot = shape.PerSlot.V
	}
}

func (l *loader) opening(shape openingShape, plan limits.Plan, known bool) (o Opening) {
	set := func(to **int, v val[int], name string) {
		if l.between(v, name, 0, maxAmount) {
			*to = &v.V
		}
	}
	set(&o.Credits, shape.Credits, "credits")
	set(&o.SentToday, shape.SentToday, "sent_today")
	set(&o.Connects7d, shape.Connects7d, "connects_7d")
	set(&o.Pending, shape.Pending, "pending")
	set(&o.Noted, shape.Noted, "noted")
	if !known || o.Credits == nil {
		return o
	}
	if most := plan.InMail.MaxBalance; most != limits.None && *o.Credits > most {
		l.problem(shape.Credits.at, "credits %d is above the %d the plan %s can hold", *o.Credits, most, plan.Name)
	}
	return o
}

func (l *loader) warmUp(given block[warmUpShape]) *limits.WarmUp {
	shape := given.V
	l.required(shape.From.given, given.at, "from", "warm_up")
	l.required(shape.Add.given, given.at, "add", "warm_up")
	w := &limits.WarmUp{Every: 1}
	if l.between(shape.From, "from", 1, maxAmount) {
		w.From = shape.From.V
	}
	if l.between(shape.Add, "add", 1, maxAmount) {
		w.Add = shape.Add.V
	}
	if e := shape.Every; e.ok {
		switch {
		case e.V.N > 0 && e.V.Unit == UnitDay:
			w.Every = e.V.N
		case e.V.N > 0 && e.V.Unit == UnitWeek:
			w.Every = 7 * e.V.N
		default:
			l.problem(e.at, "every must be a number of days or weeks, like 1d, not %s", e.V)
		}
	}
	return w
}

// holidays reads a list, each entry checked where it stands.
func (l *loader) holidays(given many[val[word]]) Holidays {
	var good []string
	for _, entry := range given.items {
		if !entry.ok {
			continue
		}
		if _, err := ParseHolidays([]string{string(entry.V)}); err != nil {
			l.problem(entry.at, "holidays: %v", err)
			continue
		}
		good = append(good, string(entry.V))
	}
	h, err := ParseHolidays(good)
	if err != nil { // each entry was read alone above
		l.problem(given.at, "holidays: %v", err)
	}
	return h
}
