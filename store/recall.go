package store

import (
	"context"
	"time"
)

// openRelease is a release nobody has reported yet, with what decides whether
// it may still be acted on.
type openRelease struct {
	ID       int64  `db:"id"`
	Account  int64  `db:"account_id"`
	Campaign int64  `db:"campaign_id"`
	Step     string `db:"step"`
	Recalled bool   `db:"recalled"`
	Card     int    `db:"card"`  // 1: a person has it
	Clear    bool   `db:"clear"` // nothing of its account, target or person stops it
}

// openReleases reads them. An account that is paused or restricted waits for a
// person, and so does what it has handed over; what the platform holds for a
// time, or of one kind, keeps its cards.
const openReleases = `SELECT r.id, r.account_id, r.campaign_id, r.step, r.recalled_at IS NOT NULL AS recalled,
	coalesce(w.type, 'desk') = 'desk' AS card,
	a.state = 'active' AND a.paused_at IS NULL AND t.state = 'active' AND t.blocked <> 'no_account'
	AND NOT (` + heldByColleague + `) AND p.suppressed_at IS NULL AND NOT EXISTS (SELECT 1 FROM holds h
		WHERE h.account_id = a.id AND h.verdict = '` + verdictRestricted + `' AND h.lifted_at IS NULL) AS clear
	FROM releases r JOIN targets t ON t.id = r.target_id JOIN people p ON p.id = r.person_id
	JOIN campaigns c ON c.id = r.campaign_id JOIN accounts a ON a.id = r.account_id
	LEFT JOIN channels w ON w.name = r.channel WHERE r.state = 'open' AND `

// reconsider recalls the open releases (r) of a condition that may not be sent
// as things stand at now, and renews the recalled ones that may again. It is
// the one place that decides so: edits, pauses, verdicts, ends of campaigns
// and answers taken back all come through here. It counts desk cards, which a
// person must be told of.
func reconsider(ctx context.Context, x *tx, now time.Time, where string, args ...any) (recalled, renewed int, err error) {
	var list []openRelease
	if err := x.all(ctx, &list, openReleases+where, args...); err != nil {
		return 0, 0, err
	}
	running := map[[2]int64]*runs{}
	for i := range list {
		r := &list[i]
		c := running[[2]int64{r.Account, r.Campaign}]
		if c == nil {
			if c, err = runsOn(ctx, x, r.Account, r.Campaign); err != nil {
				return recalled, renewed, err
			}
			running[[2]int64{r.Account, r.Campaign}] = c
		}
		stands := r.Clear && c.at(now) && stepIndex(c.campaign.def().Steps, r.Step) >= 0
		if stands != r.Recalled {
			continue
		}
		at := Instant{}
		if stands {
			renewed += r.Card
		} else {
			recalled += r.Card
			at = on(now)
		}
		if _, err := x.exec(ctx, `UPDATE releases SET recalled_at = ? WHERE id = ?`, at, r.ID); err != nil {
			return recalled, renewed, err
		}
	}
	return recalled, renewed, nil
}

// runs is a campaign on one of its accounts.
type runs struct {
	campaign *campaignRow
	end      time.Time // when it is over; zero: never
}

func runsOn(ctx context.Context, x *tx, account, campaign int64) (*runs, error) {
	c, err := campaignByID(ctx, x, campaign)
	if err != nil || c.def().End.IsZero() {
		return &runs{campaign: c}, err
	}
	a, err := accountByID(ctx, x, account)
	if err != nil {
		return nil, err
	}
	return &runs{c, c.def().End.End(a.zone())}, nil
}

// at says that the campaign is in the file, not paused and not over.
func (r *runs) at(now time.Time) bool {
	return r.campaign.RemovedAt.IsZero() && !r.campaign.def().Paused && r.campaign.PausedAt.IsZero() &&
		(r.end.IsZero() || now.Before(r.end))
}

// openEnds are the instants at which campaigns with something handed over and
// not recalled end, by account, the earliest of each.
func openEnds(ctx context.Context, x *tx) (map[int64]time.Time, error) {
	var pairs []struct {
		Account  int64 `db:"account_id"`
		Campaign int64 `db:"campaign_id"`
	}
	err := x.all(ctx, &pairs, `SELECT DISTINCT account_id, campaign_id FROM releases
		WHERE state = 'open' AND recalled_at IS NULL`)
	ends := map[int64]time.Time{}
	for _, p := range pairs {
		r, err := runsOn(ctx, x, p.Account, p.Campaign)
		if err != nil {
			return nil, err
		}
		if was, ok := ends[p.Account]; !r.end.IsZero() && (!ok || r.end.Before(was)) {
			ends[p.Account] = r.end
		}
	}
	return ends, err
}
