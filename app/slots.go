package app

import (
	"context"
	"time"

	"outpace/limits"
	"outpace/store"
)

// SlotQuery narrows what Slots returns; empty fields do not.
type SlotQuery struct {
	Account, Campaign string
	// From and To bound the slots: [From, To). With a From, messages that were
	// released in the meantime are listed too.
	From, To time.Time
	Limit    int // the soonest so many; 0: all
}

// Slot is a message's place.
type Slot struct {
	ID       string      `json:"id"`
	At       time.Time   `json:"at"` // in the account's zone
	Account  string      `json:"account"`
	Campaign string      `json:"campaign"`
	Target   string      `json:"target"` // canonical profile address
	Name     string      `json:"name"`
	Step     int         `json:"step"` // from 1
	Kind     limits.Kind `json:"kind"`
	Priority int         `json:"priority"`
	State    string      `json:"state"`
	Held     limits.Held `json:"held"` // why not earlier
}

// Slots lists which message goes when, soonest first.
func (a *App) Slots(ctx context.Context, q SlotQuery) ([]Slot, error) {
	f := store.MessageQuery{
		Account: q.Account, Campaign: q.Campaign, From: q.From, To: q.To, Limit: q.Limit, States: []string{stateScheduled},
	}
	if !q.From.IsZero() {
		f.States = append(f.States, stateReleased, stateSent, stateFailed, stateUnknown)
	}
	infos, err := a.Messages(ctx, f)
	list := make([]Slot, len(infos))
	for i := range infos {
		list[i] = slotOf(&infos[i])
	}
	return list, err
}

func slotOf(m *store.MessageInfo) Slot {
	return Slot{
		ID: m.ID, At: m.SlotAt, Account: m.Account, Campaign: m.Campaign, Target: m.Target, Name: m.Name, Step: m.Step,
		Kind: m.Kind, Priority: m.Priority, State: m.State, Held: m.Held,
	}
}
