package store

import (
	"context"
	"time"

	"outpace/limits"
)

// Ceiling is a daily cap learnt from the platform's "daily limit reached".
// Times are in the account's zone.
type Ceiling struct {
	Account string    `json:"account"`
	At      time.Time `json:"at"`    // when the platform said so
	Count   int       `json:"count"` // what it had let through by then
	// Until is when it begins to rise, by a tenth of the plan's cap a day.
	Until   time.Time  `json:"until"`
	Now     int        `json:"now"` // what it allows a day now
	Cap     *int       `json:"cap"` // the account's without it; null: none
	Binding bool       `json:"binding"`
	Over    *time.Time `json:"over"` // when it is not below the cap any more; null: no cap, so never
}

// Ceilings are the learnt ceilings that nobody has forgotten and that are still
// below the cap, of an account if one is named, by account and age.
func (s *Store) Ceilings(ctx context.Context, now time.Time, account string) (list []Ceiling, err error) {
	err = s.read(ctx, func(x *tx) error {
		list = []Ceiling{}
		if account != "" {
			if _, err := accountByName(ctx, x, account); err != nil {
				return err
			}
		}
		var rows []accountRow
		err := x.all(ctx, &rows, `SELECT * FROM accounts WHERE state = 'active' AND (? = '' OR name = ?) ORDER BY position`, account, account)
		if err != nil {
			return err
		}
		for i := range rows {
			of, err := ceilingsOf(ctx, x, &rows[i], now)
			if err != nil {
				return err
			}
			list = append(list, of...)
		}
		return nil
	})
	return list, err
}

func ceilingsOf(ctx context.Context, x *tx, a *accountRow, now time.Time) (list []Ceiling, err error) {
	r, err := rules(ctx, x, a)
	if err != nil {
		return nil, err
	}
	lowest := -1
	for _, learnt := range r.Ceilings {
		c := Ceiling{Account: a.Name, At: learnt.At.In(a.zone()), Count: learnt.Count}
		until, over, allows, limit := r.Learnt(learnt, now)
		c.Until, c.Now = until.In(a.zone()), allows
		if limit != limits.None {
			if !now.Before(over) {
				continue // it has risen to the cap
			}
			end := over.In(a.zone())
			c.Cap, c.Over = &limit, &end
		}
		if lowest < 0 || c.Now < list[lowest].Now {
			lowest = len(list)
		}
		list = append(list, c)
	}
	if lowest >= 0 {
		list[lowest].Binding = true
	}
	return list, nil
}

// ForgetCeilings lets an account's cap be its plan's again, and tells how many
// ceilings were forgotten. What the platform holds stays held.
func (s *Store) ForgetCeilings(ctx context.Context, now time.Time, account string) (n int64, err error) {
	err = s.write(ctx, func(x *tx) error {
		a, err := accountByName(ctx, x, account)
		if err != nil {
			return err
		}
		n, err = x.exec(ctx, `UPDATE ceilings SET forgotten_at = ? WHERE account_id = ? AND forgotten_at IS NULL`, on(now), a.ID)
		if err != nil || n == 0 {
			return err
		}
		if err := logEvent(ctx, x, event{At: now, Kind: "ceiling_forgotten", Account: a.Name}); err != nil {
			return err
		}
		return s.planAccount(ctx, x, a.ID, now)
	})
	return n, err
}
