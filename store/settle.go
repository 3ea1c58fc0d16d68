package store

import (
	"context"
	"fmt"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// backoffs are the waits after the first, second and third certain "not
// sent"; the next one fails the message.
var backoffs = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour}

// againAfter is the wait after a "not sent" that used no try and named no time.
const againAfter = 5 * time.Minute

// settling is the work on one report.
type settling struct {
	s      *Store
	x      *tx
	rel    *releaseRow
	rep    scheduler.Report
	now    time.Time
	target *targetRow
	desk   bool
}

// settle records what became of an open or unknown release: its message, its
// unit and credit, its target, and what the platform's verdict holds. It tells
// whether the account must be planned again; other accounts that are touched
// become dirty. What a channel sent at its slot was planned so and needs no
// new plan.
func (s *Store) settle(ctx context.Context, x *tx, rel *releaseRow, rep scheduler.Report, now time.Time) (replan bool, err error) {
	if rep.Outcome == scheduler.Waits || rep.Outcome == scheduler.CannotTell {
		sent, err := proven(ctx, x, rel)
		if err != nil {
			return false, err
		}
		if sent {
			rep.Outcome, rep.Detail = scheduler.WasSent, joinDetail("an event named it", rep.Detail)
		}
	}
	if rep.Outcome == scheduler.Waits {
		return false, accepted(ctx, x, rel, now)
	}
	if rep.Detail, err = sealed(ctx, x, rel.PersonID, rep.Detail); err != nil {
		return false, err
	}
	o := &settling{s: s, x: x, rel: rel, rep: rep, now: now}
	if o.target, err = targetByID(ctx, x, rel.TargetID); err != nil {
		return false, err
	}
	if o.desk, err = isDesk(ctx, x, rel.Channel); err != nil {
		return false, err
	}
	was := rel.State
	if err := o.outcome(ctx); err != nil {
		return false, err
	}
	if err := o.log(ctx); err != nil {
		return false, err
	}
	if rep.Verdict != "" {
		if err := o.verdict(ctx); err != nil {
			return false, err
		}
	}
	planned := rep.Outcome == scheduler.WasSent && was == "open" && rep.Verdict == "" &&
		(!o.desk || o.sentAt().Equal(rel.SlotAt.Time))
	if err := settleTarget(ctx, x, rel.TargetID); err != nil || rep.Outcome != scheduler.WasSent {
		return !planned, err
	}
	return !planned, s.newRequest(ctx, x, rel, now)
}

func (o *settling) outcome(ctx context.Context) error {
	switch o.rep.Outcome {
	case scheduler.WasSent:
		return o.sent(ctx)
	case scheduler.NotSent:
		return o.notSent(ctx)
	case scheduler.NotSentYet:
		retry := o.rep.Until
		if retry.IsZero() {
			retry = o.now.Add(againAfter)
		}
		return o.unsent(ctx, func(m *messageRow) error { return o.putBack(ctx, m, m.Tries, retry) })
	case scheduler.NeverSent:
		return o.unsent(ctx, func(*messageRow) error { return o.fail(ctx) })
	case scheduler.ChannelIsOff:
		return o.channelOff(ctx)
	case scheduler.CannotTell:
		if err := o.close(ctx, "unknown"); err != nil {
			return err
		}
		_, err := o.x.exec(ctx, `UPDATE messages SET state = 'unknown' WHERE id = ? AND state = 'released'`, o.rel.MessageID)
		return err
	}
	return fmt.Errorf("release %d: outcome %d is not one", o.rel.ID, o.rep.Outcome)
}

// close moves the release to its end.
func (o *settling) close(ctx context.Context, state string) error {
	_, err := o.x.exec(ctx, `UPDATE releases SET state = ?, done_at = ?, detail = ?, verdict = ? WHERE id = ?`,
		state, on(o.now), o.rep.Detail, o.rep.Verdict, o.rel.ID)
	o.rel.State, o.rel.DoneAt = state, on(o.now)
	return err
}

