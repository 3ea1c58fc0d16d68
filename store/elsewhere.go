package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// Elsewhere is a release that another database made, of which this one is an
// older copy.
type Elsewhere struct {
	Message    string
	Key        string    // ''; not known
	SlotAt     time.Time // zero: as planned here, or the end of the quarantine
	ReleasedAt time.Time // zero: at its slot
	Kind       string    // '': as planned here
	Subject    string
	Body       string
	Unknown    bool // it may have been sent, and nobody can tell
}

// Booked is what became of an Elsewhere.
type Booked struct {
	Message string `json:"message"`
	What    string `json:"what"` // sent, unknown, known (it was recorded already)
}

// BookElsewhere records releases of another database as if they had been made
// here: release, unit, credit, and where the sequence goes on. It needs a
// quarantine.
func (s *Store) BookElsewhere(ctx context.Context, now time.Time, list []Elsewhere) (out []Booked, err error) {
	now = now.Truncate(time.Microsecond)
	err = s.write(ctx, func(x *tx) error {
		out = nil
		q, err := quarantineOf(ctx, x)
		if err == nil && !q.Held() {
			err = ErrNoQuarantine
		}
		if err != nil {
			return err
		}
		for i := range list {
			b, err := s.bookElsewhere(ctx, x, q, &list[i], now)
			if err != nil {
				return fmt.Errorf("message %s: %w", list[i].Message, err)
			}
			out = append(out, b)
		}
		return nil
	})
	return out, err
}

