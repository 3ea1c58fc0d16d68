package store

import (
	"context"
	"time"
)

// Past is what another database, of which this one was an older copy, tells of
// the time since.
type Past struct {
	Same        bool // it is the same database, at a later time
	Releases    []PastRelease
	Reactions   []Reaction       // in their order
	Suppressed  []NewSuppression // all that are in force
	Forgotten   int              // people who were forgotten there, ever
	Stopped     []Stopped
	Quarantined bool // it lacks a time itself
}

// PastRelease is a release that may have gone out. Times are in UTC.
type PastRelease struct {
	Elsewhere
	Account string `db:"account"`
	Profile string `db:"profile"`
	Name    string `db:"name"`
}

// Stopped is an account or a campaign that a person, or the platform, has
// stopped.
type Stopped struct {
	What   string `json:"what" db:"what"` // account, campaign
	Name   string `json:"name" db:"name"`
	Reason string `json:"reason" db:"reason"`
}

// Past reads what happened here in the time of which another database, with its
// quarantine, knows nothing. What is still open is of unknown effect.
func (s *Store) Past(ctx context.Context, database string, of Quarantine) (p Past, err error) {
	own, _, err := s.Progressed(ctx)
	if err != nil {
		return p, err
	}
	event := of.lastEvent
	if p.Same = own == database; !p.Same {
		event = 0
	}
	err = s.read(ctx, func(x *tx) error {
		err := x.get(ctx, &p.Quarantined, `SELECT EXISTS (SELECT 1 FROM quarantines WHERE ended_at IS NULL)
			OR EXISTS (SELECT 1 FROM meta WHERE key = 'copied_at')`)
		if err != nil {
			return err
		}
		if err := p.releases(ctx, x, of.From); err != nil {
			return err
		}
		if err := p.reactions(ctx, x, event); err != nil {
			return err
		}
		if err := x.all(ctx, &p.Stopped, stoppedNow); err != nil {
			return err
		}
		return x.get(ctx, &p.Forgotten, `SELECT count(*) FROM suppressions WHERE cause = ? AND removed_at IS NULL`, Forgotten)
	})
	return p, err
}

// stoppedNow are the accounts and campaigns that stand still until a person
// says so.
const stoppedNow = `SELECT 'account' AS what, name, pause_reason AS reason FROM accounts WHERE state = 'active' AND paused_at IS NOT NULL
	UNION SELECT 'account', a.name, h.verdict FROM holds h JOIN accounts a ON a.id = h.account_id
	WHERE a.state = 'active' AND h.lifted_at IS NULL AND h.until_at IS NULL AND h.kinds = '' AND h.noted_only = 0
	UNION SELECT 'campaign', name, pause_reason FROM campaigns WHERE removed_at IS NULL AND paused_at IS NOT NULL
	ORDER BY 1, 2`

// Stopped are the accounts and campaigns that stand still until a person says
// so.
func (s *Store) Stopped(ctx context.Context) (list []Stopped, err error) {
	err = s.read(ctx, func(x *tx) error { return x.all(ctx, &list, stoppedNow) })
	return list, err
}

func (p *Past) releases(ctx context.Context, x *tx, since time.Time) error {
	var rows []struct {
		Message  string  `db:"message_id"`
		Key      string  `db:"key"`
		Slot     Instant `db:"slot_at"`
		Released Instant `db:"released_at"`
		Counted  Instant `db:"counted_at"`
		Kind     string  `db:"kind"`
		Subject  string  `db:"subject"`
		Body     string  `db:"body"`
		State    string  `db:"state"`
		Account  string  `db:"account"`
		Profile  string  `db:"profile"`
		Name     string  `db:"name"`
	}
	err := x.all(ctx, &rows, `SELECT r.message_id, r.key, r.slot_at, r.released_at, r.kind, r.subject, r.body, r.state,
		a.name AS account, p.profile, p.name,
		(SELECT at FROM units WHERE release_id = r.id AND amount > 0 ORDER BY id DESC LIMIT 1) AS counted_at
		FROM releases r JOIN accounts a ON a.id = r.account_id JOIN people p ON p.id = r.person_id
		WHERE r.state <> 'not_sent' AND (r.released_at >= ? OR r.done_at >= ?) ORDER BY r.released_at, r.id`, on(since), on(since))
	for _, r := range rows {
		p.Releases = append(p.Releases, PastRelease{Elsewhere{
			Message: r.Message, Key: r.Key, SlotAt: r.Slot.Time, ReleasedAt: r.Released.Time, SentAt: r.Counted.Time,
			Kind: r.Kind, Subject: r.Subject, Body: r.Body, Unknown: r.State != "sent",
		}, r.Account, r.Profile, r.Name})
	}
	return err
}

func (p *Past) reactions(ctx context.Context, x *tx, event int64) error {
	var events []struct {
		At      Instant `db:"at"`
		Kind    string  `db:"kind"`
		Account string  `db:"account"`
		Profile string  `db:"profile"`
		Detail  string  `db:"detail"`
		Ref     string  `db:"ref"`
	}
	err := x.all(ctx, &events, `SELECT e.at, e.kind, e.account, p.profile, e.detail, e.ref FROM events e
		JOIN people p ON p.id = e.person_id WHERE e.id > ? AND e.release_id IS NULL AND p.suppress_reason <> 'forgotten'
		AND e.kind IN (?, ?, ?, ?, ?, ?, ?, ?) ORDER BY e.id`, event,
		Reply, autoReply, AcceptedBy, Declined, OptOut, Bounced, Withdrawn, CreditReturned)
	if err != nil {
		return err
	}
	for _, e := range events {
		r := Reaction{Kind: e.Kind, Person: e.Profile, Account: e.Account, At: e.At.Time, Note: e.Detail, ID: e.Ref}
		if e.Kind == autoReply {
			r.Kind, r.Auto = Reply, true
		}
		p.Reactions = append(p.Reactions, r)
	}
	var rules []struct {
		What   string `db:"what"`
		Value  string `db:"value"`
		Cause  string `db:"cause"`
		Reason string `db:"reason"`
	}
	err = x.all(ctx, &rules, `SELECT what, value, cause, reason FROM suppressions WHERE removed_at IS NULL AND cause <> ?
		AND value NOT LIKE 'forgotten:%' ORDER BY id`, Forgotten)
	for _, r := range rules {
		n := NewSuppression{What: r.What, Value: r.Value, Reason: r.Reason}
		if r.What == ThePerson {
			n.Cause = r.Cause
		}
		p.Suppressed = append(p.Suppressed, n)
	}
	return err
}
