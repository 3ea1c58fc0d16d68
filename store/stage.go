package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
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

	id      int64
	r       *resolved
	seq     int             // rows staged
	touched map[string]bool // accounts by name after the apply whose targets change
	left    map[int64]bool  // accounts by id that targets leave
	dealer  *dealer         // nil: there was nothing to deal

	forgotten forgottenPeople // as they were when staging began
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
	s    *Store
	now  time.Time
	tell Progress
	rows []stagedRow
}

// Stage compares a set with the database and writes the targets that differ
// beside it, in chunks. It first finishes what an earlier apply left. Errors
// of the set's targets are campaign's, which has seen that none stands twice.
func (s *Store) Stage(ctx context.Context, set *campaign.Set, now time.Time) (*Staged, error) {
	return s.StageTelling(ctx, set, now, nil)
}

// StageTelling is Stage, and tells how far it is. tell may be nil.
func (s *Store) StageTelling(ctx context.Context, set *campaign.Set, now time.Time, tell Progress) (*Staged, error) {
	if err := s.PlanDirty(ctx, now, tell); err != nil {
		return nil, err
	}
	id, err := rand.Int(rand.Reader, big.NewInt(math.MaxInt32))
	if err != nil {
		return nil, err
	}
	g := &staging{s: s, now: now, tell: tell, Staged: &Staged{
		id: 1 + id.Int64(), touched: map[string]bool{}, left: map[int64]bool{},
	}}
	err = s.read(ctx, func(x *tx) (err error) {
		if g.forgotten, err = readForgotten(ctx, x); err != nil {
			return err
		}
		g.r, err = resolve(ctx, x, set)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.sweep(ctx); err != nil {
		return nil, err
	}
	err = g.targets(ctx)
	if err == nil {
		g.Changes = g.seq > 0 || g.r.differs()
		err = s.read(ctx, func(x *tx) error { return g.preview(ctx, x) })
	}
	if err != nil {
		return nil, errors.Join(err, s.Discard(context.WithoutCancel(ctx), g.Staged))
	}
	return g.Staged, nil
}

func (g *staging) targets(ctx context.Context) error {
	for i := range g.r.campaigns {
		c := &g.r.campaigns[i]
		stage := g.compare
		if c.row == nil {
			stage = g.first
		}
		if err := stage(ctx, c); err != nil {
			return err
		}
	}
	for i := range g.r.goneCampaigns {
		row := &g.r.goneCampaigns[i]
		if err := g.gone(ctx, leaving{id: row.ID, key: row.Key}, nil); err != nil {
			return err
		}
	}
	return g.flush(ctx)
}

// first stages all targets of a campaign the database does not have.
func (g *staging) first(ctx context.Context, c *campaignEntry) error {
	n := 0
	return c.def.Targets(func(t campaign.Target) error {
		if g.forgotten.has(t.Profile) {
			return nil
		}
		row, err := stage(c, &t)
		if err != nil {
			return err
		}
		row.Position = firstPlaces(n)
		if n++; n%stageChunk == 0 {
			g.tell.at(Comparing, n, c.def.Count())
		}
		return g.target(ctx, c, nil, row)
	})
}

// target stages a target that is new or differs. was is nil for one the
// database does not have.
func (g *staging) target(ctx context.Context, c *campaignEntry, was *present, row stagedRow) (err error) {
	switch {
	case was == nil || was.State == "removed":
		g.Added++
	case was.Digest != row.Digest || was.Position != row.Position:
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
		if !was.Begun && !slices.Contains(c.def.Accounts, name) {
			return "" // the list changed while it was out of the file
		}
		return name
	}
	return c.def.Accounts[0] // begun on an account that is gone: the merge leaves it there
}

// deal picks an account for a target. What is queued is counted only if there
// is something to deal.
func (g *staging) deal(ctx context.Context, c *campaign.Campaign) (string, error) {
	if g.dealer == nil {
		err := g.s.read(ctx, func(x *tx) (err error) {
			g.dealer, err = newDealer(ctx, x, g.r, g.now)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return g.dealer.deal(c), nil
}

// stage is the row of a target as the file gives it, without its position.
func stage(c *campaignEntry, t *campaign.Target) (stagedRow, error) {
	row := stagedRow{
		Campaign: c.key, Profile: t.Profile,
		Priority: c.def.Priority, Degree: t.Degree, Zone: t.Zone.String(), Country: t.Country,
	}
	if t.Priority != nil {
		row.Priority = *t.Priority
	}
	fields, err := json.Marshal(Fields{
		Name: t.Name, FirstName: t.FirstName, LastName: t.LastName,
		Company: t.Company, Title: t.Title, Extra: t.Extra,
	})
	row.Fields = string(fields)
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %q %q %s", row.Priority, row.Degree, row.Zone, row.Country, row.Fields))
	row.Digest = hex.EncodeToString(sum[:16])
	return row, err
}

// leaving is a campaign some of whose targets leave, or all with the campaign.
type leaving struct {
	id    int64
	key   string
	stays string // the campaign's name if it stays
}

// gone stages the targets of a campaign the file no longer has: all but those
// seen. Stopped ones stay stopped: their story must not be forgotten when they
// come back. That somebody is suppressed is remembered by the person.
func (g *staging) gone(ctx context.Context, c leaving, seen bits) error {
	return g.s.read(ctx, func(x *tx) error {
		rows, err := x.rows(ctx, `SELECT `+presentColumns+` FROM targets t JOIN people p ON p.id = t.person_id
			WHERE t.campaign_id = ? AND `+mayLeave+` ORDER BY t.position, t.id`, c.id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var was present
			if err := rows.StructScan(&was); err != nil {
				return err
			}
			if seen.has(int(was.ID)) {
				continue
			}
			g.Removed++
			if was.Account != nil {
				g.left[*was.Account] = true
			}
			if was.Begun && was.State != "stopped" && c.stays != "" {
				g.Written = append(g.Written, WrittenTo{c.stays, was.Profile})
			}
			if err := g.add(ctx, stagedRow{Campaign: c.key, Profile: was.Profile, Gone: true}); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}
