package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"outpace/limits"
)

// MessageQuery narrows what Messages returns; empty fields do not.
type MessageQuery struct {
	Account, Campaign string
	Person            string    // profile in any spelling, message id or unique prefix
	States            []string  // of scheduler's
	From, To          time.Time // slots in [From, To); messages without one are left out then
	Limit             int       // the soonest so many; 0: all
}

// MessageInfo is a message in any state, with the names of what it belongs to.
// Times are in its account's zone.
type MessageInfo struct {
	ID       string
	SlotAt   time.Time      // zero: none
	Zone     *time.Location // its account's; UTC without one
	Account  string         // empty: none
	Campaign string
	Target   string // canonical profile address
	Name     string
	Step     int // number of the step, from 1; 0: its campaign no longer has it
	StepName string
	Kind     limits.Kind // planned or released; the step's while it waits
	Else     bool        // the step's else took its place
	Priority int
	State    string
	Held     limits.Held // why its slot is not earlier
	Reason   string      // why it was cancelled
	Tries    int         // certain "not sent" so far
	RetryAt  time.Time   // zero: at once
	Stopped  string      // why its target was stopped; empty: it was not

	ApprovedAt time.Time // when a person approved its texts; zero: nobody has
	ApprovedBy string
}

// infoRow is a MessageInfo as it is read.
type infoRow struct {
	messageRow
	CampaignID int64  `db:"campaign_id"`
	Profile    string `db:"profile"`
	Name       string `db:"name"`
	Priority   int    `db:"priority"`
	Stopped    string `db:"stop_reason"`
}

// Messages lists messages, those with a slot first, soonest first, in the order
// in which they are claimed.
func (s *Store) Messages(ctx context.Context, q MessageQuery) ([]MessageInfo, error) {
	var list []MessageInfo
	err := s.read(ctx, func(x *tx) error {
		where, args, err := q.where(ctx, x)
		if err != nil {
			return err
		}
		var rows []infoRow
		err = x.all(ctx, &rows, `SELECT m.*, t.campaign_id, p.profile, p.name, t.priority, t.stop_reason
			FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
			JOIN campaigns c ON c.id = t.campaign_id LEFT JOIN accounts a ON a.id = m.account_id
			WHERE `+where+` ORDER BY m.slot_at IS NULL, m.slot_at, a.position, m.place,
			c.position, t.position, m.id LIMIT ?`, append(args, orAll(q.Limit))...)
		if err != nil {
			return err
		}
		list, err = infos(ctx, x, rows)
		return err
	})
	return list, err
}

// orAll is a LIMIT: -1 for all.
func orAll(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

func (q *MessageQuery) where(ctx context.Context, x *tx) (string, []any, error) {
	clauses, args := []string{"1 = 1"}, []any{}
	and := func(clause string, values ...any) {
		clauses, args = append(clauses, clause), append(args, values...)
	}
	if q.Account != "" {
		a, err := accountByName(ctx, x, q.Account)
		if err != nil {
			return "", nil, err
		}
		and("m.account_id = ?", a.ID)
	}
	if q.Campaign != "" {
		c, err := campaignByName(ctx, x, q.Campaign)
		if err != nil {
			return "", nil, err
		}
		and("t.campaign_id = ?", c.ID)
	}
	if q.Person != "" {
		p, err := findPerson(ctx, x, q.Person)
		if err != nil {
			return "", nil, err
		}
		and("t.person_id = ?", p.ID)
	}
	if len(q.States) > 0 {
		names := make([]any, len(q.States))
		for i, state := range q.States {
			names[i] = state
		}
		and("m.state IN (?"+strings.Repeat(",?", len(names)-1)+")", names...)
	}
	if !q.From.IsZero() {
		and("m.slot_at >= ?", on(q.From))
	}
	if !q.To.IsZero() {
		and("m.slot_at < ?", on(q.To))
	}
	return strings.Join(clauses, " AND "), args, nil
}

// infos gives rows their names and zones.
func infos(ctx context.Context, x *tx, rows []infoRow) ([]MessageInfo, error) {
	names, err := directoryOf(ctx, x)
	if err != nil {
		return nil, err
	}
	list := make([]MessageInfo, len(rows))
	for i := range rows {
		if list[i], err = rows[i].info(names); err != nil {
			return nil, fmt.Errorf("message %s: %w", rows[i].ID, err)
		}
	}
	return list, nil
}

func (r *infoRow) info(names *directory) (m MessageInfo, err error) {
	c := names.campaigns[r.CampaignID]
	m = MessageInfo{
		ID: r.ID, Campaign: c.Name, Target: r.Profile, Name: r.Name, StepName: r.Step, Else: r.IsElse,
		Priority: r.Priority, State: r.State, Reason: r.Reason, Tries: r.Tries, Stopped: r.Stopped,
	}
	zone := time.UTC
	if r.AccountID != nil {
		m.Account, zone = names.accounts[*r.AccountID].Name, names.accounts[*r.AccountID].zone()
	}
	m.Zone = zone
	m.SlotAt, m.RetryAt = inZone(r.SlotAt.Time, zone), inZone(r.RetryAt.Time, zone)
	m.ApprovedAt, m.ApprovedBy = inZone(r.ApprovedAt.Time, zone), r.ApprovedBy
	if i := stepIndex(c.def().Steps, r.Step); i >= 0 {
		m.Step, m.Kind = i+1, c.def().Steps[i].Kind
	}
	if r.Kind != "" {
		if m.Kind, err = limits.ParseKind(r.Kind); err != nil {
			return m, err
		}
	}
	if r.Held != "" {
		m.Held, err = limits.ParseHeld(r.Held)
	}
	return m, err
}
