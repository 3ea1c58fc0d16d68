package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// What a card asks for.
const (
	TaskSend     = "send"     // the message
	TaskWithdraw = "withdraw" // the connection request is to be taken back
)

// card is the open withdrawal as a person sees it.
func (k *withdrawalCard) card(now time.Time) (Card, error) {
	kind, err := limits.ParseKind(k.Kind)
	zone := k.Def.V.Zone.Loc()
	return Card{
		ID: k.MessageID, Task: TaskWithdraw, Account: k.Account, Campaign: k.Campaign, Target: k.Profile, Name: k.Name,
		Step: k.StepNo, StepName: k.Step, Kind: kind, Priority: k.Priority,
		Due: k.AskAt.In(zone), ReleasedAt: k.AskedAt.In(zone),
		Late: !now.Before(limits.NextDay(k.AskAt.Time, zone)), Cap: limits.None,
	}, err
}

// deskWithdrawals are the withdrawals (w) that are with a person.
const deskWithdrawals = `w.state = 'open' AND NOT EXISTS (SELECT 1 FROM channels h WHERE h.name = w.channel AND h.type <> 'desk')`

// withdrawalCardsOf are the cards of an account, or of all accounts if none is
// named.
func withdrawalCardsOf(ctx context.Context, x *tx, account string) (rows []withdrawalCard, err error) {
	err = x.all(ctx, &rows, withdrawalCards+deskWithdrawals+` AND (? = '' OR a.name = ?) ORDER BY w.ask_at, w.id`, account, account)
	return rows, err
}

// withdrawalOf finds the withdrawal of a message's request that meets a
// condition on withdrawals (w); nil: there is none.
func withdrawalOf(ctx context.Context, x *tx, id, where string) (*withdrawalRow, *releaseRow, error) {
	m, err := messageByPrefix(ctx, x, id)
	if err != nil {
		return nil, nil, err
	}
	var w withdrawalRow
	found, err := x.find(ctx, &w, `SELECT w.* FROM withdrawals w JOIN releases r ON r.id = w.release_id
		WHERE r.message_id = ? AND `+where, m.ID)
	if err != nil || !found {
		return nil, nil, err
	}
	r, err := lastRelease(ctx, x, m.ID)
	return &w, r, err
}

// answerWithdrawal records the answer on the card of a withdrawal.
func (s *Store) answerWithdrawal(ctx context.Context, x *tx, w *withdrawalRow, r *releaseRow, a Answer, now time.Time) error {
	if err := a.checkWithdrawal(w, r, now); err != nil {
		return err
	}
	plan, err := accountsOf(ctx, x, w.PersonID)
	if err != nil {
		return err
	}
	plan[w.AccountID] = true
	rep := scheduler.Report{Release: r.ID, Withdrawal: w.ID, At: a.At, Detail: a.Note}
	switch a.Kind {
	case AnswerSent:
		rep.Outcome = scheduler.WasSent
		_, err = s.settleWithdrawal(ctx, x, r, rep, now)
	case AnswerNotSent:
		rep.Outcome = scheduler.NotSent
		_, err = s.settleWithdrawal(ctx, x, r, rep, now)
	case AnswerSkip:
		err = w.leave(ctx, x, r, skippedWithdrawal, a, now)
	case AnswerConnected:
		if err = w.leave(ctx, x, r, "accepted", a, now); err == nil {
			err = connect(ctx, x, w.AccountID, w.PersonID, on(now))
		}
	case AnswerProfileGone:
		if err = w.leave(ctx, x, r, "answered", a, now); err == nil {
			_, err = stopPerson(ctx, x, w.PersonID, Bounced, now)
		}
	}
	if err != nil {
		return err
	}
	if _, err := x.exec(ctx, `UPDATE withdrawals SET answer = ? WHERE id = ?`, string(a.Kind), w.ID); err != nil {
		return err
	}
	_, err = s.planAll(ctx, x, plan, now)
	return err
}

