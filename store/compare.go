package store

import (
	"context"
	"fmt"
	"strings"

	"outpace/campaign"
)

// present is a target the database has.
type present struct {
	ID       int64  `db:"id"`
	Profile  string `db:"profile"`
	Account  *int64 `db:"account_id"`
	Position int    `db:"position"`
	Digest   string `db:"digest"`
	Begun    bool   `db:"begun"`
	State    string `db:"state"`
	Leaves   bool   `db:"leaves"` // mayLeave
}

const presentColumns = `t.id, p.profile, t.account_id, t.position, t.digest, (t.begun_at IS NOT NULL) AS begun, t.state,
	` + mayLeave + ` AS leaves`

// mayLeave are the targets that an edit can take out: not those that are out,
// nor those whose conversation an answer ended.
const mayLeave = `(t.state IN ('active', 'finished') OR t.stop_reason IN ` + barred + `)`

// compareChunk is how many targets of the file are looked up at once.
const compareChunk = 500

// comparison is what is kept of a campaign's targets, however many there are:
// of each in the file five bytes, of each in the database a bit.
type comparison struct {
	have []uint32 // by the order of the file: its position now; 0: none
	same bits     // by the order of the file: nothing but the position may differ
	seen bits     // by id
	live int      // of those seen that may leave
}

// compare stages the targets of a campaign that are new or differ, and those
// the file no longer has; all of them if the campaign itself differs. It reads
// them twice: first to see which of them are there and in which order, then, if
// anything differs, to stage what does.
func (g *staging) compare(ctx context.Context, c *campaignEntry) error {
	var k comparison
	if err := g.chunks(c, func(from int, rows []stagedRow) error { return g.look(ctx, c, &k, rows) }); err != nil {
		return err
	}
	want := append([]uint32(nil), k.have...)
	places(want)
	changed := func(i int) bool { return !k.same.has(i) || want[i] != k.have[i] }
	differs := false
	for i := range want {
		differs = differs || changed(i)
	}
	if differs {
		err := g.chunks(c, func(from int, rows []stagedRow) error {
			n := 0
			for i := range rows {
				if changed(from + i) {
					rows[n] = rows[i]
					rows[n].Position = int(want[from+i])
					n++
				}
			}
			return g.differing(ctx, c, rows[:n])
		})
		if err != nil {
			return err
		}
	}
	var live int
	err := g.s.read(ctx, func(x *tx) error {
		return x.get(ctx, &live, `SELECT count(*) FROM targets t WHERE t.campaign_id = ? AND `+mayLeave, c.row.ID)
	})
	if err != nil || live == k.live {
		return err
	}
	return g.gone(ctx, leaving{c.row.ID, c.key, c.def.Name}, k.seen)
}

// chunks reads the campaign's targets in the order of the file and gives them
// to fn, a chunk at a time; from is the place of the first.
func (g *staging) chunks(c *campaignEntry, fn func(from int, rows []stagedRow) error) error {
	rows, from := make([]stagedRow, 0, compareChunk), 0
	hand := func() error {
		n := len(rows)
		if n == 0 {
			return nil
		}
		err := fn(from, rows)
		rows, from = rows[:0], from+n
		g.tell.at(Comparing, from, c.def.Count())
		return err
	}
	err := c.def.Targets(func(t campaign.Target) error {
		if g.forgotten.has(t.Profile) {
			return nil
		}
		row, err := stage(c, &t)
		if err != nil {
			return err
		}
		if rows = append(rows, row); len(rows) < compareChunk {
			return nil
		}
		return hand()
	})
	if err != nil {
		return err
	}
	return hand()
}

// present finds those of the targets that the database has, by profile.
func (g *staging) present(ctx context.Context, c *campaignEntry, rows []stagedRow) (map[string]*present, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	args := make([]any, 0, len(rows)+1)
	args = append(args, c.row.ID)
	for i := range rows {
		args = append(args, rows[i].Profile)
	}
	var list []present
	err := g.s.read(ctx, func(x *tx) error {
		return x.all(ctx, &list, `SELECT `+presentColumns+` FROM people p
			CROSS JOIN targets t ON t.campaign_id = ? AND t.person_id = p.id
			WHERE p.profile IN (?`+strings.Repeat(", ?", len(rows)-1)+`)`, args...)
	})
	found := make(map[string]*present, len(list))
	for i := range list {
		found[list[i].Profile] = &list[i]
	}
	return found, err
}

// look notes of each target whether it is there and differs.
func (g *staging) look(ctx context.Context, c *campaignEntry, k *comparison, rows []stagedRow) error {
	found, err := g.present(ctx, c, rows)
	if err != nil {
		return err
	}
	for i := range rows {
		was := found[rows[i].Profile]
		if was == nil {
			k.have = append(k.have, 0)
			continue
		}
		if k.seen.has(int(was.ID)) {
			return fmt.Errorf("campaign %s: %s is a target twice", c.def.Name, was.Profile)
		}
		k.seen.set(int(was.ID))
		if was.Leaves {
			k.live++
		}
		if !c.changed && was.State != "removed" && was.Digest == rows[i].Digest {
			k.same.set(len(k.have))
		}
		k.have = append(k.have, uint32(was.Position))
	}
	return nil
}

// differing stages targets that are new or differ.
func (g *staging) differing(ctx context.Context, c *campaignEntry, rows []stagedRow) error {
	found, err := g.present(ctx, c, rows)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := g.target(ctx, c, found[rows[i].Profile], rows[i]); err != nil {
			return err
		}
	}
	return nil
}
