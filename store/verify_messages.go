package store

import (
	"context"
	"fmt"
	"time"

	"outpace/scheduler"
)

// deliveries is I3: no step twice for one person, at most one open release a
// message.
func (c *evidence) deliveries(context.Context, *tx) error {
	messages, steps, open := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range c.releases {
		r := &c.releases[i]
		if r.State == "not_sent" {
			continue
		}
		step := fmt.Sprintf("%d %d %s", r.CampaignID, r.PersonID, r.Step)
		messages[r.MessageID]++
		steps[step]++
		if r.State == "open" {
			open[r.MessageID]++
		}
		switch {
		case open[r.MessageID] > 1:
			c.broken("I3", r.AccountID, r.SlotAt.Time, "message %s has more than one open release", r.MessageID)
		case messages[r.MessageID] > 1:
			c.broken("I3", r.AccountID, r.SlotAt.Time, "message %s went out more than once", r.MessageID)
		case steps[step] > 1:
			c.broken("I3", r.AccountID, r.SlotAt.Time, "step %s went to the same person more than once (message %s)", r.Step, r.MessageID)
		}
	}
	return nil
}

// targetMessage is a target with one of its messages; a target without any has
// one row with an empty id.
type targetMessage struct {
	Target   int64   `db:"target_id"`
	Campaign int64   `db:"campaign_id"`
	Account  *int64  `db:"account_id"`
	State    string  `db:"target_state"`
	ID       string  `db:"id"`
	Step     string  `db:"step"`
	Message  string  `db:"state"`
	SlotAt   Instant `db:"slot_at"`
}

// messages is I4: every step of every active target is one message in one
// legal state, and that state is what its releases say.
func (c *evidence) messages(ctx context.Context, x *tx) error {
	var rows []targetMessage
	err := x.all(ctx, &rows, `SELECT t.id AS target_id, t.campaign_id, t.account_id, t.state AS target_state,
		coalesce(m.id, '') AS id, coalesce(m.step, '') AS step, coalesce(m.state, '') AS state, m.slot_at
		FROM targets t LEFT JOIN messages m ON m.target_id = t.id ORDER BY t.id, m.id`)
	if err != nil {
		return err
	}
	last := map[string]*releaseRow{} // the last release of each message
	for i := range c.releases {
		last[c.releases[i].MessageID] = &c.releases[i]
	}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Target == rows[0].Target {
			n++
		}
		if rows[0].State == "active" && !c.merging {
			c.complete(rows[:n])
		}
		for i := range rows[:n] {
			if m := &rows[i]; m.ID != "" {
				c.legal(m, last[m.ID])
			}
		}
		rows = rows[n:]
	}
	return nil
}

// complete: an active target has a message for each step of its campaign, and
// nothing more is to be sent to it.
func (c *evidence) complete(rows []targetMessage) {
	campaign := c.campaigns[rows[0].Campaign]
	have := map[string]int{}
	for i := range rows {
		m := &rows[i]
		have[m.Step]++
		if step, _ := stepByName(campaign.def(), m.Step); step == nil && (m.Message == string(scheduler.Queued) || m.Message == string(scheduler.Scheduled)) {
			c.broken("I4", m.account(), m.SlotAt.Time, "message %s is %s for step %q, which campaign %s does not have", m.ID, m.Message, m.Step, campaign.Name)
		}
	}
	for i := range campaign.def().Steps {
		name := campaign.def().Steps[i].Name
		if have[name] != 1 {
			c.broken("I4", rows[0].account(), c.now, "target %d of campaign %s has %d messages for step %q", rows[0].Target, campaign.Name, have[name], name)
		}
	}
}

func (m *targetMessage) account() int64 {
	if m.Account == nil {
		return 0
	}
	return *m.Account
}

// legal: a message's state is the one its last release left it in.
func (c *evidence) legal(m *targetMessage, r *releaseRow) {
	says, at := "", time.Time{}
	if r != nil {
		says, at = r.State, r.SlotAt.Time
	}
	ok := false
	switch scheduler.MessageState(m.Message) {
	case scheduler.Queued, scheduler.Cancelled:
		ok = says == "" || says == "not_sent"
	case scheduler.Scheduled:
		ok, at = !m.SlotAt.IsZero() && (says == "" || says == "not_sent"), m.SlotAt.Time
	case scheduler.Released:
		ok = says == "open"
	case scheduler.Sent:
		ok = says == "sent"
	case scheduler.Unknown:
		ok = says == "unknown"
	case scheduler.Failed:
		ok = says == "not_sent"
	}
	if says == "" {
		says = "missing"
	}
	if !ok {
		c.broken("I4", m.account(), at, "message %s is %s, its last release is %s", m.ID, m.Message, says)
	}
}
