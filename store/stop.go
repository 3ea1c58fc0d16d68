package store

import (
	"context"
	"slices"
	"time"
)

// touched is what a change of one person did.
type touched struct {
	cancelled, stopped int64
	recalled           int
	accounts           map[int64]bool // to plan again
}

// cancelReason is why messages of a target stopped for a reason are cancelled.
func cancelReason(stop string) string {
	switch stop {
	case Declined:
		return Reply // both are an answer
	case ByCompany, ByDomain, Forgotten:
		return Suppressed
	}
	return stop
}

// stopPerson ends everything planned for a person, in every campaign and on
// every account: what is queued is cancelled, conversations stop, what is with a
// person or may be called again is recalled. A cause of a suppression keeps the person from
// being written to for good; a weaker one never replaces a stronger.
func stopPerson(ctx context.Context, x *tx, person int64, reason string, now time.Time) (d touched, err error) {
	if d.accounts, err = accountsOf(ctx, x, person); err != nil {
		return d, err
	}
	if slices.Contains(causes, reason) {
		if err := suppressFor(ctx, x, person, reason, now); err != nil {
			return d, err
		}
	}
	if err := dirtyCompanyOf(ctx, x, person); err != nil {
		return d, err
	}
	d.cancelled, err = cancelWaiting(ctx, x, cancelReason(reason),
		`target_id IN (SELECT id FROM targets WHERE person_id = ?)`, person)
	if err != nil {
		return d, err
	}
	// A finished one stops, too: a step added later must not go to somebody
	// who has answered. So does one that was written to and is out of the file,
	// which may come back; who is suppressed stays so by themselves.
	d.stopped, err = x.exec(ctx, `UPDATE targets SET state = 'stopped', stop_reason = ?, ends_at = ?
		WHERE person_id = ? AND (state IN ('active', 'finished') OR ? AND state = 'removed' AND begun_at IS NOT NULL)`,
		reason, on(now), person, reason == Reply || reason == Declined)
	if err != nil {
		return d, err
	}
	// At once, not with the next plan, which waits for a clock that is not trusted.
	d.recalled, _, err = reconsider(ctx, x, now, `r.person_id = ?`, person)
	return d, err
}

// accountsOf are the accounts in force whose plan a person is part of.
func accountsOf(ctx context.Context, x *tx, person int64) (map[int64]bool, error) {
	var ids []int64
	err := x.all(ctx, &ids, `SELECT id FROM accounts WHERE state = 'active' AND id IN
		(SELECT account_id FROM targets WHERE person_id = ? AND state = 'active'
		UNION SELECT account_id FROM withdrawals WHERE person_id = ? AND state IN ('waiting', 'open'))`, person, person)
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set, err
}
