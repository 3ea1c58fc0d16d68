package store

import (
	"context"
	"time"

	"outpace/campaign"
)

// dealer gives targets to accounts of their campaigns, in the order in which
// it is asked.
type dealer struct {
	hands map[string]*hand // the accounts in the file, by name after the apply
	// dealt counts the targets each account of a campaign has been given since
	// its accounts or weights changed last, by the names of both; fresh are those
	// of this dealer.
	dealt, fresh map[string]map[string]int
}

// hand is an account that is dealt to.
type hand struct {
	queue int // messages queued that can go
	room  int // messages it can send within the projected days
	// still are the queued messages of campaigns that are paused, by campaign:
	// they stand in nobody's way but their own's.
	still   map[string]int
	stopped bool // until a person looks
}

// newDealer counts what is queued on each account now. Messages that this
// apply deals again or cancels do not count, nor do those of targets that
// something holds.
func newDealer(ctx context.Context, x *tx, r *resolved, now time.Time) (*dealer, error) {
	d := &dealer{hands: map[string]*hand{}, dealt: map[string]map[string]int{}, fresh: map[string]map[string]int{}}
	halted, err := haltedAccounts(ctx, x)
	if err != nil {
		return nil, err
	}
	for i := range r.accounts {
		e := &r.accounts[i]
		h := &hand{still: map[string]int{}}
		first := now
		if e.row != nil {
			h.stopped, first = halted[e.row.ID], e.row.FirstAppliedAt.Time
		}
		h.room = room(e.def, first, now)
		d.hands[e.def.Name] = h
	}
	of := map[int64]dealing{}
	for _, c := range r.campaigns {
		if c.row != nil {
			of[c.row.ID] = dealing{c.def.Name, c.def.Paused || !c.row.PausedAt.IsZero(), !c.redealt, !c.recount}
		}
	}
	return d, d.count(ctx, x, of, r.names)
}

// dealing is a campaign as its dealer sees it.
type dealing struct {
	name   string
	paused bool
	stays  bool // what is not begun stays where it was dealt
	goesOn bool // counting does
}

// count reads what is queued, and what was dealt, of the campaigns on the
// accounts; both by id.
func (d *dealer) count(ctx context.Context, x *tx, of map[int64]dealing, names map[int64]string) error {
	var rows []struct {
		Campaign int64 `db:"campaign_id"`
		Account  int64 `db:"account_id"`
		Begun    bool  `db:"begun"`
		N        int   `db:"n"`
	}
	err := x.all(ctx, &rows, `SELECT t.campaign_id, t.account_id, (t.begun_at IS NOT NULL) AS begun, count(*) AS n
		FROM messages m JOIN targets t ON t.id = m.target_id
		WHERE m.state IN ('queued', 'scheduled') AND t.account_id IS NOT NULL AND t.blocked = '' GROUP BY 1, 2, 3`)
	if err != nil {
		return err
	}
	for _, row := range rows {
		c, known := of[row.Campaign]
		h := d.hands[names[row.Account]]
		switch {
		case !known || h == nil || !c.stays && !row.Begun:
		case c.paused:
			h.still[c.name] += row.N
		default:
			h.queue += row.N
		}
	}
	err = x.all(ctx, &rows, `SELECT campaign_id, account_id, n FROM deals`)
	for _, row := range rows {
		if c := of[row.Campaign]; c.goesOn && names[row.Account] != "" {
			add(d.dealt, c.name, names[row.Account], row.N)
		}
	}
	return err
}

func add(counts map[string]map[string]int, campaign, account string, n int) {
	if counts[campaign] == nil {
		counts[campaign] = map[string]int{}
	}
	counts[campaign][account] += n
}

// deal picks an account of the campaign for its next target and counts the
// target's messages on it.
func (d *dealer) deal(c *campaign.Campaign) string {
	among := d.among(c, c.Reassign)
	if len(among) == 0 {
		among = d.among(c, false) // all stand still: whoever goes on first gives away
	}
	return d.give(c, among)
}

