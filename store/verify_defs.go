package store

import (
	"cmp"
	"context"
	"slices"

	"outpace/campaign"
	"outpace/scheduler"
)

// definitions are what accounts and campaigns were, by id, each in the order
// of the configurations.
type definitions struct {
	accounts  map[int64][]accountDef
	campaigns map[int64][]campaignDef
}

// accountDef is a row of account_defs.
type accountDef struct {
	ID       int64                    `db:"account_id"`
	Version  int64                    `db:"version"`
	Def      asJSON[campaign.Account] `db:"def"`
	calendar *scheduler.Calendar
}

// campaignDef is a row of campaign_defs.
type campaignDef struct {
	ID      int64                     `db:"campaign_id"`
	Version int64                     `db:"version"`
	Def     asJSON[campaign.Campaign] `db:"def"`
}

func definitionsOf(ctx context.Context, x *tx) (definitions, error) {
	d := definitions{accounts: map[int64][]accountDef{}, campaigns: map[int64][]campaignDef{}}
	var accounts []accountDef
	if err := x.all(ctx, &accounts, `SELECT * FROM account_defs ORDER BY account_id, version`); err != nil {
		return d, err
	}
	for _, a := range accounts {
		a.calendar = scheduler.NewCalendar(a.Def.V.Slots, a.Def.V.Zone.Loc())
		d.accounts[a.ID] = append(d.accounts[a.ID], a)
	}
	var campaigns []campaignDef
	err := x.all(ctx, &campaigns, `SELECT * FROM campaign_defs ORDER BY campaign_id, version`)
	for _, c := range campaigns {
		d.campaigns[c.ID] = append(d.campaigns[c.ID], c)
	}
	return d, err
}

// account is the definition of a release's account that was in force at its
// claim; nil: none was.
func (d *definitions) account(r *releaseRow) *accountDef {
	list := d.accounts[r.AccountID]
	n := inForce(list, r.ConfigVersion, func(a accountDef) int64 { return a.Version })
	if n < 0 {
		return nil
	}
	return &list[n]
}

// campaign is the same of its campaign.
func (d *definitions) campaign(r *releaseRow) *campaign.Campaign {
	list := d.campaigns[r.CampaignID]
	n := inForce(list, r.ConfigVersion, func(c campaignDef) int64 { return c.Version })
	if n < 0 {
		return nil
	}
	return &list[n].Def.V
}

// inForce is the index of the last of a list that is not newer than a version;
// -1: all are.
func inForce[T any](list []T, version int64, of func(T) int64) int {
	n, _ := slices.BinarySearchFunc(list, version+1, func(e T, v int64) int { return cmp.Compare(of(e), v) })
	return n - 1
}
