package store

import (
	"context"
	"fmt"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// breakAfter is how many calls of a channel in a row must fail before nothing
// more is handed to it. With W workers at most breakAfter+W-1 messages are of
// unknown effect by then, and one more with each probe.
const breakAfter = 5

// probeAfter are the waits before one message tries a channel that did not
// answer; the last is that of every further one.
var probeAfter = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}

// What the log says of a channel.
const (
	eventChannelOff = "channel_off"
	eventChannelOn  = "channel_on"
)

// channelRow is a channel that did not answer as it should.
type channelRow struct {
	Name     string  `db:"name"`
	OffAt    Instant `db:"off_at"`
	Reason   string  `db:"reason"`
	Failures int     `db:"failures"` // in a row
	ProbeAt  Instant `db:"probe_at"` // zero while it is off: a person must resume it
}

// forPerson says that only a person may switch the channel on again.
func (c *channelRow) forPerson() bool { return !c.OffAt.IsZero() && c.ProbeAt.IsZero() }

// channelState reads how a channel stands; the zero row of one that works.
func channelState(ctx context.Context, x *tx, name string) (*channelRow, error) {
	c := &channelRow{Name: name}
	_, err := x.find(ctx, c, `SELECT * FROM channel_states WHERE name = ?`, name)
	return c, err
}

func (c *channelRow) save(ctx context.Context, x *tx) error {
	_, err := x.exec(ctx, `INSERT INTO channel_states (name, off_at, reason, failures, probe_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET off_at = excluded.off_at, reason = excluded.reason,
		failures = excluded.failures, probe_at = excluded.probe_at`, c.Name, c.OffAt, c.Reason, c.Failures, c.ProbeAt)
	return err
}

// heard learns from a channel's answer whether it works, and switches it off
// or on. handed is when the call's message was claimed. It tells which accounts
// must be planned again.
func heard(ctx context.Context, x *tx, name string, handed Instant, rep *scheduler.Report, now time.Time) ([]int64, error) {
	c, err := channelState(ctx, x, name)
	if err != nil {
		return nil, err
	}
	switch {
	case rep.Outcome == scheduler.ChannelIsOff:
		return c.refused(ctx, x, rep.Detail, now)
	case c.forPerson():
		return nil, nil // an answer that was under way
	case rep.Fault:
		return c.failed(ctx, x, handed, rep.Detail, now)
	case rep.Outcome == scheduler.NotSentYet && !c.OffAt.IsZero():
		return c.notYet(ctx, x, handed, rep.Until, now)
	case works(rep) && (c.Failures > 0 || !c.OffAt.IsZero()):
		return c.answered(ctx, x, now)
	}
	return nil, nil
}

// works says that a report shows a channel that does its work, whatever became
// of the message.
func works(rep *scheduler.Report) bool {
	switch rep.Outcome {
	case scheduler.WasSent, scheduler.Waits, scheduler.NeverSent:
		return true
	}
	return rep.Verdict != ""
}

// refused: the channel takes nothing from anybody until a person has looked.
func (c *channelRow) refused(ctx context.Context, x *tx, reason string, now time.Time) ([]int64, error) {
	if c.forPerson() {
		return nil, nil
	}
	if reason == "" {
		reason = "the channel refused it"
	}
	c.OffAt, c.Reason, c.ProbeAt = on(now), reason, Instant{}
	c.Failures++
	if err := c.save(ctx, x); err != nil {
		return nil, err
	}
	accounts, err := accountsOn(ctx, x, c.Name)
	if err != nil {
		return nil, err
	}
	for i := range accounts {
		if _, err := x.exec(ctx, `UPDATE accounts SET channel_off_reason = ? WHERE id = ? AND channel_off_reason = ''`,
			c.offReason(), accounts[i].ID); err != nil {
			return nil, err
		}
	}
	err = logEvent(ctx, x, event{At: now, Kind: eventChannelOff, Detail: c.Name + ": " + reason + "; until a person resumes it"})
	return idsOfAccounts(accounts), err
}

// offReason is what an account on the channel shows.
func (c *channelRow) offReason() string { return "channel " + c.Name + ": " + c.Reason }

// failed counts a call that failed; with breakAfter in a row the channel is
// off until one message has tried it.
func (c *channelRow) failed(ctx context.Context, x *tx, handed Instant, reason string, now time.Time) ([]int64, error) {
	off := !c.OffAt.IsZero()
	if off && handed.Before(c.ProbeAt.Time) {
		return nil, nil // it was under way when the others failed
	}
	c.Failures++
	if c.Failures < breakAfter {
		c.Reason = reason
		return nil, c.save(ctx, x)
	}
	if !off {
		c.OffAt = on(now)
	}
	c.Reason = reason
	c.ProbeAt = on(now.Add(probeAfter[min(c.Failures-breakAfter, len(probeAfter)-1)]))
	if err := c.save(ctx, x); err != nil {
		return nil, err
	}
	accounts, err := accountsOn(ctx, x, c.Name)
	if err == nil && !off {
		err = logEvent(ctx, x, event{At: now, Kind: eventChannelOff,
			Detail: fmt.Sprintf("%s: %d calls in a row failed, the last: %s", c.Name, c.Failures, reason)})
	}
	return idsOfAccounts(accounts), err
}

