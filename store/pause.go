package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Paused tells what was paused or resumed.
type Paused struct {
	What     string   `json:"what"` // account, campaign
	Name     string   `json:"name"`
	Changed  bool     `json:"changed"`  // false: it was so already
	Recalled int      `json:"recalled"` // desk cards not to be sent for now; after Resume: to be sent again
	Lifted   []string `json:"lifted,omitempty"`
	Moved    []Moved  `json:"moved,omitempty"` // of campaigns with reassign: true
}

// NameError says that a name is both an account's and a campaign's.
type NameError struct{ Name string }

func (e *NameError) Error() string {
	return fmt.Sprintf("%q is an account and a campaign: say account:%s or campaign:%s", e.Name, e.Name, e.Name)
}

// named is the account or the campaign of a name.
type named struct {
	account  *accountRow
	campaign *campaignRow
}

// byName finds what a name, or account:name or campaign:name, stands for.
func byName(ctx context.Context, x *tx, name string) (n named, err error) {
	what, bare, prefixed := strings.Cut(name, ":")
	if !prefixed || what != "account" && what != "campaign" {
		what, bare = "", name
	}
	var missing *NotFoundError
	if what != "campaign" {
		if n.account, err = accountByName(ctx, x, bare); err != nil {
			n.account = nil
			if what == "account" || !errors.As(err, &missing) {
				return n, err
			}
		}
	}
	if what != "account" {
		if n.campaign, err = campaignByName(ctx, x, bare); err != nil {
			n.campaign = nil
			if what == "campaign" || !errors.As(err, &missing) {
				return n, err
			}
		}
	}
	switch {
	case n.account != nil && n.campaign != nil:
		return n, &NameError{bare}
	case n.account == nil && n.campaign == nil:
		return n, &NotFoundError{"account or campaign", bare}
	}
	return n, nil
}

// Pause stops an account or a campaign until Resume: nothing is released, and
// open desk cards are recalled.
func (s *Store) Pause(ctx context.Context, now time.Time, name, reason string) (Paused, error) {
	var p Paused
	var more bool // targets to hand over
	err := s.write(ctx, func(x *tx) error {
		n, err := byName(ctx, x, name)
		if err != nil {
			return err
		}
		table, where, id := "accounts", "r.account_id = ?", int64(0)
		e := event{Kind: "paused", Detail: reason}
		if n.account != nil {
			p, id = Paused{What: "account", Name: n.account.Name}, n.account.ID
			e.Account = p.Name
		} else {
			p, id = Paused{What: "campaign", Name: n.campaign.Name}, n.campaign.ID
			table, where, e.Campaign = "campaigns", "r.campaign_id = ?", p.Name
		}
		if e.At, err = notBefore(ctx, x, now, where, id); err != nil {
			return err
		}
		changed, err := x.exec(ctx, `UPDATE `+table+` SET paused_at = ?, pause_reason = ? WHERE id = ? AND paused_at IS NULL`,
			on(e.At), reason, id)
		if p.Changed = changed > 0; err != nil || !p.Changed {
			return err
		}
		if p.Recalled, _, err = reconsider(ctx, x, now, where, id); err != nil {
			return err
		}
		if err := logEvent(ctx, x, e); err != nil {
			return err
		}
		if more, err = p.handOver(ctx, x, n.account, now); err != nil || more {
			return err
		}
		if err := s.planNamed(ctx, x, n, now); err != nil {
			return err
		}
		return s.planReceivers(ctx, x, p.Moved, now)
	})
	if err == nil && (more || many(p.Moved)) {
		err = s.handOverRest(ctx, &p, now)
	}
	return p, err
}

