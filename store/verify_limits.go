package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

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

// sums are an account's units as far as they are recorded.
type sums struct {
	account *accountRow
	counted tally // units of the daily cap
	noted   tally
	kinds   map[string]*tally
}

func newSums(a *accountRow) *sums { return &sums{account: a, kinds: map[string]*tally{}} }

func (s *sums) add(u *ledgerUnit) {
	if s.kinds[u.Kind] == nil {
		s.kinds[u.Kind] = &tally{}
	}
	s.kinds[u.Kind].add(u.At.Time, u.Amount)
	if u.Noted {
		s.noted.add(u.At.Time, u.Amount)
	}
	if kind, err := limits.ParseKind(u.Kind); err == nil && s.account.def().Plan.Counts(kind) {
		s.counted.add(u.At.Time, u.Amount)
	}
}

// used counts again what a limit counted for a release; known is false if the
// rules in force then are not known any more.
func (s *sums) used(held limits.Held, r *releaseRow, current bool) (n int, known bool) {
	zone, at := s.account.zone(), r.SlotAt.Time
	kind := s.kinds[r.Kind]
	if kind == nil {
		kind = &tally{}
	}
	switch {
	case held == limits.HeldWeeklyCap:
		return kind.in(trailing(at, week)), true
	case !current:
		return 0, false
	case held == limits.HeldDailyCap || held == limits.HeldWarmUp:
		return s.fullest(s.counted, at), true
	case held == limits.HeldKindCap:
		return s.fullest(*kind, at), true
	case held == limits.HeldMonthlyCap:
		y, m, _ := limits.DayStart(at, zone).In(zone).Date()
		return s.noted.in(stretch{limits.DateStart(y, m, 1, zone), limits.DateStart(y, m+1, 1, zone)}), true
	}
	return 0, false
}

// fullest is the most in any day of t, by the account's meaning of a day.
func (s *sums) fullest(t tally, at time.Time) (n int) {
	for _, day := range daysOf(s.account, at) {
		n = max(n, t.in(day))
	}
	return n
}

// daysOf are the days t falls in, by the account's meaning of a day.
func daysOf(a *accountRow, t time.Time) (days []stretch) {
	mode, utc := a.def().Day, t.UTC().Truncate(24*time.Hour)
	if mode == limits.Local || mode == limits.Strict {
		days = append(days, stretch{limits.DayStart(t, a.zone()), limits.NextDay(t, a.zone())})
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
			s = newSums(c.accounts[u.AccountID])
			accounts[u.AccountID] = s
		}
		s.add(u)
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
	var answers []limits.Answer
	if err := json.Unmarshal([]byte(r.Limits), &answers); err != nil {
		return fmt.Errorf("the limits of release %d: %w", r.ID, err)
	}
	if r.Cap != limits.None && r.Used > r.Cap {
		c.broken("I1", r.AccountID, r.SlotAt.Time, "message %s was number %d of a day's %d", r.MessageID, r.Used, r.Cap)
	}
	for _, a := range answers {
		if a.Held == limits.HeldCoolOff {
			c.broken("I1", r.AccountID, r.SlotAt.Time, "message %s was released although the platform had said stop", r.MessageID)
			continue
		}
		used, known := s.used(a.Held, r, r.ConfigVersion == c.version)
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
