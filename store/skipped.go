package store

import (
	"context"

	"outpace/campaign"
)

// Skipped is how many people of a campaign get nothing further, for one reason
// (docs/states.md): why their target stopped, why their messages were
// cancelled, or what holds them.
type Skipped struct {
	Reason string `db:"reason"`
	People int    `db:"people"`
}

// skippedPeople counts the targets of a campaign (two arguments: whether it
// overlaps with others, its id) that get nothing further, each for one reason:
//
//   - stopped, with something left that was not sent: why it stopped;
//   - finished: a step failed, or why messages were cancelled. A skipped step
//     alone counts only if nothing was sent at all: the others got what the
//     steps have for them. What an edit took away is nobody's;
//   - active: it is blocked, a colleague answered, or it has no slot and its
//     first steps were skipped for a person who is no connection, or another
//     campaign has the person. An open question (unknown) and what waits for
//     approval are shown elsewhere.
const skippedPeople = `SELECT reason, count(*) AS people FROM (SELECT CASE
	WHEN t.state = 'stopped' THEN CASE
		WHEN EXISTS (SELECT 1 FROM messages m WHERE m.target_id = t.id AND m.state <> 'sent' AND m.reason <> 'edit')
			OR NOT EXISTS (SELECT 1 FROM messages m WHERE m.target_id = t.id AND m.reason <> 'edit') THEN t.stop_reason
		ELSE '' END
	WHEN t.state = 'finished' THEN CASE
		WHEN EXISTS (SELECT 1 FROM messages m WHERE m.target_id = t.id AND m.state = 'failed') THEN 'failed'
		ELSE coalesce((SELECT min(m.reason) FROM messages m WHERE m.target_id = t.id AND m.state = 'cancelled'
			AND (m.reason NOT IN ('edit', 'skipped') OR m.reason = 'skipped' AND NOT EXISTS
				(SELECT 1 FROM messages s WHERE s.target_id = t.id AND s.state = 'sent'))), '') END
	WHEN t.blocked = 'condition' THEN 'failed'
	WHEN t.blocked = 'unknown' THEN ''
	WHEN t.blocked <> '' THEN t.blocked
	WHEN ` + heldByColleague + ` THEN 'colleague'
	WHEN EXISTS (SELECT 1 FROM messages m WHERE m.target_id = t.id AND m.state IN ('scheduled', 'released', 'unknown')) THEN ''
	WHEN t.begun_at IS NULL AND t.accepted_at IS NULL AND t.degree <> 1
		AND NOT EXISTS (SELECT 1 FROM connections n WHERE n.person_id = t.person_id AND n.account_id = t.account_id)
		AND EXISTS (SELECT 1 FROM messages m WHERE m.target_id = t.id AND m.reason = 'skipped') THEN 'skipped'
	WHEN NOT ? AND t.begun_at IS NULL AND EXISTS (SELECT 1 FROM targets o WHERE o.person_id = t.person_id AND o.id <> t.id
		AND o.state = 'active' AND (o.begun_at IS NOT NULL
			OR EXISTS (SELECT 1 FROM messages m WHERE m.target_id = o.id AND m.state = 'scheduled'))) THEN 'in_campaign'
	ELSE '' END AS reason
	FROM targets t JOIN campaigns c ON c.id = t.campaign_id WHERE t.campaign_id = ? AND t.state <> 'removed') AS why
	WHERE reason <> '' GROUP BY reason ORDER BY people DESC, reason`

// skipped counts a campaign's people who get nothing further.
func skipped(ctx context.Context, x *tx, id int64, def *campaign.Campaign) (list []Skipped, err error) {
	err = x.all(ctx, &list, skippedPeople, def.Overlap, id)
	return list, err
}

// CampaignSkipped are the people of one campaign who get nothing further.
type CampaignSkipped struct {
	Campaign string
	Skipped  []Skipped // most people first
}

// Skipped counts, for every campaign in force, in the file's order, who gets
// nothing further and why; campaigns without such people are left out.
func (s *Store) Skipped(ctx context.Context) (out []CampaignSkipped, err error) {
	err = s.read(ctx, func(x *tx) error {
		var rows []campaignRow
		if err := x.all(ctx, &rows, `SELECT * FROM campaigns WHERE removed_at IS NULL ORDER BY position, id`); err != nil {
			return err
		}
		for i := range rows {
			list, err := skipped(ctx, x, rows[i].ID, rows[i].def())
			if err != nil {
				return err
			}
			if len(list) > 0 {
				out = append(out, CampaignSkipped{rows[i].Name, list})
			}
		}
		return nil
	})
	return out, err
}
