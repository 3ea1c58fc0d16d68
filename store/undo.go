package store

import (
	"context"
	"fmt"
	"time"

	"outpace/limits"
)

// DeskUndo takes the last answer on a card back: the card is open again, and
// what the answer changed is as before. It is an error if something has been
// built on the answer since.
func (s *Store) DeskUndo(ctx context.Context, now time.Time, id string) error {
	return s.write(ctx, func(x *tx) error {
		if w, r, err := withdrawalOf(ctx, x, id, `w.answer <> ''`); err != nil {
			return err
		} else if w != nil {
			return s.undoWithdrawal(ctx, x, w, r, now)
		}
		m, err := messageByPrefix(ctx, x, id)
		if err != nil {
			return err
		}
		r, err := lastRelease(ctx, x, m.ID)
		if err != nil {
			return err
		}
		u := &undoing{s: s, x: x, rel: r, message: m, now: now}
		if err := u.check(ctx); err != nil {
			return err
		}
		plan, err := u.run(ctx)
		if err != nil {
			return err
		}
		_, err = s.planAll(ctx, x, plan, now)
		return err
	})
}

// undoing is the work on one answer taken back.
type undoing struct {
	s       *Store
	x       *tx
	rel     *releaseRow
	message *messageRow
	now     time.Time
}

// check refuses what something was built on.
func (u *undoing) check(ctx context.Context) error {
	if u.rel.State == "open" {
		return fmt.Errorf("message %s has no answer to take back", u.rel.MessageID)
	}
	desk, err := isDesk(ctx, u.x, u.rel.Channel)
	if err != nil {
		return err
	}
	if u.rel.Answer == "" || !desk {
		return fmt.Errorf("what became of message %s was not answered at the desk", u.rel.MessageID)
	}
	// The answer may have let another campaign begin with the person, also in
	// the instant in which the card itself was released.
	var later, refunds, reactions int
	err = u.x.get(ctx, &later, `SELECT count(*) FROM releases WHERE id > ? AND (target_id = ? OR person_id = ? AND released_at >= ?)`,
		u.rel.ID, u.rel.TargetID, u.rel.PersonID, u.rel.DoneAt)
	if err == nil {
		err = u.x.get(ctx, &refunds, `SELECT count(*) FROM events WHERE release_id = ? AND kind = ?`, u.rel.ID, eventRefund)
	}
	if err == nil && AnswerKind(u.rel.Answer) == AnswerProfileGone {
		err = u.x.get(ctx, &reactions, `SELECT count(*) FROM events WHERE person_id = ? AND kind IN (?, ?) AND at >= ?`,
			u.rel.PersonID, Reply, Declined, u.rel.DoneAt)
	}
	switch {
	case err != nil:
		return err
	case later > 0:
		return fmt.Errorf("the next message to this person was released since: message %s keeps its answer", u.rel.MessageID)
	case refunds > 0:
		return fmt.Errorf("the credit of message %s came back for an answer since: it keeps its answer", u.rel.MessageID)
	case reactions > 0:
		return fmt.Errorf("the person of message %s answered since: it keeps its answer", u.rel.MessageID)
	}
	return nil
}

func (u *undoing) run(ctx context.Context) (map[int64]bool, error) {
	if err := u.verdict(ctx); err != nil {
		return nil, err
	}
	if err := u.person(ctx); err != nil {
		return nil, err
	}
	if err := u.takeBack(ctx); err != nil {
		return nil, err
	}
	// The release first: the database lets a message back only to an open one.
	_, err := u.x.exec(ctx, `UPDATE releases SET state = 'open', done_at = NULL, detail = '', verdict = '', answer = '' WHERE id = ?`, u.rel.ID)
	if err != nil {
		return nil, err
	}
	away, err := u.home(ctx)
	if err != nil {
		return nil, err
	}
	if err := u.reopen(ctx); err != nil {
		return nil, err
	}
	if err := u.revive(ctx); err != nil {
		return nil, err
	}
	err = logRelease(ctx, u.x, u.rel, "undone", "the answer "+u.rel.Answer+" was taken back", u.now)
	if err != nil {
		return nil, err
	}
	plan, err := accountsOf(ctx, u.x, u.rel.PersonID)
	if err == nil {
		plan[u.rel.AccountID], plan[away] = true, true
	}
	return plan, err
}

// home brings a target back that was dealt to another account since: who
// released the card has begun with it. It returns the account the target was
// with.
func (u *undoing) home(ctx context.Context) (away int64, err error) {
	err = u.x.get(ctx, &away, `SELECT coalesce(account_id, ?) FROM targets WHERE id = ?`, u.rel.AccountID, u.rel.TargetID)
	if err != nil || away == u.rel.AccountID {
		return away, err
	}
	return away, (&handing{x: u.x}).move(ctx, u.rel.TargetID, u.rel.AccountID)
}

