package store

import (
	"context"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// Card is a message a person is to send by hand, an open release of a desk, or
// a connection request to take back. Times are in the account's zone.
type Card struct {
	ID         string      `json:"id"`   // the message's
	Task       string      `json:"task"` // TaskSend or TaskWithdraw
	Account    string      `json:"account"`
	Campaign   string      `json:"campaign"`
	Target     string      `json:"target"` // canonical profile address
	Name       string      `json:"name"`
	Step       int         `json:"step"` // from 1
	StepName   string      `json:"step_name"`
	Kind       limits.Kind `json:"kind"`
	Priority   int         `json:"priority"`
	Subject    string      `json:"subject,omitempty"`
	Body       string      `json:"body,omitempty"`
	Due        time.Time   `json:"due"` // its slot
	ReleasedAt time.Time   `json:"released_at"`
	// Late: its day is over in the account's zone.
	Late bool `json:"late"`
	// Recalled: it must not be sent any more; whether it was is still asked.
	Recalled   bool      `json:"recalled"`
	RecalledAt time.Time `json:"recalled_at,omitzero"`
	// InDoubt: the database was put back since, and may not know that it was sent.
	InDoubt bool `json:"in_doubt"`
	Used    int  `json:"used"` // of the day's cap when it was released, this one included
	Cap     int  `json:"cap"`  // limits.None: no cap
}

// cardRow is an open release with what a card shows beside it.
type cardRow struct {
	releaseRow
	Account  string                   `db:"account"`
	Def      asJSON[campaign.Account] `db:"def"`
	Campaign string                   `db:"campaign"`
	Profile  string                   `db:"profile"`
	Name     string                   `db:"name"`
}

// DeskCards are the cards of an account that wait for an answer, or of all
// accounts if none is named; the longest due first.
func (s *Store) DeskCards(ctx context.Context, now time.Time, account string) ([]Card, error) {
	var rows []cardRow
	var withdrawals []withdrawalCard
	var doubtful bool
	err := s.read(ctx, func(x *tx) (err error) {
		if doubtful, err = quarantined(ctx, x); err != nil {
			return err
		}
		if account != "" {
			if _, err := accountByName(ctx, x, account); err != nil {
				return err
			}
		}
		if withdrawals, err = withdrawalCardsOf(ctx, x, account); err != nil {
			return err
		}
		return x.all(ctx, &rows, `SELECT r.*, a.name AS account, a.def, c.name AS campaign, p.profile, p.name
			FROM releases r JOIN accounts a ON a.id = r.account_id JOIN campaigns c ON c.id = r.campaign_id
			JOIN people p ON p.id = r.person_id
			WHERE r.id IN (`+openCards+`) AND (? = '' OR a.name = ?) ORDER BY r.slot_at, r.id`, account, account)
	})
	cards := make([]Card, 0, len(rows))
	for i := range rows {
		c, e := rows[i].card(now)
		if e != nil {
			return nil, e
		}
		c.InDoubt = doubtful // nothing was released since it was put back
		cards = append(cards, c)
	}
	for i := range withdrawals {
		c, e := withdrawals[i].card(now)
		if e != nil {
			return nil, e
		}
		cards = append(cards, c)
	}
	slices.SortStableFunc(cards, func(a, b Card) int { return a.Due.Compare(b.Due) })
	return cards, err
}

func (r *cardRow) card(now time.Time) (Card, error) {
	kind, err := limits.ParseKind(r.Kind)
	zone := r.Def.V.Zone.Loc()
	c := Card{
		ID: r.MessageID, Task: TaskSend, Account: r.Account, Campaign: r.Campaign, Target: r.Profile, Name: r.Name,
		Step: r.StepNo, StepName: r.Step, Kind: kind, Priority: r.Priority, Subject: r.Subject, Body: r.Body,
		Due: r.SlotAt.In(zone), ReleasedAt: r.ReleasedAt.In(zone),
		Late:     !now.Before(limits.NextDay(r.SlotAt.Time, zone)),
		Recalled: !r.RecalledAt.IsZero(), Used: r.Used, Cap: r.Cap,
	}
	if c.Recalled {
		c.RecalledAt = r.RecalledAt.In(zone)
	}
	return c, err
}
