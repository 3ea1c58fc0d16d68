package store

import "context"

// stepBack brings a target back to the last step that may have gone out, after an
// answer took one back that has another behind it. Only reconciling leaves two
// steps of one target unanswered, and people answer them in any order.
func stepBack(ctx context.Context, x *tx, target int64) error {
	for {
		var r releaseRow
		found, err := x.find(ctx, &r, `SELECT r.* FROM releases r JOIN messages m ON m.id = r.message_id
			JOIN targets t ON t.id = m.target_id WHERE t.id = ? AND m.step = t.last_step AND m.state IN ('queued', 'scheduled')
			AND r.state = 'not_sent' AND r.before_step <> t.last_step ORDER BY r.id DESC LIMIT 1`, target)
		if err != nil || !found {
			return err
		}
		_, err = x.exec(ctx, `UPDATE targets SET last_step = ?, last_at = ?, begun_at = CASE WHEN ? = '' THEN NULL ELSE begun_at END
			WHERE id = ?`, r.BeforeStep, r.BeforeAt, r.BeforeStep, target)
		if err != nil {
			return err
		}
	}
}
