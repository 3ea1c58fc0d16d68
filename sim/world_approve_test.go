package sim_test

import (
	"slices"

	"outpace/scheduler"
	"outpace/store"
)

// wMessage is a message as the file names it.
type wMessage struct{ campaign, person, step string }

// first is what the person is called by.
func (t *wTarget) first() string {
	if t.called == "" {
		return "Example"
	}
	return t.called
}

// says is the text of a step for a target, as the step's own kind or as its
// else's.
func (s *wStep) says(c *wCampaign, t *wTarget, other bool) (subject, body string) {
	if other && s.other != s.otherKind() { // with a template of its own
		return "", "Hello " + t.first()
	}
	if s.send == "connect" && !s.noted {
		return "", ""
	}
	return "For " + t.first(), sprintf("Dear %s %s%s", t.first(), s.name, s.edition())
}

// edition is how a template differs after an edit.
func (s *wStep) edition() string {
	if s.text == 0 {
		return ""
	}
	return sprintf(", edition %d", s.text)
}

// otherKind is the kind of the step's else; "": it has none.
func (s *wStep) otherKind() string {
	for _, kind := range []string{"connect", "introduction"} {
		if s.other == kind || s.other == "{ send: "+kind+", template: none }" {
			return kind
		}
	}
	return ""
}

// reads is all that somebody reads who approves a step for a target.
func (s *wStep) reads(c *wCampaign, t *wTarget) string {
	subject, body := s.says(c, t, false)
	text := sprintf("%s %q %q", s.send, subject, body)
	if kind := s.otherKind(); kind != "" {
		subject, body = s.says(c, t, true)
		text += sprintf(" or %s %q %q", kind, subject, body)
	}
	return text
}

// checkText: what goes is the text of the file in force, and where that asks
// for it somebody approved exactly it.
func (w *world) checkText(h *handed, r *scheduler.Release) {
	c, t := w.drawn(h.campaign), w.target(h.campaign, h.person)
	s := &c.steps[slices.IndexFunc(c.steps, func(s wStep) bool { return s.name == h.step })]
	subject, body := s.says(c, t, s.otherKind() == h.kind && s.send != h.kind)
	if r.Subject != subject || r.Body != body {
		w.fail("text", "%q %q, the file says %q %q", r.Subject, r.Body, subject, body)
	}
	if !c.approve {
		return
	}
	approved, ok := w.approved[wMessage{h.campaign, h.person, h.step}]
	if !ok {
		w.fail("approval", "nobody has approved %q", body)
	}
	if now := s.reads(c, t); approved != now {
		w.fail("approval", "approved was %s, what goes is %s", approved, now)
	}
}

// approvals is what people do about texts.
func (w *world) approvals(d draw) {
	c := &w.spec.campaigns[d.int("campaign", 0, len(w.spec.campaigns)-1)]
	o := store.ApproveOptions{Revoke: d.one("revoke", 5)}
	if d.one("one step", 3) {
		o.Step = c.steps[d.int("which step", 0, len(c.steps)-1)].name
	}
	w.approve(c, o)
}

// read approves most of what waits for it.
func (w *world) read() {
	for i := range w.spec.campaigns {
		if c := &w.spec.campaigns[i]; c.approve && !(draw{w.t}).one("unread", 4) {
			w.approve(c, store.ApproveOptions{})
		}
	}
}

// approve approves what waits of a campaign, or takes that back.
func (w *world) approve(c *wCampaign, o store.ApproveOptions) {
	done, err := w.db.Approve(contextOf, w.now, c.name, o)
	if !c.approve {
		if err == nil {
			w.fail("approval", "campaign %s asks for none", c.name)
		}
		return
	}
	w.must("approve", err)
	w.say("approve %s %+v: %+v", c.name, o, done)
	for i := range c.targets {
		for k := range c.steps {
			w.approve1(c, &c.targets[i], &c.steps[k], o)
		}
	}
}

func (w *world) approve1(c *wCampaign, t *wTarget, s *wStep, o store.ApproveOptions) {
	person := profile(t.person)
	m := wMessage{c.name, person, s.name}
	switch {
	case o.Step != "" && o.Step != s.name || w.lastOf(m) != nil && w.lastOf(m).state != wUnsent:
	case o.Revoke:
		delete(w.approved, m)
	case !w.barred(person) && w.stopped[[2]string{c.name, person}].IsZero():
		w.approved[m] = s.reads(c, t)
	}
}

// lastOf is the last delivery of a message; nil: there was none.
func (w *world) lastOf(m wMessage) (last *handed) {
	for _, h := range w.handed {
		if h.campaign == m.campaign && h.person == m.person && h.step == m.step {
			last = h
		}
	}
	return last
}

// lapse forgets approvals of texts that the file in force does not have.
func (w *world) lapse() {
	for m, text := range w.approved {
		i := slices.IndexFunc(w.spec.campaigns, func(c wCampaign) bool { return c.name == m.campaign })
		t := w.target(m.campaign, m.person)
		if i < 0 || t == nil || !w.spec.campaigns[i].approve {
			continue
		}
		if last := w.lastOf(m); last != nil && last.state != wUnsent {
			continue
		}
		c := &w.spec.campaigns[i]
		k := slices.IndexFunc(c.steps, func(s wStep) bool { return s.name == m.step })
		if k < 0 || c.steps[k].reads(c, t) != text {
			delete(w.approved, m)
		}
	}
}
