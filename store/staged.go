package store

import (
	"context"
	"slices"
)

// stagedRow is a target beside the queue, before it is merged.
type stagedRow struct {
	Seq      int    `db:"seq"`
	Campaign string `db:"campaign"` // its key
	Profile  string `db:"profile"`
	Gone     bool   `db:"gone"`
	Account  string `db:"account"`
	Position int    `db:"position"`
	Priority int    `db:"priority"`
	Degree   int    `db:"degree"`
	Zone     string `db:"zone"`
	Country  string `db:"country"`
	Fields   string `db:"fields"`
	Digest   string `db:"digest"`
}

func (g *staging) add(ctx context.Context, row stagedRow) error {
	g.seq++
	row.Seq = g.seq
	g.rows = append(g.rows, row)
	if len(g.rows) < stageChunk {
		return nil
	}
	return g.flush(ctx)
}

var insertStaged = bulk{`INSERT INTO staged_targets (stage, seq, campaign, profile, gone, account,
	position, priority, degree, zone, country, fields, digest) VALUES `, `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, ``}

func (g *staging) flush(ctx context.Context) error {
	args := make([]any, 0, 13*len(g.rows))
	for i := range g.rows {
		r := &g.rows[i]
		args = append(args, g.id, r.Seq, r.Campaign, r.Profile, r.Gone, r.Account,
			r.Position, r.Priority, r.Degree, r.Zone, r.Country, r.Fields, r.Digest)
	}
	err := g.s.write(ctx, func(x *tx) error { return insertStaged.run(ctx, x, args) })
	g.rows = slices.Delete(g.rows, 0, len(g.rows))
	return err
}

// sweep deletes what stagings that were never committed left. If one of them
// is still under way, its Commit finds its rows gone and refuses.
func (s *Store) sweep(ctx context.Context) error {
	return s.unstage(ctx, `stage <> (SELECT CAST('0' || value AS INTEGER) FROM meta WHERE key = 'merging')`)
}

// Discard removes what was staged.
func (s *Store) Discard(ctx context.Context, staged *Staged) error {
	return s.unstage(ctx, `stage = ?`, staged.id)
}

func (s *Store) unstage(ctx context.Context, which string, args ...any) error {
	for {
		var n int64
		err := s.write(ctx, func(x *tx) (err error) {
			n, err = x.exec(ctx, `DELETE FROM staged_targets WHERE (stage, seq) IN
				(SELECT stage, seq FROM staged_targets WHERE `+which+` LIMIT ?)`, append(args, stageChunk)...)
			return err
		})
		if err != nil || n < stageChunk {
			return err
		}
	}
}
