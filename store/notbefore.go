package store

import (
	"context"
	"time"
)

// longestWait bounds how long before its claim a slot can lie (a grace is at
// most four hours), so that only the newest releases are read.
const longestWait = 24 * time.Hour

// notBefore is now, or the claim of the newest release (r) of a condition if that
// is later: a command reads the clock before it has the database, and the daemon
// may claim in between. What the command then says holds for what follows its own
// commit.
func notBefore(ctx context.Context, x *tx, now time.Time, where string, args ...any) (time.Time, error) {
	var newest Instant
	err := x.get(ctx, &newest, `SELECT max(r.released_at) FROM releases r
		WHERE r.account_id IN (SELECT id FROM accounts) AND r.slot_at > ? AND `+where, append([]any{on(now.Add(-longestWait))}, args...)...)
	if err != nil || !newest.After(now) {
		return now, err
	}
	return newest.Time, nil
}
