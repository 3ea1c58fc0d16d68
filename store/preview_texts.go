package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// PreviewQuery says which messages are shown; empty fields do not narrow.
type PreviewQuery struct {
	Campaign string
	Step     string // by name
	Person   string // profile in any spelling, message id or unique prefix
	Limit    int    // the first so many; 0: all
}

// Preview is a message that has not been released, with the texts it may go
// with. Times are in its account's zone.
type Preview struct {
	ID       string     `json:"id"`
	Account  string     `json:"account"`
	Campaign string     `json:"campaign"`
	Target   string     `json:"target"` // canonical profile address
	Name     string     `json:"name"`
	Step     int        `json:"step"` // from 1
	StepName string     `json:"step_name"`
	Priority int        `json:"priority"`
	State    string     `json:"state"`
	At       *time.Time `json:"at"` // its slot; null: none
	// Goes is the kind that goes as things stand: in its slot, or, without one,
	// what its target's priority and degree make of the step.
	Goes limits.Kind `json:"goes"`
	Text
	Else *Text `json:"else"` // what those get who get no InMail; null: the step has none
	// Approval is "" for a campaign that does not ask for it, waiting, or
	// approved.
	Approval   string     `json:"approval"`
	ApprovedAt *time.Time `json:"approved_at"`
	ApprovedBy string     `json:"approved_by"`
}

// Preview renders messages of a campaign that have not been released, as a
// claim would: in the order of its targets, then of the steps.
func (s *Store) Preview(ctx context.Context, q PreviewQuery) (list []Preview, err error) {
	err = s.read(ctx, func(x *tx) error {
		c, err := campaignByName(ctx, x, q.Campaign)
		if err != nil {
			return err
		}
		if q.Step != "" && stepIndex(c.def().Steps, q.Step) < 0 {
			return &NotFoundError{"step of campaign " + c.Name, q.Step}
		}
		ids, err := q.targets(ctx, x, c.ID)
		if err != nil {
			return err
		}
		waiting, err := waitingOf(ctx, x, c, ids, q.Step)
		if err != nil {
			return err
		}
		if q.Limit > 0 && len(waiting) > q.Limit {
			waiting = waiting[:q.Limit]
		}
		list, err = previews(ctx, x, c, waiting)
		return err
	})
	return list, err
}

// targets are those with something to show, as many as can be needed.
func (q *PreviewQuery) targets(ctx context.Context, x *tx, campaign int64) (ids []int64, err error) {
	var person int64
	if q.Person != "" {
		p, err := findPerson(ctx, x, q.Person)
		if err != nil {
			return nil, err
		}
		person = p.ID
	}
	err = x.all(ctx, &ids, `SELECT t.id FROM targets t WHERE t.campaign_id = ? AND t.state = 'active'
		AND (? = 0 OR t.person_id = ?) AND EXISTS (SELECT 1 FROM messages m WHERE m.target_id = t.id
		AND m.state IN ('queued', 'scheduled') AND (? = '' OR m.step = ?)) ORDER BY t.position, t.id LIMIT ?`,
		campaign, person, person, q.Step, q.Step, orAll(q.Limit))
	return ids, err
}

// previews renders messages.
func previews(ctx context.Context, x *tx, c *campaignRow, waiting []waitingMessage) ([]Preview, error) {
	names, err := directoryOf(ctx, x)
	if err != nil {
		return nil, err
	}
	var r texts
	list := make([]Preview, len(waiting))
	for i := range waiting {
		m := &waiting[i]
		fields, err := fieldsOf(m.target, m.profile)
		if err != nil {
			return nil, err
		}
		all, err := r.all(ctx, x, m.step, fields)
		if err != nil {
			return nil, err
		}
		p := Preview{
			ID: m.ID, Campaign: c.Name, Target: m.profile, Name: m.target.Fields.V.Name, Step: m.number, StepName: m.Step,
			Priority: m.target.Priority, State: m.State, Text: all[0], ApprovedBy: m.ApprovedBy,
		}
		if len(all) > 1 {
			p.Else = &all[1]
		}
		if p.Goes, err = m.goes(); err != nil {
			return nil, err
		}
		a := names.accounts[*m.target.AccountID]
		p.Account, p.At = a.Name, orNil(inZone(m.SlotAt.Time, a.zone()))
		if c.def().Approve {
			p.Approval, p.ApprovedAt = "waiting", orNil(inZone(m.ApprovedAt.Time, a.zone()))
			if p.ApprovedAt != nil {
				p.Approval = "approved"
			}
		}
		list[i] = p
	}
	return list, nil
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// waitingMessage is a message that has not been released, with what it is
// rendered from.
type waitingMessage struct {
	messageRow
	target  *targetRow
	profile string
	step    *campaign.Step
	number  int // of the step, from 1
}

// goes is the kind a message goes as, as things stand.
func (m *waitingMessage) goes() (limits.Kind, error) {
	switch {
	case m.Kind != "":
		return limits.ParseKind(m.Kind)
	case m.step.Kind != limits.InMail:
	case m.target.Degree == 1:
		return limits.Message, nil
	case m.step.Else != nil && m.target.Priority < m.step.MinPriority:
		return m.step.Else.Kind, nil
	}
	return m.step.Kind, nil
}

// waitingOf reads the messages of targets of one campaign that have not been
// released, of one step if it is named, in the order of targets and steps.
func waitingOf(ctx context.Context, x *tx, c *campaignRow, ids []int64, step string) (list []waitingMessage, err error) {
	for chunk := range slices.Chunk(ids, approveChunk) {
		var targets []struct {
			targetRow
			Profile string `db:"profile"`
		}
		err := x.in(ctx, &targets, `SELECT t.*, p.profile FROM targets t JOIN people p ON p.id = t.person_id
			WHERE t.id IN (?) AND t.state = 'active'`, chunk)
		if err != nil {
			return nil, err
		}
		at := make(map[int64]int, len(targets))
		for i := range targets {
			at[targets[i].ID] = i
		}
		var rows []messageRow
		if err := x.in(ctx, &rows, `SELECT * FROM messages WHERE target_id IN (?)`, chunk); err != nil {
			return nil, err
		}
		for _, m := range rows {
			i, known := at[m.TargetID]
			def, number := stepByName(c.def(), m.Step)
			if known && def != nil && (m.State == scheduler.Queued || m.State == scheduler.Scheduled) && (step == "" || step == m.Step) {
				list = append(list, waitingMessage{m, &targets[i].targetRow, targets[i].Profile, def, number})
			}
		}
	}
	slices.SortFunc(list, func(a, b waitingMessage) int {
		return cmp.Or(cmp.Compare(a.target.Position, b.target.Position), cmp.Compare(a.target.ID, b.target.ID), cmp.Compare(a.number, b.number))
	})
	return list, nil
}
