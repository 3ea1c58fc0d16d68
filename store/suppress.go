package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"outpace/campaign"
)

// What a suppression can name.
const (
	ThePerson  = "person"
	TheCompany = "company"
	TheDomain  = "domain"
)

// SuppressionKinds lists what a suppression can name, in the order in which
// they are printed.
var SuppressionKinds = []string{ThePerson, TheCompany, TheDomain}

// The causes of a suppression that are no events: OptOut and Bounced are the
// others.
const (
	Forgotten  = "forgotten"  // `forget`
	Suppressed = "suppressed" // a person was named
	ByCompany  = TheCompany
	ByDomain   = TheDomain
)

// causes are all causes, the strongest first: it is the one a person shows.
var causes = []string{Forgotten, OptOut, Bounced, Suppressed, ByCompany, ByDomain}

// barred is the same list for SQL, without those forgotten, who are never
// given back.
const barred = `('opt_out', 'bounced', 'suppressed', 'company', 'domain')`

// NewSuppression is who shall not be written to any more.
type NewSuppression struct {
	What  string // ThePerson, TheCompany, TheDomain
	Value string // as SuppressionOf gives it
	// Cause is "" for the usual one; OptOut and Bounced, of a person, for what
	// another system learnt.
	Cause  string
	Reason string // for whoever asks later
}

// SuppressionOf reads what somebody wrote: a profile's address in any
// spelling, or the id of a message to that person, a company's name, a domain.
// what "" is a profile, or a bare domain.
func SuppressionOf(what, text string) (NewSuppression, error) {
	text = strings.TrimSpace(text)
	n := NewSuppression{What: what, Value: text}
	var err error
	switch what {
	case "":
		if n.What = ThePerson; isBareDomain(text) {
			n.What = TheDomain
		}
		return SuppressionOf(n.What, text)
	case ThePerson:
		if !idPrefix.MatchString(strings.ToLower(text)) && !strings.HasPrefix(text, forgottenPrefix) {
			n.Value, err = campaign.Canonical(text)
		}
	case TheCompany:
		if n.Value = campaign.CompanyKey(text); n.Value == "" {
			err = fmt.Errorf("%q is no name of a company", text)
		}
	case TheDomain:
		if strings.Contains(strings.TrimPrefix(text, "@"), "@") {
			return n, fmt.Errorf("%q is one person's mail address, not a domain: name the person by profile, or the domain alone", text)
		}
		n.Value, err = campaign.Domain(text)
	default:
		err = fmt.Errorf("%q is not one of %s", what, strings.Join(SuppressionKinds, ", "))
	}
	return n, err
}

// isBareDomain tells example.com and https://example.com/ from a profile. A
// mail address is neither: it must not silence everybody behind its domain.
func isBareDomain(text string) bool {
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		rest = text
	}
	rest = strings.TrimSuffix(rest, "/")
	_, err := campaign.Domain(rest)
	return err == nil && !strings.ContainsAny(rest, "/?#") && !strings.Contains(strings.TrimPrefix(rest, "@"), "@")
}

// SuppressionChange tells what adding or removing one did.
type SuppressionChange struct {
	What      string `json:"what"`
	Value     string `json:"value"`     // canonical
	Again     bool   `json:"again"`     // it was there already: nothing was done
	People    int    `json:"people"`    // who may not, or may again, be written to
	Cancelled int    `json:"cancelled"` // messages
	Recalled  int    `json:"recalled"`  // desk cards
	Queued    int    `json:"queued"`    // messages that are to be sent again
}

// NotSuppressedError says that there is nothing to remove.
type NotSuppressedError struct{ What, Value, Others string }

func (e *NotSuppressedError) Error() string {
	text := fmt.Sprintf("%s %s is not suppressed", e.What, e.Value)
	if e.Others != "" {
		text += " by name, but by " + e.Others + ": remove that one"
	}
	return text
}

// ErrOptOut refuses to take an opt-out back in passing.
var ErrOptOut = errors.New("this person asked not to be written to any more: that is for good; --opt-out takes it back if it was recorded of the wrong person")

