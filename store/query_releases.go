package store

import (
	"context"
	"time"
)

// ReleaseQuery narrows what Releases returns; empty fields do not.
type ReleaseQuery struct {
	Account, Campaign string
	Message           string // id
	From, To          time.Time
}

// ReleaseInfo is what a claim recorded, and what became of it. Its times are
// in the account's zone.
type ReleaseInfo struct {
	ID          int64      `json:"id" db:"id"`
	Message     string     `json:"message" db:"message_id"`
	Key         string     `json:"key" db:"key"`
	Account     string     `json:"account" db:"account"`
	Campaign    string     `json:"campaign" db:"campaign"`
	Target      string     `json:"target" db:"profile"`
	Name        string     `json:"name" db:"name"`
	Step        int        `json:"step" db:"step_no"`
	Kind        string     `json:"kind" db:"kind"`
	Priority    int        `json:"priority" db:"priority"`
	Channel     string     `json:"channel" db:"channel"`
	SlotAt      time.Time  `json:"slot_at" db:"-"`
	ReleasedAt  time.Time  `json:"released_at" db:"-"`
	State       string     `json:"state" db:"state"` // open, sent, not_sent, unknown
	DoneAt      *time.Time `json:"done_at" db:"-"`
	Verdict     string     `json:"verdict" db:"verdict"`
	Detail      string     `json:"detail" db:"detail"`
	UsedToday   int        `json:"used_today" db:"used"`
	CapToday    int        `json:"cap_today" db:"cap"`
	CreditsLeft int        `json:"credits_left" db:"credits_left"`
	Subject     string     `json:"subject" db:"subject"`
	Body        string     `json:"body" db:"body"`
}

// Releases lists what was released, oldest first.
func (s *Store) Releases(ctx context.Context, q ReleaseQuery) ([]ReleaseInfo, error) {
	where, args := q.where()
	var rows []struct {
		ReleaseInfo
		Slot     Instant `db:"slot"`
		Released Instant `db:"released"`
		Done     Instant `db:"done"`
	}
	zones := map[string]*time.Location{}
	err := s.read(ctx, func(x *tx) (err error) {
		names, err := directoryOf(ctx, x)
		if err != nil {
			return err
		}
		for _, a := range names.accounts {
			zones[a.Name] = a.zone()
		}
		return x.all(ctx, &rows, `SELECT r.id, r.message_id, r.key, a.name AS account, c.name AS campaign, p.profile, p.name,
			r.step_no, r.kind, r.priority, r.channel, r.state, r.verdict, r.detail, r.used, r.cap, r.credits_left,
			r.subject, r.body, r.slot_at AS slot, r.released_at AS released, r.done_at AS done
			FROM releases r JOIN accounts a ON a.id = r.account_id JOIN campaigns c ON c.id = r.campaign_id
			JOIN people p ON p.id = r.person_id WHERE `+where+` ORDER BY r.slot_at, r.id`, args...)
	})
	list := make([]ReleaseInfo, len(rows))
	for i, r := range rows {
		zone := zones[r.Account]
		list[i] = r.ReleaseInfo
		list[i].SlotAt, list[i].ReleasedAt = inZone(r.Slot.Time, zone), inZone(r.Released.Time, zone)
		if !r.Done.IsZero() {
			done := inZone(r.Done.Time, zone)
			list[i].DoneAt = &done
		}
	}
	return list, err
}

func (q *ReleaseQuery) where() (where string, args []any) {
	where = "1 = 1"
	and := func(clause string, value any) {
		where += " AND " + clause
		args = append(args, value)
	}
	if q.Account != "" {
		and("a.name = ?", q.Account)
	}
	if q.Campaign != "" {
		and("c.name = ?", q.Campaign)
	}
	if q.Message != "" {
		and("r.message_id = ?", q.Message)
	}
	if !q.From.IsZero() {
		and("r.slot_at >= ?", on(q.From))
	}
	if !q.To.IsZero() {
		and("r.slot_at < ?", on(q.To))
	}
	return where, args
}
