package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
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
	// Found are the releases that outbox files and the databases of before
	// tell, and this one does not know.
	Found []Found `json:"found"`
	// Foreign are such whose message the database does not know at all.
	Foreign int `json:"foreign"`
	// Missing are outbox files that are not there (moved away, or taken).
	Missing []string `json:"missing"`
	// Databases are those that were here before.
	Databases []Before `json:"databases"`
	// Complete: they tell all that was released since.
	Complete bool `json:"complete"`
	// InDoubt is how many messages may have been released, as far as this is not
	// known: --done makes as many unknown.
	InDoubt int `json:"in_doubt"`
	// Doubts are they; without all only those that are likely.
	Doubts []Doubt `json:"doubts"`

	pasts []store.Past
}

// Found is a release that this database does not know.
type Found struct {
	ID         string    `json:"id"`
	Key        string    `json:"key"`
	State      string    `json:"state"` // sent, unknown
	ReleasedAt time.Time `json:"released_at"`
	Account    string    `json:"account"`
	Target     string    `json:"target"`
	Name       string    `json:"name"`
	File       string    `json:"file"`

	elsewhere store.Elsewhere
}

// Doubt is a message that may have been released in that time.
type Doubt struct {
	ID       string     `json:"id"`
	State    string     `json:"state"`
	Likely   bool       `json:"likely"` // as far as this database can tell
	Account  string     `json:"account"`
	Channel  string     `json:"channel"`
	Type     string     `json:"type"` // of the channel
	Campaign string     `json:"campaign"`
	Target   string     `json:"target"`
	Name     string     `json:"name"`
	Step     int        `json:"step"`
	SlotAt   *time.Time `json:"slot_at"` // null: it had no slot in that time
}

// Evidence is where a reconciliation looks beside the outbox files of the
// channels and the databases that `restore` has kept.
type Evidence struct {
	Files     []string // further outbox files
	Databases []string // further databases of before
}

// Reconciliation looks what another database may have sent. all: with every
// message in doubt, not only the likely ones.
func (a *App) Reconciliation(ctx context.Context, more Evidence, all bool) (*Reconciliation, error) {
	q, err := a.Quarantine(ctx)
	if err != nil {
		return nil, err
	}
	r := &Reconciliation{
		Held: q.Held(), From: q.From, Until: q.Until, Cause: q.Cause,
		Found: []Found{}, Missing: []string{}, Databases: []Before{}, Doubts: []Doubt{},
	}
	if !r.Held {
		return r, nil
	}
	f := &finding{a: a, r: r, seen: map[string]bool{}}
	if err := f.outboxes(ctx, more.Files); err != nil {
		return nil, err
	}
	if err := f.databases(ctx, q, more.Databases); err != nil {
		return nil, err
	}
	list, err := a.Doubts(ctx, true)
	for _, d := range list {
		if f.seen[d.Message] {
			continue
		}
		r.InDoubt++
		if d.Likely || all {
			r.Doubts = append(r.Doubts, Doubt{
				ID: d.Message, State: d.State, Likely: d.Likely, Account: d.Account, Channel: d.Channel, Type: d.Type,
				Campaign: d.Campaign, Target: d.Target, Name: d.Name, Step: d.Step, SlotAt: known(d.SlotAt),
			})
		}
	}
	return r, err
}

// finding is the search for what was released elsewhere.
type finding struct {
	a    *App
	r    *Reconciliation
	seen map[string]bool // messages
}

