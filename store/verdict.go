package store

import (
	"context"
	"fmt"
	"time"

	"outpace/limits"
)

// The verdicts of a platform, as channels and people report them (docs/scheduling.md).
const (
	verdictDaily      = "daily_limit"
	verdictWeekly     = "weekly_invitation_limit"
	verdictNotes      = "note_quota"
	verdictPending    = "too_many_pending"
	verdictCredit     = "no_credit"
	verdictPolicy     = "inmail_policy"
	verdictResend     = "cannot_resend_yet"
	verdictRestricted = "restricted"
	verdictThrottled  = "throttled"
)

// Verdicts lists them in the order in which they are printed. The names are
// package channel's, which store may not know; a test holds them together.
var Verdicts = []string{
	verdictDaily, verdictWeekly, verdictNotes, verdictPending, verdictCredit,
	verdictPolicy, verdictResend, verdictRestricted, verdictThrottled,
}

const (
	week = 7 * 24 * time.Hour
	// resendAfter is how long a person who took back or refused a request
	// cannot be invited again.
	resendAfter = limits.WithdrawnDays * 24 * time.Hour
)

// hold is what a verdict holds: some kinds (none: all) until an instant (zero:
// until a person says so).
type hold struct {
	kinds []limits.Kind
	noted bool
	until time.Time
}

// verdict does what the report's verdict asks for.
func (o *settling) verdict(ctx context.Context) error {
	a, err := accountByID(ctx, o.x, o.rel.AccountID)
	if err != nil {
		return err
	}
	now, zone := o.now, a.zone()
	nextUTC := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	connects := []limits.Kind{limits.Connect}
	switch o.rep.Verdict {
	case verdictDaily:
		return o.dailyLimit(ctx, a, latest(limits.NextDay(now, zone), nextUTC, now.Add(24*time.Hour), o.rep.Until))
	case verdictWeekly:
		return o.hold(ctx, hold{kinds: connects, until: o.until(week)})
	case verdictNotes:
		y, m, _ := now.In(zone).Date()
		return o.hold(ctx, hold{kinds: connects, noted: true, until: limits.DateStart(y, m+1, 1, zone)})
	case verdictPending:
		return o.hold(ctx, hold{kinds: connects})
	case verdictCredit:
		return o.noCredit(ctx, a)
	case verdictPolicy:
		return o.hold(ctx, hold{kinds: []limits.Kind{limits.InMail}, until: o.until(week)})
	case verdictResend:
		return holdInvitations(ctx, o.x, o.rel.AccountID, o.rel.PersonID, verdictResend, now, o.until(resendAfter))
	case verdictRestricted:
		return o.hold(ctx, hold{})
	case verdictThrottled:
		if o.rep.Until.After(now) {
			nextUTC = o.rep.Until
		}
		return o.hold(ctx, hold{until: nextUTC})
	}
	return fmt.Errorf("%q is not a verdict", o.rep.Verdict)
}

