package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// approveChunk is how many targets' messages one transaction approves: well
// below the busy timeout, so that others get their turn.
const approveChunk = 1000

// ApproveOptions say what of a campaign is approved, and by whom.
type ApproveOptions struct {
	Step   string // only the messages of this step; empty: all
	By     string // for the records; may be empty
	Revoke bool   // take approvals back instead
}

// Approval tells what was approved, or taken back.
type Approval struct {
	Name     string `json:"name"` // as it was asked for
	Campaign string `json:"campaign"`
	Messages int    `json:"messages"` // that are approved now and were not before; after a revocation the other way round
	Waiting  int    `json:"waiting"`  // messages of the campaign that still wait to be approved
}

// NoApprovalError says that a campaign does not ask for approval.
type NoApprovalError struct{ Campaign string }

func (e *NoApprovalError) Error() string {
	return fmt.Sprintf("campaign %s goes without approval: `approve: true` in the file would ask for it", e.Campaign)
}

// Approve approves the texts of messages as they stand now: all of a campaign
// that have not been released, or the one whose id is, or begins as, given. An
// edit that changes a text takes its approval back. Many targets are done in
// chunks: if it is interrupted, those that are done stay so.
func (s *Store) Approve(ctx context.Context, now time.Time, name string, o ApproveOptions) (Approval, error) {
	w := &approving{now: now, ApproveOptions: o, Approval: Approval{Name: name}}
	// What an apply left half merged has no text yet.
	if err := s.PlanDirty(ctx, now, nil); err != nil {
		return w.Approval, err
	}
	var targets []int64
	err := s.read(ctx, func(x *tx) (err error) {
		targets, err = w.find(ctx, x)
		return err
	})
	if err != nil {
		return w.Approval, err
	}
	many := len(targets) > approveChunk
	for chunk := range slices.Chunk(targets, approveChunk) {
		err := s.write(ctx, func(x *tx) error {
			accounts, err := w.some(ctx, x, chunk)
			switch {
			case err != nil:
			case many:
				err = markDirty(ctx, x, accounts)
			default:
				_, err = s.planAll(ctx, x, accounts, now)
			}
			return err
		})
		if err != nil {
			return w.Approval, err
		}
		w.Messages += w.done
	}
	err = s.PlanDirty(ctx, now, nil) // also those who wait for these conversations
	if err == nil && o.Revoke {
		err = s.write(ctx, func(x *tx) error { return w.revokeRest(ctx, x) })
	}
	return w.Approval, errors.Join(err, s.read(ctx, func(x *tx) (err error) {
		w.Waiting, err = waitingApproval(ctx, x, w.campaign)
		return err
	}))
}

// approving is the work of one Approve.
type approving struct {
	ApproveOptions
	Approval
	now      time.Time
	campaign int64
	message  string // only this one; "": all
	done     int    // by the last chunk
}

// find reads which targets are meant.
func (w *approving) find(ctx context.Context, x *tx) (targets []int64, err error) {
	c, err := campaignByName(ctx, x, strings.TrimPrefix(w.Name, "campaign:"))
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return w.findMessage(ctx, x)
	}
	if err != nil {
		return nil, err
	}
	if err := w.of(c); err != nil {
		return nil, err
	}
	err = x.all(ctx, &targets, `SELECT id FROM targets WHERE campaign_id = ? AND state = 'active' ORDER BY id`, c.ID)
	return targets, err
}

func (w *approving) findMessage(ctx context.Context, x *tx) ([]int64, error) {
	m, err := messageByPrefix(ctx, x, w.Name)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return nil, &NotFoundError{"message or campaign", w.Name}
	}
	if err != nil {
		return nil, err
	}
	t, err := targetByID(ctx, x, m.TargetID)
	if err != nil {
		return nil, err
	}
	c, err := campaignByID(ctx, x, t.CampaignID)
	if err != nil {
		return nil, err
	}
	if err := w.of(c); err != nil {
		return nil, err
	}
	if !m.waits() || w.Step != "" && w.Step != m.Step {
		return nil, fmt.Errorf("message %s is %s, of step %s: only what waits can be approved, or be taken back", m.ID, m.State, m.Step)
	}
	w.message = m.ID
	return []int64{t.ID}, nil
}

