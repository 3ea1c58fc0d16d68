package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"outpace/campaign"
)

// The kinds of reactions.
const (
	Reply          = "reply"
	AcceptedBy     = "accepted"
	Declined       = "declined"
	OptOut         = "opt_out"
	Bounced        = "bounced"
	Withdrawn      = "withdrawn"
	CreditReturned = "credit_returned"
)

// ReactionKinds lists the kinds in the order in which they are printed.
var ReactionKinds = []string{Reply, AcceptedBy, Declined, OptOut, Bounced, Withdrawn, CreditReturned}

// autoReply is how the log calls a reply nobody wrote.
const autoReply = "auto_reply"

// Reaction is what a person did, or the platform did to what was sent to them.
type Reaction struct {
	Kind    string
	Person  string    // profile in any spelling, or a message's id or unique beginning
	Account string    // whose message it answers; "": whichever it is
	At      time.Time // when it happened; zero: now
	Auto    bool      // an automatic reply: it ends nothing
	Note    string
	ID      string // the sender's; the same twice is once
}

// Reacted tells what a reaction did.
type Reacted struct {
	Profile   string   `json:"target"`    // canonical
	Again     bool     `json:"again"`     // known already: nothing was done
	Cancelled int      `json:"cancelled"` // messages
	Stopped   int      `json:"stopped"`   // targets
	Recalled  int      `json:"recalled"`  // desk cards
	Refunded  int      `json:"refunded"`  // credits
	Resolved  int      `json:"resolved"`  // messages of unknown effect: they were sent
	Accounts  []string `json:"accounts"`  // planned again; of ReactAll: none, they are dirty
}

// NeverWrittenError says that a reaction came from somebody outpace has never
// sent anything to.
type NeverWrittenError struct{ Profile, Kind string }

func (e *NeverWrittenError) Error() string {
	return fmt.Sprintf("nothing was ever sent to %s, so there is nothing to record %s of; opt_out keeps anybody from being written to", e.Profile, e.Kind)
}

// IDReusedError says that an id was given to another event before.
type IDReusedError struct{ ID string }

func (e *IDReusedError) Error() string {
	return fmt.Sprintf("the id %q belongs to another event", e.ID)
}

// React records a reaction and everything that follows from it, in one
// transaction: when it returns, nothing that it stopped is claimed any more,
// and what was claimed before is not handed over again. A call of a channel
// that is under way at that moment may still send. The same reaction twice (id,
// or person, kind, time and account) is once.
func (s *Store) React(ctx context.Context, now time.Time, r Reaction) (Reacted, error) {
	var out Reacted
	err := s.write(ctx, func(x *tx) error {
		results, touched, err := s.reactSome(ctx, x, now, []Reaction{r})
		if err == nil {
			out, err = results[0].Reacted, results[0].Err
		}
		if err == nil {
			out.Accounts, err = s.planAll(ctx, x, touched, now)
		}
		return err
	})
	return out, err
}

func (r *Reaction) check(now time.Time) error {
	switch {
	case !slices.Contains(ReactionKinds, r.Kind):
		return fmt.Errorf("%q is not a kind of event (one of %v)", r.Kind, ReactionKinds)
	case r.Auto && r.Kind != Reply:
		return fmt.Errorf("only a reply can be automatic, not %s", r.Kind)
	case r.At.After(now):
		return fmt.Errorf("%s lies in the future", r.At.Format(time.RFC3339))
	}
	if r.At.IsZero() {
		r.At = now
	}
	return nil
}

// logged is the reaction's kind as it stands in the log.
func (r *Reaction) logged() string {
	if r.Auto {
		return autoReply
	}
	return r.Kind
}

// reacting is the work on one reaction.
type reacting struct {
	s       *Store
	x       *tx
	now     time.Time
	r       Reaction
	person  *personRow
	account *accountRow    // the one named; nil: none
	message string         // the one named, if that proves that it was sent
	plan    map[int64]bool // accounts that are touched
	out     Reacted
}

func (w *reacting) run(ctx context.Context) error {
	if err := w.find(ctx); err != nil {
		return err
	}
	w.out.Profile, w.plan = w.person.Profile, map[int64]bool{}
	known, err := w.known(ctx)
	if err != nil || known {
		w.out.Again = known
		return err
	}
	if err := w.evidence(ctx); err != nil {
		return err
	}
	if err := w.act(ctx); err != nil {
		return err
	}
	e := event{At: w.r.At, Kind: w.r.logged(), Person: w.person.ID, Message: w.message, Detail: w.r.Note, Ref: w.r.ID}
	if w.account != nil {
		e.Account = w.account.Name
	}
	return logEvent(ctx, w.x, e)
}

// planAll plans accounts again, and returns their names.
func (s *Store) planAll(ctx context.Context, x *tx, ids map[int64]bool, now time.Time) (names []string, err error) {
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		a, err := accountByID(ctx, x, id)
		if err != nil {
			return nil, err
		}
		if a.State != "active" {
			continue
		}
		if err := s.planAccount(ctx, x, id, now); err != nil {
			return nil, err
		}
		names = append(names, a.Name)
	}
	return names, nil
}

// find reads the person, and the account if one is named. Anybody can be kept
// from being written to, also before a file names them.
func (w *reacting) find(ctx context.Context) (err error) {
	if w.r.Account != "" {
		if w.account, err = accountByName(ctx, w.x, w.r.Account); err != nil {
			return err
		}
	}
	w.person, err = findPerson(ctx, w.x, w.r.Person)
	if err == nil && w.person.isForgotten() {
		return w.seal(ctx)
	}
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.What != "person" {
		return err
	}
	profile, err := campaign.Canonical(w.r.Person)
	if err != nil {
		return err
	}
	if w.r.Kind != OptOut && w.r.Kind != Bounced {
		return &NeverWrittenError{profile, w.r.Kind}
	}
	w.person = &personRow{Profile: profile}
	w.person.ID, err = w.x.insert(ctx, `INSERT INTO people (profile) VALUES (?)`, profile)
	return err
}

// known says whether this reaction was recorded before.
func (w *reacting) known(ctx context.Context) (bool, error) {
	var old struct {
		Kind   string `db:"kind"`
		Person *int64 `db:"person_id"`
	}
	if w.r.ID != "" {
		found, err := w.x.find(ctx, &old, `SELECT kind, person_id FROM events WHERE ref = ?`, w.r.ID)
		if err == nil && found && (old.Kind != w.r.logged() || old.Person == nil || *old.Person != w.person.ID) {
			err = &IDReusedError{w.r.ID}
		}
		return found, err
	}
	// A person may become a connection of two accounts on one day.
	account := int64(0)
	if w.account != nil {
		account = w.account.ID
	}
	return w.x.find(ctx, &old, `SELECT kind, person_id FROM events
		WHERE person_id = ? AND kind = ? AND at = ? AND coalesce(account_id, 0) = ? LIMIT 1`,
		w.person.ID, w.r.logged(), on(w.r.At), account)
}
