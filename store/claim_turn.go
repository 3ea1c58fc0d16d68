package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outpace/campaign"
)

// inSequence puts messages of one target that are due together in the order
// of their steps: those of one slot come in no particular order. The places
// the target's messages have among the others stay.
func inSequence(ctx context.Context, x *tx, due []dueRow) error {
	places := map[int64][]int{}
	for i := range due {
		places[due[i].TargetID] = append(places[due[i].TargetID], i)
	}
	for id, at := range places {
		if len(at) < 2 {
			continue
		}
		t, err := targetByID(ctx, x, id)
		if err != nil {
			return err
		}
		c, err := campaignByID(ctx, x, t.CampaignID)
		if err != nil {
			return err
		}
		rows := make([]dueRow, len(at))
		for k, i := range at {
			rows[k] = due[i]
		}
		steps := c.def().Steps
		slices.SortStableFunc(rows, func(a, b dueRow) int {
			return cmp.Compare(stepIndex(steps, a.Step), stepIndex(steps, b.Step))
		})
		for k, i := range at {
			due[i] = rows[k]
		}
	}
	return nil
}

// free says that no other delivery to the person is open or of unknown effect
// or too recent. A conversation that begins asks for more than one that goes
// on: nobody else's may be under way, nor its last message with a person still,
// and the cooldown must be over.
func (c *claim) free(ctx context.Context, d *dueRow, t *targetRow, camp *campaignRow) (bool, error) {
	begins := t.BegunAt.IsZero()
	alone := begins && !camp.def().Overlap
	var n int
	err := c.x.get(ctx, &n, `SELECT count(*) FROM releases WHERE person_id = ?
		AND (state = 'unknown' OR state = 'open' AND (target_id = ? OR ? AND NOT (account_id = ? AND slot_at = ?)))`,
		t.PersonID, t.ID, alone, c.account.ID, d.SlotAt)
	if err == nil && n == 0 && alone {
		// What the account itself planned for the same slot need not wait.
		err = c.x.get(ctx, &n, `SELECT count(*) FROM targets WHERE person_id = ? AND id <> ? AND state = 'active'
			AND begun_at IS NOT NULL AND (ends_at IS NULL OR ends_at >= ?) AND NOT (account_id = ? AND begun_at = ?)`,
			t.PersonID, t.ID, d.SlotAt, c.account.ID, d.SlotAt)
	}
	cool := camp.def().Cooldown
	if err != nil || n > 0 || !begins || cool.IsZero() {
		return n == 0, err
	}
	var last Instant
	err = c.x.get(ctx, &last, `SELECT max(last_at) FROM targets WHERE person_id = ? AND id <> ? AND begun_at IS NOT NULL
		AND NOT (account_id = ? AND last_at = ?)`, t.PersonID, t.ID, c.account.ID, d.SlotAt)
	return last.IsZero() || !d.SlotAt.Before(c.cooled(cool, last.Time)), err
}

// cooled is when a cooldown is over.
func (c *claim) cooled(cool campaign.Delay, last time.Time) time.Time {
	return cool.From(last, c.account.zone(), c.account.def().Holidays.On)
}

// waits says that another campaign has a message for the person whose slot
// came before this one's, and this would begin a conversation of its own. The
// other's turn comes in the same step: it goes, or is planned anew.
func (c *claim) waits(ctx context.Context, d *dueRow) (bool, error) {
	var begins []int64 // the campaign, if somebody else's slot came before
	err := c.x.all(ctx, &begins, `SELECT t.campaign_id FROM targets t
		JOIN targets o ON o.person_id = t.person_id AND o.id <> t.id AND o.state = 'active'
		JOIN messages m ON m.target_id = o.id AND m.state = 'scheduled'
		WHERE t.id = ? AND t.begun_at IS NULL AND (m.slot_at < ? OR m.slot_at = ? AND o.id < t.id AND o.account_id <> t.account_id) LIMIT 1`,
		d.TargetID, d.SlotAt, d.SlotAt)
	if err != nil || len(begins) == 0 {
		return false, err
	}
	camp, err := campaignByID(ctx, c.x, begins[0])
	return err == nil && !camp.def().Overlap, err
}
