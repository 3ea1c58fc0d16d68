package store

import (
	"context"
	"time"
)

// staleCard is an open desk card with what may have changed under it.
type staleCard struct {
	ID         int64  `db:"id"`
	CampaignID int64  `db:"campaign_id"`
	Target     string `db:"target_state"`
	Step       string `db:"step"`
}

// recallStale recalls an account's open cards that an edit of the file, a pause
// in it or the end of a campaign overtook: their target, step or campaign is no
// longer in the file, or the campaign is paused or over.
func recallStale(ctx context.Context, x *tx, a *accountRow, now time.Time) error {
	var cards []staleCard
	err := x.all(ctx, &cards, `SELECT r.id, r.campaign_id, r.step, t.state AS target_state FROM releases r
		JOIN targets t ON t.id = r.target_id WHERE r.recalled_at IS NULL AND r.id IN (`+openCards+` AND r.account_id = ?)`, a.ID)
	if err != nil {
		return err
	}
	campaigns := map[int64]*campaignRow{}
	for _, card := range cards {
		c := campaigns[card.CampaignID]
		if c == nil {
			if c, err = campaignByID(ctx, x, card.CampaignID); err != nil {
				return err
			}
			campaigns[c.ID] = c
		}
		if a.State == "active" && card.Target == "active" && c.goesOn(a, now) && stepIndex(c.def().Steps, card.Step) >= 0 {
			continue
		}
		if _, err := recall(ctx, x, now, `id = ?`, card.ID); err != nil {
			return err
		}
	}
	return nil
}

// goesOn says that the campaign is in the file, not paused and not over on the
// account.
func (c *campaignRow) goesOn(a *accountRow, now time.Time) bool {
	end := c.def().End
	return c.RemovedAt.IsZero() && !c.def().Paused && c.PausedAt.IsZero() &&
		(end.IsZero() || now.Before(end.End(a.zone())))
}
