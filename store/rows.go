package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// The rows of the tables a transaction works with, column by column.

type accountRow struct {
	ID               int64                    `db:"id"`
	Name             string                   `db:"name"`
	Key              string                   `db:"key"`
	Def              asJSON[campaign.Account] `db:"def"`
	Position         int                      `db:"position"`
	State            string                   `db:"state"` // active, removed
	FirstAppliedAt   Instant                  `db:"first_applied_at"`
	PausedAt         Instant                  `db:"paused_at"`
	PauseReason      string                   `db:"pause_reason"`
	ChannelOffReason string                   `db:"channel_off_reason"`
	HeldCap          int                      `db:"held_cap"`
	HeldUntil        Instant                  `db:"held_until"`
	StrictUntil      Instant                  `db:"strict_until"`
	WalletThrough    Instant                  `db:"wallet_through"`
	WalletNextAt     Instant                  `db:"wallet_next_at"`
	PendingOpening   int                      `db:"pending_opening"`
	PlannedUntil     Instant                  `db:"planned_until"`
	Dirty            bool                     `db:"dirty"`
}

// def is the account as the file gives it.
func (a *accountRow) def() *campaign.Account { return &a.Def.V }

// zone is the account's time zone.
func (a *accountRow) zone() *time.Location { return a.Def.V.Zone.Loc() }

type campaignRow struct {
	ID          int64                     `db:"id"`
	Name        string                    `db:"name"`
	Key         string                    `db:"key"`
	Def         asJSON[campaign.Campaign] `db:"def"`
	Position    int                       `db:"position"`
	AppliedAt   Instant                   `db:"applied_at"`
	PausedAt    Instant                   `db:"paused_at"`
	PauseReason string                    `db:"pause_reason"`
	RemovedAt   Instant                   `db:"removed_at"`

	PerCompany   bool `db:"per_company"`
	CompanyReply bool `db:"company_reply"`
}

func (c *campaignRow) def() *campaign.Campaign { return &c.Def.V }

// stopped is why the whole campaign stands still.
func (c *campaignRow) stopped() limits.Held {
	if c.Def.V.Paused || !c.PausedAt.IsZero() {
		return limits.HeldPaused
	}
	return limits.Ready
}

type personRow struct {
	ID             int64   `db:"id"`
	Profile        string  `db:"profile"`
	Name           string  `db:"name"`
	Company        string  `db:"company"`
	CompanyKey     string  `db:"company_key"`
	Domains        string  `db:"domains"`
	SuppressedAt   Instant `db:"suppressed_at"`
	SuppressReason string  `db:"suppress_reason"`
	SuppressedBy   *int64  `db:"suppressed_by"`
}

type targetRow struct {
	ID         int64          `db:"id"`
	CampaignID int64          `db:"campaign_id"`
	PersonID   int64          `db:"person_id"`
	AccountID  *int64         `db:"account_id"`
	Position   int            `db:"position"`
	Priority   int            `db:"priority"`
	Degree     int            `db:"degree"`
	Zone       string         `db:"zone"`
	Country    string         `db:"country"`
	Fields     asJSON[Fields] `db:"fields"`
	Digest     string         `db:"digest"`
	AddedAt    Instant        `db:"added_at"`
	BegunAt    Instant        `db:"begun_at"`
	LastStep   string         `db:"last_step"`
	LastAt     Instant        `db:"last_at"`
	AcceptedAt Instant        `db:"accepted_at"`
	EndsAt     Instant        `db:"ends_at"`
	Blocked    string         `db:"blocked"`
	State      string         `db:"state"` // active, finished, stopped, removed
	StopReason string         `db:"stop_reason"`
}

// Fields are what templates see of a target.
type Fields struct {
	Name      string            `json:"name,omitempty"`
	FirstName string            `json:"first_name,omitempty"`
	LastName  string            `json:"last_name,omitempty"`
	Company   string            `json:"company,omitempty"`
	Title     string            `json:"title,omitempty"`
	Extra     map[string]string `json:"extra,omitempty"`
}

type messageRow struct {
	ID        string  `db:"id"`
	TargetID  int64   `db:"target_id"`
	AccountID *int64  `db:"account_id"`
	Step      string  `db:"step"`
	State     string  `db:"state"` // scheduler.Queued and so on
	SlotAt    Instant `db:"slot_at"`
	Place     int     `db:"place"`
	Kind      string  `db:"kind"`
	IsElse    bool    `db:"is_else"`
	Held      string  `db:"held"`
	RetryAt   Instant `db:"retry_at"`
	Tries     int     `db:"tries"`
	Reason    string  `db:"reason"`

	ApprovedAt Instant `db:"approved_at"`
	ApprovedBy string  `db:"approved_by"`
	Approved   string  `db:"approved"` // digestOf the texts a person approved
}

// waits says that the message has not been released and still may be.
func (m *messageRow) waits() bool {
	return m.State == scheduler.Queued || m.State == scheduler.Scheduled
}

// NotFoundError says that nothing has the name or id asked for.
type NotFoundError struct{ What, Name string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no %s %q", e.What, e.Name) }

// AmbiguousError says that several messages' ids begin as asked.
type AmbiguousError struct {
	Prefix string
	IDs    []string // a few of them
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("several messages begin with %q: %s", e.Prefix, strings.Join(e.IDs, ", "))
}

// accountByName reads an account that is in the file.
func accountByName(ctx context.Context, x *tx, name string) (*accountRow, error) {
	var a accountRow
	found, err := x.find(ctx, &a, `SELECT * FROM accounts WHERE name = ? AND state = 'active'`, name)
	if err == nil && !found {
		err = &NotFoundError{"account", name}
	}
	return &a, err
}

// accountByID reads any account, removed ones too.
func accountByID(ctx context.Context, x *tx, id int64) (*accountRow, error) {
	var a accountRow
	err := x.get(ctx, &a, `SELECT * FROM accounts WHERE id = ?`, id)
	return &a, err
}

// campaignByID reads any campaign, removed ones too.
func campaignByID(ctx context.Context, x *tx, id int64) (*campaignRow, error) {
	var c campaignRow
	err := x.get(ctx, &c, `SELECT * FROM campaigns WHERE id = ?`, id)
	return &c, err
}

// campaignByName reads a campaign that is in the file.
func campaignByName(ctx context.Context, x *tx, name string) (*campaignRow, error) {
	var c campaignRow
	found, err := x.find(ctx, &c, `SELECT * FROM campaigns WHERE name = ? AND removed_at IS NULL`, name)
	if err == nil && !found {
		err = &NotFoundError{"campaign", name}
	}
	return &c, err
}

func targetByID(ctx context.Context, x *tx, id int64) (*targetRow, error) {
	var t targetRow
	err := x.get(ctx, &t, `SELECT * FROM targets WHERE id = ?`, id)
	return &t, err
}

// personByProfile reads a person by canonical profile address, also one who was
// forgotten.
func personByProfile(ctx context.Context, x *tx, profile string) (*personRow, error) {
	var p personRow
	found, err := x.find(ctx, &p, `SELECT * FROM people WHERE profile = ?`, profile)
	if err == nil && !found {
		var hash hasher
		if hash, err = hasherOf(ctx, x); err == nil {
			found, err = x.find(ctx, &p, `SELECT * FROM people WHERE profile = ?`, hash.of(profile))
		}
	}
	if err == nil && !found {
		err = &NotFoundError{"person", profile}
	}
	return &p, err
}
