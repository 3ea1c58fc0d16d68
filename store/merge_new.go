package store

import (
	"context"
	"slices"
	"strings"
)

// newTarget is a target to insert; the rest of it stands in its staged row.
type newTarget struct {
	*targetRow
	person *personRow
	seq    int
}

var (
	insertPeople = bulk{`INSERT INTO people (id, profile, name, company, company_key, domains) VALUES `, `(?, ?, ?, ?, ?, ?)`, ``}
	// What the file says goes from the staged row to the target inside the database.
	insertTargets = bulk{`INSERT INTO targets (id, campaign_id, person_id, account_id, state, stop_reason,
		position, priority, degree, zone, country, fields, digest, added_at)
		SELECT v.column2, v.column3, v.column4, v.column5, v.column6, v.column7,
		s.position, s.priority, s.degree, s.zone, s.country, s.fields, s.digest, v.column8 FROM (VALUES `, `(?, ?, ?, ?, ?, ?, ?, ?)`, `) v
		CROSS JOIN staged_targets s ON s.stage = CAST(? AS INTEGER) AND s.seq = v.column1`}
	insertMessages = bulk{`INSERT INTO messages (id, target_id, account_id, step, state, reason) VALUES `, `(?, ?, ?, ?, ?, ?)`, ``}
)

// flush inserts what is new: people and messages in the order of their unique
// index, so that its pages are met one after the other.
func (m *merger) flush(ctx context.Context, id string) error {
	slices.SortFunc(m.newPeople, func(a, b *personRow) int { return strings.Compare(a.Profile, b.Profile) })
	args := make([]any, 0, 6*len(m.newPeople))
	for _, p := range m.newPeople {
		m.lastPerson++
		p.ID = m.lastPerson
		args = append(args, p.ID, p.Profile, p.Name, p.Company, p.CompanyKey, p.Domains)
	}
	if err := insertPeople.run(ctx, m.x, args); err != nil {
		return err
	}
	args = make([]any, 0, 8*len(m.newTargets))
	for _, t := range m.newTargets {
		args = append(args, t.seq, t.ID, t.CampaignID, t.person.ID, *t.AccountID, t.State, t.StopReason, on(m.now))
	}
	if err := insertTargets.run(ctx, m.x, args, id); err != nil {
		return err
	}
	slices.SortFunc(m.newMessages, func(a, b messageRow) int { return strings.Compare(a.ID, b.ID) })
	args = args[:0]
	for i := range m.newMessages {
		n := &m.newMessages[i]
		args = append(args, n.ID, n.TargetID, *n.AccountID, n.Step, n.State, n.Reason)
	}
	return insertMessages.run(ctx, m.x, args)
}
