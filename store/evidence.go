package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"outpace/scheduler"
)

// proofs are the reactions nobody has to a message they never got.
var proofs = []string{Reply, AcceptedBy, Declined, Withdrawn, CreditReturned}

// evidence resolves the message a reaction names by its id: if nobody knew
// whether it was sent, or its channel had not reported yet, it was. An opt-out
// or a bounce proves nothing: it only says whom it is about.
func (w *reacting) evidence(ctx context.Context) error {
	if !idPrefix.MatchString(strings.ToLower(strings.TrimSpace(w.r.Person))) || !slices.Contains(proofs, w.r.Kind) {
		return nil
	}
	m, err := messageByPrefix(ctx, w.x, w.r.Person)
	if err != nil {
		return err
	}
	w.message = m.ID // for a call that is still under way: see proven
	var r releaseRow
	found, err := w.x.find(ctx, &r, `SELECT * FROM releases WHERE message_id = ?
		AND (state = 'unknown' OR state = 'open' AND accepted_at IS NOT NULL) ORDER BY id DESC LIMIT 1`, m.ID)
	if err != nil || !found || w.r.At.Before(r.ReleasedAt.Time) {
		return err
	}
	rep := scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent, Detail: "the event " + w.r.logged() + " names it"}
	if _, err := w.s.settle(ctx, w.x, &r, rep, w.now); err != nil {
		return err
	}
	w.out.Resolved++
	w.plan[r.AccountID] = true
	return nil
}

// proven says that a reaction has named the message of a release since it was
// handed over: the answer can be here before the channel's own.
func proven(ctx context.Context, x *tx, r *releaseRow) (yes bool, err error) {
	query, args, err := sqlx.In(`SELECT EXISTS (SELECT 1 FROM events WHERE person_id = ? AND message_id = ? AND at >= ? AND kind IN (?))`,
		r.PersonID, r.MessageID, r.ReleasedAt, append([]string{autoReply}, proofs...))
	if err == nil {
		err = x.get(ctx, &yes, query, args...)
	}
	return yes, err
}
