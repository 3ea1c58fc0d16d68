package store

import (
	"context"
	"fmt"

	"outpace/campaign"
)

// Risky tells, for people, what about the set looks like a mistake; nil if
// nothing does. Each sentence ends with the remedy.
func (s *Staged) Risky() []string {
	var list []string
	for _, v := range s.Vanished {
		list = append(list, fmt.Sprintf(
			"campaign %q vanishes while the new %q has %d of its %d people, who would be written to again: add `was: %s` to %q if it was renamed, or --yes",
			v.Campaign, v.Successor, v.Shared, v.People, v.Campaign, v.Successor))
	}
	if s.Cancelled*5 > s.Queued {
		list = append(list, fmt.Sprintf(
			"%d of %d queued messages would be cancelled, more than a fifth: --yes if that is meant", s.Cancelled, s.Queued))
	}
	return list
}

// preview counts what committing would cancel.
func (g *staging) preview(ctx context.Context, x *tx) error {
	if !g.Changes {
		return nil
	}
	err := x.get(ctx, &g.Queued, `SELECT count(*) FROM messages WHERE state IN ('queued', 'scheduled')`)
	if err != nil {
		return err
	}
	// Targets that go, with all their messages.
	err = x.get(ctx, &g.Cancelled, `SELECT count(*) FROM staged_targets s
		JOIN campaigns c ON c.key = s.campaign JOIN people p ON p.profile = s.profile
		JOIN targets t ON t.campaign_id = c.id AND t.person_id = p.id
		JOIN messages m ON m.target_id = t.id
		WHERE s.stage = ? AND s.gone = 1 AND m.state IN ('queued', 'scheduled')`, g.id)
	if err != nil {
		return err
	}
	for i := range g.r.campaigns {
		if err := g.previewSteps(ctx, x, &g.r.campaigns[i]); err != nil {
			return err
		}
	}
	return g.previewVanished(ctx, x)
}

// previewSteps counts the messages of steps that go, on targets that stay.
func (g *staging) previewSteps(ctx context.Context, x *tx, c *campaignEntry) error {
	if c.row == nil || !c.changed {
		return nil
	}
	for _, step := range removedSteps(c.row.def().Steps, c.def.Steps) {
		var n int
		err := x.get(ctx, &n, `SELECT (SELECT count(*) FROM targets t JOIN messages m ON m.target_id = t.id AND m.step = ?
			WHERE t.campaign_id = ? AND m.state IN ('queued', 'scheduled')) -
			(SELECT count(*) FROM staged_targets s JOIN people p ON p.profile = s.profile
			JOIN targets t ON t.campaign_id = ? AND t.person_id = p.id JOIN messages m ON m.target_id = t.id AND m.step = ?
			WHERE s.stage = ? AND s.campaign = ? AND s.gone = 1 AND m.state IN ('queued', 'scheduled'))`,
			step, c.row.ID, c.row.ID, step, g.id, c.key)
		if err != nil {
			return err
		}
		g.Cancelled += n
	}
	return nil
}

// removedSteps are the names of old steps that are not among the new ones.
func removedSteps(old, steps []campaign.Step) (names []string) {
	for _, s := range old {
		if stepIndex(steps, s.Name) < 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

// previewVanished finds, for each campaign that goes, a new one that has more
// than half of its people.
func (g *staging) previewVanished(ctx context.Context, x *tx) error {
	for _, gone := range g.r.goneCampaigns {
		v := Vanished{Campaign: gone.Name}
		err := x.get(ctx, &v.People, `SELECT count(*) FROM targets WHERE campaign_id = ? AND state <> 'removed'`, gone.ID)
		if err != nil {
			return err
		}
		for i := range g.r.campaigns {
			c := &g.r.campaigns[i]
			if c.row != nil {
				continue
			}
			err := x.get(ctx, &v.Shared, `SELECT count(*) FROM staged_targets s JOIN people p ON p.profile = s.profile
				JOIN targets t ON t.campaign_id = ? AND t.person_id = p.id
				WHERE s.stage = ? AND s.campaign = ? AND t.state <> 'removed'`, gone.ID, g.id, c.key)
			if err != nil {
				return err
			}
			if v.Shared*2 > v.People {
				v.Successor = c.def.Name
				g.Vanished = append(g.Vanished, v)
				break
			}
		}
	}
	return nil
}
