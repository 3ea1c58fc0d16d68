package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"outpace/campaign"
)

// releaseRow is a row of releases.
type releaseRow struct {
	ID            int64   `db:"id"`
	MessageID     string  `db:"message_id"`
	AccountID     int64   `db:"account_id"`
	PersonID      int64   `db:"person_id"`
	TargetID      int64   `db:"target_id"`
	CampaignID    int64   `db:"campaign_id"`
	Channel       string  `db:"channel"`
	SlotAt        Instant `db:"slot_at"`
	ReleasedAt    Instant `db:"released_at"`
	Kind          string  `db:"kind"`
	Noted         bool    `db:"noted"`
	Key           string  `db:"key"`
	Subject       string  `db:"subject"`
	Body          string  `db:"body"`
	Step          string  `db:"step"`
	StepNo        int     `db:"step_no"`
	Priority      int     `db:"priority"`
	Zone          string  `db:"zone"` // the recipient's
	Country       string  `db:"country"`
	State         string  `db:"state"` // open, sent, not_sent, unknown
	DoneAt        Instant `db:"done_at"`
	AcceptedAt    Instant `db:"accepted_at"` // the channel took it: a report follows
	RecalledAt    Instant `db:"recalled_at"`
	WithdrawnAt   Instant `db:"withdrawn_at"`
	Detail        string  `db:"detail"`
	Verdict       string  `db:"verdict"`
	Answer        string  `db:"answer"` // an AnswerKind, or ''
	LotID         *int64  `db:"lot_id"`
	ConfigVersion int64   `db:"config_version"`
	Used          int     `db:"used"`
	Cap           int     `db:"cap"`
	CreditsLeft   int     `db:"credits_left"`
	Limits        string  `db:"limits"`
	BeforeStep    string  `db:"before_step"`
	BeforeAt      Instant `db:"before_at"`
	ReconciledAt  Instant `db:"reconciled_at"` // zero: its claim was made in this database
}

// elsewhere says that another database made the claim, of which this one is an
// older copy: what went out counts, but here nobody knows the rules of then.
func (r *releaseRow) elsewhere() bool { return !r.ReconciledAt.IsZero() }

// idPrefix is what a message id may begin with.
var idPrefix = regexp.MustCompile(`^[0-9a-f]{1,20}$`)

// messageByPrefix finds a message by its id or a unique beginning of it.
func messageByPrefix(ctx context.Context, x *tx, prefix string) (*messageRow, error) {
	id := strings.ToLower(strings.TrimSpace(prefix))
	if !idPrefix.MatchString(id) {
		return nil, &NotFoundError{"message", prefix}
	}
	var rows []messageRow
	// 'g' comes right behind every hexadecimal digit.
	err := x.all(ctx, &rows, `SELECT * FROM messages WHERE id >= ? AND id < ? ORDER BY id LIMIT 4`, id, id+"g")
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, &NotFoundError{"message", prefix}
	case len(rows) > 1:
		e := &AmbiguousError{Prefix: prefix}
		for _, m := range rows {
			e.IDs = append(e.IDs, m.ID)
		}
		return nil, e
	}
	return &rows[0], nil
}

// findPerson finds a person by profile, in any spelling, or by a message's id
// or a unique beginning of it.
func findPerson(ctx context.Context, x *tx, name string) (*personRow, error) {
	if idPrefix.MatchString(strings.ToLower(strings.TrimSpace(name))) {
		m, err := messageByPrefix(ctx, x, name)
		if err != nil {
			return nil, err
		}
		var p personRow
		return &p, x.get(ctx, &p, `SELECT p.* FROM people p JOIN targets t ON t.person_id = p.id WHERE t.id = ?`, m.TargetID)
	}
	if name = strings.TrimSpace(name); strings.HasPrefix(name, forgottenPrefix) {
		return personByProfile(ctx, x, name) // as lists show them
	}
	profile, err := campaign.Canonical(name)
	if err != nil {
		return nil, err
	}
	return personByProfile(ctx, x, profile)
}

// lastRelease is the newest release of a message.
func lastRelease(ctx context.Context, x *tx, message string) (*releaseRow, error) {
	var r releaseRow
	found, err := x.find(ctx, &r, `SELECT * FROM releases WHERE message_id = ? ORDER BY id DESC LIMIT 1`, message)
	if err == nil && !found {
		err = fmt.Errorf("message %s was not released yet", message)
	}
	return &r, err
}

// isDesk says whether a channel hands messages to a person. The desk has a
// row only if the file names it.
func isDesk(ctx context.Context, x *tx, channel string) (bool, error) {
	var kind string
	found, err := x.find(ctx, &kind, `SELECT type FROM channels WHERE name = ?`, channel)
	return !found || kind == "desk", err
}