// sent: what a person reported counts, and its follow-ups wait, from the time
// it really went out; what a channel sent, from its slot.
func (o *settling) sent(ctx context.Context) error {
	if err := o.close(ctx, "sent"); err != nil {
		return err
	}
	if _, err := o.x.exec(ctx, `UPDATE messages SET state = 'sent' WHERE id = ?`, o.rel.MessageID); err != nil {
		return err
	}
	if !o.desk {
		return nil
	}
	return countWhenSent(ctx, o.x, o.rel, o.sentAt(), o.now)
}

// countWhenSent lets a message count, and its follow-ups wait, from an instant a
// person told.
func countWhenSent(ctx context.Context, x *tx, r *releaseRow, at, now time.Time) error {
	if _, err := countAt(ctx, x, r, at, now); err != nil {
		return err
	}
	_, err := x.exec(ctx, `UPDATE targets SET last_at = ? WHERE id = ? AND `+isLatest, on(at), r.TargetID, r.ID)
	return err
}

// isLatest holds for the target of a release (given by id) if nothing was
// released to it since. Its last_step may have another name meanwhile, or be
// an earlier one: an edit can take the step away while a person holds its card.
const isLatest = `NOT EXISTS (SELECT 1 FROM releases WHERE target_id = targets.id AND id > ? AND state <> 'not_sent')`

// sentAt is when it was sent, now if that was not told.
func (o *settling) sentAt() time.Time {
	if o.rep.At.IsZero() {
		return o.now
	}
	return o.rep.At
}

// notSent: certainly not sent. A recalled card was not to be sent, and what
// the platform refuses to the account is not the message's fault: neither uses
// a try.
func (o *settling) notSent(ctx context.Context) error {
	return o.unsent(ctx, func(m *messageRow) error {
		tries, retry := m.Tries, time.Time{}
		switch {
		case o.rep.Verdict == verdictResend:
			retry = o.until(resendAfter)
		case usesTry(o.rel, o.rep.Verdict):
			c, err := channelState(ctx, o.x, o.rel.Channel)
			if err != nil {
				return err
			}
			if !c.OffAt.IsZero() { // nobody gets through: the message only tried it
				break
			}
			tries++
			if tries > len(backoffs) {
				if _, err := o.x.exec(ctx, `UPDATE messages SET tries = ? WHERE id = ?`, tries, m.ID); err != nil {
					return err
				}
				return o.fail(ctx)
			}
			retry = o.now.Add(backoffs[tries-1])
		}
		return o.putBack(ctx, m, tries, retry)
	})
}

// usesTry says whether a certain "not sent" counts against the message.
func usesTry(r *releaseRow, verdict string) bool { return verdict == "" && r.RecalledAt.IsZero() }

// unsent closes a release that was certainly not sent and gives back what it
// took, then lets then move its message.
func (o *settling) unsent(ctx context.Context, then func(*messageRow) error) error {
	if err := o.close(ctx, "not_sent"); err != nil {
		return err
	}
	if o.rep.Verdict != verdictDaily { // the platform counted more than we did
		if _, err := countAt(ctx, o.x, o.rel, time.Time{}, o.now); err != nil {
			return err
		}
	}
	if err := o.creditBack(ctx); err != nil {
		return err
	}
	// Nothing was sent: the target stands where it stood before.
	_, err := o.x.exec(ctx, `UPDATE targets SET last_step = CASE last_step WHEN ? THEN ? ELSE last_step END, last_at = ?,
		begun_at = CASE WHEN ? = '' THEN NULL ELSE begun_at END WHERE id = ? AND `+isLatest,
		o.rel.Step, o.rel.BeforeStep, o.rel.BeforeAt, o.rel.BeforeStep, o.rel.TargetID, o.rel.ID)
	if err != nil {
		return err
	}
	if err := o.notWritten(ctx); err != nil {
		return err
	}
	var m messageRow
	if err := o.x.get(ctx, &m, `SELECT * FROM messages WHERE id = ?`, o.rel.MessageID); err != nil {
		return err
	}
	return then(&m)
}

