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

// plannedRow is where a message stood when the quarantine began.
type plannedRow struct {
	Account int64   `db:"account_id"`
	SlotAt  Instant `db:"slot_at"`
	Kind    string  `db:"kind"`
	IsElse  bool    `db:"is_else"`
}

// claimElsewhere writes what the claim of the other database wrote, as far as
// it is known. It asks no limit: what went out counts.
func (s *Store) claimElsewhere(ctx context.Context, x *tx, q *booking, m *messageRow, e *Elsewhere, now time.Time) (*scheduler.Release, error) {
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
	d := e.due(q, m, t, step, &p)
	if d.AccountID == nil {
		if d.AccountID, err = firstAccount(ctx, x, camp); err != nil {
			return nil, err
		}
	}
	if _, err := x.exec(ctx, `UPDATE messages SET state = 'scheduled', slot_at = ?, kind = ?, is_else = ?, account_id = ?, retry_at = NULL
		WHERE id = ?`, d.SlotAt, d.Kind, d.IsElse, *d.AccountID, m.ID); err != nil {
		return nil, err
	}
	c, err := q.claim(ctx, s, x, e, d)
	if err != nil {
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
	if stepIndex(camp.def().Steps, t.LastStep) > number-1 { // the sequence is farther already
		if _, err := x.exec(ctx, `UPDATE targets SET last_step = ?, last_at = ? WHERE id = ?`, t.LastStep, t.LastAt, t.ID); err != nil {
			return nil, err
		}
	}
	_, err = x.exec(ctx, `UPDATE releases SET reconciled_at = ? WHERE id = ?`, on(now), r.ID)
	return r, err
}

// nextKey is the key of a message's next release: its id and a number that no
// release of it had, in this database or, as far as it was told, in another.
func nextKey(ctx context.Context, x *tx, message string) (string, error) {
	var n int
	err := x.get(ctx, &n, `SELECT max(count(*), coalesce(max(CAST(substr(key, length(message_id) + 2) AS INTEGER)) + 1, 0))
		FROM releases WHERE message_id = ?`, message)
	return fmt.Sprintf("%s-%d", message, n), err
}

// due is the message as it was claimed elsewhere.
func (e *Elsewhere) due(q *booking, m *messageRow, t *targetRow, step *campaign.Step, p *plannedRow) *dueRow {
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
	}
	return d
}

// firstAccount is the first account of a campaign, for a target that has none
// here.
func firstAccount(ctx context.Context, x *tx, camp *campaignRow) (*int64, error) {
	for _, name := range camp.def().Accounts {
		a, err := accountByName(ctx, x, name)
		if err == nil {
			return &a.ID, nil
		}
		var missing *NotFoundError
		if !errors.As(err, &missing) {
			return nil, err
		}
	}
	return nil, errors.New("nobody knows its account")
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
	var taken bool
	if err := c.x.get(ctx, &taken, `SELECT ? = '' OR EXISTS (SELECT 1 FROM releases WHERE key = ?)`, key, key); err != nil {
		return nil, 0, err
	}
	if taken {
		if key, err = nextKey(ctx, c.x, d.ID); err != nil {
			return nil, 0, err
		}
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
