package sim_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// editMore draws the edits that are not about steps and targets.
func (d draw) editMore(s *wSet, c *wCampaign, a *wAccount, start time.Time) {
	var names []string
	for _, a := range s.accounts {
		names = append(names, a.name)
	}
	switch d.pick("edit more", "accounts", "remove campaign", "new campaign", "dates", "pace", "cap", "slots", "plan", "channel", "overlap", "company", "company", "country", "dealing", "dealing", "approve") {
	case "dealing":
		d.dealing(c)
	case "approve":
		c.approve = !c.approve
	case "company":
		c.perCompany, c.companyReply = d.perCompany(), d.one("company reply", 2)
	case "country":
		if n := len(c.targets); n > 0 {
			c.targets[d.int("which target", 0, n-1)].country = d.pick("country", "", "DE", "US", "JP")
		}
	case "accounts":
		c.accounts = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID).Draw(d.T, "accounts")
	case "remove campaign":
		if len(s.campaigns) > 1 {
			at := d.int("gone", 0, len(s.campaigns)-1)
			s.campaigns = slices.Delete(s.campaigns, at, at+1)
		}
	case "new campaign": // or one that comes back
		for _, name := range []string{"p", "q", "r", "s"} {
			if !slices.ContainsFunc(s.campaigns, func(c wCampaign) bool { return c.name == name }) {
				s.campaigns = slices.Insert(s.campaigns, d.int("place", 0, len(s.campaigns)), d.campaign(name, names, 14, 8, start))
				break
			}
		}
	case "dates":
		c.start, c.end = "", ""
		if d.one("ends", 2) {
			c.end = start.AddDate(0, 0, d.int("end day", 0, 14)).Format(time.DateOnly)
		}
	case "pace":
		if a.credits() {
			a.pace = d.pick("pace", "", "even", "asap")
		}
	case "cap":
		a.cap = max(d.int("cap", 2, 9), a.ownCap, a.reserveDay+1)
	case "slots":
		a.slots, a.perSlot = d.pick("slots", wSlots...), d.pickInt("per slot", 1, 2)
	case "plan":
		a.planNo++
	case "channel":
		a.channel = d.pick("channel", "desk", "out")
	case "overlap":
		c.overlap = !c.overlap
	}
}

// fixSteps makes a sequence valid again: the first step waits for nothing, and
// is no message unless everybody is connected.
func fixSteps(c *wCampaign) {
	first := &c.steps[0]
	first.after, first.onlyIf = "", ""
	if first.send == "message" && slices.ContainsFunc(c.targets, func(t wTarget) bool { return t.degree != 1 }) {
		first.send = "reminder"
	}
}
