package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"outpace/channel"
	"outpace/channel/outbox"
	"outpace/store"
)

// Reconciliation is what is known of the time of which a database that was put
// back knows nothing.
type Reconciliation struct {
	Held  bool      `json:"held"` // nothing is released until it is done
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Cause string    `json:"cause"`
	// Found are the lines of outbox files that are not in the database: sent.
	Found []Found `json:"found"`
	// Foreign are such lines whose message the database does not know at all.
	Foreign int `json:"foreign"`
	// Missing are outbox files that are not there (moved away, or taken).
	Missing []string `json:"missing"`
	// Doubts were planned for that time: each may have been released.
	Doubts []Doubt `json:"doubts"`
}

// Found is a message that an outbox file says was sent.
type Found struct {
	ID         string    `json:"id"`
	Key        string    `json:"key"`
	ReleasedAt time.Time `json:"released_at"`
	Account    string    `json:"account"`
	Target     string    `json:"target"`
	Name       string    `json:"name"`
	File       string    `json:"file"`

	elsewhere store.Elsewhere
}

// Doubt is a message that was planned for that time.
type Doubt struct {
	ID       string     `json:"id"`
	Account  string     `json:"account"`
	Channel  string     `json:"channel"`
	Type     string     `json:"type"` // of the channel
	Campaign string     `json:"campaign"`
	Target   string     `json:"target"`
	Name     string     `json:"name"`
	Step     int        `json:"step"`
	SlotAt   *time.Time `json:"slot_at"` // null: it had no slot yet
	Answer   string     `json:"answer"`  // '', sent, not_sent, again, unknown
	// Done is what --done makes of it without an answer: again (the same key
	// once more, which its channel notices) or unknown.
	Done string `json:"done"`
}

// Reconciliation looks what another database may have sent: what was planned
// here, and what the outbox files of all channels, and more files, tell.
func (a *App) Reconciliation(ctx context.Context, more []string) (*Reconciliation, error) {
	q, err := a.Quarantine(ctx)
	if err != nil {
		return nil, err
	}
	r := &Reconciliation{
		Held: q.Held(), From: q.From, Until: q.Until, Cause: q.Cause,
		Found: []Found{}, Missing: []string{}, Doubts: []Doubt{},
	}
	if !r.Held {
		return r, nil
	}
	if err := a.readOutboxes(ctx, r, more); err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for i := range r.Found {
		found[r.Found[i].ID] = true
	}
	list, err := a.Doubts(ctx)
	for _, d := range list {
		if found[d.Message] {
			continue
		}
		done := "unknown"
		if d.Repeats {
			done = "again"
		}
		r.Doubts = append(r.Doubts, Doubt{
			ID: d.Message, Account: d.Account, Channel: d.Channel, Type: d.Type, Campaign: d.Campaign, Target: d.Target,
			Name: d.Name, Step: d.Step, SlotAt: known(d.SlotAt), Answer: d.Answer, Done: done,
		})
	}
	return r, err
}

// readOutboxes looks through the outbox files of the channels, and through more.
func (a *App) readOutboxes(ctx context.Context, r *Reconciliation, more []string) error {
	defs, err := a.ChannelDefs(ctx)
	if err != nil {
		return err
	}
	for _, def := range defs {
		if def.Type != "outbox" {
			continue
		}
		err := a.readOutbox(ctx, r, def.Path)
		if errors.Is(err, os.ErrNotExist) {
			r.Missing = append(r.Missing, def.Path)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	for _, path := range more {
		if err := a.readOutbox(ctx, r, path); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) readOutbox(ctx context.Context, r *Reconciliation, path string) error {
	seen := map[string]bool{}
	for i := range r.Found {
		seen[r.Found[i].ID] = true
	}
	return outbox.Read(path, func(d channel.Delivery) error {
		if seen[d.ID] || d.Kind == channel.Withdraw || !strings.HasPrefix(d.Key, d.ID) {
			return nil
		}
		state, err := a.MessageState(ctx, d.ID)
		var missing *store.NotFoundError
		switch {
		case errors.As(err, &missing):
			r.Foreign++
			return nil
		case err != nil:
			return fmt.Errorf("%s: message %s: %w", path, d.ID, err)
		case state == stateSent || state == stateUnknown:
			return nil
		}
		seen[d.ID] = true
		r.Found = append(r.Found, Found{
			ID: d.ID, Key: d.Key, ReleasedAt: d.ReleasedAt, Account: d.Account, Target: d.Target, Name: d.Name, File: path,
			elsewhere: store.Elsewhere{
				Message: d.ID, Key: d.Key, SlotAt: d.SlotAt, ReleasedAt: d.ReleasedAt, Kind: d.Kind, Subject: d.Subject, Body: d.Body,
			},
		})
		return nil
	})
}

// Answers are what a person knows of that time.
type Answers struct {
	Sent     []string // messages, by id or the beginning of it
	NoneSent bool     // no other was
	Done     bool     // nobody can tell of the others
	Files    []string // further outbox files
}

// Reconciled is what was booked, and how it goes on.
type Reconciled struct {
	Sent    []store.Booked `json:"sent"`
	Held    bool           `json:"held"` // still
	NotSent int            `json:"not_sent"`
	Again   int            `json:"again"`   // go with the same key once more
	Unknown int            `json:"unknown"` // a person may still say
}

// Reconcile books what outbox files and a person say was sent. With NoneSent or
// Done the quarantine is over.
func (a *App) Reconcile(ctx context.Context, now time.Time, answers Answers) (*Reconciled, error) {
	r, err := a.Reconciliation(ctx, answers.Files)
	if err == nil && !r.Held {
		err = store.ErrNoQuarantine
	}
	if err != nil {
		return nil, err
	}
	var list []store.Elsewhere
	for i := range r.Found {
		list = append(list, r.Found[i].elsewhere)
	}
	for _, id := range answers.Sent {
		list = append(list, store.Elsewhere{Message: id})
	}
	out := &Reconciled{Sent: []store.Booked{}, Held: true}
	if len(list) > 0 {
		if out.Sent, err = a.BookElsewhere(ctx, now, list); err != nil {
			return nil, err
		}
	}
	if answers.NoneSent || answers.Done {
		counts, err := a.EndQuarantine(ctx, now, answers.NoneSent)
		if err != nil {
			return nil, err
		}
		out.Held, out.NotSent, out.Again, out.Unknown = false, counts["not_sent"], counts["again"], counts["unknown"]
	}
	return out, a.PlanDirty(ctx, now, nil)
}
