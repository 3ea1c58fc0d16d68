package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"outpace/limits"
)

// Verification is what Verify found.
type Verification struct {
	OK         bool        `json:"ok"`
	Checked    Checked     `json:"checked"`
	Violations []Violation `json:"violations"`
}

// Checked counts what was looked at.
type Checked struct {
	Releases int `json:"releases"`
	Days     int `json:"days"` // local days of accounts with a release
	People   int `json:"people"`
	Lots     int `json:"lots"`
}

// Violation is a promise that was broken.
type Violation struct {
	Promise string    `json:"promise"` // I1 and so on, see docs/states.md
	At      time.Time `json:"at"`      // in the account's zone
	Account string    `json:"account"`
	Detail  string    `json:"detail"`
}

// Verify proves the promises I1–I6 and I9 from what each claim recorded, on
// one snapshot. It asks neither planner nor book, but sums the ledgers again.
// A release is measured by the definitions that were in force when it was
// claimed, whatever was edited since.
func (s *Store) Verify(ctx context.Context, now time.Time) (Verification, error) {
	var v Verification
	err := s.read(ctx, func(x *tx) error {
		c, err := evidenceOf(ctx, x, now)
		if err != nil {
			return err
		}
		for _, check := range []func(context.Context, *tx) error{
			c.limits, c.credits, c.units, c.deliveries, c.messages, c.times, c.pauses, c.suppressions, c.spared, c.recalls, c.withdrawals,
		} {
			if err := check(ctx, x); err != nil {
				return err
			}
		}
		v, err = c.verification(ctx, x)
		return err
	})
	return v, err
}

// evidence is what Verify works on.
type evidence struct {
	now       time.Time
	merging   bool
	accounts  map[int64]*accountRow
	campaigns map[int64]*campaignRow
	defs      definitions
	releases  []releaseRow // in the order of their claims
	days      map[string]bool
	found     []Violation
}

func evidenceOf(ctx context.Context, x *tx, now time.Time) (*evidence, error) {
	c := &evidence{now: now, accounts: map[int64]*accountRow{}, campaigns: map[int64]*campaignRow{}, days: map[string]bool{}}
	merge, err := mergeOf(ctx, x)
	if err != nil {
		return nil, err
	}
	c.merging = merge != ""
	if c.defs, err = definitionsOf(ctx, x); err != nil {
		return nil, err
	}
	var accounts []accountRow
	if err := x.all(ctx, &accounts, `SELECT * FROM accounts`); err != nil {
		return nil, err
	}
	for i := range accounts {
		c.accounts[accounts[i].ID] = &accounts[i]
	}
	var campaigns []campaignRow
	if err := x.all(ctx, &campaigns, `SELECT * FROM campaigns`); err != nil {
		return nil, err
	}
	for i := range campaigns {
		c.campaigns[campaigns[i].ID] = &campaigns[i]
	}
	return c, x.all(ctx, &c.releases, `SELECT * FROM releases ORDER BY id`)
}

// broken notes a violation.
func (c *evidence) broken(promise string, account int64, at time.Time, format string, args ...any) {
	v := Violation{Promise: promise, At: at, Detail: fmt.Sprintf(format, args...)}
	if a := c.accounts[account]; a != nil {
		v.Account, v.At = a.Name, inZone(at, a.zone())
	}
	c.found = append(c.found, v)
}

func (c *evidence) verification(ctx context.Context, x *tx) (Verification, error) {
	v := Verification{OK: len(c.found) == 0, Violations: c.found}
	if v.Violations == nil {
		v.Violations = []Violation{}
	}
	slices.SortStableFunc(v.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Promise, b.Promise), a.At.Compare(b.At), cmp.Compare(a.Account, b.Account))
	})
	for i := range c.releases {
		r := &c.releases[i]
		start := limits.DayStart(r.SlotAt.Time, c.accounts[r.AccountID].zone())
		c.days[fmt.Sprint(r.AccountID, start.Unix())] = true
	}
	v.Checked.Releases, v.Checked.Days = len(c.releases), len(c.days)
	if err := x.get(ctx, &v.Checked.People, `SELECT count(*) FROM people`); err != nil {
		return v, err
	}
	return v, x.get(ctx, &v.Checked.Lots, `SELECT count(*) FROM lots`)
}
