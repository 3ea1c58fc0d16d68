package scheduler

import (
	"fmt"
	"time"

	"outpace/limits"
)

// company notes what a limit on people of the company says of the message.
func (w *watch) company(p *planner, it *item, at time.Time) {
	if it.pass == nil {
		return
	}
	w.say(limits.HeldCompany, it.lane != nil, at, p.companyDetail(it, at))
}

// companyDetail counts the people of an item's company who are first written
// to in its campaign's window at t, and says when there is room again.
func (p *planner) companyDetail(it *item, t time.Time) string {
	q := it.pass.queue
	n := q.firm.touches.count(q.limit.Window(), t)
	said := fmt.Sprintf("%d first written to in this company, the limit is %s", n, q.limit)
	switch from := q.firm.touches.Next(q.limit, t); {
	case from.IsZero():
		return said
	case from.After(t):
		return said + ", room for one from " + from.In(p.zone).Format(time.RFC3339)
	case it.lane == nil:
		return said + ", others of it come first"
	}
	return said
}

// colleague says whose answer blocks target i.
func (p *planner) colleague(i int) string {
	t := &p.st.Targets[i]
	return fmt.Sprintf("%s of the same company answered at %s", t.Colleague, t.ColleagueAt.In(p.zone).Format(time.RFC3339))
}

// companyRemedy says what would help the explained message against its
// company's rule.
func (p *planner) companyRemedy() string {
	t := &p.st.Targets[p.watch.target]
	if t.Blocked == limits.HeldCompany {
		return "`company_reply` taken out of the campaign's `stop_on`"
	}
	limit := p.st.Campaigns[t.Campaign].PerCompany
	limit.People++
	return fmt.Sprintf("`per_company` of %s or more", limit)
}
