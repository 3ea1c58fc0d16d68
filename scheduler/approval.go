package scheduler

// unapproved says that the first message of target i that applies waits to be
// approved. It does not depend on how far the plan has come.
func (p *planner) unapproved(i int) bool {
	t := &p.st.Targets[i]
	for m := range t.Messages {
		step := p.st.step(t, m)
		kind, _, skip := p.kindOf(t, step)
		if !skip && !p.after(t, step, kind, p.base(t)).skip {
			return t.Messages[m].Unapproved
		}
	}
	return false
}
