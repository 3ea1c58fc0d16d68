package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// withdrawing is the work of planning an account's withdrawals.
type withdrawing struct {
	x        *tx
	now      time.Time
	account  *accountRow
	calendar *scheduler.Calendar
	rules    withdrawalRules
	rows     map[int64]*withdrawalRow // by release
	idle     map[int64]bool           // those of them that nothing is done for until somebody resumes
	from     time.Time                // the account hands nothing over before; zero: it may
	stopped  bool                     // it hands nothing over until somebody resumes
}

// planWithdrawals brings an account's withdrawals to what the file and the
// people say at now: it is the one place that decides so. Requests whose time
// will come get a row and a slot, those that somebody answered, or that the file
// does not withdraw any more, are cancelled, and a card that nobody should act
// on goes back.
func (s *Store) planWithdrawals(ctx context.Context, x *tx, a *accountRow, now time.Time) error {
	w := &withdrawing{x: x, now: now.Truncate(time.Microsecond), account: a, calendar: s.calendars.of(a.def())}
	var err error
	if w.rules, err = withdrawalRulesOf(ctx, x); err != nil {
		return err
	}
	if err := w.read(ctx); err != nil || len(w.rules) == 0 && len(w.rows) == 0 {
		return err
	}
	if err := w.holds(ctx); err != nil {
		return err
	}
	requests, err := requestsOf(ctx, x, `r.account_id = ?`, a.ID)
	if err != nil {
		return err
	}
	wanted := map[int64]bool{}
	for i := range requests {
		if err := w.want(ctx, &requests[i], wanted); err != nil {
			return err
		}
	}
	if err := w.drop(ctx, wanted); err != nil {
		return err
	}
	return w.slots(ctx)
}

// read reads the account's withdrawals that are not over.
func (w *withdrawing) read(ctx context.Context) error {
	var rows []withdrawalRow
	err := w.x.all(ctx, &rows, `SELECT * FROM withdrawals WHERE account_id = ? AND state IN ('waiting', 'open') ORDER BY id`, w.account.ID)
	w.rows, w.idle = make(map[int64]*withdrawalRow, len(rows)), map[int64]bool{}
	for i := range rows {
		w.rows[rows[i].ReleaseID] = &rows[i]
	}
	return err
}

// holds reads whether the account stands still, and for how long.
func (w *withdrawing) holds(ctx context.Context) error {
	w.stopped = w.account.stopped() != limits.Ready
	var until []Instant
	err := w.x.all(ctx, &until, `SELECT until_at FROM holds WHERE account_id = ? AND kinds = '' AND lifted_at IS NULL
		AND from_at <= ? AND (until_at IS NULL OR until_at > ?)`, w.account.ID, on(w.now), on(w.now))
	for _, u := range until {
		w.stopped = w.stopped || u.IsZero()
		w.from = latest(w.from, u.Time)
	}
	if err != nil {
		return err
	}
	off, err := channelHold(ctx, w.x, w.account)
	for _, h := range off {
		if w.now.Before(h.Until) {
			w.from = latest(w.from, h.Until)
		}
	}
	return err
}

// want gives a request that is to be withdrawn its row.
func (w *withdrawing) want(ctx context.Context, r *request, wanted map[int64]bool) error {
	after := w.rules.after(r.CampaignID, r.Step)
	if after.IsZero() {
		return nil
	}
	row, err := w.rowOf(ctx, r)
	if err != nil {
		return err
	}
	due := on(w.due(r, after, row))
	switch {
	case row == nil:
		row = &withdrawalRow{ReleaseID: r.ReleaseID, AccountID: w.account.ID, PersonID: r.PersonID, DueAt: due, State: withdrawWaiting}
		row.ID, err = insertWithdrawal(ctx, w.x, row)
	case row.State == withdrawDone || row.State == withdrawFailed || row.Reason == skippedWithdrawal:
		return nil
	case row.State == withdrawCancelled, !row.DueAt.Equal(due.Time), row.State == withdrawOpen && w.still(r):
		err = w.put(ctx, row, due)
	}
	w.rows[r.ReleaseID], w.idle[row.ID], wanted[r.ReleaseID] = row, w.still(r), true
	return err
}

// rowOf is the request's withdrawal, also one that is over; nil: it has none.
func (w *withdrawing) rowOf(ctx context.Context, r *request) (*withdrawalRow, error) {
	if row := w.rows[r.ReleaseID]; row != nil {
		return row, nil
	}
	var row withdrawalRow
	found, err := w.x.find(ctx, &row, `SELECT * FROM withdrawals WHERE release_id = ?`, r.ReleaseID)
	if !found {
		return nil, err
	}
	return &row, err
}

// due is when a request is withdrawn. What a file asks for later than that is
// due when it is asked for.
func (w *withdrawing) due(r *request, after campaign.Delay, row *withdrawalRow) time.Time {
	due := after.From(r.At.Time, w.account.zone(), w.account.def().Holidays.On).Truncate(time.Microsecond)
	switch {
	case due.After(w.now):
		return due
	case row != nil && !row.DueAt.After(w.now) && row.State != withdrawCancelled:
		return row.DueAt.Time
	}
	return w.now
}

// still says that nothing is done for a request: its account or campaign is
// paused, or its channel is off.
func (w *withdrawing) still(r *request) bool {
	return w.stopped || w.rules[r.CampaignID].stopped() != limits.Ready
}

