package store

import (
	"context"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// withdrawKey is the key a receiver may deduplicate a withdrawal by, from that
// of its request.
func withdrawKey(request string) string { return request + "-withdraw" }

// withdrawalCard is a withdrawal with the request it takes back.
type withdrawalCard struct {
	withdrawalRow
	MessageID string                   `db:"message_id"`
	Key       string                   `db:"key"` // the request's
	Kind      string                   `db:"kind"`
	Step      string                   `db:"step"`
	StepNo    int                      `db:"step_no"`
	Priority  int                      `db:"priority"`
	Account   string                   `db:"account"`
	Def       asJSON[campaign.Account] `db:"def"`
	Campaign  string                   `db:"campaign"`
	Profile   string                   `db:"profile"`
	Name      string                   `db:"name"`
	Stands    bool                     `db:"stands"` // the request still waits for an answer
}

const withdrawalCards = `SELECT w.*, r.message_id, r.key, r.kind, r.step, r.step_no, r.priority, a.name AS account, a.def,
	c.name AS campaign, p.profile, p.name, (` + standing + `) AS stands
	FROM withdrawals w JOIN releases r ON r.id = w.release_id JOIN accounts a ON a.id = w.account_id
	JOIN campaigns c ON c.id = r.campaign_id JOIN people p ON p.id = w.person_id JOIN targets t ON t.id = r.target_id WHERE `

// release is the withdrawal as it is handed over.
func (k *withdrawalCard) release() (scheduler.Release, error) {
	kind, err := limits.ParseKind(k.Kind)
	zone := k.Def.V.Zone.Loc()
	return scheduler.Release{
		ID: k.ReleaseID, Withdrawal: k.ID, Message: k.MessageID, Key: withdrawKey(k.Key), Channel: k.Channel,
		Account: k.Account, Campaign: k.Campaign, Target: k.Profile, Name: k.Name, Step: k.StepNo, Kind: kind,
		Priority: k.Priority, SlotAt: k.AskAt.In(zone), ReleasedAt: k.AskedAt.In(zone),
	}, err
}

// claimWithdrawals marks the withdrawals whose slot has come as handed over, up
// to limit, as many as their channels take. They come behind all messages that
// are due and take nothing of any limit. What missed its slot, or is not wanted
// any more, is planned anew.
func (s *Store) claimWithdrawals(ctx context.Context, x *tx, now time.Time, limit int, free map[string]int) ([]scheduler.Release, error) {
	var accounts []int64
	err := x.all(ctx, &accounts, `SELECT w.account_id FROM withdrawals w JOIN accounts a ON a.id = w.account_id
		WHERE w.state = 'waiting' AND w.ask_at <= ? AND a.state = 'active' AND a.dirty = 0
		GROUP BY w.account_id ORDER BY min(w.ask_at), w.account_id`, on(now))
	if err != nil {
		return nil, err
	}
	var out []scheduler.Release
	for _, id := range accounts {
		got, err := s.claimWithdrawalsOf(ctx, x, now, id, limit-len(out), free)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

func (s *Store) claimWithdrawalsOf(ctx context.Context, x *tx, now time.Time, id int64, limit int, free map[string]int) ([]scheduler.Release, error) {
	a, err := accountByID(ctx, x, id)
	if err != nil {
		return nil, err
	}
	c := &claim{s: s, now: now, account: a}
	channel, missed := a.def().Channel, false
	var due []withdrawalCard
	err = x.all(ctx, &due, withdrawalCards+`w.account_id = ? AND w.state = 'waiting' AND w.ask_at <= ?
		ORDER BY w.ask_at, w.id LIMIT ?`, id, on(now), limit)
	if err != nil {
		return nil, err
	}
	var out []scheduler.Release
	for i := range due {
		k := &due[i]
		switch {
		case !k.Stands || a.stopped() != limits.Ready || !c.inGrace(k.AskAt.Time):
			missed = true
			continue
		case free[channel] == 0:
			continue // its turn comes when a worker is free
		case free[channel] > 0:
			free[channel]--
		}
		k.Channel, k.AskedAt = channel, on(now)
		_, err := x.exec(ctx, `UPDATE withdrawals SET state = 'open', channel = ?, asked_at = ?, answer = '' WHERE id = ?`, channel, on(now), k.ID)
		if err != nil {
			return nil, err
		}
		r, err := k.release()
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if missed {
		err = s.planWithdrawals(ctx, x, a, now)
	}
	return out, err
}

// openWithdrawals are those nobody has reported on, oldest first.
func openWithdrawals(ctx context.Context, x *tx) ([]scheduler.Release, error) {
	var rows []withdrawalCard
	if err := x.all(ctx, &rows, withdrawalCards+`w.state = 'open' ORDER BY w.id`); err != nil {
		return nil, err
	}
	list := make([]scheduler.Release, len(rows))
	for i := range rows {
		r, err := rows[i].release()
		if err != nil {
			return nil, err
		}
		list[i] = r
	}
	return list, nil
}
