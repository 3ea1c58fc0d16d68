package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"outpace/campaign"
)

// stageChunk is how many targets are staged in one transaction: well below
// the busy timeout, so that others get their turn.
const stageChunk = 5000

// Staged is a set that was compared with the database and laid beside it,
// ready to commit. Nothing has changed yet.
type Staged struct {
	// Changes says whether committing changes anything.
	Changes bool
	// Added, Changed and Removed count targets.
	Added, Changed, Removed int
	// Queued are the messages queued or scheduled now (counted only if
	// anything changes), Cancelled those of them this set cancels.
	Queued, Cancelled int
	Vanished          []Vanished
	// Written are the targets that leave a campaign which stays, after
	// something was released to them.
	Written []WrittenTo

	id      string
	r       *resolved
	seq     int             // rows staged
	touched map[string]bool // accounts by name after the apply whose targets change
	left    map[int64]bool  // accounts by id that targets leave
}

// Vanished is a campaign the set no longer has, while a new one has most of
// its people: likely a rename nobody declared.
type Vanished struct {
	Campaign, Successor string
	People, Shared      int
}

// WrittenTo is a target that leaves after something was released to it.
type WrittenTo struct {
	Campaign string // its name
	Profile  string
}

// staging is the work of one Stage.
type staging struct {
	*Staged
	s      *Store
	dealer *dealer
	rows   []stagedRow
}

// present is a target the database has.
type present struct {
	Profile string `db:"profile"`
	Account *int64 `db:"account_id"`
	Digest  string `db:"digest"`
	Begun   bool   `db:"begun"`
	State   string `db:"state"`
	seen    bool
}

// Stage compares a set with the database and writes the targets that differ
// beside it, in chunks. It first finishes what an earlier apply left. Errors
// of the set's targets are campaign's.
func (s *Store) Stage(ctx context.Context, set *campaign.Set, now time.Time) (*Staged, error) {
	if err := s.PlanDirty(ctx, now, nil); err != nil {
		return nil, err
	}
	g := &staging{s: s, Staged: &Staged{id: rand.Text(), touched: map[string]bool{}, left: map[int64]bool{}}}
	err := s.read(ctx, func(x *tx) (err error) {
		g.r, err = resolve(ctx, x, set)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.sweep(ctx); err != nil {
		return nil, err
	}
	if err := g.targets(ctx); err != nil {
		return nil, errors.Join(err, s.Discard(context.WithoutCancel(ctx), g.Staged))
	}
	g.Changes = g.seq > 0 || g.r.differs()
	return g.Staged, s.read(ctx, func(x *tx) error { return g.preview(ctx, x) })
}

func (g *staging) targets(ctx context.Context) error {
	for i := range g.r.campaigns {
		if err := g.campaign(ctx, &g.r.campaigns[i]); err != nil {
			return err
		}
	}
	for i := range g.r.goneCampaigns {
		row := &g.r.goneCampaigns[i]
		have, err := g.present(ctx, row.ID)
		if err != nil {
			return err
		}
		if err := g.gone(ctx, row.Key, have); err != nil {
			return err
		}
	}
	return g.flush(ctx)
}

// present reads the targets the database has of a campaign.
func (g *staging) present(ctx context.Context, id int64) ([]present, error) {
	var rows []present
	err := g.s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT p.profile, t.account_id, t.digest, (t.begun_at IS NOT NULL) AS begun, t.state
			FROM targets t JOIN people p ON p.id = t.person_id WHERE t.campaign_id = ? ORDER BY t.position, t.id`, id)
	})
	return rows, err
}

// campaign stages the targets of one campaign that are new or differ, and
// those the file no longer has. All of them if the campaign itself differs.
func (g *staging) campaign(ctx context.Context, c *campaignEntry) error {
	var have []present
	if c.row != nil {
		var err error
		if have, err = g.present(ctx, c.row.ID); err != nil {
			return err
		}
	}
	index := make(map[string]int, len(have))
	for i := range have {
		index[have[i].Profile] = i
	}
	position, added := 0, map[string]bool{}
	err := c.def.Targets(func(t campaign.Target) error {
		var was *present
		i, known := index[t.Profile]
		if known {
			was = &have[i]
		}
		if added[t.Profile] || known && was.seen {
			return fmt.Errorf("campaign %s: %s: %s is a target twice", c.def.Name, t.Pos, t.Profile)
		}
		if position++; known {
			was.seen = true
		} else {
			added[t.Profile] = true
		}
		return g.target(ctx, c, was, position, &t)
	})
	if err != nil {
		return err
	}
	for i := range have {
		if was := &have[i]; !was.seen && was.Begun && was.State != "removed" && was.State != "stopped" {
			g.Written = append(g.Written, WrittenTo{c.def.Name, was.Profile})
		}
	}
	return g.gone(ctx, c.key, have)
}

func (g *staging) target(ctx context.Context, c *campaignEntry, was *present, position int, t *campaign.Target) error {
	row, err := stage(c, position, t)
	if err != nil {
		return err
	}
	switch {
	case was == nil:
		g.Added++
	case !c.changed && was.State != "removed" && was.Digest == row.Digest:
		return nil
	case was.State == "removed":
		g.Added++
	case was.Digest != row.Digest:
		g.Changed++
	}
	row.Account = g.keeps(c, was)
	if row.Account == "" {
		if row.Account, err = g.deal(ctx, c.def); err != nil {
			return err
		}
	}
	g.touched[row.Account] = true
	if was != nil && was.Account != nil {
		g.left[*was.Account] = true
	}
	return g.add(ctx, row)
}

// keeps is the account a target stays with, "" if it is to be dealt.
func (g *staging) keeps(c *campaignEntry, was *present) string {
	if was == nil || was.Account == nil || c.redealt && !was.Begun {
		return ""
	}
	if name, ok := g.r.names[*was.Account]; ok {
		return name
	}
	return c.def.Accounts[0] // begun on an account that is gone: the merge leaves it there
}

// deal picks an account for a target. What is queued is counted only if there
// is something to deal.
func (g *staging) deal(ctx context.Context, c *campaign.Campaign) (string, error) {
	if g.dealer == nil {
		err := g.s.read(ctx, func(x *tx) (err error) {
			g.dealer, err = newDealer(ctx, x, g.r)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return g.dealer.deal(c), nil
}

// stage is the row of a target as the file gives it.
func stage(c *campaignEntry, position int, t *campaign.Target) (stagedRow, error) {
	row := stagedRow{
		Campaign: c.key, Profile: t.Profile, Position: position,
		Priority: c.def.Priority, Degree: t.Degree, Zone: t.Zone.String(),
	}
	if t.Priority != nil {
		row.Priority = *t.Priority
	}
	fields, err := json.Marshal(Fields{
		Name: t.Name, FirstName: t.FirstName, LastName: t.LastName,
		Company: t.Company, Title: t.Title, Extra: t.Extra,
	})
	row.Fields = string(fields)
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %q %s", row.Position, row.Priority, row.Degree, row.Zone, row.Fields))
	row.Digest = hex.EncodeToString(sum[:16])
	return row, err
}

// gone stages the targets the file no longer has. Stopped ones stay stopped:
// their story must not be forgotten when they come back.
func (g *staging) gone(ctx context.Context, key string, have []present) error {
	for i := range have {
		was := &have[i]
		if was.seen || was.State == "removed" || was.State == "stopped" {
			continue
		}
		g.Removed++
		if was.Account != nil {
			g.left[*was.Account] = true
		}
		if err := g.add(ctx, stagedRow{Campaign: key, Profile: was.Profile, Gone: true}); err != nil {
			return err
		}
	}
	return nil
}
