package store

import (
	"context"
	"fmt"
	"time"

	"outpace/limits"
)

// CreditsAdd books a pack of n InMail credits that was bought. It expires at
// the given instant, by default on the same date of the next year. It returns
// the balance.
func (s *Store) CreditsAdd(ctx context.Context, now time.Time, account string, n int, expires time.Time) (balance int, err error) {
	if n <= 0 {
		return 0, fmt.Errorf("a pack of %d credits: at least 1 is needed; `credits set` corrects the balance", n)
	}
	if !expires.IsZero() && !expires.After(now) {
		return 0, fmt.Errorf("a pack that expires at %s has expired already", expires.Format(time.RFC3339))
	}
	return s.credits(ctx, now, account, fmt.Sprintf("added a pack of %d", n), func(w *limits.Wallet) []limits.Entry {
		return w.Add(now, n, expires)
	})
}

// CreditsSet makes the balance what the platform itself shows, which always
// beats our own number. It returns the balance.
func (s *Store) CreditsSet(ctx context.Context, now time.Time, account string, n int) (balance int, err error) {
	if n < 0 {
		return 0, fmt.Errorf("a balance of %d credits: it cannot be below 0", n)
	}
	return s.credits(ctx, now, account, fmt.Sprintf("set to %d", n), func(w *limits.Wallet) []limits.Entry {
		return w.Set(now, n)
	})
}

func (s *Store) credits(ctx context.Context, now time.Time, account, detail string, change func(*limits.Wallet) []limits.Entry) (balance int, err error) {
	err = s.write(ctx, func(x *tx) error {
		a, err := accountByName(ctx, x, account)
		if err != nil {
			return err
		}
		if balance, err = changeCredits(ctx, x, a, now, change); err != nil {
			return err
		}
		err = logEvent(ctx, x, event{At: now, Kind: "credits", Account: a.Name, Detail: fmt.Sprintf("%s; %d left", detail, balance)})
		if err != nil {
			return err
		}
		return s.planAccount(ctx, x, a.ID, now)
	})
	return balance, err
}

// changeCredits lets change do something to the account's wallet at now and
// stores it. It returns the balance.
func changeCredits(ctx context.Context, x *tx, a *accountRow, now time.Time, change func(*limits.Wallet) []limits.Entry) (balance int, err error) {
	w, err := storedWallet(ctx, x, a)
	if err != nil {
		return 0, err
	}
	entries := change(w)
	a.WalletThrough = on(w.Through())
	return w.Balance(), writeCredits(ctx, x, a.ID, w, entries, now)
}

// noCredit makes the balance 0: the platform found no credit where we did.
func (o *settling) noCredit(ctx context.Context, a *accountRow) error {
	_, err := changeCredits(ctx, o.x, a, o.now, func(w *limits.Wallet) []limits.Entry { return w.Set(o.now, 0) })
	return err
}

// undoNoCredit gives back what noCredit took at an instant, as far as it has
// not expired.
func undoNoCredit(ctx context.Context, x *tx, account int64, at Instant, now time.Time) error {
	var rows []struct {
		Lot    int64 `db:"lot_id"`
		Change int   `db:"change"`
	}
	err := x.all(ctx, &rows, `SELECT e.lot_id, e.change FROM entries e JOIN lots l ON l.id = e.lot_id
		WHERE e.account_id = ? AND e.reason = ? AND e.recorded_at = ? AND e.change < 0
		AND l.expires_at > ? ORDER BY e.id`, account, limits.ReasonSet, at, on(now))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := x.exec(ctx, `UPDATE lots SET remaining = remaining - ? WHERE id = ?`, r.Change, r.Lot); err != nil {
			return err
		}
		err := addEntry(ctx, x, entry{Account: account, At: now, Change: -r.Change, Reason: limits.ReasonSet, Lot: &r.Lot}, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// refundWithin is how long after an InMail an answer gives its credit back
// (LinkedIn's help pages).
const refundWithin = limits.RefundDays * 24 * time.Hour

// refund gives the credit of an answered InMail back, once a release. always
// does so whatever the plan says and however long ago it was sent: the
// platform itself did it.
func refund(ctx context.Context, x *tx, r *releaseRow, at, now time.Time, always bool) (done bool, err error) {
	a, err := accountByID(ctx, x, r.AccountID)
	if err != nil {
		return false, err
	}
	if !always && (!a.def().Plan.InMail.RefundOnReply || at.Sub(r.SlotAt.Time) > refundWithin) {
		return false, nil
	}
	if out, err := creditOut(ctx, x, r); err != nil || !out {
		return false, err
	}
	var before int
	err = x.get(ctx, &before, `SELECT count(*) FROM events WHERE release_id = ? AND kind = ?`, r.ID, eventRefund)
	if err != nil || before > 0 {
		return false, err
	}
	_, err = changeCredits(ctx, x, a, now, func(w *limits.Wallet) []limits.Entry { return w.Refund(now) })
	if err != nil {
		return false, err
	}
	return true, logRelease(ctx, x, r, eventRefund, "the credit of an answered InMail came back", now)
}

// eventRefund is how the log calls a refund; a release has at most one.
const eventRefund = "refund"
