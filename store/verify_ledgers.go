package store

import (
	"context"
	"time"

	"outpace/limits"
)

// ledgerEntry is a row of entries.
type ledgerEntry struct {
	ID         int64   `db:"id"`
	AccountID  int64   `db:"account_id"`
	Change     int     `db:"change"`
	Balance    int     `db:"balance"`
	Reason     string  `db:"reason"`
	LotID      *int64  `db:"lot_id"`
	ReleaseID  *int64  `db:"release_id"`
	RecordedAt Instant `db:"recorded_at"`
}

// credits is I2, and what I9 says of credits: no balance below 0, no credit
// spent outside its lot's life, every sum equal to the counter beside it.
func (c *evidence) credits(ctx context.Context, x *tx) error {
	var lots []lotRow
	if err := x.all(ctx, &lots, `SELECT * FROM lots ORDER BY id`); err != nil {
		return err
	}
	var entries []ledgerEntry
	err := x.all(ctx, &entries, `SELECT id, account_id, change, balance, reason, lot_id, release_id, recorded_at FROM entries ORDER BY id`)
	if err != nil {
		return err
	}
	byID := make(map[int64]*lotRow, len(lots))
	for i := range lots {
		byID[lots[i].ID] = &lots[i]
	}
	balance, inLot, spent := map[int64]int{}, map[int64]int{}, map[int64]int{}
	for i := range entries {
		e := &entries[i]
		balance[e.AccountID] += e.Change
		if e.Balance != balance[e.AccountID] {
			c.broken("I9", e.AccountID, e.RecordedAt.Time, "entry %d shows a balance of %d, the entries before it make %d", e.ID, e.Balance, balance[e.AccountID])
			balance[e.AccountID] = e.Balance // one slip, one violation
		}
		if e.Balance < 0 {
			c.broken("I2", e.AccountID, e.RecordedAt.Time, "entry %d leaves a balance of %d", e.ID, e.Balance)
		}
		if e.LotID != nil {
			inLot[*e.LotID] += e.Change
			c.lotLives(byID[*e.LotID], e)
		}
		if e.ReleaseID != nil && (e.Reason == limits.ReasonSpend || e.Reason == limits.ReasonReturn) {
			spent[*e.ReleaseID] -= e.Change
		}
	}
	left := map[int64]int{}
	for i := range lots {
		l := &lots[i]
		left[l.AccountID] += l.Remaining
		if l.Remaining != inLot[l.ID] {
			c.broken("I2", l.AccountID, l.GrantedAt.Time, "lot %d has %d credits left, its entries make %d", l.ID, l.Remaining, inLot[l.ID])
		}
	}
	for id := range c.accounts {
		if left[id] != balance[id] {
			c.broken("I9", id, c.now, "the lots hold %d credits, the entries make %d", left[id], balance[id])
		}
	}
	c.paid(spent)
	return nil
}

// lotLives: a credit is taken only from a lot that lives at that instant.
func (c *evidence) lotLives(l *lotRow, e *ledgerEntry) {
	if e.Reason != limits.ReasonSpend {
		return
	}
	at := e.RecordedAt.Time
	if at.Before(l.GrantedAt.Time) || !at.Before(l.ExpiresAt.Time) {
		c.broken("I2", e.AccountID, at, "a credit of lot %d was spent outside its life, %s to %s", l.ID,
			l.GrantedAt.Format(time.RFC3339), l.ExpiresAt.Format(time.RFC3339))
	}
}

// paid: every InMail that may have gone out holds exactly one credit.
func (c *evidence) paid(spent map[int64]int) {
	for i := range c.releases {
		r := &c.releases[i]
		n, inMail := spent[r.ID], r.Kind == limits.InMail.String()
		switch {
		case inMail && r.State != "not_sent" && n != 1 && !r.elsewhere():
			c.broken("I2", r.AccountID, r.SlotAt.Time, "InMail %s holds %d credits", r.MessageID, n)
		case !inMail && n != 0 || n < 0 || n > 1:
			c.broken("I2", r.AccountID, r.SlotAt.Time, "%s %s holds %d credits", r.Kind, r.MessageID, n)
		}
	}
}

// units is what I9 says of units: a release that may have gone out has one, a
// certain "not sent" none (or one, kept for the platform's "daily limit"), and
// no instant has fewer than none.
func (c *evidence) units(ctx context.Context, x *tx) error {
	var rows []struct {
		Release int64 `db:"release_id"`
		Parts   int   `db:"parts"`
		N       int   `db:"n"`
	}
	err := x.all(ctx, &rows, `SELECT release_id, count(*) AS parts, sum(n) AS n FROM
		(SELECT release_id, sum(amount) AS n FROM units WHERE release_id IS NOT NULL
			GROUP BY release_id, account_id, at, kind, noted HAVING sum(amount) <> 0) AS net GROUP BY release_id`)
	if err != nil {
		return err
	}
	type net struct{ parts, n int }
	held := make(map[int64]net, len(rows))
	for _, r := range rows {
		held[r.Release] = net{r.Parts, r.N}
	}
	for i := range c.releases {
		r := &c.releases[i]
		want := net{1, 1}
		if r.State == "not_sent" && r.Verdict != verdictDaily {
			want = net{}
		}
		if got := held[r.ID]; got != want {
			c.broken("I9", r.AccountID, r.SlotAt.Time, "message %s (%s) holds %d units in %d places of the ledger, not %d", r.MessageID, r.State, got.n, got.parts, want.n)
		}
	}
	var below []struct {
		Account int64   `db:"account_id"`
		At      Instant `db:"at"`
		Kind    string  `db:"kind"`
		N       int     `db:"n"`
	}
	err = x.all(ctx, &below, `SELECT account_id, at, kind, sum(amount) AS n FROM units
		GROUP BY account_id, at, kind, noted, manual HAVING sum(amount) < 0`)
	for _, r := range below {
		c.broken("I9", r.Account, r.At.Time, "the ledger has %d units of %s", r.N, r.Kind)
	}
	return err
}
