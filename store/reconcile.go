package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/campaign"
)

// Doubt is a message that may have been released in the time of a quarantine.
// Times are in the account's zone.
type Doubt struct {
	Message  string
	Account  string
	Channel  string
	Type     string // of the channel: desk, outbox, webhook, exec
	Repeats  bool   // its channel takes the same key twice, so that it may go again
	Campaign string
	Target   string // canonical profile address
	Name     string
	Step     int       // from 1; 0: not in the file any more
	SlotAt   time.Time // zero: it had none yet
	Answer   string    // '', sent, not_sent, again, unknown
}

// doubtRow is a row of doubts with what it stands for.
type doubtRow struct {
	Message  string                    `db:"message_id"`
	Account  string                    `db:"account"`
	Def      asJSON[campaign.Account]  `db:"account_def"`
	Campaign string                    `db:"campaign"`
	CampDef  asJSON[campaign.Campaign] `db:"campaign_def"`
	Target   string                    `db:"profile"`
	Name     string                    `db:"name"`
	StepName string                    `db:"step"`
	SlotAt   Instant                   `db:"slot_at"`
	Answer   string                    `db:"answer"`
}

// Doubts are the messages of the quarantine that lasts, by slot.
func (s *Store) Doubts(ctx context.Context) (out []Doubt, err error) {
	err = s.read(ctx, func(x *tx) error {
		out, err = doubts(ctx, x)
		return err
	})
	return out, err
}

func doubts(ctx context.Context, x *tx) ([]Doubt, error) {
	channels, err := channelsOf(ctx, x)
	if err != nil {
		return nil, err
	}
	var rows []doubtRow
	err = x.all(ctx, &rows, `SELECT d.message_id, a.name AS account, a.def AS account_def, c.name AS campaign,
		c.def AS campaign_def, p.profile, p.name, m.step, d.slot_at, d.answer
		FROM doubts d JOIN quarantines q ON q.id = d.quarantine_id JOIN messages m ON m.id = d.message_id
		JOIN accounts a ON a.id = d.account_id JOIN targets t ON t.id = m.target_id
		JOIN campaigns c ON c.id = t.campaign_id JOIN people p ON p.id = t.person_id
		WHERE q.ended_at IS NULL ORDER BY d.slot_at IS NULL, d.slot_at, a.position, d.message_id`)
	out := make([]Doubt, len(rows))
	for i := range rows {
		r := &rows[i]
		name := r.Def.V.Channel
		ch := channels[name]
		_, step := stepByName(&r.CampDef.V, r.StepName)
		out[i] = Doubt{
			Message: r.Message, Account: r.Account, Channel: name, Type: ch.Type, Repeats: repeats(&ch),
			Campaign: r.Campaign, Target: r.Target, Name: r.Name, Step: step,
			SlotAt: inZone(r.SlotAt.Time, r.Def.V.Zone.Loc()), Answer: r.Answer,
		}
	}
	return out, err
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

// repeats says that a channel notices a key that it has seen.
func repeats(c *campaign.Channel) bool {
	return c.Type == "outbox" || c.Webhook != nil && c.Webhook.Idempotent || c.Exec != nil && c.Exec.Idempotent
}

// EndQuarantine lets everything go on. Doubts without an answer were not sent,
// if noneSent; else they go again where the channel notices a key that it has
// seen, and are unknown everywhere else: a person may still say. It tells what
// became of them.
func (s *Store) EndQuarantine(ctx context.Context, now time.Time, noneSent bool) (out map[string]int, err error) {
	now = now.Truncate(time.Microsecond)
	err = s.write(ctx, func(x *tx) error {
		out = map[string]int{}
		q, err := quarantineOf(ctx, x)
		if err == nil && !q.Held() {
			err = ErrNoQuarantine
		}
		if err != nil {
			return err
		}
		list, err := doubts(ctx, x)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Answer != "" {
				continue
			}
			what, err := s.undoubt(ctx, x, q, &list[i], noneSent, now)
			if err != nil {
				return fmt.Errorf("message %s: %w", list[i].Message, err)
			}
			out[what]++
		}
		if _, err := x.exec(ctx, `UPDATE quarantines SET ended_at = ? WHERE id = ?`, on(now), q.ID); err != nil {
			return err
		}
		return holdAll(ctx, x, event{At: now, Kind: "reconciled", Detail: q.Cause})
	})
	return out, err
}

// undoubt settles a doubt that nobody has answered.
func (s *Store) undoubt(ctx context.Context, x *tx, q Quarantine, d *Doubt, noneSent bool, now time.Time) (what string, err error) {
	switch {
	case noneSent:
		what = "not_sent"
	case d.Repeats:
		what = "again"
	case d.SlotAt.IsZero():
		return "", errors.New("the backup is older than the plan reaches, so it had no slot: say which were sent, and then that no other was")
	default:
		b, err := s.bookElsewhere(ctx, x, q, &Elsewhere{Message: d.Message, Unknown: true}, now)
		if err != nil || b.What == "unknown" {
			return b.What, err
		}
		what = "sent" // somebody has answered its card meanwhile
	}
	_, err = x.exec(ctx, `UPDATE doubts SET answer = ? WHERE quarantine_id = ? AND message_id = ?`, what, q.ID, d.Message)
	return what, err
}
