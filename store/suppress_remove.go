package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"outpace/campaign"
	"outpace/scheduler"
)

// unsuppressedEvent is how the log calls a person who may be written to again.
const unsuppressedEvent = "unsuppressed"

func unsuppress(ctx context.Context, x *tx, now time.Time, n NewSuppression, reason string, optOut bool) (SuppressionChange, error) {
	out := SuppressionChange{What: n.What, Value: n.Value}
	people, err := matched(ctx, x, &out)
	if err != nil {
		return out, err
	}
	var live []string
	err = x.all(ctx, &live, `SELECT cause FROM suppressions WHERE what = ? AND value = ? AND removed_at IS NULL`, out.What, out.Value)
	switch {
	case err != nil:
		return out, err
	case slices.Contains(live, Forgotten):
		return out, ErrForgotten
	case slices.Contains(live, OptOut) && !optOut:
		return out, ErrOptOut
	case len(live) == 0:
		return out, notSuppressed(ctx, x, &out)
	}
	_, err = x.exec(ctx, `UPDATE suppressions SET removed_at = ?, remove_reason = ? WHERE what = ? AND value = ? AND removed_at IS NULL`,
		on(now), reason, out.What, out.Value)
	if err != nil {
		return out, err
	}
	for _, id := range people {
		given, queued, err := lift(ctx, x, now, id)
		if err != nil {
			return out, err
		}
		if !given {
			continue
		}
		out.People++
		out.Queued += queued
		if err := logEvent(ctx, x, event{At: now, Kind: unsuppressedEvent, Person: id, Detail: reason}); err != nil {
			return out, err
		}
	}
	return out, nil
}

// matched are the people a suppression is about. A person's message becomes
// that person.
func matched(ctx context.Context, x *tx, c *SuppressionChange) (ids []int64, err error) {
	switch c.What {
	case ThePerson:
		p, err := findPerson(ctx, x, c.Value)
		if err != nil {
			return nil, err
		}
		c.Value = p.Profile
		return []int64{p.ID}, nil
	case TheCompany:
		err = x.all(ctx, &ids, `SELECT id FROM people WHERE company_key = ? OR suppressed_by IN (SELECT id FROM suppressions
			WHERE what = 'company' AND value = ? AND removed_at IS NULL) ORDER BY id`, c.Value, c.Value)
		return ids, err
	}
	err = eachDomains(ctx, x, func(person int64, names []string) {
		if slices.ContainsFunc(names, func(name string) bool { return slices.Contains(campaign.AndAbove(name), c.Value) }) {
			ids = append(ids, person)
		}
	})
	return ids, err
}

// notSuppressed tells what suppresses a person who is not named.
func notSuppressed(ctx context.Context, x *tx, c *SuppressionChange) error {
	e := &NotSuppressedError{What: c.What, Value: c.Value}
	if c.What != ThePerson {
		return e
	}
	p, err := personByProfile(ctx, x, c.Value)
	if err != nil {
		return err
	}
	what, value, err := liveCause(ctx, x, p)
	if err == nil && what != "" {
		e.Others = what + " " + value
	}
	if err == nil {
		err = e
	}
	return err
}

// liveCause is the strongest cause for which a person must not be written to,
// and what was suppressed; "" if there is none.
func liveCause(ctx context.Context, x *tx, p *personRow) (cause, value string, err error) {
	names := strings.Fields(p.Domains)
	args := []any{p.Profile, p.CompanyKey, p.SuppressedBy}
	for _, name := range names {
		for _, above := range campaign.AndAbove(name) {
			args = append(args, above)
		}
	}
	var live []struct {
		Cause string `db:"cause"`
		Value string `db:"value"`
	}
	err = x.all(ctx, &live, `SELECT cause, value FROM suppressions WHERE removed_at IS NULL AND (what = 'person' AND value = ?
		OR what = 'company' AND value = ? OR id = ? OR what = 'domain' AND value IN (''`+strings.Repeat(", ?", len(args)-3)+`)) ORDER BY id`, args...)
	for _, l := range live {
		if cause == "" || slices.Index(causes, l.Cause) < slices.Index(causes, cause) {
			cause, value = l.Cause, l.Value
		}
	}
	return cause, value, err
}

