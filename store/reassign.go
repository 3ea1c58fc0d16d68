package store

import (
	"context"
	"fmt"
	"time"

	"outpace/campaign"
)

// handOverChunk is how many targets one transaction gives to other accounts.
const handOverChunk = 2000

// Moved tells of targets that went from one account of a campaign to another.
type Moved struct {
	Campaign string `json:"campaign"`
	From     string `json:"from"`
	To       string `json:"to"`
	Targets  int    `json:"targets"`
}

// haltedAccounts are those that stand still until a person looks: paused, with
// their channel off, or restricted by the platform. What the platform holds
// for a time is not one of them.
func haltedAccounts(ctx context.Context, x *tx) (map[int64]bool, error) {
	var ids []int64
	err := x.all(ctx, &ids, `SELECT id FROM accounts WHERE state = 'active'
		AND (paused_at IS NOT NULL OR channel_off_reason <> '' OR EXISTS (SELECT 1 FROM holds h
		WHERE h.account_id = accounts.id AND h.verdict = ? AND h.lifted_at IS NULL))`, verdictRestricted)
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set, err
}

// handOver deals the targets that have not begun, of campaigns with reassign:
// true, from an account that stands still to the campaign's running ones. If
// none of those runs, they stay. It takes a chunk at a time; more says that
// there are further ones. The accounts that get some are dirty.
func handOver(ctx context.Context, x *tx, a *accountRow, now time.Time) (moved []Moved, more bool, err error) {
	halted, err := haltedAccounts(ctx, x)
	if err != nil || !halted[a.ID] {
		return nil, false, err
	}
	campaigns, err := reassigning(ctx, x, a.ID)
	if err != nil || len(campaigns) == 0 {
		return nil, false, err
	}
	h := &handing{x: x, now: now, from: a, left: handOverChunk}
	if err := h.begin(ctx, halted); err != nil {
		return nil, false, err
	}
	for i := range campaigns {
		if err := h.campaign(ctx, &campaigns[i]); err != nil {
			return nil, false, err
		}
	}
	return h.moved, h.more, nil
}

// handOverOf is handOver of an account by its id.
func handOverOf(ctx context.Context, x *tx, id int64, now time.Time) ([]Moved, bool, error) {
	a, err := accountByID(ctx, x, id)
	if err != nil {
		return nil, false, err
	}
	return handOver(ctx, x, a, now)
}

// reassigning are the campaigns that let targets go which have not begun on
// the account.
func reassigning(ctx context.Context, x *tx, account int64) ([]campaignRow, error) {
	var rows []campaignRow
	err := x.all(ctx, &rows, `SELECT * FROM campaigns WHERE removed_at IS NULL AND id IN (SELECT campaign_id FROM targets
		WHERE account_id = ? AND state = 'active' AND begun_at IS NULL) ORDER BY position`, account)
	var list []campaignRow
	for _, c := range rows {
		if c.def().Reassign {
			list = append(list, c)
		}
	}
	return list, err
}

// handing is the work of one handOver.
type handing struct {
	x      *tx
	now    time.Time
	from   *accountRow
	dealer *dealer
	ids    map[string]int64
	left   int
	moved  []Moved
	more   bool
}

// begin makes a dealer of what is in force.
func (h *handing) begin(ctx context.Context, halted map[int64]bool) error {
	all, err := directoryOf(ctx, h.x)
	if err != nil {
		return err
	}
	h.dealer = &dealer{hands: map[string]*hand{}, dealt: map[string]map[string]int{}, fresh: map[string]map[string]int{}}
	h.ids = map[string]int64{}
	names, of := map[int64]string{}, map[int64]dealing{}
	for id, a := range all.accounts {
		if a.State == "active" {
			h.ids[a.Name], names[id] = id, a.Name
			h.dealer.hands[a.Name] = &hand{room: room(a.def(), a.FirstAppliedAt.Time, h.now), still: map[string]int{}, stopped: halted[id]}
		}
	}
	for id, c := range all.campaigns {
		if c.RemovedAt.IsZero() {
			of[id] = dealing{c.Name, c.def().Paused || !c.PausedAt.IsZero(), true, true}
		}
	}
	return h.dealer.count(ctx, h.x, of, names)
}

// campaign hands one campaign's targets over, in the order of the file.
func (h *handing) campaign(ctx context.Context, c *campaignRow) error {
	def := *c.def()
	def.Name = c.Name
	among := h.dealer.among(&def, true)
	if len(among) == 0 {
		return nil
	}
	if h.left == 0 {
		h.more = true
		return nil
	}
	var targets []int64
	err := h.x.all(ctx, &targets, `SELECT id FROM targets WHERE account_id = ? AND campaign_id = ? AND state = 'active'
		AND begun_at IS NULL ORDER BY position, id LIMIT ?`, h.from.ID, c.ID, h.left+1)
	if err != nil {
		return err
	}
	if len(targets) > h.left {
		targets, h.more = targets[:h.left], true
	}
	h.left -= len(targets)
	got := map[string]int{}
	for _, id := range targets {
		h.dealer.take(&def, h.from.Name)
		to := h.dealer.give(&def, among)
		if err := h.move(ctx, id, h.ids[to]); err != nil {
			return err
		}
		got[to]++
	}
	return h.tell(ctx, &def, among, got)
}

// move takes a target to another account. Its messages lose their slots.
func (h *handing) move(ctx context.Context, target, to int64) error {
	_, err := h.x.exec(ctx, `UPDATE targets SET account_id = ?, accepted_at = (SELECT since_at FROM connections n
		WHERE n.account_id = ? AND n.person_id = targets.person_id) WHERE id = ?`, to, to, target)
	if err != nil {
		return err
	}
	_, err = h.x.exec(ctx, toQueue+`, account_id = ? WHERE target_id = ? AND state IN ('queued', 'scheduled')`, to, target)
	if err != nil {
		return err
	}
	var person int64 // whose first message others in the company may have made way for
	if err := h.x.get(ctx, &person, `SELECT person_id FROM targets WHERE id = ?`, target); err != nil {
		return err
	}
	return dirtyCompanyOf(ctx, h.x, person)
}

// tell logs who got what and leaves it to be planned.
func (h *handing) tell(ctx context.Context, c *campaign.Campaign, among []string, got map[string]int) error {
	for _, to := range among {
		if got[to] == 0 {
			continue
		}
		h.moved = append(h.moved, Moved{c.Name, h.from.Name, to, got[to]})
		_, err := h.x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ?`, h.ids[to])
		if err == nil {
			err = logEvent(ctx, h.x, event{
				At: h.now, Kind: "reassigned", Account: h.from.Name, Campaign: c.Name, Detail: fmt.Sprintf("%s to %s", targetsInWords(got[to]), to),
			})
		}
		if err != nil {
			return err
		}
	}
	return h.dealer.write(ctx, h.x, c.Name)
}

func targetsInWords(n int) string {
	if n == 1 {
		return "1 target"
	}
	return fmt.Sprintf("%d targets", n)
}
