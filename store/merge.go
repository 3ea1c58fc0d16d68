package store

import (
	"context"
	"slices"
	"time"
)

// mergeChunk is how many staged targets are merged in one transaction.
const mergeChunk = 1000

// mergeOf is the staging being merged; "" if none is.
func mergeOf(ctx context.Context, x *tx) (id string, err error) {
	err = x.get(ctx, &id, `SELECT value FROM meta WHERE key = 'merging'`)
	return id, err
}

// merge brings the targets of a committed staging into the queue, in chunks.
// Their accounts are dirty, so that nothing is released in between.
func (s *Store) merge(ctx context.Context, now time.Time) error {
	for more := true; more; {
		err := s.write(ctx, func(x *tx) (err error) {
			more, err = mergeSome(ctx, x, now)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func mergeSome(ctx context.Context, x *tx, now time.Time) (more bool, err error) {
	id, err := mergeOf(ctx, x)
	if err != nil || id == "" {
		return false, err
	}
	var rows []mergeRow
	err = x.all(ctx, &rows, `SELECT s.seq, s.campaign, s.profile, s.gone, s.account, s.position, s.priority, s.degree,
		s.zone, s.fields, s.digest, coalesce(p.id, 0) AS person, coalesce(t.id, 0) AS target
		FROM staged_targets s JOIN campaigns c ON c.key = s.campaign LEFT JOIN people p ON p.profile = s.profile
		LEFT JOIN targets t ON t.campaign_id = c.id AND t.person_id = p.id
		WHERE s.stage = ? ORDER BY s.seq LIMIT ?`, id, mergeChunk)
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		_, err := x.exec(ctx, `UPDATE meta SET value = '' WHERE key = 'merging'`)
		return false, err
	}
	m := &merger{x: x, now: now, campaigns: map[string]*mergeCampaign{}, people: map[string]*personRow{}}
	if err := m.accounts(ctx); err != nil {
		return false, err
	}
	for i := range rows {
		if err := m.row(ctx, &rows[i]); err != nil {
			return false, err
		}
	}
	_, err = x.exec(ctx, `DELETE FROM staged_targets WHERE stage = ? AND seq <= ?`, id, rows[len(rows)-1].Seq)
	return true, err
}

// merger merges staged rows inside one transaction.
type merger struct {
	x         *tx
	now       time.Time
	ids       map[string]int64 // accounts in force by name
	campaigns map[string]*mergeCampaign
	people    map[string]*personRow // added by this merger, by profile
}

// mergeRow is a staged row with what the database has of it.
type mergeRow struct {
	stagedRow
	Person int64 `db:"person"` // 0: new
	Target int64 `db:"target"` // 0: new
}

type mergeCampaign struct {
	campaignRow
	accounts []int64
}

func (m *merger) accounts(ctx context.Context) error {
	var rows []struct {
		ID   int64  `db:"id"`
		Name string `db:"name"`
	}
	err := m.x.all(ctx, &rows, `SELECT id, name FROM accounts WHERE state = 'active'`)
	m.ids = make(map[string]int64, len(rows))
	for _, r := range rows {
		m.ids[r.Name] = r.ID
	}
	return err
}

func (m *merger) campaign(ctx context.Context, key string) (*mergeCampaign, error) {
	if c := m.campaigns[key]; c != nil {
		return c, nil
	}
	c := &mergeCampaign{}
	if err := m.x.get(ctx, &c.campaignRow, `SELECT * FROM campaigns WHERE key = ?`, key); err != nil {
		return nil, err
	}
	for _, name := range c.def().Accounts {
		c.accounts = append(c.accounts, m.ids[name])
	}
	m.campaigns[key] = c
	return c, nil
}

func (m *merger) row(ctx context.Context, r *mergeRow) error {
	c, err := m.campaign(ctx, r.Campaign)
	if err != nil || r.Gone && r.Target == 0 {
		return err
	}
	fresh := r.Person == 0 && m.people[r.Profile] == nil // nobody else wants this person
	p, err := m.person(ctx, r)
	if err != nil {
		return err
	}
	switch {
	case r.Gone:
		err = m.remove(ctx, r.Target)
	case r.Target != 0:
		err = m.change(ctx, c, p, r)
	default:
		err = m.add(ctx, c, p, r)
	}
	if err != nil || fresh {
		return err
	}
	// Other accounts that want this person plan anew.
	_, err = m.x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE dirty = 0 AND state = 'active' AND id IN
		(SELECT account_id FROM targets WHERE person_id = ? AND campaign_id <> ? AND state = 'active')`, p.ID, c.ID)
	return err
}

// person finds or adds a person, and keeps the name and company told last.
func (m *merger) person(ctx context.Context, r *mergeRow) (p *personRow, err error) {
	var f asJSON[Fields]
	if !r.Gone {
		if err := f.Scan(r.Fields); err != nil {
			return nil, err
		}
	}
	if p = m.people[r.Profile]; p == nil && r.Person == 0 {
		p = &personRow{Profile: r.Profile, Name: f.V.Name, Company: f.V.Company}
		p.ID, err = m.x.insert(ctx, `INSERT INTO people (profile, name, company) VALUES (?, ?, ?)`, p.Profile, p.Name, p.Company)
		m.people[r.Profile] = p
		return p, err
	}
	if p == nil {
		p = &personRow{}
		if err := m.x.get(ctx, p, `SELECT * FROM people WHERE id = ?`, r.Person); err != nil {
			return nil, err
		}
	}
	if r.Gone || p.Name == f.V.Name && p.Company == f.V.Company {
		return p, nil
	}
	p.Name, p.Company = f.V.Name, f.V.Company
	_, err = m.x.exec(ctx, `UPDATE people SET name = ?, company = ? WHERE id = ?`, p.Name, p.Company, p.ID)
	return p, err
}

func (m *merger) add(ctx context.Context, c *mergeCampaign, p *personRow, r *mergeRow) error {
	account := m.ids[r.Account]
	t := targetRow{AccountID: &account, State: "active"}
	if !p.SuppressedAt.IsZero() {
		t.State, t.StopReason = "stopped", p.SuppressReason
	}
	var err error
	t.ID, err = m.x.insert(ctx, `INSERT INTO targets (campaign_id, person_id, account_id, position, priority, degree,
		zone, fields, digest, added_at, state, stop_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, p.ID, account, r.Position, r.Priority, r.Degree, r.Zone, r.Fields, r.Digest, on(m.now), t.State, t.StopReason)
	if err != nil {
		return err
	}
	return m.messages(ctx, c, p, &t, nil)
}

// change brings a target to what the file says now. One with something
// released stays on its account, and is held if that is no longer one of the
// campaign's.
func (m *merger) change(ctx context.Context, c *mergeCampaign, p *personRow, r *mergeRow) error {
	t, err := targetByID(ctx, m.x, r.Target)
	if err != nil {
		return err
	}
	var have []messageRow
	if err := m.x.all(ctx, &have, `SELECT * FROM messages WHERE target_id = ?`, t.ID); err != nil {
		return err
	}
	account := m.ids[r.Account]
	if !t.BegunAt.IsZero() && t.AccountID != nil {
		account = *t.AccountID
		switch {
		case !slices.Contains(c.accounts, account):
			t.Blocked = "no_account"
		case t.Blocked == "no_account":
			t.Blocked = ""
		}
	}
	if t.AccountID == nil || *t.AccountID != account {
		// Its open messages move along and lose their slots.
		_, err := m.x.exec(ctx, toQueue+`, account_id = ?
			WHERE target_id = ? AND state IN ('queued', 'scheduled')`, account, t.ID)
		if err != nil {
			return err
		}
	}
	t.AccountID = &account
	switch {
	case t.State == "stopped":
	case !p.SuppressedAt.IsZero():
		t.State, t.StopReason = "stopped", p.SuppressReason
	default:
		t.State = "active"
	}
	_, err = m.x.exec(ctx, `UPDATE targets SET account_id = ?, position = ?, priority = ?, degree = ?, zone = ?,
		fields = ?, digest = ?, blocked = ?, state = ?, stop_reason = ? WHERE id = ?`,
		account, r.Position, r.Priority, r.Degree, r.Zone, r.Fields, r.Digest, t.Blocked, t.State, t.StopReason, t.ID)
	if err != nil {
		return err
	}
	return m.messages(ctx, c, p, t, have)
}

// remove takes a target out: what has not been released is cancelled, the
// rest of its story stays. A stopped one stays stopped.
func (m *merger) remove(ctx context.Context, target int64) error {
	n, err := m.x.exec(ctx, `UPDATE targets SET state = 'removed' WHERE id = ? AND state <> 'stopped'`, target)
	if err != nil || n == 0 {
		return err
	}
	_, err = cancelWaiting(ctx, m.x, "edit", `target_id = ?`, target)
	return err
}