// put lets a withdrawal wait, or wait again, until it is due.
func (w *withdrawing) put(ctx context.Context, row *withdrawalRow, due Instant) error {
	row.State, row.DueAt, row.Reason = withdrawWaiting, due, ""
	_, err := w.x.exec(ctx, `UPDATE withdrawals SET state = 'waiting', due_at = ?, reason = '', done_at = NULL WHERE id = ?`, due, row.ID)
	return err
}

// drop ends the withdrawals nobody wants any more.
func (w *withdrawing) drop(ctx context.Context, wanted map[int64]bool) error {
	for _, row := range w.rows {
		if wanted[row.ReleaseID] || row.State != withdrawWaiting && row.State != withdrawOpen {
			continue
		}
		reason, err := notStanding(ctx, w.x, row.ReleaseID)
		if err != nil {
			return err
		}
		state := withdrawCancelled
		if reason == "withdrawn" && row.State == withdrawOpen { // its channel reported by an event
			state, reason = withdrawDone, ""
		}
		_, err = w.x.exec(ctx, `UPDATE withdrawals SET state = ?, reason = ?, done_at = ?, ask_at = NULL WHERE id = ?`,
			state, reason, on(w.now), row.ID)
		if err != nil {
			return err
		}
		delete(w.rows, row.ReleaseID)
	}
	return nil
}

// slots gives what waits its slot: the first of the account from the due time
// on. What could not be handed over in time is spread over the coming slots, as
// many to each as it has messages: a long pause must not end in a burst.
func (w *withdrawing) slots(ctx context.Context) error {
	var waiting []*withdrawalRow
	for _, row := range w.rows {
		if row.State == withdrawWaiting {
			waiting = append(waiting, row)
		}
	}
	slices.SortFunc(waiting, func(a, b *withdrawalRow) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt.Time), cmp.Compare(a.ID, b.ID))
	})
	taken := map[time.Time]int{}
	at := make(map[int64]time.Time, len(waiting))
	var late []*withdrawalRow
	for _, row := range waiting {
		if w.idle[row.ID] {
			continue
		}
		from := latest(row.DueAt.Time, row.RetryAt.Time, w.from)
		switch {
		case w.keeps(row, from):
			at[row.ID] = row.AskAt.Time
		case from.After(w.now):
			at[row.ID] = w.calendar.First(from, w.account.def().Holidays)
		default:
			late = append(late, row)
			continue
		}
		taken[at[row.ID].UTC()]++
	}
	w.spread(late, taken, at)
	for _, row := range waiting {
		ask := on(at[row.ID])
		if ask.Equal(row.AskAt.Time) {
			continue
		}
		if _, err := w.x.exec(ctx, `UPDATE withdrawals SET ask_at = ? WHERE id = ?`, ask, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// keeps says that a withdrawal stays where it is: at a slot that has come and
// may still be used, or at the one it was put off to.
func (w *withdrawing) keeps(row *withdrawalRow, from time.Time) bool {
	ask, def := row.AskAt.Time, w.account.def()
	if row.AskAt.IsZero() || ask.Before(from) || !w.calendar.First(ask, def.Holidays).Equal(ask) {
		return false
	}
	if ask.After(w.now) {
		return from.Before(w.now)
	}
	return ask.Equal(w.now) || w.now.Before(w.calendar.GraceEnds(ask.In(w.account.zone()), time.Duration(def.Grace)))
}

// spread puts what is late into the coming slots.
func (w *withdrawing) spread(late []*withdrawalRow, taken map[time.Time]int, at map[int64]time.Time) {
	slot := w.calendar.First(w.now, w.account.def().Holidays)
	for _, row := range late {
		for !slot.IsZero() && taken[slot.UTC()] >= w.account.def().PerSlot {
			slot = w.calendar.First(slot.Add(time.Nanosecond), w.account.def().Holidays)
		}
		at[row.ID] = slot
		taken[slot.UTC()]++
	}
}

// insertWithdrawal writes a new row.
func insertWithdrawal(ctx context.Context, x *tx, row *withdrawalRow) (int64, error) {
	return x.insert(ctx, `INSERT INTO withdrawals (release_id, account_id, person_id, due_at, ask_at) VALUES (?, ?, ?, ?, ?)`,
		row.ReleaseID, row.AccountID, row.PersonID, row.DueAt, row.AskAt)
}

// newRequest plans the withdrawal of a request that was just sent: a plan that
// goes on as it was is not made again.
func (s *Store) newRequest(ctx context.Context, x *tx, r *releaseRow, now time.Time) error {
	if r.Kind != limits.Connect.String() {
		return nil
	}
	rules, err := withdrawalRulesOf(ctx, x)
	if err != nil || rules.after(r.CampaignID, r.Step).IsZero() {
		return err
	}
	requests, err := requestsOf(ctx, x, `r.id = ?`, r.ID)
	if err != nil || len(requests) == 0 {
		return err
	}
	var n int
	if err := x.get(ctx, &n, `SELECT count(*) FROM withdrawals WHERE release_id = ?`, r.ID); err != nil || n > 0 {
		return err
	}
	a, err := accountByID(ctx, x, r.AccountID)
	if err != nil {
		return err
	}
	w := &withdrawing{now: now.Truncate(time.Microsecond), account: a, rules: rules}
	due := w.due(&requests[0], rules.after(r.CampaignID, r.Step), nil)
	_, err = insertWithdrawal(ctx, x, &withdrawalRow{
		ReleaseID: r.ID, AccountID: a.ID, PersonID: r.PersonID, DueAt: on(due),
		AskAt: on(s.calendars.of(a.def()).First(due, a.def().Holidays)),
	})
	return err
}