// of checks that the campaign asks for approval and has the step.
func (w *approving) of(c *campaignRow) error {
	switch {
	case !c.def().Approve:
		return &NoApprovalError{c.Name}
	case w.Step != "" && stepIndex(c.def().Steps, w.Step) < 0:
		return &NotFoundError{"step of campaign " + c.Name, w.Step}
	}
	w.Campaign, w.campaign = c.Name, c.ID
	return nil
}

// some approves the messages of some targets and gives the accounts to plan
// again. What has changed since find is looked at anew.
func (w *approving) some(ctx context.Context, x *tx, ids []int64) (accounts map[int64]bool, err error) {
	w.done = 0
	c, err := campaignByID(ctx, x, w.campaign)
	if err == nil {
		err = w.of(c)
	}
	if err != nil {
		return nil, err
	}
	waiting, err := waitingOf(ctx, x, c, ids, w.Step)
	if err != nil {
		return nil, err
	}
	accounts = map[int64]bool{}
	var r texts
	for i := range waiting {
		m := &waiting[i]
		if w.message != "" && m.ID != w.message || m.ApprovedAt.IsZero() == w.Revoke {
			continue
		}
		digest, at, by := "", Instant{}, ""
		if !w.Revoke {
			at, by = on(w.now), w.By
			if digest, err = r.digest(ctx, x, m.step, m.target, m.profile); err != nil {
				return nil, fmt.Errorf("message %s: %w", m.ID, err)
			}
		}
		if _, err := x.exec(ctx, `UPDATE messages SET approved_at = ?, approved_by = ?, approved = ? WHERE id = ?`, at, by, digest, m.ID); err != nil {
			return nil, err
		}
		accounts[*m.target.AccountID] = true
		w.done++
	}
	if w.done == 0 {
		return accounts, nil
	}
	return accounts, w.log(ctx, x, waiting)
}

// revokeRest takes the approvals back of what was cancelled or failed: if that
// is queued again one day, it waits like the others. A message that is named
// alone waits already.
func (w *approving) revokeRest(ctx context.Context, x *tx) error {
	if w.message != "" {
		return nil
	}
	_, err := x.exec(ctx, `UPDATE messages SET `+noApproval+` WHERE approved_at IS NOT NULL AND state IN ('cancelled', 'failed')
		AND (? = '' OR step = ?) AND target_id IN (SELECT id FROM targets WHERE campaign_id = ?)`, w.Step, w.Step, w.campaign)
	return err
}

// log says who approved what.
func (w *approving) log(ctx context.Context, x *tx, waiting []waitingMessage) error {
	e := event{At: w.now, Kind: "approved", Campaign: w.Campaign, Message: w.message}
	if w.Revoke {
		e.Kind = "approval_revoked"
	}
	if w.message != "" {
		e.Person = waiting[0].target.PersonID
	} else {
		e.Detail = fmt.Sprintf("%d messages", w.done)
		if w.Step != "" {
			e.Detail += " of step " + w.Step
		}
	}
	if w.By != "" {
		e.Detail = strings.TrimPrefix(e.Detail+", by "+w.By, ", ")
	}
	return logEvent(ctx, x, e)
}

// waitingApproval counts the messages of a campaign that wait to be approved.
func waitingApproval(ctx context.Context, x *tx, campaign int64) (n int, err error) {
	err = x.get(ctx, &n, `SELECT count(*) FROM targets t JOIN messages m ON m.target_id = t.id
		WHERE t.campaign_id = ? AND t.state = 'active' AND m.state IN ('queued', 'scheduled') AND m.approved_at IS NULL`, campaign)
	return n, err
}

// in is a query with one list of ids for its (?).
func (x *tx) in(ctx context.Context, dst any, query string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	query, args, err := sqlx.In(query, ids)
	if err != nil {
		return err
	}
	return x.all(ctx, dst, query, args...)
}
