package limits

import "slices"

// preset is a built-in plan with where its numbers come from.
type preset struct {
	plan Plan
	// basis of the numbers that differ between plans; the others are the
	// same for all, see Facts.
	dailyCap, monthly, rollover, maxBalance, noted Basis
	remark                                         string
}

// months are InMail rules by which a credit lives whole months, and as many as
// can be saved up that way may be.
func months(monthly, rollover int) Credits {
	return Credits{Monthly: monthly, RolloverMonths: rollover, MaxBalance: monthly * rollover}
}

// ninetyDays are the InMail rules of LinkedIn's own help pages: a credit lives
// 90 days and comes back if the message is answered within 90 days.
func ninetyDays(monthly, maxBalance int) Credits {
	return Credits{Monthly: monthly, RolloverDays: 90, MaxBalance: maxBalance, RefundOnReply: true}
}

// plan fills in what the built-in plans have in common.
func plan(name string, dailyCap int, connect Cap, inmail Credits) Plan {
	p := Plan{
		Name: name, DailyCap: dailyCap, NotedPerMonth: None, NoteMax: 300, PendingMax: MaxPending,
		Caps: map[Kind]Cap{Connect: connect}, InMail: inmail,
	}
	if inmail.Monthly > 0 {
		// A bank of credits saved over months is no burst.
		p.Caps[InMail] = Cap{Day: inmail.Monthly, Week: None}
	}
	return p
}

// presets are the built-in plans (docs/scheduling.md), in the order in which they are printed.
func presets() []preset {
	const linkedin = "the numbers are LinkedIn's own, except the daily cap"
	usual := Cap{Day: 20, Week: 100}
	basic := plan("basic", 30, usual, Credits{})
	basic.NotedPerMonth, basic.NoteMax = 5, 200
	cautious := plan("cautious", 15, Cap{Day: 10, Week: 50}, Credits{})
	cautious.NotedPerMonth, cautious.NoteMax = 5, 200
	navigator := ninetyDays(50, 150)
	navigator.FirstUTC = true
	return []preset{
		{plan: basic, dailyCap: Article, monthly: Article, noted: Help},
		{plan: plan("premium-business", 100, usual, months(25, 12)),
			dailyCap: Article, monthly: Article, rollover: Article, maxBalance: Article, noted: Own,
			remark: "LinkedIn's own pages state 15 InMail credits a month, at most 45, each for 90 days; linkedin-premium-business follows those"},
		{plan: plan("linkedin-premium-career", 100, usual, ninetyDays(5, 15)),
			dailyCap: Article, monthly: Help, rollover: Help, maxBalance: Help, noted: Own, remark: linkedin},
		{plan: plan("linkedin-premium-business", 100, usual, ninetyDays(15, 45)),
			dailyCap: Article, monthly: Help, rollover: Help, maxBalance: Help, noted: Own, remark: linkedin},
		{plan: plan("linkedin-sales-navigator", 100, usual, navigator),
			dailyCap: Article, monthly: Help, rollover: Help, maxBalance: Help, noted: Own, remark: linkedin},
		{plan: plan("linkedin-recruiter-lite", 100, usual, ninetyDays(30, 120)),
			dailyCap: Article, monthly: Help, rollover: Own, maxBalance: Help, noted: Own,
			remark: "credits last up to the maximum balance; 90 days is the safe reading"},
		{plan: cautious, dailyCap: Third, monthly: Own, noted: Own,
			remark: "for an account that is new or was restricted once"},
	}
}

// Presets are the built-in plans. The caller may change what it gets.
func Presets() []Plan {
	var plans []Plan
	for _, p := range presets() {
		plans = append(plans, p.plan)
	}
	return plans
}

// Preset is a built-in plan by name.
func Preset(name string) (Plan, bool) {
	all := Presets()
	i := slices.IndexFunc(all, func(p Plan) bool { return p.Name == name })
	if i < 0 {
		return Plan{}, false
	}
	return all[i], true
}

// Remark is what people should be told once about a built-in plan's numbers;
// empty if nothing.
func Remark(name string) string {
	for _, p := range presets() {
		if p.plan.Name == name {
			return p.remark
		}
	}
	return ""
}
