package store

import (
	"context"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// Counts are messages by state.
type Counts struct {
	Queued, Scheduled, Released, Sent, Failed, Cancelled, Unknown int
}

func (c *Counts) add(state string, n int) {
	switch state {
	case scheduler.Queued:
		c.Queued += n
	case scheduler.Scheduled:
		c.Scheduled += n
	case scheduler.Released:
		c.Released += n
	case scheduler.Sent:
		c.Sent += n
	case scheduler.Failed:
		c.Failed += n
	case scheduler.Cancelled:
		c.Cancelled += n
	case scheduler.Unknown:
		c.Unknown += n
	}
}

// AccountStatus is how an account stands. Times are in its zone.
type AccountStatus struct {
	Account     string
	Plan        string
	State       string // active, paused, channel_off, clock (not trusted), quarantine, dirty (waits to be planned)
	Reason      string // why it is paused, its channel off, or the clock not trusted
	UsedToday   int    // of the daily cap
	CapToday    int    // limits.None: no cap
	Credits     int
	NextRefresh time.Time // zero: the plan has no credits
	NextExpiry  time.Time // zero: nothing to expire
	Expiring    int       // credits that expire then
	NextSlot    time.Time // zero: nothing scheduled
	Holds       []limits.Hold
	Assumed     []string // opening numbers nobody told, by their names in YAML
	Withdrawals Withdrawals
	Counts
}

// AccountsStatus is how every account of the file stands at now, in the
// file's order.
func (s *Store) AccountsStatus(ctx context.Context, now time.Time) ([]AccountStatus, error) {
	var out []AccountStatus
	err := s.read(ctx, func(x *tx) error {
		var rows []accountRow
		if err := x.all(ctx, &rows, `SELECT * FROM accounts WHERE state = 'active' ORDER BY position`); err != nil {
			return err
		}
		counts, err := countBy(ctx, x, "m.account_id")
		if err != nil {
			return err
		}
		for i := range rows {
			st, err := s.accountStatus(ctx, x, &rows[i], now)
			if err != nil {
				return err
			}
			st.Counts = counts[rows[i].ID]
			out = append(out, st)
		}
		return nil
	})
	return out, err
}

func (s *Store) accountStatus(ctx context.Context, x *tx, a *accountRow, now time.Time) (AccountStatus, error) {
	st := AccountStatus{Account: a.Name, Plan: a.def().Plan.Name, State: "active", Assumed: assumed(a)}
	l, err := s.ledgers(ctx, x, a, now)
	if err != nil {
		return st, err
	}
	switch {
	case l.Stopped == limits.HeldPaused:
		st.State, st.Reason = "paused", a.PauseReason
	case l.Stopped == limits.HeldChannelOff:
		st.State, st.Reason = "channel_off", a.ChannelOffReason
	case l.Stopped == limits.HeldClock:
		hold, err := clockOf(ctx, x, now)
		if err != nil {
			return st, err
		}
		st.State, st.Reason = "clock", hold.String()
	case l.Stopped == limits.HeldQuarantine:
		q, err := quarantineOf(ctx, x)
		if err != nil {
			return st, err
		}
		st.State, st.Reason = "quarantine", q.Cause+": `outpace reconcile`"
	case a.Dirty:
		st.State = "dirty"
	}
	// An open card may go out any day: it is taken off what is left today.
	st.UsedToday, st.CapToday = l.ClaimBook().Usage(now)
	st.Credits = l.Wallet.Balance()
	st.NextRefresh = inZone(l.Wallet.Next(), a.zone())
	st.NextExpiry, st.Expiring = l.Wallet.NextExpiry()
	st.NextExpiry = inZone(st.NextExpiry, a.zone())
	for _, h := range l.Rules.Holds {
		if h.Until.IsZero() || h.Until.After(now) {
			st.Holds = append(st.Holds, h)
		}
	}
	if st.Withdrawals, err = withdrawalsOf(ctx, x, a.ID); err != nil {
		return st, err
	}
	var next Instant
	err = x.get(ctx, &next, `SELECT min(slot_at) FROM messages WHERE account_id = ? AND state = 'scheduled'`, a.ID)
	st.NextSlot = inZone(next.Time, a.zone())
	return st, err
}

// assumed are the opening numbers an account's owner did not tell.
func assumed(a *accountRow) (names []string) {
	o := a.def().Opening
	for _, n := range []struct {
		name string
		told bool
	}{
		{"credits", o.Credits != nil || a.def().Plan.InMail.Monthly == 0},
		{"sent_today", o.SentToday != nil},
		{"connects_7d", o.Connects7d != nil},
		{"pending", o.Pending != nil},
		{"noted", o.Noted != nil || a.def().Plan.NotedPerMonth == limits.None},
	} {
		if !n.told {
			names = append(names, n.name)
		}
	}
	return names
}

// inZone is t in a zone; the zero time stays zero.
func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

// countBy counts messages by state and a column of messages or targets.
func countBy(ctx context.Context, x *tx, column string) (map[int64]Counts, error) {
	var rows []struct {
		ID    int64  `db:"id"`
		State string `db:"state"`
		N     int    `db:"n"`
	}
	err := x.all(ctx, &rows, `SELECT `+column+` AS id, m.state, count(*) AS n FROM messages m
		JOIN targets t ON t.id = m.target_id WHERE `+column+` IS NOT NULL GROUP BY 1, 2`)
	counts := map[int64]Counts{}
	for _, r := range rows {
		c := counts[r.ID]
		c.add(r.State, r.N)
		counts[r.ID] = c
	}
	return counts, err
}

// CampaignStatus is how a campaign stands.
type CampaignStatus struct {
	Campaign   string
	State      string    // active, paused, removed (no longer in the file), finished (nothing left to send)
	Targets    int       // those in the file
	FinishesAt time.Time // when its last message is planned; zero: not known yet
	Approval   int       // messages queued that wait to be approved
	Skipped    []Skipped // who gets nothing further, most people first
	Counts
}

// CampaignsStatus is how every campaign stands, in the file's order, and then
// those that are no longer in it.
func (s *Store) CampaignsStatus(ctx context.Context) ([]CampaignStatus, error) {
	var out []CampaignStatus
	err := s.read(ctx, func(x *tx) error {
		var rows []campaignRow
		if err := x.all(ctx, &rows, `SELECT * FROM campaigns ORDER BY removed_at IS NOT NULL, position, id`); err != nil {
			return err
		}
		counts, err := countBy(ctx, x, "t.campaign_id")
		if err != nil {
			return err
		}
		for i := range rows {
			st, err := campaignStatus(ctx, x, &rows[i], counts[rows[i].ID])
			if err != nil {
				return err
			}
			out = append(out, st)
		}
		return nil
	})
	return out, err
}

func campaignStatus(ctx context.Context, x *tx, c *campaignRow, n Counts) (CampaignStatus, error) {
	st := CampaignStatus{Campaign: c.Name, State: "active", Counts: n}
	var ends struct {
		Targets int     `db:"targets"`
		Open    int     `db:"open"` // active targets without a known end
		Last    Instant `db:"last"`
	}
	err := x.get(ctx, &ends, `SELECT count(*) AS targets,
		count(CASE WHEN state = 'active' AND ends_at IS NULL THEN 1 END) AS open,
		max(ends_at) AS last FROM targets WHERE campaign_id = ? AND state <> 'removed'`, c.ID)
	st.Targets = ends.Targets
	switch {
	case !c.RemovedAt.IsZero():
		st.State = "removed"
	case n.Queued+n.Scheduled+n.Released+n.Unknown == 0 && ends.Targets > 0:
		st.State = "finished"
	case c.stopped() != limits.Ready:
		st.State = "paused"
	}
	if ends.Open == 0 {
		st.FinishesAt = ends.Last.Time
	}
	if err == nil && c.def().Approve {
		st.Approval, err = waitingApproval(ctx, x, c.ID)
	}
	if err == nil {
		st.Skipped, err = skipped(ctx, x, c.ID, c.def())
	}
	return st, err
}