func (a *Answer) checkWithdrawal(w *withdrawalRow, r *releaseRow, now time.Time) error {
	switch {
	case a.Verdict != "":
		return errors.New("a verdict goes with a message, not with a withdrawal")
	case a.Kind == AnswerInMailRefused:
		return fmt.Errorf("message %s is no InMail but a connection request to withdraw", r.MessageID)
	case !a.At.IsZero() && a.At.Before(w.AskedAt.Time):
		return fmt.Errorf("%s is before the card was there, at %s", a.At.Format(time.RFC3339), w.AskedAt.Format(time.RFC3339))
	}
	return a.check(r, now)
}

// leave ends a withdrawal without taking the request back.
func (w *withdrawalRow) leave(ctx context.Context, x *tx, r *releaseRow, reason string, a Answer, now time.Time) error {
	note, err := sealed(ctx, x, w.PersonID, a.Note)
	if err != nil {
		return err
	}
	_, err = x.exec(ctx, `UPDATE withdrawals SET state = 'cancelled', reason = ?, done_at = ?, detail = ? WHERE id = ?`,
		reason, on(now), note, w.ID)
	if err != nil {
		return err
	}
	return logRelease(ctx, x, r, "withdraw_"+string(a.Kind), note, now)
}

// undoWithdrawal takes the last answer on the card of a withdrawal back: the
// card is open again.
func (s *Store) undoWithdrawal(ctx context.Context, x *tx, w *withdrawalRow, r *releaseRow, now time.Time) error {
	var later int
	err := x.get(ctx, &later, `SELECT count(*) FROM releases WHERE person_id = ? AND released_at > ? AND id > ?`, w.PersonID, w.AskedAt, r.ID)
	if err != nil {
		return err
	}
	if later > 0 {
		return fmt.Errorf("the next message to this person was released since: the withdrawal of message %s keeps its answer", r.MessageID)
	}
	// What an answer says of the person is undone as on any card.
	answered := *r
	answered.Answer, answered.DoneAt = w.Answer, w.DoneAt
	u := &undoing{s: s, x: x, rel: &answered, now: now}
	if err := u.person(ctx); err != nil {
		return err
	}
	if err := w.reopen(ctx, x, r, now); err != nil {
		return err
	}
	if err := u.revive(ctx); err != nil {
		return err
	}
	if err := logRelease(ctx, x, r, "undone", "the answer "+w.Answer+" on the withdrawal was taken back", now); err != nil {
		return err
	}
	plan, err := accountsOf(ctx, x, w.PersonID)
	if err != nil {
		return err
	}
	plan[w.AccountID] = true
	_, err = s.planAll(ctx, x, plan, now)
	return err
}

// reopen lets the card lie open again, and what was taken back be pending.
func (w *withdrawalRow) reopen(ctx context.Context, x *tx, r *releaseRow, now time.Time) error {
	tries := w.Tries
	switch {
	case w.State == withdrawDone:
		_, err := x.exec(ctx, `UPDATE no_invites SET lifted_at = ? WHERE account_id = ? AND person_id = ? AND from_at = ?
			AND reason = ? AND lifted_at IS NULL`, on(now), w.AccountID, w.PersonID, r.WithdrawnAt, Withdrawn)
		if err == nil {
			_, err = x.exec(ctx, `UPDATE releases SET withdrawn_at = NULL WHERE id = ?`, r.ID)
		}
		if err != nil {
			return err
		}
	case AnswerKind(w.Answer) == AnswerNotSent:
		tries = max(tries-1, 0)
	}
	_, err := x.exec(ctx, `UPDATE withdrawals SET state = 'open', done_at = NULL, retry_at = NULL, tries = ?, reason = '', answer = '',
		detail = '', ask_at = coalesce(ask_at, asked_at) WHERE id = ?`, tries, w.ID)
	return err
}
