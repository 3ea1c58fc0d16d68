package store

import (
	"context"
	"fmt"
	"time"
)

// CreditEntry is one change of an account's credits, as it was recorded.
type CreditEntry struct {
	ID      int64
	Account string
	At      time.Time // in the account's zone
	Change  int
	Balance int
	Reason  string // see limits.Reason…
}

// CreditEntries are the changes of all accounts recorded after the entry
// given by id (0: all), in the order in which they were recorded.
func (s *Store) CreditEntries(ctx context.Context, after int64) (list []CreditEntry, err error) {
	err = s.read(ctx, func(x *tx) error {
		var rows []struct {
			ID        int64   `db:"id"`
			AccountID int64   `db:"account_id"`
			At        Instant `db:"at"`
			Change    int     `db:"change"`
			Balance   int     `db:"balance"`
			Reason    string  `db:"reason"`
		}
		if err := x.all(ctx, &rows, `SELECT id, account_id, at, change, balance, reason FROM entries
			WHERE id > ? ORDER BY id`, after); err != nil {
			return err
		}
		accounts := map[int64]*accountRow{}
		for _, r := range rows {
			a := accounts[r.AccountID]
			if a == nil {
				if a, err = accountByID(ctx, x, r.AccountID); err != nil {
					return err
				}
				accounts[r.AccountID] = a
			}
			list = append(list, CreditEntry{r.ID, a.Name, r.At.In(a.zone()), r.Change, r.Balance, r.Reason})
		}
		return nil
	})
	return list, err
}

// Queue is how many messages are queued or scheduled.
func (s *Store) Queue(ctx context.Context) (n int, err error) {
	err = s.read(ctx, func(x *tx) error {
		return x.get(ctx, &n, `SELECT count(*) FROM messages WHERE state IN ('queued', 'scheduled')`)
	})
	if err != nil {
		return 0, fmt.Errorf("counting the queue: %w", err)
	}
	return n, nil
}
