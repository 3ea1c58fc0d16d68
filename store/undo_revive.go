package store

import "context"

// revive queues again what the planner cancelled in the person's other steps
// and campaigns on the account because of the answer: a connection makes
// requests needless, a delay counted from now leads past the campaign's end.
// The planner, which runs next, cancels once more what still does not apply.
// Steps a target has passed stay as they are: a person may have skipped them.
func (u *undoing) revive(ctx context.Context) error {
	var rows []struct {
		ID       string `db:"id"`
		Target   int64  `db:"target_id"`
		Campaign int64  `db:"campaign_id"`
		Step     string `db:"step"`
		Last     string `db:"last_step"`
	}
	err := u.x.all(ctx, &rows, `SELECT m.id, m.target_id, t.campaign_id, m.step, t.last_step
		FROM targets t JOIN messages m ON m.target_id = t.id
		WHERE t.person_id = ? AND t.account_id = ? AND t.state IN ('active', 'finished')
		AND m.state = 'cancelled' AND m.reason IN ('skipped', 'end') ORDER BY m.id`, u.rel.PersonID, u.rel.AccountID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		c, err := campaignByID(ctx, u.x, r.Campaign)
		if err != nil {
			return err
		}
		steps := c.def().Steps
		if i := stepIndex(steps, r.Step); i < 0 || i <= stepIndex(steps, r.Last) {
			continue
		}
		_, err = u.x.exec(ctx, `UPDATE messages SET state = 'queued', reason = '', account_id = ? WHERE id = ?`, u.rel.AccountID, r.ID)
		if err == nil {
			_, err = u.x.exec(ctx, `UPDATE targets SET state = 'active' WHERE id = ?`, r.Target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
