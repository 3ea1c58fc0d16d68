package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// ledgerUnit is a row of units.
type ledgerUnit struct {
	ID        int64   `db:"id"`
	AccountID int64   `db:"account_id"`
	At        Instant `db:"at"`
	Kind      string  `db:"kind"`
	Noted     bool    `db:"noted"`
	Manual    bool    `db:"manual"`
	Amount    int     `db:"amount"`
	ReleaseID *int64  `db:"release_id"`
}

// tally is a sorted list of instants, one for each unit that counts.
type tally []int64

func (t *tally) add(at time.Time, amount int) {
	micro := at.UnixMicro()
	for ; amount > 0; amount-- {
		i, _ := slices.BinarySearch(*t, micro+1)
		*t = slices.Insert(*t, i, micro)
	}
	for ; amount < 0; amount++ {
		if i, ok := slices.BinarySearch(*t, micro); ok {
			*t = slices.Delete(*t, i, i+1)
		}
	}
}

// in counts the units in [from, to).
func (t tally) in(s stretch) int {
	i, _ := slices.BinarySearch(t, s.from.UnixMicro())
	j, _ := slices.BinarySearch(t, s.to.UnixMicro())
	return j - i
}

// stretch is a stretch of time [from, to).
type stretch struct{ from, to time.Time }

// trailing ends with, and includes, t; what is exactly d old is free again.
func trailing(t time.Time, d time.Duration) stretch {
	return stretch{t.Add(-d + time.Microsecond), t.Add(time.Microsecond)}
}

// sums are an account's units as far as they are recorded, by kind.
type sums struct {
	kinds  [limits.Reminder + 1]tally
	manual [limits.Reminder + 1]tally // those of them recorded by hand
	noted  tally
}

func (s *sums) add(u *ledgerUnit) error {
	kind, err := limits.ParseKind(u.Kind)
	if err != nil {
		return err
	}
	s.kinds[kind].add(u.At.Time, u.Amount)
	if u.Manual {
		s.manual[kind].add(u.At.Time, u.Amount)
	}
	if u.Noted {
		s.noted.add(u.At.Time, u.Amount)
	}
	return nil
}

// used counts again what a limit of the account, as it was defined then,
// counted for a release of the kind; known is false if units do not tell it.
func (s *sums) used(def *campaign.Account, held limits.Held, kind limits.Kind, at time.Time) (n int, known bool) {
	switch held {
	case limits.HeldWeeklyCap:
		return s.kinds[kind].in(trailing(at, week)), true
	case limits.HeldDailyCap, limits.HeldWarmUp:
		return s.fullestDay(def, at), true
	case limits.HeldKindCap:
		for _, day := range daysOf(def, at) {
			n = max(n, s.kinds[kind].in(day))
		}
		return n, true
	case limits.HeldMonthlyCap:
		zone := def.Zone.Loc()
		y, m, _ := limits.DayStart(at, zone).In(zone).Date()
		return s.noted.in(stretch{limits.DateStart(y, m, 1, zone), limits.DateStart(y, m+1, 1, zone)}), true
	}
	return 0, false
}

// fullestDay is the most units of the daily cap in any day of t. What is kept
// for messages by hand lowers the cap of each day by another number, of which
// only that of the fullest is recorded: there it may be all of it.
func (s *sums) fullestDay(def *campaign.Account, at time.Time) (n int) {
	for _, day := range daysOf(def, at) {
		counted, manual := 0, 0
		for _, kind := range limits.Kinds {
			if def.Plan.Counts(kind) {
				counted += s.kinds[kind].in(day)
				manual += s.manual[kind].in(day)
			}
		}
		kept := max(0, def.ManualReserve-manual)
		n = max(n, counted+kept-def.ManualReserve)
	}
	return n
}

