package store

import (
	"context"
	"strings"
)

// MessagePlace orders messages as Messages does where their slots do not: by
// their account, their place in the slot, their campaign and their target.
type MessagePlace struct{ Account, Slot, Campaign, Target int }

// EachMessage gives the messages in some states to fn, one by one and in no
// order: there may be too many of them to hold. What fn is given holds only
// until it returns.
func (s *Store) EachMessage(ctx context.Context, states []string, fn func(*MessageInfo, MessagePlace) error) error {
	args := make([]any, len(states))
	for i, state := range states {
		args[i] = state
	}
	return s.read(ctx, func(x *tx) error {
		names, err := directoryOf(ctx, x)
		if err != nil {
			return err
		}
		rows, err := x.rows(ctx, `SELECT m.*, t.campaign_id, p.profile, p.name, t.priority, t.stop_reason, t.position AS target_position
			FROM messages m CROSS JOIN targets t ON t.id = m.target_id CROSS JOIN people p ON p.id = t.person_id
			WHERE m.state IN (?`+strings.Repeat(", ?", len(states)-1)+`)`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r struct {
				infoRow
				TargetPosition int `db:"target_position"`
			}
			if err := rows.StructScan(&r); err != nil {
				return err
			}
			m, err := r.info(names)
			if err != nil {
				return err
			}
			place := MessagePlace{Slot: r.Place, Campaign: names.campaigns[r.CampaignID].Position, Target: r.TargetPosition}
			if r.AccountID != nil {
				place.Account = names.accounts[*r.AccountID].Position
			}
			if err := fn(&m, place); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}
