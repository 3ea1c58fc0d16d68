package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"outpace/limits"
)

// act does what the reaction's kind asks for.
func (w *reacting) act(ctx context.Context) error {
	if w.r.Kind == OptOut || w.r.Kind == Bounced {
		return w.stop(ctx)
	}
	// Somebody who is only queued may write first: that stops what is queued.
	if w.r.Kind != Reply && w.r.Kind != Declined && (w.r.Kind != AcceptedBy || w.account == nil) {
		if written, err := w.sent(ctx, limits.Kinds...); err != nil {
			return err
		} else if len(written) == 0 {
			return &NeverWrittenError{w.person.Profile, w.r.Kind}
		}
	}
	switch w.r.Kind {
	case Reply, Declined:
		// An automatic reply ends nothing, but the platform counts it as an answer.
		if !w.r.Auto {
			if err := w.stop(ctx); err != nil {
				return err
			}
			if err := w.colleagues(ctx); err != nil {
				return err
			}
		}
		if err := w.answered(ctx); err != nil {
			return err
		}
		return w.refund(ctx, false)
	case AcceptedBy:
		if err := w.accepted(ctx); err != nil {
			return err
		}
		if err := w.answered(ctx); err != nil {
			return err
		}
		return w.refund(ctx, false)
	case Withdrawn:
		return w.withdrawn(ctx)
	case CreditReturned:
		return w.refund(ctx, true)
	}
	return fmt.Errorf("%q is not a kind of event", w.r.Kind)
}

func (w *reacting) stop(ctx context.Context) error {
	d, err := stopPerson(ctx, w.x, w.person.ID, w.r.Kind, w.now)
	w.out.Cancelled, w.out.Stopped, w.out.Recalled = int(d.cancelled), int(d.stopped), d.recalled
	maps.Copy(w.plan, d.accounts)
	if err == nil && w.r.Note != "" {
		_, err = w.x.exec(ctx, `UPDATE suppressions SET reason = ? WHERE what = 'person' AND value = ? AND cause = ?
			AND removed_at IS NULL AND reason = ''`, w.r.Note, w.person.Profile, w.r.Kind)
	}
	if err != nil {
		return err
	}
	return w.overdue(ctx)
}

// sent are the releases of the kinds to the person that may have gone out, the
// newest first; only those of the account if one is named.
func (w *reacting) sent(ctx context.Context, kinds ...limits.Kind) ([]releaseRow, error) {
	var rows []releaseRow
	err := w.x.all(ctx, &rows, `SELECT * FROM releases WHERE person_id = ? AND state <> 'not_sent' ORDER BY id DESC`, w.person.ID)
	var list []releaseRow
	for _, r := range rows {
		for _, k := range kinds {
			if r.Kind == k.String() && (w.account == nil || w.account.ID == r.AccountID) {
				list = append(list, r)
			}
		}
	}
	return list, err
}

// accepted: the person is now a connection of the accounts that asked, or of
// the account named.
func (w *reacting) accepted(ctx context.Context) error {
	accounts := map[int64]bool{}
	if w.account != nil {
		accounts[w.account.ID] = true
	}
	asked, err := w.sent(ctx, limits.Connect, limits.InMail)
	if err != nil {
		return err
	}
	for _, r := range asked {
		accounts[r.AccountID] = true
	}
	if len(accounts) == 0 {
		return fmt.Errorf("no connection request or InMail was sent to %s: say which account it is now connected to", w.person.Profile)
	}
	for id := range accounts {
		w.plan[id] = true
		if err := connect(ctx, w.x, id, w.person.ID, on(w.r.At)); err != nil {
			return err
		}
	}
	return nil
}

// connect makes a person a connection of an account. Of several times that are
// told, in any order, the earliest counts.
func connect(ctx context.Context, x *tx, account, person int64, at Instant) error {
	_, err := x.exec(ctx, `INSERT INTO connections (account_id, person_id, since_at) VALUES (?, ?, ?)
		ON CONFLICT (account_id, person_id) DO UPDATE SET since_at = excluded.since_at
		WHERE excluded.since_at < connections.since_at`, account, person, at)
	if err != nil {
		return err
	}
	_, err = x.exec(ctx, `UPDATE targets SET accepted_at = ? WHERE person_id = ? AND account_id = ?
		AND (accepted_at IS NULL OR accepted_at > ?)`, at, person, account, at)
	return err
}

// withdrawn: the request is not pending any more, and the platform takes no
// new one for three weeks.
func (w *reacting) withdrawn(ctx context.Context) error {
	asked, err := w.sent(ctx, limits.Connect)
	if err != nil {
		return err
	}
	// A request that was sent later is another one.
	asked = slices.DeleteFunc(asked, func(r releaseRow) bool { return r.SlotAt.After(w.r.At) })
	if len(asked) == 0 {
		return fmt.Errorf("no connection request was sent to %s before %s that could be withdrawn", w.person.Profile, w.r.At.Format(time.RFC3339))
	}
	for _, r := range asked {
		w.plan[r.AccountID] = true
		_, err := w.x.exec(ctx, `UPDATE releases SET withdrawn_at = ? WHERE id = ? AND (withdrawn_at IS NULL OR withdrawn_at > ?)`,
			on(w.r.At), r.ID, on(w.r.At))
		if err != nil {
			return err
		}
		err = holdInvitations(ctx, w.x, r.AccountID, w.person.ID, Withdrawn, w.r.At, w.r.At.Add(resendAfter))
		if err != nil {
			return err
		}
	}
	return nil
}

// refund gives back the credit of the newest InMail the person answered, on
// each account.
func (w *reacting) refund(ctx context.Context, always bool) error {
	inMails, err := w.sent(ctx, limits.InMail)
	if err != nil {
		return err
	}
	done := map[int64]bool{}
	for i := range inMails {
		r := &inMails[i]
		if done[r.AccountID] || r.SlotAt.After(w.r.At) {
			continue
		}
		done[r.AccountID] = true
		ok, err := refund(ctx, w.x, r, w.r.At, w.now, always)
		if err != nil {
			return err
		}
		if ok {
			w.out.Refunded++
			w.plan[r.AccountID] = true
		}
	}
	if always && len(done) == 0 {
		return fmt.Errorf("no InMail was sent to %s whose credit could come back", w.person.Profile)
	}
	return nil
}
