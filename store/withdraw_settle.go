package store

import (
	"context"
	"fmt"
	"time"

	"outpace/scheduler"
)

// What the log says of withdrawals.
const (
	eventWithdrawAgain  = "withdraw_again"  // it is tried again
	eventWithdrawFailed = "withdraw_failed" // the last try was without success
)

// settleWithdrawal records what became of a withdrawal that was handed over. It
// tells whether its account must be planned again.
func (s *Store) settleWithdrawal(ctx context.Context, x *tx, rel *releaseRow, rep scheduler.Report, now time.Time) (replan bool, err error) {
	var w withdrawalRow
	if err := x.get(ctx, &w, `SELECT * FROM withdrawals WHERE id = ?`, rep.Withdrawal); err != nil {
		return false, err
	}
	if rep.Detail, err = sealed(ctx, x, rel.PersonID, rep.Detail); err != nil {
		return false, err
	}
	sent := rep.Outcome == scheduler.WasSent
	switch {
	case rep.Outcome == scheduler.Waits, w.State == withdrawDone, w.State == withdrawFailed:
		return false, nil
	case w.State == withdrawCancelled && (!sent || w.Reason == "accepted"):
		return false, nil // somebody was quicker
	case sent:
		return true, takenBack(ctx, x, rel, &w, rep, now)
	}
	if err := withdrawVerdict(ctx, s, x, rel, rep, now); err != nil {
		return false, err
	}
	switch rep.Outcome {
	case scheduler.ChannelIsOff:
		err = w.again(ctx, x, rel, rep, w.Tries, now, now)
	case scheduler.NotSentYet:
		err = w.again(ctx, x, rel, rep, w.Tries, latest(rep.Until, now.Add(againAfter)), now)
	case scheduler.NeverSent:
		err = w.fail(ctx, x, rel, rep, now)
	case scheduler.NotSent, scheduler.CannotTell:
		err = w.notDone(ctx, x, rel, rep, now)
	default:
		err = fmt.Errorf("withdrawal %d: outcome %d is not one", w.ID, rep.Outcome)
	}
	return true, err
}

// withdrawVerdict holds the whole account where the platform says that: what it
// says of messages means nothing here.
func withdrawVerdict(ctx context.Context, s *Store, x *tx, rel *releaseRow, rep scheduler.Report, now time.Time) error {
	if rep.Verdict != verdictRestricted && rep.Verdict != verdictThrottled {
		return nil
	}
	o := &settling{s: s, x: x, rel: rel, rep: rep, now: now}
	return o.verdict(ctx)
}

// takenBack: the request is not pending any more, and the person cannot be
// invited for a while. It does what the event "withdrawn" does, for one account.
func takenBack(ctx context.Context, x *tx, rel *releaseRow, w *withdrawalRow, rep scheduler.Report, now time.Time) error {
	at := rep.At
	if at.IsZero() || at.After(now) || at.Before(w.AskedAt.Time) {
		at = now
	}
	_, err := x.exec(ctx, `UPDATE withdrawals SET state = 'done', done_at = ?, detail = ?, reason = '', ask_at = coalesce(ask_at, asked_at)
		WHERE id = ?`, on(now), rep.Detail, w.ID)
	if err == nil {
		_, err = x.exec(ctx, `UPDATE releases SET withdrawn_at = coalesce(withdrawn_at, ?) WHERE id = ?`, on(at), rel.ID)
	}
	if err == nil {
		err = holdInvitations(ctx, x, rel.AccountID, rel.PersonID, Withdrawn, at, at.Add(resendAfter))
	}
	if err != nil {
		return err
	}
	return logRelease(ctx, x, rel, Withdrawn, joinDetail("after "+w.pending(rel), rep.Detail), at)
}

// pending is how long the request was unanswered, in words.
func (w *withdrawalRow) pending(rel *releaseRow) string {
	return fmt.Sprintf("%d days without an answer", int(w.DueAt.Sub(rel.SlotAt.Time)/(24*time.Hour)))
}

// notDone uses a try; taking a request back twice does no harm, so that what
// nobody can tell is tried again, too.
func (w *withdrawalRow) notDone(ctx context.Context, x *tx, rel *releaseRow, rep scheduler.Report, now time.Time) error {
	if w.Tries >= len(backoffs) {
		return w.fail(ctx, x, rel, rep, now)
	}
	return w.again(ctx, x, rel, rep, w.Tries+1, now.Add(backoffs[w.Tries]), now)
}

// again lets a withdrawal wait for the first slot from an instant on.
func (w *withdrawalRow) again(ctx context.Context, x *tx, rel *releaseRow, rep scheduler.Report, tries int, retry, now time.Time) error {
	_, err := x.exec(ctx, `UPDATE withdrawals SET state = 'waiting', tries = ?, retry_at = ?, ask_at = NULL, detail = ? WHERE id = ?`,
		tries, on(retry), rep.Detail, w.ID)
	if err != nil {
		return err
	}
	return logRelease(ctx, x, rel, eventWithdrawAgain, joinDetail(outcomeNames[rep.Outcome], rep.Detail), now)
}

func (w *withdrawalRow) fail(ctx context.Context, x *tx, rel *releaseRow, rep scheduler.Report, now time.Time) error {
	_, err := x.exec(ctx, `UPDATE withdrawals SET state = 'failed', done_at = ?, ask_at = NULL, detail = ? WHERE id = ?`, on(now), rep.Detail, w.ID)
	if err != nil {
		return err
	}
	return logRelease(ctx, x, rel, eventWithdrawFailed, joinDetail(outcomeNames[rep.Outcome], rep.Detail), now)
}
