package app

import (
	"context"
	"time"

	"outpace/limits"
	"outpace/store"
)

// ExportQuery narrows an export; empty fields do not.
type ExportQuery SlotQuery

// Message is a message in any state. Its times are in its account's zone.
type Message struct {
	ID       string      `json:"id"`
	Account  string      `json:"account"` // empty: none
	Campaign string      `json:"campaign"`
	Target   string      `json:"target"`
	Name     string      `json:"name"`
	Step     int         `json:"step"` // from 1; 0: its campaign no longer has it
	Kind     limits.Kind `json:"kind"`
	Priority int         `json:"priority"`
	State    string      `json:"state"`
	At       *time.Time  `json:"at"`   // its slot; null: none
	Held     string      `json:"held"` // why its slot is not earlier; empty: it has none (`outpace why` tells)
	Reason   string      `json:"reason"`
	Tries    int         `json:"tries"`
	RetryAt  *time.Time  `json:"retry_at"`
}

// AllMessages lists messages in every state, those with a slot first.
func (a *App) AllMessages(ctx context.Context, q ExportQuery) ([]Message, error) {
	infos, err := a.Messages(ctx, store.MessageQuery{
		Account: q.Account, Campaign: q.Campaign, From: q.From, To: q.To, Limit: q.Limit,
	})
	list := make([]Message, len(infos))
	for i := range infos {
		m := &infos[i]
		list[i] = Message{
			ID: m.ID, Account: m.Account, Campaign: m.Campaign, Target: m.Target, Name: m.Name, Step: m.Step, Kind: m.Kind,
			Priority: m.Priority, State: m.State, At: known(m.SlotAt), Reason: m.Reason, Tries: m.Tries,
			RetryAt: known(m.RetryAt),
		}
		if !m.SlotAt.IsZero() {
			list[i].Held = m.Held.String()
		}
	}
	return list, err
}
