package store

import (
	"context"
	"time"

	"outpace/scheduler"
)

// companyWindow is how long a first message counts at most: the longest window
// of per_company, and the grace of a slot that was missed.
const companyWindow = 31 * 24 * time.Hour

// limitsCompanies says whether any campaign in force limits people per company.
func limitsCompanies(ctx context.Context, x *tx) (bool, error) {
	var n int
	err := x.get(ctx, &n, `SELECT count(*) FROM campaigns WHERE per_company = 1 AND removed_at IS NULL`)
	return n > 0, err
}

// readCompanies tells the account's targets their company, when people of it
// are first written to, and which are held by a colleague's answer.
func (l *loaded) readCompanies(ctx context.Context, x *tx, at map[int64]int) error {
	limited, err := limitsCompanies(ctx, x)
	if err != nil {
		return err
	}
	replies := false
	for i := range l.state.Campaigns {
		replies = replies || l.state.Campaigns[i].CompanyReply
	}
	if !limited && !replies {
		return nil
	}
	var rows []struct {
		ID      int64  `db:"id"`
		Company string `db:"company_key"`
	}
	err = x.all(ctx, &rows, `SELECT t.id, p.company_key FROM targets t JOIN people p ON p.id = t.person_id
		WHERE t.account_id = ? AND t.state = 'active' AND p.company_key <> ''`, l.account.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		l.state.Targets[at[r.ID]].Company = r.Company
	}
	if replies {
		if err := l.readColleagues(ctx, x); err != nil {
			return err
		}
	}
	if limited {
		err = l.readTouches(ctx, x)
	}
	return err
}

// readTouches reads when people of the companies of targets that a campaign
// limits are first written to: what was released, and what other accounts have
// planned.
func (l *loaded) readTouches(ctx context.Context, x *tx) error {
	limited := false
	for i := range l.state.Campaigns {
		limited = limited || !l.state.Campaigns[i].PerCompany.IsZero()
	}
	if !limited {
		return nil
	}
	var err error
	l.state.Touches, err = touchesOf(ctx, x, `p.company_key IN (SELECT q.company_key FROM targets o
		JOIN people q ON q.id = o.person_id JOIN campaigns d ON d.id = o.campaign_id
		WHERE o.account_id = ? AND o.state = 'active' AND o.begun_at IS NULL AND d.per_company = 1 AND q.company_key <> '')
		AND (t.begun_at >= ? OR t.begun_at IS NULL AND t.state = 'active' AND t.account_id <> ?)`,
		l.account.ID, on(l.now.Add(-companyWindow)), l.account.ID)
	return err
}

// touchesOf reads the first messages to people of companies, by company and in
// the order of their slots. The condition is on targets (t) and people (p).
func touchesOf(ctx context.Context, x *tx, where string, args ...any) (map[string]scheduler.Touches, error) {
	var rows []struct {
		Company  string  `db:"company_key"`
		Campaign int64   `db:"campaign_id"`
		Limited  bool    `db:"per_company"`
		At       Instant `db:"at"`
	}
	err := x.all(ctx, &rows, `SELECT p.company_key, t.campaign_id, c.per_company, coalesce(t.begun_at,
		(SELECT min(m.slot_at) FROM messages m WHERE m.target_id = t.id AND m.state = 'scheduled')) AS at
		FROM people p JOIN targets t ON t.person_id = p.id JOIN campaigns c ON c.id = t.campaign_id
		WHERE `+where+` ORDER BY at, t.id`, args...)
	if err != nil {
		return nil, err
	}
	touches := map[string]scheduler.Touches{}
	campaigns := map[int64]*campaignRow{}
	for _, r := range rows {
		if r.At.IsZero() {
			continue
		}
		touch := scheduler.Touch{At: r.At.Time}
		if r.Limited {
			c := campaigns[r.Campaign]
			if c == nil {
				if c, err = campaignByID(ctx, x, r.Campaign); err != nil {
					return nil, err
				}
				campaigns[r.Campaign] = c
			}
			touch.Limit = c.def().PerCompany
		}
		touches[r.Company] = append(touches[r.Company], touch)
	}
	return touches, nil
}

// firstSlots are when each target that has not begun is first written to, by
// the messages as they were read.
func (l *loaded) firstSlots() map[int]time.Time {
	first := map[int]time.Time{}
	for i := range l.state.Targets {
		t := &l.state.Targets[i]
		if t.Company == "" || !t.Begun.IsZero() {
			continue
		}
		for _, m := range t.Messages {
			if at, ok := first[i]; !m.Slot.IsZero() && (!ok || m.Slot.Before(at)) {
				first[i] = m.Slot
			}
		}
	}
	return first
}

// tellCompanies marks the accounts that wait for room in a company in which
// the plan first writes to people at other times than before.
func (l *loaded) tellCompanies(ctx context.Context, x *tx, plan *scheduler.Plan) error {
	limited, err := limitsCompanies(ctx, x)
	if err != nil || !limited {
		return err
	}
	was, is := l.firstSlots(), map[int]time.Time{}
	for _, s := range plan.Slots { // in the order of their instants
		t := &l.state.Targets[s.Target]
		if _, later := is[s.Target]; t.Company != "" && t.Begun.IsZero() && !later {
			is[s.Target] = s.At
		}
	}
	companies := map[string]bool{}
	for i := range l.state.Targets {
		if !was[i].Equal(is[i]) {
			companies[l.state.Targets[i].Company] = true
		}
	}
	return dirtyCompanies(ctx, x, companies, l.account.ID)
}

// manyCompanies are so many that all who wait for any are told at once.
const manyCompanies = 200

// waitsForRoom are the accounts with somebody who may wait for room in a
// company; a condition on p can follow.
const waitsForRoom = `SELECT t.account_id FROM people p JOIN targets t ON t.person_id = p.id JOIN campaigns c ON c.id = t.campaign_id
	WHERE p.company_key <> '' AND t.state = 'active' AND t.begun_at IS NULL AND c.per_company = 1`

// dirtyCompanies lets the accounts that may wait for room in the companies,
// but the one named, be planned again.
func dirtyCompanies(ctx context.Context, x *tx, companies map[string]bool, but int64) error {
	const mark = `UPDATE accounts SET dirty = 1 WHERE id <> ? AND dirty = 0 AND state = 'active' AND id IN (` + waitsForRoom
	delete(companies, "")
	if len(companies) > manyCompanies {
		_, err := x.exec(ctx, mark+`)`, but)
		return err
	}
	for company := range companies {
		if _, err := x.exec(ctx, mark+` AND p.company_key = ?)`, but, company); err != nil {
			return err
		}
	}
	return nil
}

// dirtyCompanyOf is dirtyCompanies for the company of a person whose first
// message is taken out of the plans, or was not sent.
func dirtyCompanyOf(ctx context.Context, x *tx, person int64) error {
	limited, err := limitsCompanies(ctx, x)
	if err != nil || !limited {
		return err
	}
	var company string
	if err := x.get(ctx, &company, `SELECT company_key FROM people WHERE id = ?`, person); err != nil {
		return err
	}
	return dirtyCompanies(ctx, x, map[string]bool{company: true}, 0)
}
