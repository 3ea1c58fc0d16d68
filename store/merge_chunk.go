package store

import (
	"context"
	"errors"
	"time"
)

// mergeChunk is how many new targets are merged in one transaction: few enough
// to stay well below the busy timeout, many enough that the pages of indexes in
// no order, of profiles and of message ids, are not written again for every row.
// A target that is there already counts for changeCost new ones.
const mergeChunk, changeCost = 20_000, 10

// mergeBatch is how many of them are in memory at once.
const mergeBatch = 5000

// mergeOf is the staging being merged; "" if none is.
func mergeOf(ctx context.Context, x *tx) (id string, err error) {
	err = x.get(ctx, &id, `SELECT value FROM meta WHERE key = 'merging'`)
	return id, err
}

// merge brings the targets of a committed staging into the queue, in chunks.
// Their accounts are dirty, so that nothing is released in between. tell may be
// nil.
func (s *Store) merge(ctx context.Context, now time.Time, tell Progress) (err error) {
	if err := s.logFor(ctx, hugeLog); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.logFor(context.WithoutCancel(ctx), usualLog)) }()
	for done, left := 0, -1; ; {
		n := 0
		err := s.write(ctx, func(x *tx) (err error) {
			if left < 0 && tell != nil {
				err = x.get(ctx, &left, `SELECT count(*) FROM staged_targets`)
			}
			for more := err == nil; more && n < s.chunk; {
				var rows, cost int
				rows, cost, err = mergeSome(ctx, x, now, min(mergeBatch, s.chunk))
				n += rows
				more = err == nil && rows == cost && rows > 0
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		done += n
		tell.at(Merging, done, max(left, done))
	}
}

// mergeSome merges up to so many rows and says how many that were, 0 if all are
// merged, and what they cost.
func mergeSome(ctx context.Context, x *tx, now time.Time, most int) (n, cost int, err error) {
	id, err := mergeOf(ctx, x)
	if err != nil || id == "" {
		return 0, 0, err
	}
	rows, cost, err := mergeRows(ctx, x, id, most)
	if err != nil {
		return 0, 0, err
	}
	if len(rows) == 0 {
		_, err := x.exec(ctx, `UPDATE meta SET value = '' WHERE key = 'merging'`)
		return 0, 0, err
	}
	m := &merger{x: x, now: now, campaigns: map[string]*mergeCampaign{}, companies: map[string]bool{}}
	if err := m.prepare(ctx, id, rows); err != nil {
		return 0, 0, err
	}
	for i := range rows {
		if err := m.row(ctx, &rows[i]); err != nil {
			return 0, 0, err
		}
	}
	if err := m.flush(ctx, id); err != nil {
		return 0, 0, err
	}
	if err := m.logLapsed(ctx); err != nil {
		return 0, 0, err
	}
	if err := m.bar(ctx); err != nil {
		return 0, 0, err
	}
	if limited, err := limitsCompanies(ctx, x); err != nil {
		return 0, 0, err
	} else if limited {
		if err := dirtyCompanies(ctx, x, m.companies, 0); err != nil {
			return 0, 0, err
		}
	}
	_, err = x.exec(ctx, `DELETE FROM staged_targets WHERE stage = CAST(? AS INTEGER) AND seq <= ?`, id, rows[len(rows)-1].Seq)
	return len(rows), cost, err
}

// mergeRows reads the next rows. They end before a target that stands among them
// already, which is merged when the first is there, and when they cost too much.
func mergeRows(ctx context.Context, x *tx, id string, most int) (rows []mergeRow, cost int, err error) {
	err = x.all(ctx, &rows, `SELECT s.seq, s.campaign, s.profile, s.gone, s.account, s.position, s.priority, s.degree,
		s.zone, s.country, s.fields, s.digest, coalesce(t.id, 0) AS target
		FROM staged_targets s JOIN campaigns c ON c.key = s.campaign LEFT JOIN people p ON p.profile = s.profile
		LEFT JOIN targets t ON t.campaign_id = c.id AND t.person_id = p.id
		WHERE s.stage = CAST(? AS INTEGER) ORDER BY s.seq LIMIT ?`, id, most)
	seen := make(map[[2]string]bool, len(rows))
	for i := range rows {
		who := [2]string{rows[i].Campaign, rows[i].Profile}
		if seen[who] || cost > most {
			return rows[:i], cost, err
		}
		seen[who] = true
		if cost++; rows[i].Target != 0 {
			cost += changeCost - 1
		}
	}
	return rows, cost, err
}