// verdict lifts what the answer's verdict held.
func (u *undoing) verdict(ctx context.Context) error {
	if u.rel.Verdict == "" {
		return nil
	}
	at, account := u.rel.DoneAt, u.rel.AccountID
	switch u.rel.Verdict {
	case verdictCredit:
		return undoNoCredit(ctx, u.x, account, at, u.now)
	case verdictResend:
		_, err := u.x.exec(ctx, `UPDATE no_invites SET lifted_at = ? WHERE account_id = ? AND person_id = ? AND from_at = ?
			AND reason = ? AND lifted_at IS NULL`, on(u.now), account, u.rel.PersonID, at, verdictResend)
		return err
	}
	_, err := u.x.exec(ctx, `UPDATE holds SET lifted_at = ? WHERE id IN (SELECT min(id) FROM holds
		WHERE account_id = ? AND verdict = ? AND from_at = ? AND lifted_at IS NULL)`, on(u.now), account, u.rel.Verdict, at)
	if err != nil || u.rel.Verdict != verdictDaily {
		return err
	}
	_, err = u.x.exec(ctx, `UPDATE ceilings SET forgotten_at = ? WHERE account_id = ? AND at = ?`, on(u.now), account, at)
	if err != nil {
		return err
	}
	_, err = u.x.exec(ctx, `UPDATE accounts SET paused_at = NULL, pause_reason = '' WHERE id = ? AND paused_at = ?`, account, at)
	return err
}

// person undoes what the answer said of the person.
func (u *undoing) person(ctx context.Context) error {
	at, person := u.rel.DoneAt, u.rel.PersonID
	switch AnswerKind(u.rel.Answer) {
	case AnswerConnected:
		_, err := u.x.exec(ctx, `DELETE FROM connections WHERE account_id = ? AND person_id = ? AND since_at = ?`,
			u.rel.AccountID, person, at)
		if err != nil {
			return err
		}
		_, err = u.x.exec(ctx, `UPDATE targets SET accepted_at = NULL WHERE account_id = ? AND person_id = ? AND accepted_at = ?`,
			u.rel.AccountID, person, at)
		return err
	case AnswerProfileGone:
		return takeBounceBack(ctx, u.x, u.now, person, at)
	}
	return nil
}

// takeBack takes the unit and the credit again, if nothing else has them.
func (u *undoing) takeBack(ctx context.Context) error {
	var kept int
	if err := u.x.get(ctx, &kept, `SELECT coalesce(sum(amount), 0) FROM units WHERE release_id = ?`, u.rel.ID); err != nil {
		return err
	}
	if kept == 0 {
		if err := u.room(ctx); err != nil {
			return err
		}
	}
	if _, err := countAt(ctx, u.x, u.rel, u.rel.SlotAt.Time, u.now); err != nil {
		return err
	}
	if u.rel.LotID == nil {
		return nil
	}
	if err := creditsDueOf(ctx, u.x, u.rel.AccountID, u.now); err != nil {
		return err
	}
	if out, err := creditOut(ctx, u.x, u.rel); err != nil || out {
		return err
	}
	var left int
	if err := u.x.get(ctx, &left, `SELECT remaining FROM lots WHERE id = ?`, *u.rel.LotID); err != nil {
		return err
	}
	if left == 0 {
		return fmt.Errorf("the credit of message %s was spent again since: it keeps its answer", u.rel.MessageID)
	}
	return moveCredit(ctx, u.x, u.rel, -1, limits.ReasonSpend, u.now)
}

// room refuses when the unit that was given back has been used again.
func (u *undoing) room(ctx context.Context) error {
	a, err := accountByID(ctx, u.x, u.rel.AccountID)
	if err != nil {
		return err
	}
	r, err := rules(ctx, u.x, a)
	if err != nil {
		return err
	}
	counted, open, err := units(ctx, u.x, a.ID, u.now)
	if err != nil {
		return err
	}
	kind, err := limits.ParseKind(u.rel.Kind)
	if err != nil {
		return err
	}
	r.Holds = nil // they stop what is new, not what was released
	book := limits.NewBook(&r, counted, 0)
	book.Everywhere(open)
	for _, at := range []time.Time{u.rel.SlotAt.Time, u.now} {
		if answer := book.Ask(kind, u.rel.Noted, at); !answer.OK {
			return fmt.Errorf("the place of message %s under the %s was given to another one since: it keeps its answer; `usage record` counts it if it was sent",
				u.rel.MessageID, answer.Held)
		}
	}
	return nil
}

// reopen brings the message and its target to where the claim had them.
func (u *undoing) reopen(ctx context.Context) error {
	tries := u.message.Tries
	if AnswerKind(u.rel.Answer) == AnswerNotSent && usesTry(u.rel, u.rel.Verdict) {
		tries = max(tries-1, 0)
	}
	c, err := campaignByID(ctx, u.x, u.rel.CampaignID)
	if err != nil {
		return err
	}
	step, _ := stepByName(c.def(), u.rel.Step)
	isElse := step != nil && step.Else != nil && step.Kind.String() != u.rel.Kind && step.Else.Kind.String() == u.rel.Kind
	_, err = u.x.exec(ctx, `UPDATE messages SET state = 'released', slot_at = ?, kind = ?, is_else = ?, held = '',
		retry_at = NULL, tries = ?, reason = '', account_id = ? WHERE id = ?`,
		u.rel.SlotAt, u.rel.Kind, isElse, tries, u.rel.AccountID, u.rel.MessageID)
	if err != nil {
		return err
	}
	_, err = u.x.exec(ctx, `UPDATE targets SET last_step = ?, last_at = ?, begun_at = coalesce(begun_at, ?),
		blocked = CASE blocked WHEN 'condition' THEN '' ELSE blocked END,
		state = CASE state WHEN 'finished' THEN 'active' ELSE state END WHERE id = ?`,
		u.rel.Step, u.rel.SlotAt, u.rel.SlotAt, u.rel.TargetID)
	return err
}
