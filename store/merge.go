package store

import (
	"context"
	"slices"
	"time"
)

// merger merges staged rows inside one transaction. What is new is collected
// and inserted by flush, many rows in a statement.
type merger struct {
	x         *tx
	now       time.Time
	ids       map[string]int64 // accounts in force by name
	campaigns map[string]*mergeCampaign
	people    map[string]*personRow // of the chunk, by profile; new ones get their ids from flush
	had       map[int64]bool        // persons who were there before the chunk

	barring   barring
	companies map[string]bool // in which others may find more or less room

	lastPerson, lastTarget int64
	newPeople              []*personRow
	newTargets             []newTarget
	newMessages            []messageRow

	texts  texts          // of messages whose approval may lapse
	lapsed map[string]int // approvals taken back, by campaign
}

// mergeRow is a staged row with what the database has of it.
type mergeRow struct {
	stagedRow
	Target int64 `db:"target"` // 0: new
}

type mergeCampaign struct {
	campaignRow
	accounts []int64
}

// prepare reads what merging the rows needs to know.
func (m *merger) prepare(ctx context.Context, id string, rows []mergeRow) error {
	var accounts []struct {
		ID   int64  `db:"id"`
		Name string `db:"name"`
	}
	if err := m.x.all(ctx, &accounts, `SELECT id, name FROM accounts WHERE state = 'active'`); err != nil {
		return err
	}
	m.ids = make(map[string]int64, len(accounts))
	for _, r := range accounts {
		m.ids[r.Name] = r.ID
	}
	var people []personRow
	err := m.x.all(ctx, &people, `SELECT p.* FROM people p WHERE p.profile IN
		(SELECT profile FROM staged_targets WHERE stage = CAST(? AS INTEGER) AND seq <= ?)`, id, rows[len(rows)-1].Seq)
	if err != nil {
		return err
	}
	m.people, m.had = make(map[string]*personRow, len(rows)), make(map[int64]bool, len(people))
	for i := range people {
		m.people[people[i].Profile], m.had[people[i].ID] = &people[i], true
	}
	if err := m.x.get(ctx, &m.lastPerson, `SELECT coalesce(max(id), 0) FROM people`); err != nil {
		return err
	}
	if err := m.x.get(ctx, &m.lastTarget, `SELECT coalesce(max(id), 0) FROM targets`); err != nil {
		return err
	}
	return m.barring.prepare(ctx, m.x)
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
	was := ""
	if p := m.people[r.Profile]; p != nil {
		was = p.CompanyKey
	}
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
	if err != nil || !m.had[p.ID] { // the accounts of who is new in this chunk are dirty since the commit
		return err
	}
	m.companies[was], m.companies[p.CompanyKey] = true, true
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
	if p = m.people[r.Profile]; p == nil {
		p = &personRow{Profile: r.Profile, Name: f.V.Name, Company: f.V.Company}
		p.identify(&f.V)
		m.people[r.Profile] = p
		m.newPeople = append(m.newPeople, p)
		m.barring.told(p)
		return p, nil
	}
	if r.Gone || !p.identify(&f.V) && p.Name == f.V.Name && p.Company == f.V.Company {
		return p, nil
	}
	p.Name, p.Company = f.V.Name, f.V.Company
	m.barring.told(p)
	if m.had[p.ID] { // otherwise flush writes it
		_, err = m.x.exec(ctx, `UPDATE people SET name = ?, company = ?, company_key = ?, domains = ? WHERE id = ?`,
			p.Name, p.Company, p.CompanyKey, p.Domains, p.ID)
	}
	return p, err
}

func (m *merger) add(ctx context.Context, c *mergeCampaign, p *personRow, r *mergeRow) error {
	account := m.ids[r.Account]
	m.lastTarget++
	t := targetRow{ID: m.lastTarget, CampaignID: c.ID, AccountID: &account, State: "active"}
	if !p.SuppressedAt.IsZero() {
		t.State, t.StopReason = "stopped", p.SuppressReason
	}
	m.newTargets = append(m.newTargets, newTarget{&t, p, r.Seq})
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
		country = ?, fields = ?, digest = ?, blocked = ?, state = ?, stop_reason = ? WHERE id = ?`,
		account, r.Position, r.Priority, r.Degree, r.Zone, r.Country, r.Fields, r.Digest, t.Blocked, t.State, t.StopReason, t.ID)
	if err != nil {
		return err
	}
	if err := m.messages(ctx, c, p, t, have); err != nil {
		return err
	}
	return m.lapse(ctx, c, p, t.ID)
}

// remove takes a target out: what has not been released is cancelled, the
// rest of its story stays. A stopped one stays stopped; but if its person is
// suppressed, that keeps them from being written to, whatever comes back.
func (m *merger) remove(ctx context.Context, target int64) error {
	n, err := m.x.exec(ctx, `UPDATE targets SET state = 'removed', stop_reason = '' WHERE id = ?
		AND (state <> 'stopped' OR stop_reason IN `+barred+`)`, target)
	if err != nil || n == 0 {
		return err
	}
	_, err = cancelWaiting(ctx, m.x, "edit", `target_id = ?`, target)
	return err
}
