package store

import (
	"context"
	"time"
)

// PersonView is a person with the campaigns they are in.
type PersonView struct {
	Profile        string
	Name           string
	Company        string
	SuppressedAt   time.Time // zero: may be written to
	SuppressReason string
	Targets        []PersonTarget
}

// PersonTarget is one campaign's target of a person.
type PersonTarget struct {
	Campaign   string
	Account    string
	State      string // active, finished, stopped, removed
	StopReason string
	Priority   int
	LastStep   string
	LastAt     time.Time
	Messages   []string // ids, by slot and step name
}

// Person finds a person by canonical profile address.
func (s *Store) Person(ctx context.Context, profile string) (*PersonView, error) {
	var v *PersonView
	err := s.read(ctx, func(x *tx) error {
		p, err := personByProfile(ctx, x, profile)
		if err != nil {
			return err
		}
		v = &PersonView{
			Profile: p.Profile, Name: p.Name, Company: p.Company,
			SuppressedAt: p.SuppressedAt.Time, SuppressReason: p.SuppressReason,
		}
		var rows []struct {
			targetRow
			Campaign string `db:"campaign"`
			Account  string `db:"account"`
		}
		err = x.all(ctx, &rows, `SELECT t.*, c.name AS campaign, coalesce(a.name, '') AS account FROM targets t
			JOIN campaigns c ON c.id = t.campaign_id LEFT JOIN accounts a ON a.id = t.account_id
			WHERE t.person_id = ? ORDER BY c.position, t.id`, p.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t := PersonTarget{
				Campaign: r.Campaign, Account: r.Account, State: r.State, StopReason: r.StopReason,
				Priority: r.Priority, LastStep: r.LastStep, LastAt: r.LastAt.Time,
			}
			err := x.all(ctx, &t.Messages, `SELECT id FROM messages WHERE target_id = ?
				ORDER BY slot_at IS NULL, slot_at, step`, r.ID)
			if err != nil {
				return err
			}
			v.Targets = append(v.Targets, t)
		}
		return nil
	})
	return v, err
}