// ErrForgotten refuses to write again to who was forgotten.
var ErrForgotten = errors.New("this person was forgotten and is never written to again")

// ErrNoReason asks for the reason of a removal.
var ErrNoReason = errors.New("say why nobody has to be spared any more (--reason)")

// Suppress keeps a person, everybody of a company, or everybody of a domain
// and what lies below it from being written to: who is known now, in one
// transaction, and who comes later. When it returns nothing to them is claimed.
func (s *Store) Suppress(ctx context.Context, now time.Time, n NewSuppression) (SuppressionChange, error) {
	list, err := s.SuppressAll(ctx, now, []NewSuppression{n})
	if err != nil {
		return SuppressionChange{}, err
	}
	return list[0], s.PlanDirty(ctx, now, nil)
}

// SuppressAll is Suppress for many, in one transaction: not more than some
// thousand at once. Their accounts stay unplanned, and release nothing, until
// the caller, or a daemon, calls PlanDirty.
func (s *Store) SuppressAll(ctx context.Context, now time.Time, list []NewSuppression) ([]SuppressionChange, error) {
	var out []SuppressionChange
	err := s.write(ctx, func(x *tx) (err error) {
		out, err = suppressAll(ctx, x, now, list)
		return err
	})
	return out, err
}

// Unsuppress takes a suppression back, for a reason. Who no other one matches
// may be written to again: their sequences go on where they stood, unless they
// answered meanwhile. An opt-out is taken back only if optOut says so, a
// person who was forgotten never.
func (s *Store) Unsuppress(ctx context.Context, now time.Time, n NewSuppression, reason string, optOut bool) (SuppressionChange, error) {
	if strings.TrimSpace(reason) == "" {
		return SuppressionChange{}, ErrNoReason
	}
	var out SuppressionChange
	err := s.write(ctx, func(x *tx) (err error) {
		out, err = unsuppress(ctx, x, now, n, reason, optOut)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, s.PlanDirty(ctx, now, nil)
}

// Suppression is one cause for which somebody is not written to.
type Suppression struct {
	What         string     `json:"what"`
	Value        string     `json:"value"`
	Cause        string     `json:"cause"`
	Reason       string     `json:"reason"`
	AddedAt      time.Time  `json:"added_at"`
	RemovedAt    *time.Time `json:"removed_at"` // null: it is live
	RemoveReason string     `json:"remove_reason"`
}

// Hashed says that it is of a person who was forgotten: value names nobody.
func (s *Suppression) Hashed() bool { return strings.HasPrefix(s.Value, forgottenPrefix) }

// Suppressions lists them: persons, companies, domains, each by value. what
// narrows the list; removed adds those that were taken back. Times are in UTC.
func (s *Store) Suppressions(ctx context.Context, what string, removed bool) ([]Suppression, error) {
	var rows []struct {
		What         string  `db:"what"`
		Value        string  `db:"value"`
		Cause        string  `db:"cause"`
		Reason       string  `db:"reason"`
		AddedAt      Instant `db:"added_at"`
		RemovedAt    Instant `db:"removed_at"`
		RemoveReason string  `db:"remove_reason"`
	}
	err := s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT what, value, cause, reason, added_at, removed_at, remove_reason FROM suppressions
			WHERE (? = '' OR what = ?) AND (? OR removed_at IS NULL) ORDER BY value, id`, what, what, removed)
	})
	list := make([]Suppression, len(rows))
	for i, r := range rows {
		list[i] = Suppression{r.What, r.Value, r.Cause, r.Reason, r.AddedAt.Time, nil, r.RemoveReason}
		if !r.RemovedAt.IsZero() {
			list[i].RemovedAt = &rows[i].RemovedAt.Time
		}
	}
	slices.SortStableFunc(list, func(a, b Suppression) int {
		return slices.Index(SuppressionKinds, a.What) - slices.Index(SuppressionKinds, b.What)
	})
	return list, err
}
