package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"outpace/campaign"
	"outpace/scheduler"
)

// MessageID is the id of the message of a step for a person: the same after a
// re-import or a restored backup. campaign is the campaign's key, profile the
// canonical address.
func MessageID(campaign, profile, step string) string {
	const series = "0" // a message keeps its id through its retries
	sum := sha256.Sum256([]byte(strings.Join([]string{campaign, profile, step, series}, "\x00")))
	return hex.EncodeToString(sum[:10])
}

// messages gives a target the messages of its campaign's steps: missing ones
// are queued, those of steps that are gone are cancelled, and what an edit or
// an end had cancelled is queued again. A step before one the target has
// already passed is not sent to it.
func (m *merger) messages(ctx context.Context, c *mergeCampaign, p *personRow, t *targetRow, have []messageRow) error {
	steps := c.def().Steps
	byStep := make(map[string]*messageRow, len(have))
	for i := range have {
		byStep[have[i].Step] = &have[i]
		if h := &have[i]; stepIndex(steps, h.Step) < 0 && h.waits() {
			if err := cancel(ctx, m.x, h.ID, "edit"); err != nil {
				return err
			}
		}
	}
	last := stepIndex(steps, t.LastStep)
	for i := range steps {
		want, reason := scheduler.Queued, ""
		switch {
		case t.State == "stopped":
			want, reason = scheduler.Cancelled, cancelReason(t.StopReason)
		case i <= last:
			want, reason = scheduler.Cancelled, "skipped"
		}
		if err := m.message(ctx, c, p, t, &steps[i], byStep[steps[i].Name], want, reason); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) message(ctx context.Context, c *mergeCampaign, p *personRow, t *targetRow,
	step *campaign.Step, have *messageRow, want, reason string) (err error) {
	switch {
	case have == nil:
		m.newMessages = append(m.newMessages, messageRow{
			ID: MessageID(c.Key, p.Profile, step.Name), TargetID: t.ID, AccountID: t.AccountID, Step: step.Name, State: want, Reason: reason,
		})
	case have.State == scheduler.Cancelled && want == scheduler.Queued && revives(have.Reason):
		_, err = m.x.exec(ctx, `UPDATE messages SET state = 'queued', reason = '', account_id = ? WHERE id = ?`, t.AccountID, have.ID)
	case want == scheduler.Cancelled && (have.waits() || have.State == scheduler.Cancelled && revives(have.Reason)):
		err = cancel(ctx, m.x, have.ID, reason)
	}
	return err
}

// revives says whether a message cancelled for the reason is queued again
// when the cause may be gone; the planner cancels it once more if it is not.
func revives(reason string) bool {
	return slices.Contains([]string{"edit", "end", "in_campaign", "skipped"}, reason)
}

// noSlot is what a message has to lose with its slot.
const noSlot = `slot_at = NULL, kind = '', is_else = 0, held = ''`

// toQueue begins the statements that put messages back into the queue.
const toQueue = `UPDATE messages SET state = 'queued', ` + noSlot

// cancel cancels a queued or scheduled message, or says another reason of a
// cancelled one.
func cancel(ctx context.Context, x *tx, id, reason string) error {
	_, err := x.exec(ctx, `UPDATE messages SET state = 'cancelled', `+noSlot+`, reason = ? WHERE id = ?`, reason, id)
	return err
}

// cancelWaiting cancels the messages of a condition that have not been released.
func cancelWaiting(ctx context.Context, x *tx, reason, where string, args ...any) (int64, error) {
	return x.exec(ctx, `UPDATE messages SET state = 'cancelled', `+noSlot+`, reason = ?
		WHERE state IN ('queued', 'scheduled') AND `+where, append([]any{reason}, args...)...)
}
