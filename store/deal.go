package store

import (
	"context"

	"outpace/campaign"
	"outpace/limits"
)

// dealer gives each new target of a campaign with several accounts to one of
// them: the one with the fewest queued messages per daily allowance, the first
// named if they are equal.
type dealer struct {
	load  map[string]int // queued messages by account, by name after the apply
	allow map[string]int // daily allowance
}

// newDealer counts what is queued on each account now. Messages that this
// apply deals again or cancels do not count.
func newDealer(ctx context.Context, x *tx, r *resolved) (*dealer, error) {
	d := &dealer{load: map[string]int{}, allow: map[string]int{}}
	for _, a := range r.accounts {
		d.allow[a.def.Name] = allowance(a.def)
	}
	kept := map[int64]bool{} // campaign: whether its dealing stays
	for _, c := range r.campaigns {
		if c.row != nil {
			kept[c.row.ID] = !c.redealt
		}
	}
	var rows []struct {
		Campaign int64 `db:"campaign_id"`
		Account  int64 `db:"account_id"`
		Begun    bool  `db:"begun"`
		N        int   `db:"n"`
	}
	err := x.all(ctx, &rows, `SELECT t.campaign_id, t.account_id, (t.begun_at IS NOT NULL) AS begun, count(*) AS n
		FROM messages m JOIN targets t ON t.id = m.target_id
		WHERE m.state IN ('queued', 'scheduled') AND t.account_id IS NOT NULL GROUP BY 1, 2, 3`)
	for _, row := range rows {
		if stays, ok := kept[row.Campaign]; ok && (stays || row.Begun) {
			d.load[r.names[row.Account]] += row.N
		}
	}
	return d, err
}

// allowance is how many messages a day an account may send by its caps.
func allowance(a *campaign.Account) int {
	n := dailyCap(a)
	if n == limits.None {
		n = 1 << 20 // no cap: as good as any number
	}
	return max(n-a.ManualReserve, 1)
}

// dailyCap is the lower of the plan's and the account's own cap, or None.
func dailyCap(a *campaign.Account) int {
	switch {
	case a.DailyCap == limits.None:
		return a.Plan.DailyCap
	case a.Plan.DailyCap == limits.None:
		return a.DailyCap
	}
	return min(a.DailyCap, a.Plan.DailyCap)
}

// deal picks an account of the campaign and counts the target's messages on it.
func (d *dealer) deal(c *campaign.Campaign) string {
	best := c.Accounts[0]
	for _, name := range c.Accounts[1:] {
		if d.load[name]*d.allow[best] < d.load[best]*d.allow[name] {
			best = name
		}
	}
	d.load[best] += len(c.Steps)
	return best
}
