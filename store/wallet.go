package store

import (
	"context"
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// Wallets read lots this long after nothing is left of them, for they say
// which months had their grant, and spends of the cycle before.
const (
	lotMemory   = 400 * 24 * time.Hour
	spendMemory = 63 * 24 * time.Hour
)

type lotRow struct {
	ID        int64   `db:"id"`
	AccountID int64   `db:"account_id"`
	Source    string  `db:"source"`
	Cycle     string  `db:"cycle"`
	GrantedAt Instant `db:"granted_at"`
	ExpiresAt Instant `db:"expires_at"`
	Amount    int     `db:"amount"`
	Remaining int     `db:"remaining"`
}

func (l *lotRow) lot() limits.Lot {
	return limits.Lot{
		ID: l.ID, Cycle: l.Cycle, GrantedAt: l.GrantedAt.Time, ExpiresAt: l.ExpiresAt.Time,
		Amount: l.Amount, Left: l.Remaining, Source: limits.Source(l.Source),
	}
}

// wallet is an account's credits as they stand at now. What is due by then
// happens in memory, unless the clock is not trusted.
func wallet(ctx context.Context, x *tx, a *accountRow, now time.Time) (*limits.Wallet, error) {
	w, err := storedWallet(ctx, x, a)
	if err != nil {
		return nil, err
	}
	held, err := clockIsHeld(ctx, x, now)
	if err == nil && !held {
		w.Advance(now)
	}
	return w, err
}

// storedWallet is an account's credits as the database has them, through
// wallet_through.
func storedWallet(ctx context.Context, x *tx, a *accountRow) (*limits.Wallet, error) {
	through := a.WalletThrough.Time
	var rows []lotRow
	err := x.all(ctx, &rows, `SELECT * FROM lots WHERE account_id = ? AND (remaining > 0 OR granted_at > ?)
		ORDER BY id`, a.ID, on(through.Add(-lotMemory)))
	if err != nil {
		return nil, err
	}
	lots := make([]limits.Lot, len(rows))
	for i := range rows {
		lots[i] = rows[i].lot()
	}
	var slots []Instant
	err = x.all(ctx, &slots, `SELECT slot_at FROM releases WHERE account_id = ? AND slot_at > ?
		AND lot_id IS NOT NULL AND state <> 'not_sent' ORDER BY slot_at`, a.ID, on(through.Add(-spendMemory)))
	if err != nil {
		return nil, err
	}
	spends := make([]time.Time, len(slots))
	for i := range slots {
		spends[i] = slots[i].Time
	}
	def := a.def()
	return limits.NewWallet(def.Plan.InMail, def.RenewalDay, a.zone(), a.FirstAppliedAt.Time, through, lots, spends), nil
}

// creditsDue grants and expires in the database what is due by now, unless the
// clock is not trusted. Each grant happens once: lots are unique by account and
// month.
func creditsDue(ctx context.Context, x *tx, a *accountRow, now time.Time) error {
	if held, err := clockIsHeld(ctx, x, now); err != nil || held {
		return err
	}
	w, err := storedWallet(ctx, x, a)
	if err != nil {
		return err
	}
	entries := w.Advance(now)
	// What was to expire may have been spent: then only the next instant moves.
	if len(entries) == 0 && (a.WalletNextAt.IsZero() || now.Before(a.WalletNextAt.Time)) {
		return nil
	}
	a.WalletThrough = on(w.Through())
	return writeCredits(ctx, x, a.ID, w, entries, now)
}

// creditsDueOf is creditsDue for an account by id.
func creditsDueOf(ctx context.Context, x *tx, account int64, now time.Time) error {
	a, err := accountByID(ctx, x, account)
	if err != nil {
		return err
	}
	return creditsDue(ctx, x, a, now)
}

// closeCredits does what is due under the definition an account had, before
// another one comes into force: no grant is reckoned by rules that did not
// hold then. Another plan takes the old one's credits and brings its own.
func closeCredits(ctx context.Context, x *tx, a *accountRow, next *campaign.Account, now time.Time) error {
	w, err := storedWallet(ctx, x, a)
	if err != nil {
		return err
	}
	var entries []limits.Entry
	if next.Plan.Name != a.def().Plan.Name {
		entries = w.ChangePlan(now, next.Plan.InMail, next.RenewalDay, next.Zone.Loc())
	} else {
		entries = w.Advance(now)
	}
	return writeCredits(ctx, x, a.ID, w, entries, now)
}

// openLots gives a new account the credits it starts with.
func openLots(ctx context.Context, x *tx, account int64, def *campaign.Account, now time.Time) error {
	balance := 0
	for _, l := range limits.OpeningLots(def.Plan.InMail, def.RenewalDay, def.Zone.Loc(), now, def.Opening.Credits) {
		if err := writeLot(ctx, x, account, &l); err != nil {
			return err
		}
		balance += l.Left
		_, err := x.exec(ctx, `INSERT INTO entries (account_id, at, change, balance, reason, lot_id, recorded_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, account, on(now), l.Left, balance, limits.ReasonOpening, l.ID, on(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// writeCredits stores what a wallet did: its new lots, what is left of the
// others, the entries, and up to when.
func writeCredits(ctx context.Context, x *tx, account int64, w *limits.Wallet, entries []limits.Entry, now time.Time) error {
	lots := w.Lots()
	done := map[int]bool{}
	for _, e := range entries {
		if !done[e.Lot] {
			done[e.Lot] = true
			if err := writeLot(ctx, x, account, &lots[e.Lot]); err != nil {
				return err
			}
		}
		_, err := x.exec(ctx, `INSERT INTO entries (account_id, at, change, balance, reason, lot_id, recorded_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, account, on(e.At), e.Change, e.Balance, e.Reason, lots[e.Lot].ID, on(now))
		if err != nil {
			return err
		}
	}
	for i := range lots { // one without entries says that its month had its grant
		if lots[i].ID == 0 {
			if err := writeLot(ctx, x, account, &lots[i]); err != nil {
				return err
			}
		}
	}
	_, err := x.exec(ctx, `UPDATE accounts SET wallet_through = ? WHERE id = ?`, on(w.Through()), account)
	if err != nil {
		return err
	}
	return setWalletNext(ctx, x, account, w)
}

// setWalletNext notes when housekeeping must look at an account's credits.
func setWalletNext(ctx context.Context, x *tx, account int64, w *limits.Wallet) error {
	_, err := x.exec(ctx, `UPDATE accounts SET wallet_next_at = ? WHERE id = ?`, on(walletNext(w)), account)
	return err
}

// walletNext is when credits are granted or expire next; zero: never.
func walletNext(w *limits.Wallet) time.Time {
	next := w.Next()
	if at, n := w.NextExpiry(); n > 0 && (next.IsZero() || at.Before(next)) {
		next = at
	}
	return next
}

// writeLot stores a lot and gives a new one its id.
func writeLot(ctx context.Context, x *tx, account int64, l *limits.Lot) (err error) {
	if l.ID != 0 {
		_, err = x.exec(ctx, `UPDATE lots SET remaining = ? WHERE id = ?`, l.Left, l.ID)
		return err
	}
	l.ID, err = x.insert(ctx, `INSERT INTO lots (account_id, source, cycle, granted_at, expires_at, amount, remaining)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, account, string(l.Source), l.Cycle, on(l.GrantedAt), on(l.ExpiresAt), l.Amount, l.Left)
	return err
}
