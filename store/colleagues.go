package store

import (
	"context"
	"maps"

	"outpace/limits"
)

// heldByColleague holds for a target (t) of a campaign (c) that stops on a
// colleague's answer if somebody of the same company answered in it. It is
// asked anew each time: who is added later is held too, and a file without
// company_reply lets all of them go.
const heldByColleague = `c.company_reply = 1 AND EXISTS (SELECT 1 FROM people me
	JOIN people mate ON mate.company_key = me.company_key JOIN targets s ON s.person_id = mate.id
	WHERE me.id = t.person_id AND me.company_key <> '' AND s.campaign_id = t.campaign_id
	AND s.state = 'stopped' AND s.stop_reason IN ('reply', 'declined'))`

// colleagueAnswer is the first answer in a company.
type colleagueAnswer struct {
	Company string  `db:"company_key"`
	Profile string  `db:"profile"`
	At      Instant `db:"at"`
}

// readColleagues holds the targets in whose company somebody answered.
func (l *loaded) readColleagues(ctx context.Context, x *tx) error {
	first := make([]map[string]*colleagueAnswer, len(l.state.Campaigns))
	for i := range l.targets {
		t := &l.state.Targets[i]
		if t.Company == "" || !l.state.Campaigns[t.Campaign].CompanyReply || t.Blocked != limits.Ready {
			continue
		}
		if first[t.Campaign] == nil {
			var err error
			if first[t.Campaign], err = firstAnswers(ctx, x, l.targets[i].CampaignID); err != nil {
				return err
			}
		}
		if a := first[t.Campaign][t.Company]; a != nil {
			t.Blocked, t.Colleague, t.ColleagueAt = limits.HeldCompany, a.Profile, a.At.Time
		}
	}
	return nil
}

// firstAnswers are the first answers in a campaign by company.
func firstAnswers(ctx context.Context, x *tx, campaign int64) (map[string]*colleagueAnswer, error) {
	var rows []colleagueAnswer
	err := x.all(ctx, &rows, `SELECT p.company_key, p.profile, coalesce((SELECT max(e.at) FROM events e
			WHERE e.person_id = p.id AND e.kind IN ('reply', 'declined') AND e.at <= t.ends_at), t.ends_at) AS at
		FROM targets t JOIN people p ON p.id = t.person_id
		WHERE t.campaign_id = ? AND t.state = 'stopped' AND t.stop_reason IN ('reply', 'declined') AND p.company_key <> ''
		ORDER BY at, t.id`, campaign)
	first := make(map[string]*colleagueAnswer, len(rows))
	for i := range rows {
		if first[rows[i].Company] == nil {
			first[rows[i].Company] = &rows[i]
		}
	}
	return first, err
}

// colleagues recalls the open cards of those whom the person's answer holds.
// Their accounts, and those that share persons with them, are planned again.
func (w *reacting) colleagues(ctx context.Context) error {
	const held = `SELECT t.id FROM targets t JOIN campaigns c ON c.id = t.campaign_id JOIN people q ON q.id = t.person_id
		WHERE t.state = 'active' AND q.company_key <> '' AND q.company_key = ? AND ` + heldByColleague
	company := w.person.CompanyKey
	if company == "" {
		return nil
	}
	var ids []int64
	err := w.x.all(ctx, &ids, `SELECT DISTINCT a.id FROM targets o JOIN accounts a ON a.id = o.account_id
		WHERE o.state = 'active' AND a.state = 'active' AND o.person_id IN (SELECT person_id FROM targets WHERE id IN (`+held+`))`, company)
	if err != nil || len(ids) == 0 {
		return err
	}
	accounts := make(map[int64]bool, len(ids))
	for _, id := range ids {
		accounts[id] = true
	}
	maps.Copy(w.plan, accounts)
	recalled, _, err := reconsider(ctx, w.x, w.now, `r.target_id IN (`+held+`)`, company)
	w.out.Recalled += recalled
	return err
}
