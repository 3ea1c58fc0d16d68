package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/limits"
)

// Retry queues failed messages again, with all their tries: the one whose id
// is, or begins as, given, or all of a campaign. It returns how many.
func (s *Store) Retry(ctx context.Context, now time.Time, name string) (retried int, err error) {
	err = s.write(ctx, func(x *tx) error {
		rows, err := failed(ctx, x, name)
		if err != nil {
			return err
		}
		plan := map[int64]bool{}
		for i := range rows {
			r := &rows[i]
			_, err := x.exec(ctx, toQueue+`, retry_at = NULL, tries = 0, account_id = ? WHERE id = ?`, r.Account, r.ID)
			if err == nil {
				err = r.ifGone(ctx, x)
			}
			if err != nil {
				return err
			}
			_, err = x.exec(ctx, `UPDATE targets SET blocked = CASE blocked WHEN ? THEN '' ELSE blocked END,
				state = 'active', ends_at = NULL WHERE id = ?`, limits.HeldCondition.String(), r.Target)
			if err != nil {
				return err
			}
			err = logEvent(ctx, x, event{At: now, Kind: "retry", Account: r.AccountName, Campaign: r.Campaign, Person: r.Person, Message: r.ID})
			if err != nil {
				return err
			}
			plan[r.Account] = true
		}
		retried = len(rows)
		_, err = s.planAll(ctx, x, plan, now)
		return err
	})
	return retried, err
}

// failedRow is a failed message of a target that can still be written to.
type failedRow struct {
	ID          string `db:"id"`
	Target      int64  `db:"target_id"`
	Person      int64  `db:"person_id"`
	Account     int64  `db:"account_id"`
	AccountName string `db:"account"`
	Campaign    string `db:"campaign"`
	CampaignID  int64  `db:"campaign_id"`
	Step        string `db:"step"`
}

// ifGone cancels the message of a step that is out of the file: the sequence
// goes on without it, and it comes back with its step.
func (r *failedRow) ifGone(ctx context.Context, x *tx) error {
	c, err := campaignByID(ctx, x, r.CampaignID)
	if err != nil || stepIndex(c.def().Steps, r.Step) >= 0 {
		return err
	}
	return cancel(ctx, x, r.ID, "edit")
}

const failedMessages = `SELECT m.id, m.target_id, t.person_id, t.account_id, a.name AS account, c.name AS campaign,
	t.campaign_id, m.step
	FROM messages m JOIN targets t ON t.id = m.target_id JOIN campaigns c ON c.id = t.campaign_id
	JOIN accounts a ON a.id = t.account_id
	WHERE m.state = 'failed' AND t.state IN ('active', 'finished') AND c.removed_at IS NULL AND a.state = 'active' AND `

// failed finds what a message's id or a campaign's name stands for.
func failed(ctx context.Context, x *tx, name string) (rows []failedRow, err error) {
	m, err := messageByPrefix(ctx, x, name)
	var missing *NotFoundError
	switch {
	case errors.As(err, &missing):
		c, err := campaignByName(ctx, x, name)
		if errors.As(err, &missing) {
			return nil, &NotFoundError{"message or campaign", name}
		}
		if err != nil {
			return nil, err
		}
		err = x.all(ctx, &rows, failedMessages+`c.id = ? ORDER BY t.position, m.id`, c.ID)
		return rows, err
	case err != nil:
		return nil, err
	case m.State != "failed":
		return nil, fmt.Errorf("message %s has not failed: it is %s", m.ID, m.State)
	}
	err = x.all(ctx, &rows, failedMessages+`m.id = ?`, m.ID)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("message %s is for somebody who is not written to any more", m.ID)
	}
	return rows, err
}
