package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"outpace/campaign"
)

// Doubt is a message that may have been released in the time of a quarantine.
// Times are in the account's zone.
type Doubt struct {
	Message  string
	State    string // queued, scheduled, released (a card, or with its channel), failed
	Likely   bool   // it had a slot in that time, or is with its channel
	Account  string // "": it has none
	Channel  string
	Type     string // of the channel: desk, outbox, webhook, exec
	Campaign string
	Target   string // canonical profile address
	Name     string
	Step     int       // from 1; 0: not in the file any more
	SlotAt   time.Time // zero: it had none in that time
}

// inDoubt is every message (m) that another database may have released since this
// one was copied, with its target (t) and what was planned for it (d): all that
// is not known to have gone out. An edit, a reply or a pause that this database
// does not know may have moved anything forward, and people may have been
// written to who were added since. What a person has answered meanwhile is none.
// It takes the quarantine's id and when it began.
const inDoubt = `messages m JOIN targets t ON t.id = m.target_id
	LEFT JOIN doubts d ON d.quarantine_id = ? AND d.message_id = m.id
	WHERE m.state IN ('queued', 'scheduled', 'released', 'failed') AND t.state IN ('active', 'finished')
	AND NOT EXISTS (SELECT 1 FROM releases WHERE message_id = m.id AND state = 'not_sent' AND answer <> '' AND done_at >= ?)`

// isLikely says of one of them that it was released as far as this database can
// tell.
const isLikely = `(d.message_id IS NOT NULL OR m.state = 'released')`

// doubtRow is a message in doubt with what it stands for.
type doubtRow struct {
	Message  string  `db:"id"`
	State    string  `db:"state"`
	Likely   bool    `db:"likely"`
	Account  *int64  `db:"account_id"`
	Campaign int64   `db:"campaign_id"`
	Person   int64   `db:"person_id"`
	Step     string  `db:"step"`
	SlotAt   Instant `db:"slot_at"`
}

// Doubts are the messages of the quarantine that lasts: the likely ones by their
// slots, then the others. all: the others, too.
func (s *Store) Doubts(ctx context.Context, all bool) (out []Doubt, err error) {
	err = s.read(ctx, func(x *tx) error {
		q, err := quarantineOf(ctx, x)
		if err != nil || !q.Held() {
			return err
		}
		names, err := directoryOf(ctx, x)
		if err != nil {
			return err
		}
		channels, err := channelsOf(ctx, x)
		if err != nil {
			return err
		}
		var rows []struct {
			doubtRow
			Profile string `db:"profile"`
			Name    string `db:"name"`
		}
		err = x.all(ctx, &rows, `SELECT f.*, p.profile, p.name FROM (SELECT m.id, m.state, `+isLikely+` AS likely,
			coalesce(d.account_id, m.account_id, t.account_id) AS account_id, t.campaign_id, t.person_id, m.step,
			coalesce(d.slot_at, CASE m.state WHEN 'released' THEN m.slot_at END) AS slot_at FROM `+inDoubt+`) f
			JOIN people p ON p.id = f.person_id WHERE f.likely OR ? ORDER BY f.likely DESC, f.slot_at, f.campaign_id, f.id`,
			q.ID, on(q.Until), all)
		for i := range rows {
			d := rows[i].doubt(names, channels)
			d.Target, d.Name = rows[i].Profile, rows[i].Name
			out = append(out, d)
		}
		return err
	})
	return out, err
}

func (r *doubtRow) doubt(names *directory, channels map[string]campaign.Channel) Doubt {
	d := Doubt{Message: r.Message, State: r.State, Likely: r.Likely, SlotAt: r.SlotAt.Time}
	if r.Account != nil {
		if a := names.accounts[*r.Account]; a != nil {
			d.Account, d.Channel = a.Name, a.def().Channel
			d.Type, d.SlotAt = channels[d.Channel].Type, inZone(d.SlotAt, a.zone())
		}
	}
	if c := names.campaigns[r.Campaign]; c != nil {
		d.Campaign = c.Name
		_, d.Step = stepByName(c.def(), r.Step)
	}
	return d
}

