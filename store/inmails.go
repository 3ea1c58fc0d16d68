package store

import (
	"context"
	"maps"
	"slices"

	"outpace/limits"
)

// answers are the events by which a person has answered an InMail.
const answers = `('reply', 'declined', 'accepted', 'auto_reply')`

// unansweredInMail holds for a release (r) that is an InMail nobody answered
// since its slot. It counts while it may have been sent.
const unansweredInMail = `r.kind = 'inmail' AND r.state <> 'not_sent' AND NOT EXISTS (SELECT 1 FROM events e
	WHERE e.person_id = r.person_id AND e.kind IN ` + answers + ` AND e.at >= r.slot_at)`

// readInMails marks the targets whose person has an unanswered InMail of the
// account.
func (l *loaded) readInMails(ctx context.Context, x *tx, at map[int64]int) error {
	var ids []int64
	err := x.all(ctx, &ids, `SELECT DISTINCT t.id FROM releases r JOIN targets t ON t.person_id = r.person_id AND t.account_id = r.account_id
		WHERE r.account_id = ? AND t.state = 'active' AND `+unansweredInMail, l.account.ID)
	for _, id := range ids {
		l.state.Targets[at[id]].InMailed = true
	}
	return err
}

// inMailed says whether an account has an unanswered InMail to a person.
func inMailed(ctx context.Context, x *tx, account, person int64) (bool, error) {
	var n int
	err := x.get(ctx, &n, `SELECT count(*) FROM releases r WHERE r.account_id = ? AND r.person_id = ? AND `+unansweredInMail, account, person)
	return n > 0, err
}

// reviveInMails queues again the InMails to a person that an account skipped
// because another one was unanswered: that was answered, or never sent. The
// planner, which runs next, skips once more what still does not apply. Steps a
// target has passed stay as they are. It tells whether there were any.
func reviveInMails(ctx context.Context, x *tx, account, person int64) (bool, error) {
	var rows []struct {
		ID       string `db:"id"`
		Target   int64  `db:"target_id"`
		Campaign int64  `db:"campaign_id"`
		Step     string `db:"step"`
		Last     string `db:"last_step"`
	}
	err := x.all(ctx, &rows, `SELECT m.id, m.target_id, t.campaign_id, m.step, t.last_step
		FROM targets t JOIN messages m ON m.target_id = t.id JOIN campaigns c ON c.id = t.campaign_id
		WHERE t.person_id = ? AND t.account_id = ? AND t.state IN ('active', 'finished') AND c.removed_at IS NULL
		AND m.state = 'cancelled' AND m.reason = 'skipped' ORDER BY m.id`, person, account)
	if err != nil {
		return false, err
	}
	revived := false
	for _, r := range rows {
		c, err := campaignByID(ctx, x, r.Campaign)
		if err != nil {
			return revived, err
		}
		steps := c.def().Steps
		i := stepIndex(steps, r.Step)
		if i < 0 || i <= stepIndex(steps, r.Last) || steps[i].Kind != limits.InMail {
			continue
		}
		revived = true
		_, err = x.exec(ctx, `UPDATE messages SET state = 'queued', reason = '', account_id = ? WHERE id = ?`, account, r.ID)
		if err == nil {
			_, err = x.exec(ctx, `UPDATE targets SET state = 'active' WHERE id = ?`, r.Target)
		}
		if err != nil {
			return revived, err
		}
	}
	return revived, nil
}

// notWritten tells those who counted on what was not sent: other InMails to the
// person may go, and there is room in the company.
func (o *settling) notWritten(ctx context.Context) error {
	if o.rel.Kind == limits.InMail.String() {
		revived, err := reviveInMails(ctx, o.x, o.rel.AccountID, o.rel.PersonID)
		if err != nil {
			return err
		}
		if revived {
			touched, err := accountsOf(ctx, o.x, o.rel.PersonID)
			if err == nil {
				err = markDirty(ctx, o.x, touched)
			}
			if err != nil {
				return err
			}
		}
	}
	if o.rel.BeforeStep != "" {
		return nil // the person was written to before
	}
	return dirtyCompanyOf(ctx, o.x, o.rel.PersonID)
}

// answered lets the accounts whose InMail the person has answered send another
// one.
func (w *reacting) answered(ctx context.Context) error {
	var accounts []int64
	err := w.x.all(ctx, &accounts, `SELECT DISTINCT account_id FROM releases WHERE person_id = ? AND kind = 'inmail' AND state <> 'not_sent'`, w.person.ID)
	if err != nil || len(accounts) == 0 {
		return err
	}
	slices.Sort(accounts)
	for _, id := range accounts {
		w.plan[id] = true
		if _, err := reviveInMails(ctx, w.x, id, w.person.ID); err != nil {
			return err
		}
	}
	touched, err := accountsOf(ctx, w.x, w.person.ID)
	maps.Copy(w.plan, touched)
	return err
}
