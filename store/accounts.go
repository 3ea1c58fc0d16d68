package store

import (
	"context"
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// strictAfterMove is how long every meaning of "today" holds after an account
// changed its zone, so that a move never gains quota.
const strictAfterMove = 48 * time.Hour

// accounts writes the accounts of a set. What it calls for an account reads
// the definition that was in force before.
func (c *commit) accounts(ctx context.Context) error {
	for _, row := range c.r.goneAccounts {
		_, err := c.x.exec(ctx, `UPDATE accounts SET state = 'removed', dirty = 0 WHERE id = ?`, row.ID)
		if err != nil {
			return err
		}
		// What it had planned has no account now.
		_, err = c.x.exec(ctx, toQueue+` WHERE account_id = ? AND state = 'scheduled'`, row.ID)
		if err == nil {
			_, _, err = reconsider(ctx, c.x, c.now, `r.account_id = ?`, row.ID)
		}
		if err == nil {
			_, err = c.x.exec(ctx, `UPDATE withdrawals SET state = 'cancelled', reason = 'edit', done_at = ?, ask_at = NULL
				WHERE account_id = ? AND state IN ('waiting', 'open')`, on(c.now), row.ID)
		}
		if err != nil {
			return err
		}
	}
	for i := range c.r.accounts {
		e := &c.r.accounts[i]
		var err error
		switch {
		case e.row == nil:
			err = c.newAccount(ctx, e)
		case e.changed:
			err = c.changeAccount(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	return c.channelsOff(ctx)
}

func (c *commit) newAccount(ctx context.Context, e *accountEntry) error {
	key := e.def.Name
	if e.def.Was != "" {
		key = e.def.Was
	}
	id, err := c.x.insert(ctx, `INSERT INTO accounts (name, key, def, position, first_applied_at, wallet_through, pending_opening, dirty)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1)`, e.def.Name, key, e.text, e.position, on(c.now), on(c.now), told(e.def.Opening.Pending))
	if err != nil {
		return err
	}
	if err := c.remember(ctx, "account", id, e.text); err != nil {
		return err
	}
	if err := c.openUnits(ctx, id, e.def); err != nil {
		return err
	}
	return openLots(ctx, c.x, id, e.def, c.now)
}

// told is an opening number, 0 if it was not told.
func told(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// openUnits counts what an account sent before its first apply: what it sent
// today as sent today, its connection requests of the last 7 days just before,
// so that they leave the week as late as possible and are not counted in the
// day a second time. Nobody told which of them carried a note: those of this
// month do, unless the month is a day old, when they are today's.
func (c *commit) openUnits(ctx context.Context, id int64, def *campaign.Account) error {
	today, before := c.openDay(def)
	sent, week, noted := told(def.Opening.SentToday), told(def.Opening.Connects7d), told(def.Opening.Noted)
	notedAt := before
	if limits.DateStart(c.now.In(def.Zone.Loc()).Year(), c.now.In(def.Zone.Loc()).Month(), 1, def.Zone.Loc()).After(before) {
		notedAt, sent = today, max(sent-noted, 0)
	}
	for _, u := range []struct {
		at    time.Time
		kind  limits.Kind
		noted bool
		n     int
	}{
		{today, limits.Message, false, sent},
		{before, limits.Connect, false, max(week-noted, 0)},
		{notedAt, limits.Connect, true, noted},
	} {
		if u.n == 0 {
			continue
		}
		_, err := c.x.exec(ctx, `INSERT INTO units (account_id, at, kind, noted, manual, amount, recorded_at, note)
			VALUES (?, ?, ?, ?, 1, ?, ?, 'opening')`, id, on(u.at), u.kind.String(), u.noted, u.n, on(c.now))
		if err != nil {
			return err
		}
	}
	return nil
}

// openDay gives the latest instants that surely count today, and surely not,
// in the account's day mode.
func (c *commit) openDay(def *campaign.Account) (today, before time.Time) {
	start := limits.DayStart(c.now, def.Zone.Loc())
	before = start.Add(-time.Microsecond)
	if def.Day == limits.Local {
		return start, before
	}
	if rolling := c.now.Add(-24 * time.Hour); rolling.Before(before) {
		before = rolling
	}
	return c.now, before
}

// changeAccount writes a changed definition, and what a change must not gain.
func (c *commit) changeAccount(ctx context.Context, e *accountEntry) error {
	row, old := e.row, e.row.def()
	strictUntil := row.StrictUntil
	if !old.Zone.Equal(e.def.Zone) {
		strictUntil = on(c.now.Add(strictAfterMove))
	}
	// Both meanings of today end before a higher cap begins.
	r := limits.Rules{
		Plan: e.def.Plan, DailyCap: e.def.DailyCap, Zone: e.def.Zone.Loc(), Day: e.def.Day, StrictUntil: strictUntil.Time,
		HeldCap: row.HeldCap, HeldUntil: row.HeldUntil.Time,
	}
	r.Raise(dailyCap(old), c.now)
	if err := closeCredits(ctx, c.x, row, e.def, c.now); err != nil {
		return err
	}
	if row.Def.text != e.text {
		if err := c.remember(ctx, "account", row.ID, e.text); err != nil {
			return err
		}
	}
	_, err := c.x.exec(ctx, `UPDATE accounts SET name = ?, def = ?, position = ?, state = 'active', dirty = 1,
		held_cap = ?, held_until = ?, strict_until = ? WHERE id = ?`,
		e.def.Name, e.text, e.position, r.HeldCap, on(r.HeldUntil), strictUntil, row.ID)
	if err == nil && old.Channel != e.def.Channel {
		_, err = c.x.exec(ctx, `UPDATE accounts SET channel_off_reason = '' WHERE id = ?`, row.ID)
	}
	return err
}