// channelsOf are the channels of the file by name; one that is not named is a
// desk.
func channelsOf(ctx context.Context, x *tx) (map[string]campaign.Channel, error) {
	var rows []asJSON[campaign.Channel]
	err := x.all(ctx, &rows, `SELECT def FROM channels`)
	channels := map[string]campaign.Channel{"desk": {Name: "desk", Type: "desk"}}
	for i := range rows {
		channels[rows[i].V.Name] = rows[i].V
	}
	return channels, err
}

// undoubtChunk is how many targets become unknown in one transaction.
const undoubtChunk = 200

// EndQuarantine lets everything go on. What is in doubt was not sent, if
// noneSent; else all of it is unknown, on every channel, until a person says: a
// receiver may not remember a key for so long, and a reader of an outbox may
// have taken its lines. It returns how many that were. A call that was cut short
// is made again.
func (s *Store) EndQuarantine(ctx context.Context, now time.Time, noneSent bool) (n int, err error) {
	now = now.Truncate(time.Microsecond)
	if !noneSent {
		if n, err = s.undoubtAll(ctx, now); err != nil {
			return n, err
		}
	}
	err = s.write(ctx, func(x *tx) error {
		q, err := liveQuarantine(ctx, x)
		if err == nil {
			err = q.count(ctx, x)
		}
		if err != nil {
			return err
		}
		if noneSent {
			n = q.Left
		} else if q.Left > 0 { // what somebody has added meanwhile
			done, err := s.undoubt(ctx, x, q, 0, math.MaxInt64, now)
			if n += done; err != nil {
				return err
			}
		}
		if _, err := x.exec(ctx, `UPDATE quarantines SET ended_at = ? WHERE id = ?`, on(now), q.ID); err != nil {
			return err
		}
		return holdAll(ctx, x, event{At: now, Kind: "reconciled", Detail: q.Cause})
	})
	return n, err
}

// liveQuarantine is the one that lasts; ErrNoQuarantine if there is none.
func liveQuarantine(ctx context.Context, x *tx) (Quarantine, error) {
	q, err := quarantineOf(ctx, x)
	if err == nil && !q.Held() {
		err = ErrNoQuarantine
	}
	return q, err
}

// undoubtAll makes everything unknown that is in doubt, some targets in a
// transaction.
func (s *Store) undoubtAll(ctx context.Context, now time.Time) (n int, err error) {
	for from, more := int64(0), true; more && err == nil; {
		err = s.write(ctx, func(x *tx) error {
			q, err := liveQuarantine(ctx, x)
			if err != nil {
				return err
			}
			var to *int64
			err = x.get(ctx, &to, `SELECT max(id) FROM (SELECT id FROM targets WHERE id > ? ORDER BY id LIMIT ?) AS some`, from, undoubtChunk)
			if more = to != nil; err != nil || !more {
				return err
			}
			done, err := s.undoubt(ctx, x, q, from, *to, now)
			n += done
			from = *to
			return err
		})
	}
	return n, err
}

// undoubt makes unknown what is in doubt of the targets behind from, up to to,
// of each in the order of its steps.
func (s *Store) undoubt(ctx context.Context, x *tx, q Quarantine, from, to int64, now time.Time) (n int, err error) {
	type doubted struct {
		doubtRow
		Target int64 `db:"target_id"`
	}
	var rows []doubted
	err = x.all(ctx, &rows, `SELECT m.id, m.target_id, t.campaign_id, m.step FROM `+inDoubt+` AND t.id > ? AND t.id <= ?`,
		q.ID, on(q.Until), from, to)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	names, err := directoryOf(ctx, x)
	if err != nil {
		return 0, err
	}
	place := func(d *doubted) int { return stepIndex(names.campaigns[d.Campaign].def().Steps, d.Step) }
	slices.SortFunc(rows, func(a, b doubted) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(place(&a), place(&b)), cmp.Compare(a.Message, b.Message))
	})
	k := booking{Quarantine: q}
	for i := range rows {
		if place(&rows[i]) < 0 {
			continue // its step is not in the file: nothing sends it any more
		}
		b, err := s.bookElsewhere(ctx, x, &k, &Elsewhere{Message: rows[i].Message, Unknown: true}, now)
		if err != nil {
			return n, fmt.Errorf("message %s: %w", rows[i].Message, err)
		}
		if b.What == "unknown" {
			n++
		}
	}
	return n, nil
}