// daysOf are the days t falls in, by the account's meaning of a day.
func daysOf(def *campaign.Account, t time.Time) (days []stretch) {
	mode, zone, utc := def.Day, def.Zone.Loc(), t.UTC().Truncate(24*time.Hour)
	if mode == limits.Local || mode == limits.Strict {
		days = append(days, stretch{limits.DayStart(t, zone), limits.NextDay(t, zone)})
	}
	if mode == limits.UTC || mode == limits.Strict {
		days = append(days, stretch{utc, utc.Add(24 * time.Hour)})
	}
	if mode == limits.Rolling || mode == limits.Strict {
		days = append(days, trailing(t, 24*time.Hour))
	}
	return days
}

// limits is I1: no limit exceeded in any window. Each release is measured by
// the ledger as it stood at its claim, and by the caps it recorded.
func (c *evidence) limits(ctx context.Context, x *tx) error {
	var ledger []ledgerUnit
	if err := x.all(ctx, &ledger, `SELECT id, account_id, at, kind, noted, manual, amount, release_id FROM units ORDER BY id`); err != nil {
		return err
	}
	byID := make(map[int64]*releaseRow, len(c.releases))
	for i := range c.releases {
		byID[c.releases[i].ID] = &c.releases[i]
	}
	accounts := map[int64]*sums{}
	claimed := map[int64]bool{}
	for i := range ledger {
		u := &ledger[i]
		s := accounts[u.AccountID]
		if s == nil {
			s = &sums{}
			accounts[u.AccountID] = s
		}
		if err := s.add(u); err != nil {
			return err
		}
		if u.ReleaseID == nil || claimed[*u.ReleaseID] {
			continue
		}
		claimed[*u.ReleaseID] = true
		if err := c.claim(s, byID[*u.ReleaseID]); err != nil {
			return err
		}
	}
	for i := range c.releases {
		if r := &c.releases[i]; !claimed[r.ID] {
			c.broken("I1", r.AccountID, r.SlotAt.Time, "message %s was released without a unit", r.MessageID)
		}
	}
	return nil
}

// claim measures one release right after its unit was booked.
func (c *evidence) claim(s *sums, r *releaseRow) error {
	if r.elsewhere() {
		return nil
	}
	var answers []limits.Answer
	if err := json.Unmarshal([]byte(r.Limits), &answers); err != nil {
		return fmt.Errorf("the limits of release %d: %w", r.ID, err)
	}
	// An uncounted kind may go on a day that is full.
	counted := slices.ContainsFunc(answers, func(a limits.Answer) bool {
		return a.Held == limits.HeldDailyCap || a.Held == limits.HeldWarmUp
	})
	if counted && r.Used > r.Cap {
		c.broken("I1", r.AccountID, r.SlotAt.Time, "message %s was number %d of a day's %d", r.MessageID, r.Used, r.Cap)
	}
	kind, err := limits.ParseKind(r.Kind)
	if err != nil {
		return err
	}
	account := c.defs.account(r)
	for _, a := range answers {
		if a.Held == limits.HeldCoolOff {
			c.broken("I1", r.AccountID, r.SlotAt.Time, "message %s was released although the platform had said stop", r.MessageID)
			continue
		}
		used, known := 0, false
		if account != nil { // times says if not
			used, known = s.used(&account.Def.V, a.Held, kind, r.SlotAt.Time)
		}
		switch {
		case a.Used > a.Cap:
			c.broken("I1", r.AccountID, r.SlotAt.Time, "%s: message %s was number %d of %d", a.Held, r.MessageID, a.Used, a.Cap)
		case known && used > a.Cap:
			c.broken("I1", r.AccountID, r.SlotAt.Time, "%s: with message %s the ledger has %d of %d", a.Held, r.MessageID, used, a.Cap)
		case known && used > a.Used:
			c.broken("I1", r.AccountID, r.SlotAt.Time, "%s: message %s counted %d, the ledger has %d", a.Held, r.MessageID, a.Used, used)
		}
	}
	return nil
}
