package sim_test

import (
	"slices"
	"strings"

	"outpace/store"
)

var wAccounts = []string{"ada", "bob", "cyd"}

// dealing draws how a campaign's targets come to its accounts.
func (d draw) dealing(c *wCampaign) {
	c.assign = d.pick("assign", "", "", "earliest", "round_robin", "weighted")
	for i := range c.weights {
		c.weights[i] = d.int("weight", 0, 3)
	}
	c.reassign = d.one("reassign", 2)
}

// weight is an account's share; where all of them are 0 the first has one.
func (c *wCampaign) weight(account string) int {
	of := func(name string) int { return c.weights[slices.Index(wAccounts, name)] }
	if account == c.accounts[0] && !slices.ContainsFunc(c.accounts, func(name string) bool { return of(name) > 0 }) {
		return 1
	}
	return of(account)
}

func (c *wCampaign) shares() string {
	if c.assign != "weighted" {
		return ""
	}
	var list []string
	for _, name := range c.accounts {
		list = append(list, sprintf("%s: %d", name, c.weight(name)))
	}
	return braced(strings.Join(list, ", "))
}

// halted says that an account stands still until a person looks.
func (w *world) halted(account string) bool {
	b := w.accounts[account]
	return w.paused["account:"+account] || b.off ||
		slices.ContainsFunc(b.holds, func(o wHold) bool { return o.byPersons })
}

// checkAccount: who has begun stays with the account; who has not is with one of
// the campaign's and, if that reassigns, not with one that stands still beside
// one that runs.
func (w *world) checkAccount(c *wCampaign, m *store.MessageInfo) {
	if m.State != "queued" && m.State != "scheduled" {
		return
	}
	begun := false
	for _, h := range w.handed {
		if h.campaign != c.name || h.person != m.Target {
			continue
		}
		begun = true
		if h.state != wUnsent && h.account != m.Account {
			w.fail("rotation", "%s of %s is with %s, %s was sent from %s", m.StepName, m.Target, m.Account, h.step, h.account)
		}
	}
	if begun {
		return
	}
	if !slices.Contains(c.accounts, m.Account) {
		w.fail("rotation", "%s of %s, not begun, is with %q of %v", m.StepName, m.Target, m.Account, c.accounts)
	}
	runs := func(name string) bool { return !w.halted(name) && (c.assign != "weighted" || c.weight(name) > 0) }
	if c.reassign && w.halted(m.Account) && slices.ContainsFunc(c.accounts, runs) {
		w.fail("rotation", "%s of %s, not begun, is with %s, which stands still, of %v", m.StepName, m.Target, m.Account, c.accounts)
	}
}
