package store

import "context"

// withdrawals is what a withdrawal recorded: none was handed over before its
// time (I5) or for somebody who may not be written to any more (I6), what was
// taken back is not pending, and nobody was invited again too soon (I1).
func (c *evidence) withdrawals(ctx context.Context, x *tx) error {
	var rows []struct {
		withdrawalRow
		MessageID  string  `db:"message_id"`
		Kind       string  `db:"kind"`
		Withdrawn  Instant `db:"withdrawn_at"`
		Suppressed Instant `db:"suppressed_at"`
	}
	err := x.all(ctx, &rows, `SELECT w.*, r.message_id, r.kind, r.withdrawn_at, p.suppressed_at FROM withdrawals w
		JOIN releases r ON r.id = w.release_id JOIN people p ON p.id = w.person_id ORDER BY w.id`)
	for i := range rows {
		w := &rows[i]
		switch asked := !w.AskedAt.IsZero(); {
		case asked && w.State == withdrawOpen && w.AskedAt.Before(w.DueAt.Time):
			c.broken("I5", w.AccountID, w.AskedAt.Time, "the request of message %s was handed over for withdrawal before its time", w.MessageID)
		case asked && !w.Suppressed.IsZero() && w.AskedAt.After(w.Suppressed.Time):
			c.broken("I6", w.AccountID, w.AskedAt.Time, "the request of message %s was handed over for withdrawal after the person was suppressed", w.MessageID)
		case w.State == withdrawDone && w.Withdrawn.IsZero():
			c.broken("I9", w.AccountID, w.DoneAt.Time, "the request of message %s was withdrawn and still counts as pending", w.MessageID)
		}
		if w.State != withdrawDone {
			continue
		}
		for k := range c.releases {
			r := &c.releases[k]
			if r.AccountID == w.AccountID && r.PersonID == w.PersonID && r.Kind == "connect" && r.State != "not_sent" &&
				r.ReleasedAt.After(w.DoneAt.Time) && r.ReleasedAt.Before(w.Withdrawn.Add(resendAfter)) {
				c.broken("I1", r.AccountID, r.SlotAt.Time, "message %s invites a person whose request was withdrawn at %s", r.MessageID, w.Withdrawn)
			}
		}
	}
	return err
}
