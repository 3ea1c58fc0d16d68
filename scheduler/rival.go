package scheduler

import "time"

// beginning is when another account begins a conversation with a target's
// person that does not wait for the target (overlap: allow).
type beginning struct {
	at     time.Time
	target int
}

// rival is another account's side of a conversation, at the slot considered
// now: one that does not wait for others begins when its account planned it.
func (p *planner) rival(r *Rival) claimant {
	begun := r.Begun
	if begun.IsZero() && !r.Begins.After(p.at) {
		begun = r.Begins
	}
	return claimant{begun, r.Priority, r.Applied, r.Order}
}

// expect notes when others begin before target i may have.
func (p *planner) expect(i int) {
	t := &p.st.Targets[i]
	if !t.Begun.IsZero() || p.st.Campaigns[t.Campaign].Overlap {
		return
	}
	for k := range t.Rivals {
		if r := &t.Rivals[k]; r.Begun.IsZero() && r.Begins.After(p.now) {
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
