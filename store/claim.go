package store

import (
	"context"
	"fmt"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// claimBatch bounds the messages of one claim, so that no transaction is long.
const claimBatch = 1000

// Unbounded says of a channel that all that is due may be claimed for it.
const Unbounded = -1

// dueRow is a scheduled message whose slot has come.
type dueRow struct {
	messageRow
	Profile  string  `db:"profile"`
	Suppress Instant `db:"suppressed_at"`
}

// claim is the work on one account inside a Claim.
type claim struct {
	s       *Store
	x       *tx
	now     time.Time
	account *accountRow
	state   *scheduler.State
	book    *limits.Book
	wallet  *limits.Wallet
	version int64
	texts   texts
}

// Claim books the messages that are due at now, in one durable transaction:
// for each one that its limits, its credit and its person still allow, the
// release row, the unit and the credit entry. Only what it returns may be
// handed over. free says how many messages each channel can take (Unbounded:
// all); a channel that is not named takes none. What may not go any more, or
// missed its slot, is planned anew. The account that has waited longest comes
// first, and one whose channel is busy keeps nobody else waiting. Behind the
// messages come the withdrawals that are due.
func (s *Store) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	now = now.Truncate(time.Microsecond) // as it is stored
	var out []scheduler.Release
	err := s.write(ctx, func(x *tx) error {
		out = nil
		if held, err := clockIsHeld(ctx, x, now); err != nil || held {
			return err
		}
		if held, err := quarantined(ctx, x); err != nil || held {
			return err
		}
		if err := narrow(ctx, x, now, free); err != nil {
			return err
		}
		var due []dueAccount
		if err := x.all(ctx, &due, `SELECT m.account_id, min(m.slot_at) AS first FROM messages m
			JOIN accounts a ON a.id = m.account_id WHERE m.state = 'scheduled' AND m.slot_at <= ? AND a.dirty = 0
			GROUP BY m.account_id ORDER BY first, m.account_id`, on(now)); err != nil {
			return err
		}
		left := claimBatch
		for i := 0; i < len(due) && left > 0; i++ {
			got, handled, err := s.claimAccount(ctx, x, now, due[i], left, free)
			if err != nil {
				return err
			}
			out, left = append(out, got...), left-handled
		}
		withdrawals, err := s.claimWithdrawals(ctx, x, now, left, free)
		out = append(out, withdrawals...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claiming what is due: %w", err)
	}
	return out, nil
}

// inGrace says whether a slot may still be made good.
func (c *claim) inGrace(slot time.Time) bool {
	def := c.account.def()
	return c.now.Equal(slot) || c.now.Before(c.s.calendars.of(def).GraceEnds(slot.In(c.account.zone()), time.Duration(def.Grace)))
}

// one claims one message; ok is false if it may not go now.
func (c *claim) one(ctx context.Context, d *dueRow) (r scheduler.Release, ok bool, err error) {
	t, err := targetByID(ctx, c.x, d.TargetID)
	if err != nil {
		return r, false, err
	}
	camp, err := campaignByID(ctx, c.x, t.CampaignID)
	if err != nil {
		return r, false, err
	}
	step, number := stepByName(camp.def(), d.Step)
	if step == nil || !c.allowed(d, t, camp) {
		return r, false, nil
	}
	for _, asks := range []func(context.Context, *dueRow, *targetRow, *campaignRow) (bool, error){c.free, c.colleagues, c.welcome} {
		if ok, err := asks(ctx, d, t, camp); err != nil || !ok {
			return r, false, err
		}
	}
	kind, err := limits.ParseKind(d.Kind)
	if err != nil {
		return r, false, err
	}
	if ok, err := c.approved(ctx, step, d, t, camp); err != nil || !ok {
		return r, false, err
	}
	subject, body, err := c.render(ctx, step, d, t)
	if err != nil {
		return r, false, fmt.Errorf("message %s: %w", d.ID, err)
	}
	u := limits.Unit{At: d.SlotAt.Time, Kind: kind, Noted: kind == limits.Connect && body != ""}
	if !c.book.Ask(kind, u.Noted, u.At).OK || !c.book.Ask(kind, u.Noted, c.now).OK {
		return r, false, nil
	}
	lot := -1
	if kind == limits.InMail {
		if lot, err = c.wallet.Spend(c.now); err != nil {
			return r, false, nil // the credit planned for it is gone
		}
	}
	// Not the tries: many a "not sent" uses none, and retry sets them back.
	key, err := nextKey(ctx, c.x, d.ID)
	if err != nil {
		return r, false, err
	}
	c.book.Take(u)
	used, cap := c.book.Usage(u.At)
	r = scheduler.Release{
		Message: d.ID, Key: key, Channel: c.account.def().Channel,
		Account: c.account.Name, Campaign: camp.Name, Target: d.Profile, Name: t.Fields.V.Name,
		Step: number, Kind: kind, Priority: t.Priority,
		SlotAt: u.At.In(c.account.zone()), ReleasedAt: c.now.In(c.account.zone()),
		Subject: subject, Body: body, UsedToday: used, CapToday: cap, CreditsLeft: c.wallet.Balance(),
	}
	return r, true, c.record(ctx, d, t, u, lot, &r)
}

// allowed asks what the database knows and the limits do not.
func (c *claim) allowed(d *dueRow, t *targetRow, camp *campaignRow) bool {
	return c.inGrace(d.SlotAt.Time) && c.state.Stopped == limits.Ready && camp.stopped() == limits.Ready &&
		d.Suppress.IsZero() && t.State == "active" && t.Blocked == ""
}

// render fills the step's template with the target's fields.
func (c *claim) render(ctx context.Context, step *campaign.Step, d *dueRow, t *targetRow) (subject, body string, err error) {
	fields, err := fieldsOf(t, d.Profile)
	if err != nil {
		return "", "", err
	}
	text, err := c.texts.render(ctx, c.x, step, d.IsElse, fields)
	return text.Subject, text.Body, err
}

// record writes the release, its unit and its credit.
func (c *claim) record(ctx context.Context, d *dueRow, t *targetRow, u limits.Unit, lot int, r *scheduler.Release) (err error) {
	var lotID *int64
	if lot >= 0 {
		lotID = &c.wallet.Lots()[lot].ID
	}
	r.ID, err = c.x.insert(ctx, `INSERT INTO releases (message_id, account_id, person_id, target_id, campaign_id,
		channel, slot_at, released_at, kind, noted, key, subject, body, step, step_no, priority, zone, country, lot_id,
		config_version, used, cap, credits_left, limits, before_step, before_at)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		d.ID, c.account.ID, t.PersonID, t.ID, t.CampaignID, r.Channel, d.SlotAt, on(c.now), d.Kind, u.Noted,
		r.Key, r.Subject, r.Body, d.Step, r.Step, r.Priority, t.Zone, t.Country, lotID, c.version, r.UsedToday, r.CapToday,
		r.CreditsLeft, asJSON[[]limits.Answer]{V: c.book.AskAll(u.Kind, u.Noted, u.At)}, t.LastStep, t.LastAt)
	if err != nil {
		return err
	}
	_, err = c.x.exec(ctx, `INSERT INTO units (account_id, at, kind, noted, amount, release_id, recorded_at)
		VALUES (?,?,?,?,1,?,?)`, c.account.ID, d.SlotAt, d.Kind, u.Noted, r.ID, on(c.now))
	if err == nil && lotID != nil {
		err = c.spend(ctx, *lotID, d.SlotAt, r)
	}
	if err == nil {
		_, err = c.x.exec(ctx, `UPDATE messages SET state = 'released' WHERE id = ?`, d.ID)
	}
	if err == nil {
		_, err = c.x.exec(ctx, `UPDATE targets SET last_step = ?, last_at = ?, begun_at = coalesce(begun_at, ?)
			WHERE id = ?`, d.Step, d.SlotAt, d.SlotAt, t.ID)
	}
	return err
}

// spend takes the credit out of its lot.
func (c *claim) spend(ctx context.Context, lot int64, slot Instant, r *scheduler.Release) error {
	if _, err := c.x.exec(ctx, `UPDATE lots SET remaining = remaining - 1 WHERE id = ?`, lot); err != nil {
		return err
	}
	_, err := c.x.exec(ctx, `INSERT INTO entries (account_id, at, change, balance, reason, lot_id, message_id, release_id, recorded_at)
		VALUES (?,?,-1,?,'spend',?,?,?,?)`, c.account.ID, slot, r.CreditsLeft, lot, r.Message, r.ID, on(c.now))
	return err
}

// stepByName finds a step and its number, from 1.
func stepByName(c *campaign.Campaign, name string) (*campaign.Step, int) {
	i := stepIndex(c.Steps, name)
	if i < 0 {
		return nil, 0
	}
	return &c.Steps[i], i + 1
}

// fieldsOf are what templates see of a stored target.
func fieldsOf(t *targetRow, profile string) (map[string]string, error) {
	f := t.Fields.V
	target := campaign.Target{
		Profile: profile, Name: f.Name, FirstName: f.FirstName, LastName: f.LastName,
		Company: f.Company, Title: f.Title, Degree: t.Degree, Country: t.Country, Extra: f.Extra,
	}
	if t.Zone != "" {
		zone, err := campaign.ParseZone(t.Zone)
		if err != nil {
			return nil, err
		}
		target.Zone = zone
	}
	return target.Fields(t.Priority), nil
}
