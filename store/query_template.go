package store

import (
	"context"

	"outpace/campaign"
)

// Unsent counts the messages not released yet whose text comes from a template,
// as things stand: of a step with `else`, the text of the kind that goes.
func (s *Store) Unsent(ctx context.Context, template string) (total int, err error) {
	err = s.read(ctx, func(x *tx) error {
		var rows []campaignRow
		if err := x.all(ctx, &rows, `SELECT * FROM campaigns WHERE removed_at IS NULL`); err != nil {
			return err
		}
		for i := range rows {
			for _, step := range rows[i].def().Steps {
				n, err := unsent(ctx, x, rows[i].ID, &step, template)
				if err != nil {
					return err
				}
				total += n
			}
		}
		return nil
	})
	return total, err
}

// unsent counts one step's.
func unsent(ctx context.Context, x *tx, campaign int64, step *campaign.Step, template string) (n int, err error) {
	own, other := step.Template == template, false
	if step.Else != nil {
		other = step.Else.Template == template || step.Else.Template == "" && own
	}
	if !own && !other {
		return 0, nil
	}
	err = x.get(ctx, &n, `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id
		WHERE t.campaign_id = ? AND m.step = ? AND m.state IN ('queued', 'scheduled')
		AND CASE WHEN m.kind <> '' THEN m.is_else WHEN t.degree = 1 THEN FALSE ELSE ? AND t.priority < ? END IN (?, ?)`,
		campaign, step.Name, step.Else != nil, step.MinPriority, !own, other)
	return n, err
}
