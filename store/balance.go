package store

import (
	"context"
	"time"

	"outpace/limits"
)

// Balance is an account's credits at an instant. Times are in its zone.
type Balance struct {
	Balance     int
	NextRefresh time.Time // zero: the plan has no credits
	NextExpiry  time.Time // zero: nothing to expire
	Expiring    int       // credits that expire then
	Lots        []limits.Lot
	Entries     []EntryRow // newest last
}

// EntryRow is one change of an account's credits.
type EntryRow struct {
	At      time.Time
	Change  int
	Balance int // after it
	Reason  string
	Message string // id; empty: none
}

// Balance reads an account's credits as they stand at now: what is due by
// then is shown, and booked by whoever writes next.
func (s *Store) Balance(ctx context.Context, account string, now time.Time) (*Balance, error) {
	var b Balance
	err := s.read(ctx, func(x *tx) error {
		a, err := accountByName(ctx, x, account)
		if err != nil {
			return err
		}
		if b.Entries, err = entries(ctx, x, a); err != nil {
			return err
		}
		w, err := storedWallet(ctx, x, a)
		if err != nil {
			return err
		}
		for _, e := range w.Advance(now) {
			b.Entries = append(b.Entries, EntryRow{At: e.At.In(a.zone()), Change: e.Change, Balance: e.Balance, Reason: e.Reason})
		}
		b.Balance, b.NextRefresh = w.Balance(), inZone(w.Next(), a.zone())
		b.NextExpiry, b.Expiring = w.NextExpiry()
		b.NextExpiry = inZone(b.NextExpiry, a.zone())
		for _, l := range w.Lots() {
			l.GrantedAt, l.ExpiresAt = l.GrantedAt.In(a.zone()), l.ExpiresAt.In(a.zone())
			b.Lots = append(b.Lots, l)
		}
		return nil
	})
	return &b, err
}

func entries(ctx context.Context, x *tx, a *accountRow) ([]EntryRow, error) {
	var rows []struct {
		At      Instant `db:"at"`
		Change  int     `db:"change"`
		Balance int     `db:"balance"`
		Reason  string  `db:"reason"`
		Message string  `db:"message"`
	}
	err := x.all(ctx, &rows, `SELECT at, change, balance, reason, coalesce(message_id, '') AS message
		FROM entries WHERE account_id = ? ORDER BY id`, a.ID)
	list := make([]EntryRow, len(rows))
	for i, r := range rows {
		list[i] = EntryRow{r.At.In(a.zone()), r.Change, r.Balance, r.Reason, r.Message}
	}
	return list, err
}