// notYet: who tried was told to come again, or could not be called at all. That
// closes nothing, but the next one waits.
func (c *channelRow) notYet(ctx context.Context, x *tx, handed Instant, until, now time.Time) ([]int64, error) {
	if handed.Before(c.ProbeAt.Time) {
		return nil, nil
	}
	if soonest := now.Add(probeAfter[0]); until.Before(soonest) {
		until = soonest
	}
	c.ProbeAt = on(until)
	if err := c.save(ctx, x); err != nil {
		return nil, err
	}
	accounts, err := accountsOn(ctx, x, c.Name)
	return idsOfAccounts(accounts), err
}

// answered: the channel works.
func (c *channelRow) answered(ctx context.Context, x *tx, now time.Time) ([]int64, error) {
	if _, err := x.exec(ctx, `DELETE FROM channel_states WHERE name = ?`, c.Name); err != nil || c.OffAt.IsZero() {
		return nil, err
	}
	accounts, err := accountsOn(ctx, x, c.Name)
	if err == nil {
		err = logEvent(ctx, x, event{At: now, Kind: eventChannelOn, Detail: c.Name + ": it answers again"})
	}
	return idsOfAccounts(accounts), err
}

// switchOn is what a person does: the channel is used again, by every account.
// It tells whether it was off, and which accounts must be planned again.
func switchOn(ctx context.Context, x *tx, name string, now time.Time) (was bool, touched []int64, err error) {
	c, err := channelState(ctx, x, name)
	if err != nil {
		return false, nil, err
	}
	accounts, err := accountsOn(ctx, x, name)
	if err != nil {
		return false, nil, err
	}
	was = !c.OffAt.IsZero()
	for i := range accounts {
		n, err := x.exec(ctx, `UPDATE accounts SET channel_off_reason = '' WHERE id = ? AND channel_off_reason <> ''`, accounts[i].ID)
		if err != nil {
			return false, nil, err
		}
		was = was || n > 0
	}
	if _, err := x.exec(ctx, `DELETE FROM channel_states WHERE name = ?`, name); err != nil || !was {
		return false, nil, err
	}
	err = logEvent(ctx, x, event{At: now, Kind: eventChannelOn, Detail: name + ": resumed"})
	return true, idsOfAccounts(accounts), err
}

// accountsOn are the accounts of the file that use a channel.
func accountsOn(ctx context.Context, x *tx, name string) (list []accountRow, err error) {
	var all []accountRow
	err = x.all(ctx, &all, `SELECT * FROM accounts WHERE state = 'active' ORDER BY position, id`)
	for i := range all {
		if all[i].def().Channel == name {
			list = append(list, all[i])
		}
	}
	return list, err
}

func idsOfAccounts(list []accountRow) []int64 {
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// narrow takes from free what channels that are off do not take: all of it, or
// all but one message that tries whether it answers again.
func narrow(ctx context.Context, x *tx, now time.Time, free map[string]int) error {
	var off []channelRow
	if err := x.all(ctx, &off, `SELECT * FROM channel_states WHERE off_at IS NOT NULL`); err != nil {
		return err
	}
	for i := range off {
		c := &off[i]
		if _, there := free[c.Name]; !there {
			continue
		}
		probing := 1
		if !c.ProbeAt.IsZero() && !now.Before(c.ProbeAt.Time) {
			err := x.get(ctx, &probing, `SELECT (SELECT count(*) FROM releases WHERE state = 'open' AND channel = ? AND released_at >= ?)
				+ (SELECT count(*) FROM withdrawals WHERE state = 'open' AND channel = ? AND asked_at >= ?)`,
				c.Name, c.ProbeAt, c.Name, c.ProbeAt)
			if err != nil {
				return err
			}
		}
		if probing > 0 {
			free[c.Name] = 0
		} else if free[c.Name] != 0 {
			free[c.Name] = 1
		}
	}
	return nil
}

// channelHold holds everything of an account whose channel does not answer,
// until one message may try it.
func channelHold(ctx context.Context, x *tx, a *accountRow) ([]limits.Hold, error) {
	c, err := channelState(ctx, x, a.def().Channel)
	if err != nil || c.OffAt.IsZero() || c.ProbeAt.IsZero() {
		return nil, err
	}
	return []limits.Hold{{From: c.OffAt.Time, Until: c.ProbeAt.Time, Reason: limits.HeldChannelOff, Why: c.offReason()}}, nil
}

// hear is heard for a report on a release, or on its withdrawal.
func hear(ctx context.Context, x *tx, rel *releaseRow, rep *scheduler.Report, now time.Time) ([]int64, error) {
	if rep.Withdrawal == 0 {
		return heard(ctx, x, rel.Channel, rel.ReleasedAt, rep, now)
	}
	var w withdrawalRow
	if err := x.get(ctx, &w, `SELECT * FROM withdrawals WHERE id = ?`, rep.Withdrawal); err != nil {
		return nil, err
	}
	return heard(ctx, x, w.Channel, w.AskedAt, rep, now)
}
