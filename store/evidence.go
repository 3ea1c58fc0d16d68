package store

import (
	"context"
	"slices"
	"strings"

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