func (o *settling) creditBack(ctx context.Context) error {
	if o.rel.LotID == nil {
		return nil
	}
	if err := creditsDueOf(ctx, o.x, o.rel.AccountID, o.now); err != nil {
		return err
	}
	return returnCredit(ctx, o.x, o.rel, o.now)
}

// putBack queues the message again, or cancels it if its target, or its step,
// has ended meanwhile.
func (o *settling) putBack(ctx context.Context, m *messageRow, tries int, retry time.Time) error {
	_, err := o.x.exec(ctx, toQueue+`, retry_at = ?, tries = ? WHERE id = ?`, on(retry), tries, m.ID)
	if err != nil {
		return err
	}
	reason, err := o.ended(ctx)
	if err != nil || reason == "" {
		return err
	}
	return cancel(ctx, o.x, m.ID, reason)
}

// ended is why a message that comes back is not queued; "": it is.
func (o *settling) ended(ctx context.Context) (string, error) {
	switch o.target.State {
	case "stopped":
		return cancelReason(o.target.StopReason), nil
	case "removed":
		return "edit", nil
	}
	c, err := campaignByID(ctx, o.x, o.target.CampaignID)
	if err != nil || stepIndex(c.def().Steps, o.rel.Step) >= 0 {
		return "", err
	}
	return "edit", nil
}

// fail ends the message, and holds its target until somebody retries: a
// sequence does not go on over a step that was not sent.
func (o *settling) fail(ctx context.Context) error {
	if _, err := o.x.exec(ctx, `UPDATE messages SET state = 'failed' WHERE id = ?`, o.rel.MessageID); err != nil {
		return err
	}
	_, err := o.x.exec(ctx, `UPDATE targets SET blocked = ? WHERE id = ? AND blocked = ''`,
		limits.HeldCondition.String(), o.rel.TargetID)
	return err
}

// channelOff: the message goes on when a person has resumed the channel, which
// heard switches off for all its accounts.
func (o *settling) channelOff(ctx context.Context) error {
	return o.unsent(ctx, func(m *messageRow) error { return o.putBack(ctx, m, m.Tries, time.Time{}) })
}

// outcomeNames are what outcomes are called in the log.
var outcomeNames = map[scheduler.Outcome]string{
	scheduler.WasSent: "sent", scheduler.NotSent: "not_sent", scheduler.NotSentYet: "not_sent",
	scheduler.NeverSent: "failed", scheduler.ChannelIsOff: "channel_off", scheduler.CannotTell: "unknown",
}

func (o *settling) log(ctx context.Context) error {
	detail := o.rep.Detail
	if o.rep.Verdict != "" {
		detail = joinDetail("verdict "+o.rep.Verdict, detail)
	}
	return logRelease(ctx, o.x, o.rel, outcomeNames[o.rep.Outcome], detail, o.now)
}

// logRelease logs something that happened to a release.
func logRelease(ctx context.Context, x *tx, r *releaseRow, kind, detail string, now time.Time) error {
	_, err := x.exec(ctx, `INSERT INTO events (at, kind, account, campaign, account_id, campaign_id, person_id, message_id, release_id, detail)
		SELECT ?, ?, a.name, c.name, a.id, c.id, ?, ?, ?, ? FROM accounts a, campaigns c WHERE a.id = ? AND c.id = ?`,
		on(now), kind, r.PersonID, r.MessageID, r.ID, detail, r.AccountID, r.CampaignID)
	return err
}

// joinDetail puts a note behind what is said anyway.
func joinDetail(said, note string) string {
	if said == "" || note == "" {
		return said + note
	}
	return said + ": " + note
}
