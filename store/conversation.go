package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// readMessages puts the messages that may still be released into their
// targets, in the order of the steps. A message that is handed over or of
// unknown effect marks its target instead.
func (l *loaded) readMessages(ctx context.Context, x *tx, at map[int64]int) error {
	rows, err := x.rows(ctx, `SELECT m.* FROM targets t JOIN messages m ON m.target_id = t.id
		WHERE t.account_id = ? AND t.state = 'active'
		AND m.state IN ('queued', 'scheduled', 'released', 'unknown')`, l.account.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	until, err := noInvites(ctx, x, l.account.ID, l.now)
	if err != nil {
		return err
	}
	for rows.Next() {
		var m messageRow
		if err := rows.StructScan(&m); err != nil {
			return err
		}
		i, ok := at[m.TargetID]
		if !ok {
			return fmt.Errorf("message %s belongs to no target of account %s", m.ID, l.account.Name)
		}
		t := &l.state.Targets[i]
		switch m.State {
		case scheduler.Released:
			t.Open = true
			continue
		case scheduler.Unknown:
			t.Blocked = limits.HeldUnknown
			continue
		}
		step := stepIndex(l.state.Campaigns[t.Campaign].Steps, m.Step)
		if step < 0 {
			return fmt.Errorf("message %s is queued for step %q, which campaign %s does not have",
				m.ID, m.Step, l.state.Campaigns[t.Campaign].Name)
		}
		m.Step = l.state.Campaigns[t.Campaign].Steps[step].Name // one text for all
		l.messages[i] = append(l.messages[i], m)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range l.messages {
		t := &l.state.Targets[i]
		steps := l.state.Campaigns[t.Campaign].Steps
		slices.SortFunc(l.messages[i], func(a, b messageRow) int {
			return cmp.Compare(stepIndex(steps, a.Step), stepIndex(steps, b.Step))
		})
		for _, m := range l.messages[i] {
			t.Messages = append(t.Messages, scheduler.Message{
				ID: m.ID, Step: stepIndex(steps, m.Step), Slot: m.SlotAt.Time, RetryAt: m.RetryAt.Time, InviteAt: until[t.Person],
				Unapproved: l.state.Campaigns[t.Campaign].Approve && m.ApprovedAt.IsZero(),
			})
		}
	}
	return nil
}

// other is another target of a person one of the account's targets is for.
type other struct {
	TargetID  int64   `db:"target_id"` // ours
	ID        int64   `db:"other_id"`
	AccountID *int64  `db:"account_id"`
	State     string  `db:"state"`
	Priority  int     `db:"priority"`
	BegunAt   Instant `db:"begun_at"`
	LastAt    Instant `db:"last_at"`
	EndsAt    Instant `db:"ends_at"`
	Campaign  int64   `db:"campaign_id"`
	First     Instant `db:"first_at"`   // its first message with a slot
	Planned   Instant `db:"planned_at"` // its last one
	Open      bool    `db:"open"`
	AppliedAt Instant `db:"applied_at"`
	Position  int     `db:"position"`
	Blocked   string  `db:"blocked"`
	Held      bool    `db:"held"` // by a colleague's answer
	Idle      bool    `db:"-"`
	Overlap   bool    `db:"-"`
}

// readOthers fills in what the account's targets share with others: the
// conversations of their persons, connections, and open questions.
func (l *loaded) readOthers(ctx context.Context, x *tx, at map[int64]int) error {
	var others []other
	err := x.all(ctx, &others, `SELECT t.id AS target_id, o.id AS other_id, o.account_id, o.state, o.priority, o.begun_at,
		o.last_at, o.ends_at, c.applied_at, c.position, o.campaign_id, o.blocked,
		(SELECT `+heldByColleague+` FROM targets t WHERE t.id = o.id) AS held,
		(SELECT min(m.slot_at) FROM messages m WHERE m.target_id = o.id AND m.state = 'scheduled') AS first_at,
		(SELECT max(m.slot_at) FROM messages m WHERE m.target_id = o.id AND m.state = 'scheduled') AS planned_at,
		EXISTS (SELECT 1 FROM releases r WHERE r.person_id = o.person_id AND r.target_id = o.id AND r.state = 'open') AS open
		FROM targets t JOIN targets o ON o.person_id = t.person_id AND o.id <> t.id
		JOIN campaigns c ON c.id = o.campaign_id
		WHERE t.account_id = ? AND t.state = 'active' AND o.account_id IS NOT NULL ORDER BY o.id`, l.account.ID)
	if err != nil {
		return err
	}
	campaigns := map[int64]*campaignRow{}
	for _, o := range others {
		c := campaigns[o.Campaign]
		if c == nil {
			if c, err = campaignByID(ctx, x, o.Campaign); err != nil {
				return err
			}
			campaigns[c.ID] = c
		}
		o.Overlap = c.def().Overlap
		// Who has not begun and stands still keeps nobody.
		o.Idle = o.BegunAt.IsZero() && (o.Held || o.Blocked == limits.HeldCondition.String() || c.stopped() == limits.HeldPaused)
		if !o.Idle && o.BegunAt.IsZero() && o.State == "active" {
			if o.Idle, err = standsUnapproved(ctx, x, o.ID, c); err != nil {
				return err
			}
		}
		l.meet(&l.state.Targets[at[o.TargetID]], &o)
	}
	if err := l.readConnections(ctx, x, at); err != nil {
		return err
	}
	var ids []int64
	err = x.all(ctx, &ids, `SELECT t.id FROM releases r JOIN targets t ON t.person_id = r.person_id
		WHERE r.state = 'unknown' AND t.account_id = ? AND t.state = 'active'`, l.account.ID)
	for _, id := range ids {
		l.state.Targets[at[id]].Blocked = limits.HeldUnknown
	}
	return err
}

// readConnections marks the account's connections. One that was made before
// there was a target to note it in counts as accepted then.
func (l *loaded) readConnections(ctx context.Context, x *tx, at map[int64]int) error {
	var connected []struct {
		ID    int64   `db:"id"`
		Since Instant `db:"since_at"`
	}
	err := x.all(ctx, &connected, `SELECT t.id, n.since_at FROM connections n JOIN targets t ON t.person_id = n.person_id
		WHERE n.account_id = ? AND t.account_id = n.account_id AND t.state = 'active'`, l.account.ID)
	for _, c := range connected {
		t := &l.state.Targets[at[c.ID]]
		t.First, t.Joined = true, !t.First
		if t.Accepted.IsZero() {
			t.Accepted = c.Since.Time
		}
	}
	return err
}

// cameBefore says whether target t of campaign c had to wait for o to end.
func (o *other) cameBefore(t *scheduler.Target, c *scheduler.Campaign) bool {
	switch {
	case !o.BegunAt.IsZero():
		return true
	case o.Priority != t.Priority:
		return o.Priority > t.Priority
	case !o.AppliedAt.Equal(c.Applied):
		return o.AppliedAt.Before(c.Applied)
	}
	return o.Position < c.Order
}

// meet tells target t of another one of its person.
func (l *loaded) meet(t *scheduler.Target, o *other) {
	if !o.BegunAt.IsZero() && o.LastAt.After(t.OtherLast) {
		t.OtherLast = o.LastAt.Time
	}
	if o.State == "finished" && !o.EndsAt.IsZero() && o.cameBefore(t, &l.state.Campaigns[t.Campaign]) {
		free := o.EndsAt.Time
		if !o.BegunAt.IsZero() {
			free = free.Add(time.Microsecond) // the instant of its last message is still its own
		}
		if free.After(t.Free) {
			t.Free = free
		}
	}
	if o.State != "active" {
		// The last card of a conversation that an edit or an answer ended may
		// still be with a person.
		if o.Open && t.Begun.IsZero() && t.Blocked == limits.Ready && !l.state.Campaigns[t.Campaign].Overlap {
			t.Blocked = limits.HeldInCampaign
		}
		return
	}
	t.Shared = true
	if *o.AccountID != l.account.ID && !o.Idle {
		r := scheduler.Rival{
			Priority: o.Priority, Applied: o.AppliedAt.Time, Order: o.Position,
			Overlap: o.Overlap, Begun: o.BegunAt.Time, Begins: o.First.Time, Ends: o.EndsAt.Time, Last: o.Planned.Time, Open: o.Open,
		}
		if o.LastAt.After(r.Last) {
			r.Last = o.LastAt.Time
		}
		t.Rivals = append(t.Rivals, r)
	}
}
