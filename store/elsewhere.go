package store

import (
	"context"
	"fmt"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// Elsewhere is a release that another database made, of which this one is an
// older copy.
type Elsewhere struct {
	Message    string
	Key        string    // ''; not known
	SlotAt     time.Time // zero: as planned here, or the end of the quarantine
	ReleasedAt time.Time // zero: at its slot
	SentAt     time.Time // as a person reported it; zero: when it was released
	Kind       string    // '': as planned here
	Subject    string
	Body       string
	Unknown    bool // it may have been sent, and nobody can tell
}

// Booked is what became of an Elsewhere.
type Booked struct {
	Message string `json:"message"`
	What    string `json:"what"` // sent, unknown, known (it was recorded already)
}

// BookElsewhere records releases of another database as if they had been made
// here: release, unit, credit, and where the sequence goes on. It needs a
// quarantine.
func (s *Store) BookElsewhere(ctx context.Context, now time.Time, list []Elsewhere) (out []Booked, err error) {
	now = now.Truncate(time.Microsecond)
	err = s.write(ctx, func(x *tx) error {
		out = nil
		q, err := liveQuarantine(ctx, x)
		if err != nil {
			return err
		}
		k := booking{Quarantine: q}
		for i := range list {
			b, err := s.bookElsewhere(ctx, x, &k, &list[i], now)
			if err != nil {
				return fmt.Errorf("message %s: %w", list[i].Message, err)
			}
			out = append(out, b)
		}
		return nil
	})
	return out, err
}

// booking is the work on several such releases in one transaction.
type booking struct {
	Quarantine
	last *claim // of the one before
}

// claim is what a release is booked on. That of the one before serves again, if
// nobody can tell of either: a ledger is long.
func (k *booking) claim(ctx context.Context, s *Store, x *tx, e *Elsewhere, d *dueRow) (*claim, error) {
	at := d.SlotAt.Time
	if !e.ReleasedAt.IsZero() {
		at = on(e.ReleasedAt).micro()
	}
	if c := k.last; e.Unknown && c != nil && c.account.ID == *d.AccountID && c.now.Equal(at) {
		return c, nil
	}
	c := &claim{s: s, x: x, now: at}
	var err error
	if c.account, err = accountByID(ctx, x, *d.AccountID); err != nil {
		return nil, err
	}
	if k.last = nil; e.Unknown {
		k.last = c
	}
	return c, c.begin(ctx)
}

func (s *Store) bookElsewhere(ctx context.Context, x *tx, q *booking, e *Elsewhere, now time.Time) (b Booked, err error) {
	m, err := messageByPrefix(ctx, x, e.Message)
	if err != nil {
		return b, err
	}
	b = Booked{m.ID, "known"}
	rel, err := s.elsewhere(ctx, x, q, m, e, now)
	if err != nil || rel == nil {
		return b, err
	}
	rep := scheduler.Report{Release: rel.ID, At: e.SentAt, Outcome: scheduler.WasSent, Detail: q.Cause}
	if rep.At.IsZero() {
		rep.At = rel.ReleasedAt.Time
	}
	b.What = "sent"
	if e.Unknown {
		rep.Outcome, b.What = scheduler.CannotTell, "unknown"
	}
	if _, err := s.settle(ctx, x, rel, rep, now); err != nil {
		return b, err
	}
	if !e.Unknown {
		err = passed(ctx, x, rel)
	}
	if err == nil {
		_, err = x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ? AND state = 'active'`, rel.AccountID)
	}
	return b, err
}

// passed cancels what waits of the steps before one that was sent: the sequence
// is past them, whatever became of them.
func passed(ctx context.Context, x *tx, rel *releaseRow) error {
	c, err := campaignByID(ctx, x, rel.CampaignID)
	if err != nil {
		return err
	}
	for _, step := range c.def().Steps[:max(stepIndex(c.def().Steps, rel.Step), 0)] {
		if _, err := cancelWaiting(ctx, x, "skipped", `target_id = ? AND step = ?`, rel.TargetID, step.Name); err != nil {
			return err
		}
	}
	return settleTarget(ctx, x, rel.TargetID)
}

// elsewhere is the release, open or unknown, that stands for one of another
// database: one that the copy has already, or a new one. nil: what is told is
// known here.
func (s *Store) elsewhere(ctx context.Context, x *tx, q *booking, m *messageRow, e *Elsewhere, now time.Time) (*releaseRow, error) {
	var rel releaseRow
	switch m.State {
	case scheduler.Sent:
		return nil, nil
	case scheduler.Released, scheduler.Unknown:
		if m.State == scheduler.Unknown && e.Unknown {
			return nil, nil
		}
		found, err := x.find(ctx, &rel, `SELECT * FROM releases WHERE message_id = ? AND state IN ('open', 'unknown')`, m.ID)
		if err != nil || !found {
			return nil, err
		}
		return &rel, nil
	case scheduler.Failed, scheduler.Cancelled:
		if _, err := x.exec(ctx, toQueue+`, reason = '' WHERE id = ?`, m.ID); err != nil {
			return nil, err
		}
		// As retry does: a sequence does not go on over a step that has failed.
		if _, err := x.exec(ctx, `UPDATE targets SET blocked = CASE blocked WHEN ? THEN '' ELSE blocked END,
			state = CASE state WHEN 'finished' THEN 'active' ELSE state END, ends_at = CASE state WHEN 'finished' THEN NULL ELSE ends_at END
			WHERE id = ? AND ?`, limits.HeldCondition.String(), m.TargetID, m.State == scheduler.Failed); err != nil {
			return nil, err
		}
	}
	r, err := s.claimElsewhere(ctx, x, q, m, e, now)
	if err != nil {
		return nil, err
	}
	return &rel, x.get(ctx, &rel, `SELECT * FROM releases WHERE id = ?`, r.ID)
}
