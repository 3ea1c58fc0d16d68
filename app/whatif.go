package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
	"outpace/store"
)

// about says whether something else is assumed of an account.
func (q *ForecastQuery) about(account string) bool {
	_, plan := q.Plan[account]
	_, limit := q.Cap[account]
	_, pack := q.Pack[account]
	return plan || limit || pack
}

// check refuses accounts, plans and numbers that cannot be.
func (q *ForecastQuery) check(defs []*campaign.Account) error {
	known := map[string]bool{}
	for _, def := range defs {
		known[def.Name] = true
	}
	names := slices.Concat(slices.Sorted(maps.Keys(q.Plan)), slices.Sorted(maps.Keys(q.Cap)), slices.Sorted(maps.Keys(q.Pack)))
	for _, name := range names {
		if !known[name] {
			return &store.NotFoundError{What: "account", Name: name}
		}
	}
	for _, name := range q.Plan {
		if _, ok := planNamed(defs, name); !ok {
			return fmt.Errorf("there is no plan %q: built in are %s", name, strings.Join(presetNames(), ", "))
		}
	}
	for account, n := range q.Cap {
		if n < 0 {
			return fmt.Errorf("a cap of %d for %s: it cannot be below 0", n, account)
		}
	}
	for account, n := range q.Pack {
		if n < 1 {
			return fmt.Errorf("a pack of %d for %s: at least 1 is needed", n, account)
		}
	}
	return nil
}

// planNamed is a built-in plan, or one that an account in force has.
func planNamed(defs []*campaign.Account, name string) (limits.Plan, bool) {
	if p, ok := limits.Preset(name); ok {
		return p, true
	}
	for _, def := range defs {
		if def.Plan.Name == name {
			return def.Plan, true
		}
	}
	return limits.Plan{}, false
}

func presetNames() (names []string) {
	for _, p := range limits.Presets() {
		names = append(names, p.Name)
	}
	return names
}

// what is the account under the question's assumptions.
func (v *view) what(q *ForecastQuery, defs []*campaign.Account) *view {
	st, name := *v.st, v.st.Account.Name
	account := *st.Account
	st.Account, st.Wallet = &account, st.Wallet.Clone()
	if to, ok := q.Plan[name]; ok {
		plan, _ := planNamed(defs, to)
		changePlan(&st, plan, v.now)
	}
	if n, ok := q.Cap[name]; ok {
		holdCap(&st, lower(st.Rules.Plan.DailyCap, st.Rules.DailyCap), n, v.now)
		st.Rules.Plan.DailyCap, st.Rules.DailyCap = n, limits.None
	}
	if n, ok := q.Pack[name]; ok {
		st.Wallet.Add(v.now, n, time.Time{})
	}
	return &view{st: &st, plan: scheduler.Make(&st, v.now, v.until), now: v.now, until: v.until}
}

// changePlan does to a state what buying another plan now does: a higher cap
// holds from the next full day window, the old plan's credits are gone, and
// the new plan grants its own at once, if the old one had none.
func changePlan(st *scheduler.State, plan limits.Plan, now time.Time) {
	zone := st.Account.Zone.Loc()
	was := lower(st.Rules.Plan.DailyCap, st.Rules.DailyCap)
	had := st.Rules.Plan.InMail.Monthly > 0
	st.Account.Plan, st.Rules.Plan = plan, plan
	holdCap(st, was, lower(plan.DailyCap, st.Rules.DailyCap), now)
	renewal := st.Account.RenewalDay
	if renewal == 0 {
		renewal = now.In(zone).Day()
	}
	st.Wallet.Drop(now)
	lots := st.Wallet.Lots()
	if !had && plan.InMail.Monthly > 0 {
		renewal = now.In(zone).Day()
		lots = append(lots, limits.OpeningLots(plan.InMail, renewal, zone, now, nil)...)
	}
	st.Wallet = limits.NewWallet(plan.InMail, renewal, zone, now, now, lots, nil)
}

// holdCap keeps a cap that rises at its old value until the next full day
// window, as an apply does.
func holdCap(st *scheduler.State, was, is int, now time.Time) {
	if was != limits.None && (is > was || is == limits.None) {
		st.Rules.HeldCap, st.Rules.HeldUntil = was, limits.NextFullWindow(&st.Rules, now)
	}
}