// among are the campaign's accounts that get targets at all; without those
// that stand still if running.
func (d *dealer) among(c *campaign.Campaign, running bool) (names []string) {
	for _, name := range c.Accounts {
		if h := d.hands[name]; h != nil && c.Weight(name) > 0 && !(running && h.stopped) {
			names = append(names, name)
		}
	}
	return names
}

// give deals the next target to one of the accounts, of which there must be
// one.
func (d *dealer) give(c *campaign.Campaign, among []string) string {
	pick := d.next
	if c.Assign == campaign.Earliest {
		pick = d.earliest
	}
	name := pick(c, among)
	d.move(c, name, 1)
	return name
}

// take counts that a target leaves an account: at least 0 remain, as those dealt
// before the accounts or weights changed are not counted.
func (d *dealer) take(c *campaign.Campaign, name string) {
	d.move(c, name, -1)
	if d.dealt[c.Name][name] < 0 {
		add(d.dealt, c.Name, name, 1)
		add(d.fresh, c.Name, name, 1)
	}
}

// move counts targets of the campaign that come to an account, or leave it.
func (d *dealer) move(c *campaign.Campaign, name string, n int) {
	add(d.dealt, c.Name, name, n)
	add(d.fresh, c.Name, name, n)
	if h := d.hands[name]; c.Paused {
		h.still[c.Name] += n * len(c.Steps)
	} else {
		h.queue += n * len(c.Steps)
	}
}

// earliest is the account that sends first to a target queued now: the one
// with the shortest queue, the target included, for what it can send in a day.
// Of equal ones the first.
func (d *dealer) earliest(c *campaign.Campaign, among []string) string {
	best := among[0]
	for _, name := range among[1:] {
		a, b := d.hands[name], d.hands[best]
		if (a.queue+a.still[c.Name]+1)*b.room < (b.queue+b.still[c.Name]+1)*a.room {
			best = name
		}
	}
	return best
}

// next is the account whose turn it is: of those that have less than their
// exact share of the targets dealt so far and this one, the one that is due
// its next soonest; of equal ones the first. After any number of targets every
// account then has its share, rounded down or up (the quota method of Balinski
// and Young), and 2:1 goes a a b. What a pause disturbed, the next deals make up for.
func (d *dealer) next(c *campaign.Campaign, among []string) string {
	dealt := d.dealt[c.Name]
	total, weights := 1, 0
	for _, name := range c.Accounts {
		if d.hands[name] != nil {
			total, weights = total+dealt[name], weights+c.Weight(name)
		}
	}
	best, short := "", false
	for _, name := range among {
		below := dealt[name]*weights < total*c.Weight(name)
		sooner := best == "" || (dealt[name]+1)*c.Weight(best) < (dealt[best]+1)*c.Weight(name)
		if below && !short || below == short && sooner {
			best, short = name, below
		}
	}
	return best
}

// deals writes how the campaigns' rotations stand after this apply.
func (c *commit) deals(ctx context.Context) error {
	for i := range c.r.campaigns {
		e := &c.r.campaigns[i]
		if e.row != nil && e.recount {
			if _, err := c.x.exec(ctx, `UPDATE deals SET n = 0 WHERE campaign_id = ?`, e.row.ID); err != nil {
				return err
			}
		}
		if c.dealer == nil {
			continue
		}
		if err := c.dealer.write(ctx, c.x, e.def.Name); err != nil {
			return err
		}
	}
	return nil
}

// write adds to the stored counts of a campaign what this dealer dealt. They
// may have changed since it read them.
func (d *dealer) write(ctx context.Context, x *tx, campaign string) error {
	for account, n := range d.fresh[campaign] {
		_, err := x.exec(ctx, `INSERT INTO deals (campaign_id, account_id, n)
			SELECT c.id, a.id, ? FROM campaigns c, accounts a WHERE c.name = ? AND a.name = ?
			ON CONFLICT (campaign_id, account_id) DO UPDATE SET n = deals.n + excluded.n`, n, campaign, account)
		if err != nil {
			return err
		}
	}
	return nil
}