// until is how long the platform said a verdict holds, else the usual time
// from now.
func (o *settling) until(usual time.Duration) time.Time {
	if o.rep.Until.After(o.now) {
		return o.rep.Until
	}
	return o.now.Add(usual)
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// hold writes a hold of the account. Undo finds it by its from_at.
func (o *settling) hold(ctx context.Context, h hold) error {
	_, err := o.x.exec(ctx, `INSERT INTO holds (account_id, kinds, noted_only, from_at, until_at, reason, verdict)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, o.rel.AccountID, joinKinds(h.kinds), h.noted, on(o.now), on(h.until),
		limits.HeldCoolOff.String(), o.rep.Verdict)
	return err
}

// dailyLimit stops the account until every meaning of the day is over, and
// learns how many the platform let through. Several cards of the same day that
// hear the same learn it once; a second day within a week is for a person to
// look at.
func (o *settling) dailyLimit(ctx context.Context, a *accountRow, until time.Time) error {
	var live, learnt int
	err := o.x.get(ctx, &live, `SELECT count(*) FROM holds WHERE account_id = ? AND verdict = ? AND lifted_at IS NULL
		AND from_at <= ? AND until_at > ?`, a.ID, verdictDaily, on(o.now), on(o.now))
	if err != nil || live > 0 {
		return err
	}
	err = o.x.get(ctx, &learnt, `SELECT count(*) FROM ceilings WHERE account_id = ? AND forgotten_at IS NULL AND at > ?`,
		a.ID, on(o.now.Add(-week)))
	if err != nil {
		return err
	}
	count, err := o.sentToday(ctx, a)
	if err != nil {
		return err
	}
	_, err = o.x.exec(ctx, `INSERT INTO ceilings (account_id, at, count) VALUES (?, ?, ?)`, a.ID, on(o.now), count)
	if err != nil {
		return err
	}
	if err := o.hold(ctx, hold{until: until}); err != nil || learnt == 0 {
		return err
	}
	const why = "the platform said \"daily limit reached\" twice within 7 days"
	n, err := o.x.exec(ctx, `UPDATE accounts SET paused_at = ?, pause_reason = ? WHERE id = ? AND paused_at IS NULL`, on(o.now), why, a.ID)
	if err != nil || n == 0 {
		return err
	}
	return logEvent(ctx, o.x, event{At: o.now, Kind: "paused", Account: a.Name, Detail: why})
}

// sentToday is how many counted messages the platform let through in the local
// day so far: all but the one it refused.
func (o *settling) sentToday(ctx context.Context, a *accountRow) (n int, err error) {
	var rows []struct {
		Kind string `db:"kind"`
		N    int    `db:"n"`
	}
	err = o.x.all(ctx, &rows, `SELECT kind, sum(amount) AS n FROM units WHERE account_id = ? AND at >= ? AND at < ?
		AND (release_id IS NULL OR release_id <> ?) GROUP BY kind`, a.ID, on(limits.DayStart(o.now, a.zone())),
		on(limits.NextDay(o.now, a.zone())), o.rel.ID)
	for _, r := range rows {
		kind, err := limits.ParseKind(r.Kind)
		if err != nil {
			return 0, err
		}
		if a.def().Plan.Counts(kind) {
			n += r.N
		}
	}
	return n, err
}

// holdInvitations lets nobody invite the person from the account before an
// instant, whatever is queued by then: steps that are, or may fall back to,
// connection requests wait. Undo finds it by its from_at.
func holdInvitations(ctx context.Context, x *tx, account, person int64, reason string, from, until time.Time) error {
	_, err := x.exec(ctx, `INSERT INTO no_invites (account_id, person_id, from_at, until_at, reason) VALUES (?, ?, ?, ?, ?)`,
		account, person, on(from), on(until), reason)
	return err
}

// noInvites are the instants before which an account cannot invite people, also
// those whose request will be withdrawn: as early as can be known at now.
func noInvites(ctx context.Context, x *tx, account int64, now time.Time) (map[int64]time.Time, error) {
	var rows []struct {
		Person int64   `db:"person_id"`
		Until  Instant `db:"until_at"`
	}
	err := x.all(ctx, &rows, `SELECT person_id, max(until_at) AS until_at FROM no_invites
		WHERE account_id = ? AND lifted_at IS NULL GROUP BY person_id`, account)
	until := make(map[int64]time.Time, len(rows))
	for _, r := range rows {
		until[r.Person] = r.Until.Time
	}
	if err != nil {
		return nil, err
	}
	var asked []struct {
		Person int64   `db:"person_id"`
		At     Instant `db:"ask_at"`
	}
	err = x.all(ctx, &asked, `SELECT person_id, ask_at FROM withdrawals WHERE account_id = ? AND state IN ('waiting', 'open')`, account)
	for _, r := range asked {
		until[r.Person] = latest(until[r.Person], latest(r.At.Time, now).Add(resendAfter))
	}
	return until, err
}
