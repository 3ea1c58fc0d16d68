package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"outpace/campaign"
)

// ErrApplied says that somebody else applied between Stage and Commit.
var ErrApplied = errors.New("another apply came in between: nothing was changed, try again")

// Commit puts a staged set in force, in one short transaction. The accounts it
// touches are dirty, and release nothing, until PlanDirty has merged the
// targets and planned them.
func (s *Store) Commit(ctx context.Context, staged *Staged, now time.Time) error {
	if !staged.Changes {
		return nil
	}
	return s.write(ctx, func(x *tx) error {
		c := &commit{x: x, now: now, Staged: staged}
		return c.run(ctx)
	})
}

// commit is the work of one Commit.
type commit struct {
	*Staged
	x   *tx
	now time.Time
}

func (c *commit) run(ctx context.Context) error {
	n, err := c.x.exec(ctx, `UPDATE meta SET value = ? WHERE key = 'config_version' AND value = ?
		AND '' = (SELECT value FROM meta WHERE key = 'merging')`, text(c.r.version+1), text(c.r.version))
	if err != nil {
		return err
	}
	var rows int
	if err := c.x.get(ctx, &rows, `SELECT count(*) FROM staged_targets WHERE stage = ?`, c.id); err != nil {
		return err
	}
	var forgotten int
	if err := c.x.get(ctx, &forgotten, `SELECT count(*) FROM people WHERE profile >= ? AND profile < ?`, forgottenPrefix, "forgotten;"); err != nil {
		return err
	}
	if n == 0 || rows != c.seq || forgotten != len(c.forgotten.hashes) {
		return ErrApplied
	}
	_, err = c.x.exec(ctx, `INSERT INTO configs (version, applied_at, digest) VALUES (?, ?, ?)`,
		c.r.version+1, on(c.now), c.r.digest)
	if err != nil {
		return err
	}
	steps := []func(context.Context) error{c.channels, c.templates, c.accounts, c.campaigns, c.deals, c.dirty}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	_, err = c.x.exec(ctx, `UPDATE meta SET value = ? WHERE key = 'merging'`, text(c.id))
	return err
}

func (c *commit) channels(ctx context.Context) error {
	if _, err := c.x.exec(ctx, `UPDATE channels SET removed_at = coalesce(removed_at, ?)`, on(c.now)); err != nil {
		return err
	}
	for _, ch := range c.r.set.Channels {
		_, err := c.x.exec(ctx, `INSERT INTO channels (name, type, def) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET type = excluded.type, def = excluded.def, removed_at = NULL`,
			ch.Name, ch.Type, asJSON[*campaign.Channel]{V: ch})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) templates(ctx context.Context) error {
	if _, err := c.x.exec(ctx, `UPDATE templates SET removed_at = coalesce(removed_at, ?)`, on(c.now)); err != nil {
		return err
	}
	for _, t := range c.r.set.Templates {
		_, err := c.x.exec(ctx, `INSERT INTO templates (name, def) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET def = excluded.def, removed_at = NULL`,
			t.Name, asJSON[*campaign.Template]{V: t})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) campaigns(ctx context.Context) error {
	for _, row := range c.r.goneCampaigns {
		if _, err := c.x.exec(ctx, `UPDATE campaigns SET removed_at = ? WHERE id = ?`, on(c.now), row.ID); err != nil {
			return err
		}
	}
	for i := range c.r.campaigns {
		e := &c.r.campaigns[i]
		if e.row == nil {
			id, err := c.x.insert(ctx, `INSERT INTO campaigns (name, key, def, position, applied_at, per_company, company_reply)
				VALUES (?, ?, ?, ?, ?, ?, ?)`, e.def.Name, e.key, e.text, e.position, on(c.now), !e.def.PerCompany.IsZero(), e.def.CompanyReply)
			if err == nil {
				err = c.remember(ctx, "campaign", id, e.text)
			}
			if err != nil {
				return err
			}
			continue
		}
		if !e.changed && !e.moved {
			continue
		}
		_, err := c.x.exec(ctx, `UPDATE campaigns SET name = ?, def = ?, position = ?, removed_at = NULL, per_company = ?, company_reply = ? WHERE id = ?`,
			e.def.Name, e.text, e.position, !e.def.PerCompany.IsZero(), e.def.CompanyReply, e.row.ID)
		if err == nil && e.row.Def.text != e.text {
			err = c.remember(ctx, "campaign", e.row.ID, e.text)
		}
		if err != nil {
			return err
		}
		if err := c.steps(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// remember keeps a definition, of an account or a campaign, as the one in force
// from this apply on.
func (c *commit) remember(ctx context.Context, what string, id int64, def string) error {
	_, err := c.x.exec(ctx, `INSERT INTO `+what+`_defs (`+what+`_id, version, def) VALUES (?, ?, ?)`, id, c.r.version+1, def)
	return err
}

// steps moves targets that stand after a step that goes to where they go on.
// What they had sent stays sent: its message keeps its name.
func (c *commit) steps(ctx context.Context, e *campaignEntry) error {
	old := e.row.def().Steps
	for _, name := range removedSteps(old, e.def.Steps) {
		_, err := c.x.exec(ctx, `UPDATE targets SET last_step = ? WHERE campaign_id = ? AND last_step = ?`,
			campaign.Remap(old, e.def.Steps, name), e.row.ID, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// dirty marks the accounts whose plans this apply changes.
func (c *commit) dirty(ctx context.Context) error {
	mark := `UPDATE accounts SET dirty = 1 WHERE `
	for i := range c.r.campaigns {
		e := &c.r.campaigns[i]
		if e.row == nil || !e.changed && !e.moved {
			continue // the accounts of a new campaign's targets are touched
		}
		if _, err := c.x.exec(ctx, mark+`id IN (SELECT account_id FROM targets
			WHERE campaign_id = ? AND state = 'active')`, e.row.ID); err != nil {
			return err
		}
		if e.row.def().PerCompany == e.def.PerCompany {
			continue
		}
		if _, err := c.x.exec(ctx, mark+`id IN (`+waitsForRoom+`)`); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.touched)) {
		if _, err := c.x.exec(ctx, mark+`name = ?`, name); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.left)) {
		if _, err := c.x.exec(ctx, mark+`id = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// text is how meta holds a number.
func text(n int64) string { return strconv.FormatInt(n, 10) }
