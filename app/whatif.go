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
		was := lower(st.Rules.Plan.DailyCap, st.Rules.DailyCap)
		st.Rules.Plan.DailyCap, st.Rules.DailyCap = n, limits.None
		st.Rules.Raise(was, v.now)
	}
	if n, ok := q.Pack[name]; ok {
		st.Wallet.Add(v.now, n, time.Time{})
	}
	return &view{st: &st, plan: scheduler.Make(&st, v.now, v.until), now: v.now, until: v.until}
}

// changePlan does to a state what applying another plan now does. A plan with
// credits asks for a renewal day: that of today, if the account has none.
func changePlan(st *scheduler.State, plan limits.Plan, now time.Time) {
	zone, was := st.Account.Zone.Loc(), lower(st.Rules.Plan.DailyCap, st.Rules.DailyCap)
	other := plan.Name != st.Account.Plan.Name
	st.Account.Plan, st.Rules.Plan = plan, plan
	st.Rules.Raise(was, now)
	if !other {
		return
	}
	if st.Account.RenewalDay == 0 {
		st.Account.RenewalDay = now.In(zone).Day()
	}
	st.Wallet.ChangePlan(now, plan.InMail, st.Account.RenewalDay, zone)
}
