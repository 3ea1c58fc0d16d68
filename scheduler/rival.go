package scheduler

import "time"

// beginning is when another account begins a conversation with a target's
// person that does not wait for the target, or for which the target does not
// wait (overlap: allow).
type beginning struct {
	at     time.Time
	target int
}

// rival is another account's side of a conversation as one target of this
// account sees it at the slot considered now. Two of which one does not wait
// for the other (overlap: allow) begin when they are planned.
func (p *planner) rival(r *Rival, overlap bool) claimant {
	begun := r.Begun
	if begun.IsZero() && (r.Overlap || overlap) && !r.Begins.After(p.at) {
		begun = r.Begins
	}
	return claimant{begun, r.Priority, r.Applied, r.Order}
}

// expect notes when others begin before target i may have.
func (p *planner) expect(i int) {
	t := &p.st.Targets[i]
	c := &p.st.Campaigns[t.Campaign]
	if !t.Begun.IsZero() || c.Overlap && c.Cooldown.IsZero() {
		return
	}
	for k := range t.Rivals {
		if r := &t.Rivals[k]; r.Begun.IsZero() && (r.Overlap || c.Overlap) && r.Begins.After(p.now) {
			p.begins.push(beginning{r.Begins, i})
		}
	}
}

// beginOthers asks again whose turn it is with those whom other accounts have
// begun to write to by now.
func (p *planner) beginOthers() {
	for p.begins.len() > 0 && !p.begins.top().at.After(p.at) {
		i := p.begins.pop().target
		if it := &p.items[i]; it.queued && !it.follow {
			p.withdraw(it)
			p.activate(i, it.message, it.base)
		}
	}
}