// lift lets a person be written to again, unless another cause is left: given
// tells. Their accounts are planned later.
func lift(ctx context.Context, x *tx, now time.Time, person int64) (given bool, queued int, err error) {
	var p personRow
	if err := x.get(ctx, &p, `SELECT * FROM people WHERE id = ?`, person); err != nil || p.SuppressedAt.IsZero() {
		return false, 0, err
	}
	cause, _, err := liveCause(ctx, x, &p)
	if err != nil {
		return false, 0, err
	}
	if cause != "" {
		_, err = x.exec(ctx, `UPDATE people SET suppress_reason = ?, suppressed_by =
			(SELECT id FROM suppressions WHERE id = suppressed_by AND removed_at IS NULL) WHERE id = ?`, cause, p.ID)
		return false, 0, err
	}
	if _, err := x.exec(ctx, `UPDATE people SET suppressed_at = NULL, suppress_reason = '', suppressed_by = NULL WHERE id = ?`, p.ID); err != nil {
		return false, 0, err
	}
	// Who is out of the file goes on when a file names them again.
	_, err = x.exec(ctx, `UPDATE messages SET reason = 'edit' WHERE state = 'cancelled' AND reason IN `+barred+`
		AND target_id IN (SELECT id FROM targets WHERE person_id = ? AND state = 'removed')`, p.ID)
	if err != nil {
		return false, 0, err
	}
	var targets []targetRow
	err = x.all(ctx, &targets, `SELECT * FROM targets WHERE person_id = ? AND state = 'stopped' AND stop_reason IN `+barred+` ORDER BY id`, p.ID)
	for i := range targets {
		if err != nil {
			return false, 0, err
		}
		var n int
		n, err = resume(ctx, x, &targets[i], p.SuppressedAt)
		queued += n
	}
	if err != nil {
		return false, 0, err
	}
	accounts, err := accountsOf(ctx, x, p.ID)
	if err == nil {
		err = halt(ctx, x, now, p.ID, accounts)
	}
	return true, queued, err
}

// resume lets a target that a suppression stopped go on where it stood. One
// whose person answered while it stood ends for that.
func resume(ctx context.Context, x *tx, t *targetRow, since Instant) (queued int, err error) {
	var answer string
	found, err := x.find(ctx, &answer, `SELECT kind FROM events WHERE person_id = ? AND kind IN (?, ?) AND at >= ? AND at >= ?
		ORDER BY at DESC, id DESC LIMIT 1`, t.PersonID, Reply, Declined, since, t.AddedAt)
	if err != nil {
		return 0, err
	}
	if found {
		_, err = x.exec(ctx, `UPDATE targets SET stop_reason = ? WHERE id = ?`, answer, t.ID)
		if err == nil {
			_, err = x.exec(ctx, `UPDATE messages SET reason = ? WHERE target_id = ? AND state = 'cancelled' AND reason IN `+barred,
				cancelReason(answer), t.ID)
		}
		return 0, err
	}
	_, err = x.exec(ctx, `UPDATE targets SET state = 'active', stop_reason = '', ends_at = NULL WHERE id = ?`, t.ID)
	if err != nil {
		return 0, err
	}
	c, err := campaignByID(ctx, x, t.CampaignID)
	if err != nil {
		return 0, err
	}
	var list []messageRow
	err = x.all(ctx, &list, `SELECT * FROM messages WHERE target_id = ? AND state = 'cancelled' AND reason IN `+barred+` ORDER BY id`, t.ID)
	steps := c.def().Steps
	last := stepIndex(steps, t.LastStep)
	for _, m := range list {
		if err != nil {
			return queued, err
		}
		switch i := stepIndex(steps, m.Step); {
		case i < 0:
			err = cancel(ctx, x, m.ID, "edit")
		case i <= last:
			err = cancel(ctx, x, m.ID, "skipped")
		default:
			queued++
			_, err = x.exec(ctx, `UPDATE messages SET state = ?, reason = '', account_id = ? WHERE id = ?`, scheduler.Queued, t.AccountID, m.ID)
		}
	}
	return queued, err
}

// takeBounceBack undoes a bounce that was recorded at an instant, and no other.
func takeBounceBack(ctx context.Context, x *tx, now time.Time, person int64, at Instant) error {
	n, err := x.exec(ctx, `UPDATE suppressions SET removed_at = ?, remove_reason = ? WHERE what = 'person' AND cause = ? AND added_at = ?
		AND removed_at IS NULL AND value = (SELECT profile FROM people WHERE id = ?)`,
		on(now), "the answer was taken back", Bounced, at, person)
	if err != nil || n == 0 {
		return err // suppressed before, or for another reason: that stays
	}
	if _, _, err = lift(ctx, x, now, person); err != nil {
		return fmt.Errorf("taking a bounce back: %w", err)
	}
	return nil
}