func (s *Store) bookElsewhere(ctx context.Context, x *tx, q Quarantine, e *Elsewhere, now time.Time) (b Booked, err error) {
	m, err := messageByPrefix(ctx, x, e.Message)
	if err != nil {
		return b, err
	}
	b = Booked{m.ID, "known"}
	rel, err := s.elsewhere(ctx, x, q, m, e, now)
	if err != nil || rel == nil {
		return b, err
	}
	rep := scheduler.Report{Release: rel.ID, At: rel.ReleasedAt.Time, Outcome: scheduler.WasSent, Detail: q.Cause}
	b.What = "sent"
	if e.Unknown {
		rep.Outcome, b.What = scheduler.CannotTell, "unknown"
	}
	if _, err := s.settle(ctx, x, rel, rep, now); err != nil {
		return b, err
	}
	_, err = x.exec(ctx, `UPDATE doubts SET answer = ? WHERE quarantine_id = ? AND message_id = ?`, b.What, q.ID, m.ID)
	if err == nil {
		_, err = x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ? AND state = 'active'`, rel.AccountID)
	}
	return b, err
}

// elsewhere is the open release that stands for one of another database: one
// that was open in the copy already, or a new one. nil: the message is sent, or
// its effect unknown, here too.
func (s *Store) elsewhere(ctx context.Context, x *tx, q Quarantine, m *messageRow, e *Elsewhere, now time.Time) (*releaseRow, error) {
	var rel releaseRow
	switch m.State {
	case scheduler.Sent, scheduler.Unknown:
		return nil, nil
	case scheduler.Released:
		found, err := x.find(ctx, &rel, `SELECT * FROM releases WHERE message_id = ? AND state = 'open'`, m.ID)
		if err != nil || !found {
			return nil, err
		}
		return &rel, nil
	case scheduler.Failed, scheduler.Cancelled:
		if _, err := x.exec(ctx, toQueue+` WHERE id = ?`, m.ID); err != nil {
			return nil, err
		}
	}
	r, err := s.claimElsewhere(ctx, x, q, m, e, now)
	if err != nil {
		return nil, err
	}
	return &rel, x.get(ctx, &rel, `SELECT * FROM releases WHERE id = ?`, r.ID)
}

// plannedRow is where a message stood when the quarantine began.
type plannedRow struct {
	Account int64   `db:"account_id"`
	SlotAt  Instant `db:"slot_at"`
	Kind    string  `db:"kind"`
	IsElse  bool    `db:"is_else"`
}

// claimElsewhere writes what the claim of the other database wrote, as far as
// it is known. It asks no limit: what went out counts.
func (s *Store) claimElsewhere(ctx context.Context, x *tx, q Quarantine, m *messageRow, e *Elsewhere, now time.Time) (*scheduler.Release, error) {
	t, err := targetByID(ctx, x, m.TargetID)
	if err != nil {
		return nil, err
	}
	camp, err := campaignByID(ctx, x, t.CampaignID)
	if err != nil {
		return nil, err
	}
	step, number := stepByName(camp.def(), m.Step)
	if step == nil {
		return nil, fmt.Errorf("its step %q is not in the file any more: apply the file of that time first", m.Step)
	}
	var p plannedRow
	if _, err := x.find(ctx, &p, `SELECT account_id, slot_at, kind, is_else FROM doubts WHERE quarantine_id = ? AND message_id = ?`, q.ID, m.ID); err != nil {
		return nil, err
	}
	d, err := e.due(q, m, t, step, &p)
	if err != nil {
		return nil, err
	}
	if _, err := x.exec(ctx, `UPDATE messages SET state = 'scheduled', slot_at = ?, kind = ?, is_else = ?, account_id = ?, retry_at = NULL
		WHERE id = ?`, d.SlotAt, d.Kind, d.IsElse, *d.AccountID, m.ID); err != nil {
		return nil, err
	}
	c := &claim{s: s, x: x, now: d.SlotAt.Time}
	if !e.ReleasedAt.IsZero() {
		c.now = on(e.ReleasedAt).micro()
	}
	if c.account, err = accountByID(ctx, x, *d.AccountID); err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	r, lot, err := c.elsewhere(ctx, e, d, t, camp, step, number)
	if err != nil {
		return nil, err
	}
	u := limits.Unit{At: d.SlotAt.Time, Kind: r.Kind, Noted: r.Kind == limits.Connect && r.Body != ""}
	c.book.Take(u)
	r.UsedToday, r.CapToday = c.book.Usage(u.At)
	if err := c.record(ctx, d, t, u, lot, r); err != nil {
		return nil, err
	}
	_, err = x.exec(ctx, `UPDATE releases SET reconciled_at = ? WHERE id = ?`, on(now), r.ID)
	return r, err
}

// due is the message as it was claimed elsewhere.
func (e *Elsewhere) due(q Quarantine, m *messageRow, t *targetRow, step *campaign.Step, p *plannedRow) (*dueRow, error) {
	d := &dueRow{messageRow: *m}
	d.SlotAt, d.Kind, d.IsElse = on(e.SlotAt), e.Kind, p.IsElse || m.IsElse
	if d.SlotAt.IsZero() {
		d.SlotAt = p.SlotAt
	}
	if d.SlotAt.IsZero() {
		d.SlotAt = on(q.Until)
	}
	for _, kind := range []string{p.Kind, m.Kind, step.Kind.String()} {
		if d.Kind == "" {
			d.Kind = kind
		}
	}
	switch {
	case m.AccountID != nil:
	case t.AccountID != nil:
		d.AccountID = t.AccountID
	case p.Account != 0:
		d.AccountID = &p.Account
	default:
		return nil, errors.New("nobody knows its account")
	}
	return d, nil
}

// elsewhere is the release itself, and the lot its credit comes from (-1:
// none).
func (c *claim) elsewhere(ctx context.Context, e *Elsewhere, d *dueRow, t *targetRow, camp *campaignRow, step *campaign.Step, number int) (*scheduler.Release, int, error) {
	kind, err := limits.ParseKind(d.Kind)
	if err != nil {
		return nil, 0, err
	}
	if err := c.x.get(ctx, &d.Profile, `SELECT profile FROM people WHERE id = ?`, t.PersonID); err != nil {
		return nil, 0, err
	}
	subject, body := e.Subject, e.Body
	if e.Key == "" {
		if subject, body, err = c.render(ctx, step, d, t); err != nil {
			return nil, 0, err
		}
	}
	key := e.Key
	if key == "" {
		var before int
		if err := c.x.get(ctx, &before, `SELECT count(*) FROM releases WHERE message_id = ?`, d.ID); err != nil {
			return nil, 0, err
		}
		key = fmt.Sprintf("%s-%d", d.ID, before)
	}
	lot := -1
	if kind == limits.InMail {
		if n, err := c.wallet.Spend(c.now); err == nil {
			lot = n // without one the platform's number decides: credits set
		}
	}
	return &scheduler.Release{
		Message: d.ID, Key: key, Channel: c.account.def().Channel, Account: c.account.Name, Campaign: camp.Name,
		Target: d.Profile, Name: t.Fields.V.Name, Step: number, Kind: kind, Priority: t.Priority,
		SlotAt: d.SlotAt.Time, ReleasedAt: c.now, Subject: subject, Body: body, CreditsLeft: c.wallet.Balance(),
	}, lot, nil
}