// outboxes looks through the outbox files of the channels, and through more.
func (f *finding) outboxes(ctx context.Context, more []string) error {
	defs, err := f.a.ChannelDefs(ctx)
	if err != nil {
		return err
	}
	for _, def := range defs {
		if def.Type != "outbox" {
			continue
		}
		err := f.outbox(ctx, def.Path)
		if errors.Is(err, os.ErrNotExist) {
			f.r.Missing = append(f.r.Missing, def.Path)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	for _, path := range more {
		if err := f.outbox(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

func (f *finding) outbox(ctx context.Context, path string) error {
	return outbox.Read(path, func(d channel.Delivery) error {
		if d.Kind == channel.Withdraw || !strings.HasPrefix(d.Key, d.ID) {
			return nil
		}
		return f.release(ctx, Found{
			Account: d.Account, Target: d.Target, Name: d.Name, File: path,
			elsewhere: store.Elsewhere{
				Message: d.ID, Key: d.Key, SlotAt: d.SlotAt, ReleasedAt: d.ReleasedAt, Kind: d.Kind, Subject: d.Subject, Body: d.Body,
			},
		})
	})
}

// release takes a release in, if it is not known here.
func (f *finding) release(ctx context.Context, n Found) error {
	e := &n.elsewhere
	if f.seen[e.Message] {
		return nil
	}
	state, err := f.a.MessageState(ctx, e.Message)
	var missing *store.NotFoundError
	switch {
	case errors.As(err, &missing):
		if !e.ReleasedAt.Before(f.r.From) { // else of a database that has nothing to do with this one
			f.seen[e.Message] = true
			f.r.Foreign++
		}
		return nil
	case err != nil:
		return fmt.Errorf("%s: message %s: %w", n.File, e.Message, err)
	case state == stateSent || state == stateUnknown:
		return nil
	}
	f.seen[e.Message] = true
	n.ID, n.Key, n.State, n.ReleasedAt = e.Message, e.Key, stateSent, e.ReleasedAt
	if e.Unknown {
		n.State = stateUnknown
	}
	f.r.Found = append(f.r.Found, n)
	return nil
}

// Answers are what a person knows of that time.
type Answers struct {
	Evidence
	Sent     []string // messages, by id or the beginning of it
	NoneSent bool     // no other was
	Done     bool     // nobody can tell of the others
	Foreign  bool     // end it, although messages to people are told who are not known here
}

// ForeignError says that messages were sent to people the database does not
// know: added later, they would be written to once more.
type ForeignError struct{ Messages int }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%d messages were sent since that this database does not know: apply the campaigns file of that time first, or these people are written to again when it is applied; --foreign goes on without them", e.Messages)
}

// Reconciled is what was booked, and how it goes on.
type Reconciled struct {
	Sent         []store.Booked `json:"sent"` // and what is unknown
	Reactions    int            `json:"reactions"`
	Suppressions int            `json:"suppressions"`
	Refused      []string       `json:"refused"` // reactions that could not be recorded, and why
	Held         bool           `json:"held"`    // still
	NotSent      int            `json:"not_sent"`
	Unknown      int            `json:"unknown"` // a person may still say
}

// Reconcile books what outbox files, databases of before and a person say was
// sent, and what the databases tell of people. With NoneSent or Done the
// quarantine is over.
func (a *App) Reconcile(ctx context.Context, now time.Time, answers Answers) (*Reconciled, error) {
	r, err := a.Reconciliation(ctx, answers.Evidence, false)
	if err == nil && !r.Held {
		err = store.ErrNoQuarantine
	}
	ends := answers.NoneSent || answers.Done
	if err == nil && ends && r.Foreign > 0 && !answers.Foreign {
		err = &ForeignError{r.Foreign}
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
	out := &Reconciled{Sent: []store.Booked{}, Refused: []string{}, Held: true}
	for some := range slices.Chunk(list, importChunk) {
		booked, err := a.BookElsewhere(ctx, now, some)
		if err != nil {
			return nil, err
		}
		out.Sent = append(out.Sent, booked...)
	}
	for i := range r.pasts {
		if err := a.recordPast(ctx, now, &r.pasts[i], out); err != nil {
			return nil, err
		}
	}
	if ends {
		n, err := a.EndQuarantine(ctx, now, answers.NoneSent)
		if err != nil {
			return nil, err
		}
		if out.Held = false; answers.NoneSent {
			out.NotSent = n
		} else {
			out.Unknown = n
		}
	}
	return out, a.PlanDirty(ctx, now, nil)
}
