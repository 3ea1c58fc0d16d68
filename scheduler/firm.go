package scheduler

import (
	"slices"
	"time"

	"outpace/campaign"
)

// firm is one company as the plan sees it. Its people who are ready to be first
// written to, by campaigns that limit that, wait in queues, one for each lane:
// as many of them as there is room for, the best, wait in the lane, the others
// outside. What a lane's rules refuse does not keep those of other lanes
// waiting.
type firm struct {
	touches Touches // released, fixed and placed by this plan
	queues  []*firmQueue
	changes time.Time // when its room may change, as p.rooms has it; zero: not there
}

// firmQueue is the people of a company that wait for one lane.
type firmQueue struct {
	firm    *firm
	lane    *lane
	limit   campaign.PerCompany
	inside  []*item     // in the lane
	outside heap[*item] // the others, in the lane's order
}

// pass is an item's place in a queue.
type pass struct {
	queue    *firmQueue
	behind   time.Time // when it was left outside; zero: it was not
	admitted time.Time // when it came in after that
}

// roomChange is when a company's room may change.
type roomChange struct {
	at   time.Time
	firm *firm
}

// firmOf is the company by its key.
func (p *planner) firmOf(company string) *firm {
	f := p.firms[company]
	if f == nil {
		f = &firm{touches: slices.Clone(p.st.Touches[company])}
		p.firms[company] = f
	}
	return f
}

// governed says whether the item waits for room in its target's company.
func (p *planner) governed(it *item) bool {
	if p.firms == nil || it.follow {
		return false
	}
	t := &p.st.Targets[it.target]
	return t.Company != "" && !p.st.Campaigns[t.Campaign].PerCompany.IsZero()
}

// join lets an item wait for room in its company.
func (p *planner) join(it *item, l *lane) {
	t := &p.st.Targets[it.target]
	f := p.firmOf(t.Company)
	i := slices.IndexFunc(f.queues, func(q *firmQueue) bool { return q.lane == l })
	if i < 0 {
		i = len(f.queues)
		q := &firmQueue{firm: f, lane: l, limit: p.st.Campaigns[t.Campaign].PerCompany}
		q.outside.less = l.items.less
		f.queues = append(f.queues, q)
	}
	q := f.queues[i]
	empty := len(q.inside)+q.outside.len() == 0
	it.pass = &pass{queue: q}
	q.outside.push(it)
	p.admit(q)
	if it.lane == nil {
		it.pass.behind = p.at
	}
	if empty { // nobody asked for its window before
		p.expectRoom(f)
	}
}

// admit brings the best of a queue into its lane, as many as there is room for
// now, and takes the others out.
func (p *planner) admit(q *firmQueue) {
	room := q.firm.touches.Room(q.limit, p.at)
	for len(q.inside) > room {
		p.turnAway(q)
	}
	for len(q.inside) < room && q.outside.len() > 0 {
		p.letIn(q)
	}
	for len(q.inside) > 0 && q.outside.len() > 0 && q.outside.less(q.outside.top(), q.inside[q.worst()]) {
		p.turnAway(q)
		p.letIn(q)
	}
}

func (p *planner) letIn(q *firmQueue) {
	it := q.outside.pop()
	q.inside = append(q.inside, it)
	it.lane = q.lane
	q.lane.items.push(it)
	if b := it.pass.behind; !b.IsZero() && b.Before(p.at) {
		it.pass.admitted = p.at
	}
}

func (p *planner) turnAway(q *firmQueue) {
	i := q.worst()
	it := q.inside[i]
	q.inside = slices.Delete(q.inside, i, i+1)
	q.lane.items.remove(it)
	it.lane, it.pass.behind = nil, p.at
	q.outside.push(it)
}

// worst is the index of the last of those in the lane, by its order.
func (q *firmQueue) worst() (worst int) {
	for i := range q.inside {
		if q.outside.less(q.inside[worst], q.inside[i]) {
			worst = i
		}
	}
	return worst
}

// quit takes an item out of its company's queue, and out of the lane if it
// still stands there.
func (p *planner) quit(it *item) {
	q := it.pass.queue
	if it.lane == nil {
		q.outside.remove(it)
	} else {
		it.lane.items.remove(it)
		i := slices.Index(q.inside, it)
		q.inside = slices.Delete(q.inside, i, i+1)
		p.admit(q)
	}
	it.lane, it.pass = nil, nil
}

// touch notes that the plan first writes to somebody at t, who leaves the
// company's queue.
func (p *planner) touch(it *item, at time.Time) {
	t := &p.st.Targets[it.target]
	if p.firms == nil || it.follow || t.Company == "" {
		return
	}
	f := p.firmOf(t.Company)
	f.touches = f.touches.with(Touch{at, p.st.Campaigns[t.Campaign].PerCompany})
	if it.pass != nil {
		q := it.pass.queue
		i := slices.Index(q.inside, it)
		q.inside = slices.Delete(q.inside, i, i+1)
		it.pass = nil
	}
	for _, q := range f.queues {
		p.admit(q)
	}
	p.expectRoom(f)
}

// expectRoom notes when the company's room may change next.
func (p *planner) expectRoom(f *firm) {
	var next time.Time
	for _, q := range f.queues {
		if len(q.inside)+q.outside.len() == 0 {
			continue
		}
		if at := f.touches.Changes(q.limit, p.at); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if f.changes.Equal(next) {
		return
	}
	if f.changes = next; !next.IsZero() {
		p.rooms.push(roomChange{next, f})
	}
}

// newRooms asks again in the companies whose room may have changed by now.
func (p *planner) newRooms() {
	for p.rooms.len() > 0 && !p.rooms.top().at.After(p.at) {
		was := p.rooms.pop()
		if !was.firm.changes.Equal(was.at) {
			continue // it was expected anew since
		}
		for _, q := range was.firm.queues {
			p.admit(q)
		}
		p.expectRoom(was.firm)
	}
}

// hasRoom says whether an item that becomes ready at t finds room in its
// company, by what is known now.
func (p *planner) hasRoom(it *item, t time.Time) bool {
	if !p.governed(it) {
		return true
	}
	target := &p.st.Targets[it.target]
	return p.firmOf(target.Company).touches.Room(p.st.Campaigns[target.Campaign].PerCompany, t) > 0
}
