package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"outpace/campaign"
)

// noApproval is what a message loses with its approval.
const noApproval = `approved_at = NULL, approved_by = '', approved = ''`

// approved says whether a person approved the very texts the message has now.
// What differs loses its approval: nobody has read it.
func (c *claim) approved(ctx context.Context, step *campaign.Step, d *dueRow, t *targetRow, camp *campaignRow) (bool, error) {
	if !camp.def().Approve {
		return true, nil
	}
	if d.ApprovedAt.IsZero() {
		return false, nil
	}
	digest, err := c.texts.digest(ctx, c.x, step, t, d.Profile)
	if err != nil || digest == d.Approved {
		return err == nil, err
	}
	if _, err := c.x.exec(ctx, `UPDATE messages SET `+noApproval+` WHERE id = ?`, d.ID); err != nil {
		return false, err
	}
	return false, logEvent(ctx, c.x, event{
		At: c.now, Kind: "approval_lapsed", Campaign: camp.Name, Person: t.PersonID, Message: d.ID, Detail: "its text has changed",
	})
}

// lapse takes the approval of a target's messages back whose texts an edit has
// changed.
func (m *merger) lapse(ctx context.Context, c *mergeCampaign, p *personRow, target int64) error {
	if !c.def().Approve {
		return nil
	}
	var approved []messageRow
	err := m.x.all(ctx, &approved, `SELECT * FROM messages WHERE target_id = ? AND approved_at IS NOT NULL
		AND state IN ('queued', 'scheduled', 'cancelled', 'failed')`, target)
	if err != nil || len(approved) == 0 {
		return err
	}
	t, err := targetByID(ctx, m.x, target)
	if err != nil {
		return err
	}
	for i := range approved {
		h := &approved[i]
		digest := "" // of a step that is gone: nothing is left of its text
		if step, _ := stepByName(c.def(), h.Step); step != nil {
			if digest, err = m.texts.digest(ctx, m.x, step, t, p.Profile); err != nil {
				return fmt.Errorf("message %s: %w", h.ID, err)
			}
		}
		if digest == h.Approved {
			continue
		}
		if _, err := m.x.exec(ctx, `UPDATE messages SET `+noApproval+` WHERE id = ?`, h.ID); err != nil {
			return err
		}
		if m.lapsed == nil {
			m.lapsed = map[string]int{}
		}
		m.lapsed[c.Name]++
	}
	return nil
}

// logLapsed tells how many approvals of each campaign the chunk took back.
func (m *merger) logLapsed(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(m.lapsed)) {
		err := logEvent(ctx, m.x, event{
			At: m.now, Kind: "approval_lapsed", Campaign: name, Detail: fmt.Sprintf("%d messages: their texts have changed", m.lapsed[name]),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// standsUnapproved says that the next message of a target waits to be approved.
func standsUnapproved(ctx context.Context, x *tx, target int64, c *campaignRow) (bool, error) {
	if !c.def().Approve {
		return false, nil
	}
	var rows []messageRow
	err := x.all(ctx, &rows, `SELECT * FROM messages WHERE target_id = ? AND state IN ('queued', 'scheduled')`, target)
	first := -1
	stands := false
	for i := range rows {
		if step := stepIndex(c.def().Steps, rows[i].Step); step >= 0 && (first < 0 || step < first) {
			first, stands = step, rows[i].ApprovedAt.IsZero()
		}
	}
	return stands, err
}
