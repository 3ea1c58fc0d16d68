package store

import (
	"context"
	"time"

	"outpace/limits"
)

// entry is a change of an account's credits. Lot, Message and Release are nil
// where there is none.
type entry struct {
	Account int64
	At      time.Time
	Change  int
	Reason  string
	Lot     *int64
	Message *string
	Release *int64
}

// addEntry appends to the ledger of credits; the balance goes on from the
// entry before.
func addEntry(ctx context.Context, x *tx, e entry, now time.Time) error {
	var balance int
	if _, err := x.find(ctx, &balance, `SELECT balance FROM entries WHERE account_id = ? ORDER BY id DESC LIMIT 1`, e.Account); err != nil {
		return err
	}
	_, err := x.exec(ctx, `INSERT INTO entries (account_id, at, change, balance, reason, lot_id, message_id, release_id, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.Account, on(e.At), e.Change, balance+e.Change, e.Reason, e.Lot, e.Message, e.Release, on(now))
	return err
}

// countAt lets a release's unit count at the instant alone; the zero time
// gives it back. It appends to the ledger what differs, and tells whether
// anything did.
func countAt(ctx context.Context, x *tx, r *releaseRow, at time.Time, now time.Time) (moved bool, err error) {
	var rows []struct {
		At Instant `db:"at"`
		N  int     `db:"n"`
	}
	err = x.all(ctx, &rows, `SELECT at, sum(amount) AS n FROM units WHERE release_id = ? GROUP BY at HAVING sum(amount) <> 0`, r.ID)
	if err != nil {
		return false, err
	}
	add := func(at Instant, amount int, note string) error {
		moved = true
		_, err := x.exec(ctx, `INSERT INTO units (account_id, at, kind, noted, amount, release_id, recorded_at, note)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, r.AccountID, at, r.Kind, r.Noted, amount, r.ID, on(now), note)
		return err
	}
	there := false
	for _, row := range rows {
		if row.At.Equal(on(at).micro()) && row.N == 1 {
			there = true
			continue
		}
		if err := add(row.At, -row.N, "given back"); err != nil {
			return moved, err
		}
	}
	if !there && !at.IsZero() {
		err = add(on(at), 1, "counted when it was sent")
	}
	return moved, err
}

// micro is the instant as the database keeps it.
func (i Instant) micro() time.Time { return i.Truncate(time.Microsecond) }

// creditOut says whether a release holds a credit it took.
func creditOut(ctx context.Context, x *tx, r *releaseRow) (bool, error) {
	if r.LotID == nil {
		return false, nil
	}
	var sum int
	err := x.get(ctx, &sum, `SELECT coalesce(sum(change), 0) FROM entries WHERE release_id = ? AND reason IN (?, ?)`,
		r.ID, limits.ReasonSpend, limits.ReasonReturn)
	return sum < 0, err
}

// returnCredit gives a release's credit back to its lot. A lot that has
// expired or was corrected to the platform's own number since does not get it
// back: that number knew of the credit already.
func returnCredit(ctx context.Context, x *tx, r *releaseRow, now time.Time) error {
	out, err := creditOut(ctx, x, r)
	if err != nil || !out {
		return err
	}
	var lot lotRow
	if err := x.get(ctx, &lot, `SELECT * FROM lots WHERE id = ?`, *r.LotID); err != nil {
		return err
	}
	if !now.Before(lot.ExpiresAt.Time) {
		return nil
	}
	var replaced int
	err = x.get(ctx, &replaced, `SELECT count(*) FROM entries WHERE account_id = ? AND reason IN (?, ?) AND id >
		(SELECT max(id) FROM entries WHERE release_id = ? AND reason = ?)`,
		r.AccountID, limits.ReasonSet, limits.ReasonPlanChange, r.ID, limits.ReasonSpend)
	if err != nil || replaced > 0 {
		return err
	}
	return moveCredit(ctx, x, r, 1, limits.ReasonReturn, now)
}

// moveCredit puts a release's credit into its lot (+1) or takes it out (-1).
func moveCredit(ctx context.Context, x *tx, r *releaseRow, change int, reason string, now time.Time) error {
	if _, err := x.exec(ctx, `UPDATE lots SET remaining = remaining + ? WHERE id = ?`, change, *r.LotID); err != nil {
		return err
	}
	err := addEntry(ctx, x, entry{
		Account: r.AccountID, At: now, Change: change, Reason: reason, Lot: r.LotID, Message: &r.MessageID, Release: &r.ID,
	}, now)
	if err != nil {
		return err
	}
	// What expires next may be another lot now.
	a, err := accountByID(ctx, x, r.AccountID)
	if err != nil {
		return err
	}
	w, err := storedWallet(ctx, x, a)
	if err != nil {
		return err
	}
	_, err = x.exec(ctx, `UPDATE accounts SET wallet_next_at = ? WHERE id = ?`, on(walletNext(w)), a.ID)
	return err
}