// planNamed plans an account again, or all accounts of a campaign.
func (s *Store) planNamed(ctx context.Context, x *tx, n named, now time.Time) error {
	ids := map[int64]bool{}
	if n.account != nil {
		ids[n.account.ID] = true
	} else {
		var list []int64
		err := x.all(ctx, &list, `SELECT account_id FROM targets WHERE campaign_id = ? AND state = 'active'
			AND account_id IS NOT NULL UNION SELECT w.account_id FROM withdrawals w JOIN releases r ON r.id = w.release_id
			WHERE r.campaign_id = ? AND w.state IN ('waiting', 'open')`, n.campaign.ID, n.campaign.ID)
		if err != nil {
			return err
		}
		for _, id := range list {
			ids[id] = true
		}
	}
	_, err := s.planAll(ctx, x, ids, now)
	return err
}

// Resume ends a pause. For an account it also lifts what only a person may
// lift: the platform's "restricted" and "too many pending", and its channel if
// that is off, for all accounts on it.
func (s *Store) Resume(ctx context.Context, now time.Time, name string) (Paused, error) {
	var p Paused
	err := s.write(ctx, func(x *tx) error {
		n, err := byName(ctx, x, name)
		if err != nil {
			return err
		}
		where, id := "r.account_id = ?", int64(0)
		e := event{At: now, Kind: "resumed"}
		var others []int64 // accounts on the same channel
		if n.account != nil {
			id = n.account.ID
			p, others, err = resumeAccount(ctx, x, n.account, now)
			e.Account = p.Name
		} else {
			where, id = "r.campaign_id = ?", n.campaign.ID
			p, err = resumeCampaign(ctx, x, n.campaign)
			e.Campaign = p.Name
		}
		if err != nil || !p.Changed {
			return err
		}
		if _, p.Recalled, err = reconsider(ctx, x, now, where, id); err != nil {
			return err
		}
		e.Detail = strings.Join(p.Lifted, ", ")
		if err := logEvent(ctx, x, e); err != nil {
			return err
		}
		if err := s.planNamed(ctx, x, n, now); err != nil || n.account == nil {
			return err
		}
		if err := s.planOthers(ctx, x, others, n.account.ID, now); err != nil {
			return err
		}
		p.Moved, err = s.relieve(ctx, x, now)
		return err
	})
	if err == nil && many(p.Moved) {
		err = s.PlanDirty(ctx, now, nil)
	}
	return p, err
}

func resumeAccount(ctx context.Context, x *tx, a *accountRow, now time.Time) (p Paused, others []int64, err error) {
	p = Paused{What: "account", Name: a.Name}
	lifted := func(what string, n int64) {
		if n > 0 {
			p.Changed, p.Lifted = true, append(p.Lifted, what)
		}
	}
	n, err := x.exec(ctx, `UPDATE accounts SET paused_at = NULL, pause_reason = '' WHERE id = ? AND paused_at IS NOT NULL`, a.ID)
	if err != nil {
		return p, nil, err
	}
	lifted("pause", n)
	for _, verdict := range []string{verdictRestricted, verdictPending} {
		n, err := x.exec(ctx, `UPDATE holds SET lifted_at = ? WHERE account_id = ? AND verdict = ? AND lifted_at IS NULL`,
			on(now), a.ID, verdict)
		if err != nil {
			return p, nil, err
		}
		lifted(verdict, n)
	}
	was, others, err := switchOn(ctx, x, a.def().Channel, now)
	if was {
		lifted("channel_off", 1)
	}
	return p, others, err
}

func resumeCampaign(ctx context.Context, x *tx, c *campaignRow) (Paused, error) {
	p := Paused{What: "campaign", Name: c.Name}
	if c.def().Paused {
		return p, fmt.Errorf("campaign %s is paused in the file: change it there and apply", c.Name)
	}
	n, err := x.exec(ctx, `UPDATE campaigns SET paused_at = NULL, pause_reason = '' WHERE id = ? AND paused_at IS NOT NULL`, c.ID)
	p.Changed = n > 0
	if p.Changed {
		p.Lifted = []string{"pause"}
	}
	return p, err
}
