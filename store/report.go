package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// Record books what became of releases, in one transaction. A release that
// somebody has settled meanwhile (an event, a person) is left as it is.
func (s *Store) Record(ctx context.Context, now time.Time, reports []scheduler.Report) error {
	err := s.write(ctx, func(x *tx) error {
		dirty := map[int64]bool{}
		var order []int64
		for _, rep := range reports {
			var rel releaseRow
			if err := x.get(ctx, &rel, `SELECT * FROM releases WHERE id = ?`, rep.Release); err != nil {
				return err
			}
			settle := s.settle
			switch {
			case rep.Withdrawal != 0:
				settle = s.settleWithdrawal
			case rel.State != "open":
				continue
			}
			again, err := settle(ctx, x, &rel, rep, now)
			if err != nil {
				return err
			}
			touched, err := hear(ctx, x, &rel, &rep, now)
			if err != nil {
				return err
			}
			if again {
				touched = append(touched, rel.AccountID)
			}
			for _, id := range touched {
				if !dirty[id] {
					dirty[id] = true
					order = append(order, id)
				}
			}
		}
		for _, account := range order {
			if err := s.planAccount(ctx, x, account, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording outcomes: %w", err)
	}
	return nil
}

// openRow is an open release with the names a Release carries.
type openRow struct {
	ID          int64                    `db:"id"`
	Message     string                   `db:"message_id"`
	Key         string                   `db:"key"`
	Channel     string                   `db:"channel"`
	Account     string                   `db:"account"`
	Def         asJSON[campaign.Account] `db:"def"`
	Campaign    string                   `db:"campaign"`
	Profile     string                   `db:"profile"`
	Name        string                   `db:"name"`
	StepNo      int                      `db:"step_no"`
	Kind        string                   `db:"kind"`
	Priority    int                      `db:"priority"`
	SlotAt      Instant                  `db:"slot_at"`
	ReleasedAt  Instant                  `db:"released_at"`
	Subject     string                   `db:"subject"`
	Body        string                   `db:"body"`
	Used        int                      `db:"used"`
	Cap         int                      `db:"cap"`
	CreditsLeft int                      `db:"credits_left"`
	Recalled    bool                     `db:"recalled"`
	Accepted    bool                     `db:"accepted"`
}

// Open are the releases nobody has reported on, oldest first: desk cards, and
// what a process before this one left behind; then such withdrawals. A recalled one that no person
// has as a card says so: it must not be handed over again.
func (s *Store) Open(ctx context.Context) ([]scheduler.Release, error) {
	var rows []openRow
	var withdrawals []scheduler.Release
	err := s.read(ctx, func(x *tx) (err error) {
		if withdrawals, err = openWithdrawals(ctx, x); err != nil {
			return err
		}
		return x.all(ctx, &rows, `SELECT r.id, r.message_id, r.key, r.channel, a.name AS account, a.def,
			c.name AS campaign, p.profile, p.name, r.step_no, r.kind, r.priority, r.slot_at, r.released_at,
			r.subject, r.body, r.used, r.cap, r.credits_left,
			r.recalled_at IS NOT NULL AND coalesce(h.type, 'desk') <> 'desk' AS recalled,
			r.accepted_at IS NOT NULL OR coalesce(h.type, 'desk') = 'desk' AS accepted
			FROM releases r JOIN accounts a ON a.id = r.account_id JOIN campaigns c ON c.id = r.campaign_id
			JOIN people p ON p.id = r.person_id LEFT JOIN channels h ON h.name = r.channel
			WHERE r.state = 'open' ORDER BY r.id`)
	})
	out := make([]scheduler.Release, 0, len(rows))
	for _, r := range rows {
		kind, e := limits.ParseKind(r.Kind)
		if err = errors.Join(err, e); err != nil {
			return nil, err
		}
		zone := r.Def.V.Zone.Loc()
		out = append(out, scheduler.Release{
			ID: r.ID, Message: r.Message, Key: r.Key, Channel: r.Channel, Account: r.Account,
			Campaign: r.Campaign, Target: r.Profile, Name: r.Name, Step: r.StepNo, Kind: kind,
			Priority: r.Priority, SlotAt: r.SlotAt.In(zone), ReleasedAt: r.ReleasedAt.In(zone),
			Subject: r.Subject, Body: r.Body, UsedToday: r.Used, CapToday: r.Cap, CreditsLeft: r.CreditsLeft,
			Recalled: r.Recalled, Accepted: r.Accepted,
		})
	}
	return append(out, withdrawals...), err
}
