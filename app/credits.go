package app

import (
	"context"
	"time"

	"outpace/limits"
)

// Credits are the InMail credits of one account. Times are in its zone.
type Credits struct {
	Account     string        `json:"account"`
	Balance     int           `json:"balance"`
	NextRefresh *time.Time    `json:"next_refresh"` // null: the plan has no credits
	NextExpiry  *time.Time    `json:"next_expiry"`
	Expiring    int           `json:"expiring"` // credits that expire then
	Lots        []limits.Lot  `json:"lots"`     // oldest first
	Entries     []CreditEntry `json:"entries"`  // oldest first
}

// CreditEntry is one change of the credits.
type CreditEntry struct {
	At      time.Time `json:"at"`
	Change  int       `json:"change"`
	Balance int       `json:"balance"` // after it
	Reason  string    `json:"reason"`
	Message string    `json:"message"` // id; empty: none
}

// Credits answers what InMail credits an account has, and how they came and
// went.
func (a *App) Credits(ctx context.Context, account string, now time.Time) (*Credits, error) {
	b, err := a.Balance(ctx, account, now)
	if err != nil {
		return nil, err
	}
	c := &Credits{
		Account: account, Balance: b.Balance, NextRefresh: known(b.NextRefresh), NextExpiry: known(b.NextExpiry),
		Expiring: b.Expiring, Lots: append([]limits.Lot{}, b.Lots...), Entries: []CreditEntry{},
	}
	for _, e := range b.Entries {
		c.Entries = append(c.Entries, CreditEntry(e))
	}
	return c, nil
}
