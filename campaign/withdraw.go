package campaign

import (
	"slices"

	"outpace/limits"
)

// Invites says whether a step is, or may fall back to, a connection request.
func (s *Step) Invites() bool {
	return s.Kind == limits.Connect || s.Else != nil && s.Else.Kind == limits.Connect
}

// withdrawal reads after how long a step's connection request is withdrawn.
func (l *loader) withdrawal(s *Step, shape *stepShape) {
	v := shape.WithdrawAfter
	if !v.ok {
		return
	}
	s.WithdrawAfter = v.V
	switch {
	case v.V.IsZero():
		l.problem(v.at, "withdraw_after must be longer than nothing")
	case shape.Send.ok && !s.Invites():
		l.problem(v.at, "withdraw_after belongs to a step that sends a connect, as its kind or its else: nothing else can be withdrawn")
	}
}

// withdrawals notes channels that could not tell a withdrawal from a message:
// a body of the user's own that does not show the kind.
func (l *loader) withdrawals(c *Campaign, item *named[campaignShape]) {
	steps := item.V.Steps.items
	at := slices.IndexFunc(steps, func(b block[stepShape]) bool { return b.V.WithdrawAfter.ok })
	if at < 0 {
		return
	}
	for _, a := range l.accountsOf(c) {
		ch := find(l.set.Channels, func(ch *Channel) bool { return ch.Name == a.Channel })
		if ch == nil || ch.Webhook == nil || ch.Webhook.prog == nil || slices.Contains(ch.Webhook.prog.fields, "kind") {
			continue
		}
		l.problem(steps[at].V.WithdrawAfter.at,
			"withdraw_after: the body of channel %s does not show {{.kind}}, so its receiver would take a withdrawal (kind withdraw) for a message", ch.Name)
		return
	}
}
