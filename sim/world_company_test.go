package sim_test

import (
	"slices"
	"strings"
	"time"

	"outpace/campaign"
)

// companyOf is the company of a person by number; 0: none.
func companyOf(person int) int { return person % 4 }

// companyName writes the person's company, in a spelling of the campaign's own.
func companyName(in string, person int) string {
	if companyOf(person) == 0 {
		return ""
	}
	spelling := map[string]string{"p": `"Example %d"`, "q": `"EXAMPLE %d Ltd."`, "r": `"Example %d GmbH & Co. KG"`}[in]
	if spelling == "" {
		spelling = `"example  %d, Inc"`
	}
	return sprintf(spelling, companyOf(person))
}

// number is the person's number in an address.
func number(person string) (n int) {
	for _, c := range person[len(person)-4:] {
		n = 10*n + int(c-'0')
	}
	return n
}

func (d draw) perCompany() string {
	if !d.one("limits companies", 3) {
		return ""
	}
	return sprintf("{ people: %d, per: %s }", d.int("people a company", 1, 2), d.pick("per", "day", "week", "month"))
}

// fixElse gives InMail steps an else where an account has no credits.
func (s *wSet) fixElse() {
	for i := range s.campaigns {
		c := &s.campaigns[i]
		lacking := slices.ContainsFunc(s.accounts, func(a wAccount) bool { return slices.Contains(c.accounts, a.name) && !a.credits() })
		for k := range c.steps {
			if st := &c.steps[k]; st.send == "inmail" && st.other == "" && lacking {
				st.other = "connect"
			}
		}
	}
}

// began is when a campaign first wrote to a person, by what was not certainly
// unsent; zero: it did not.
func (w *world) began(campaign, person string) (at time.Time) {
	for _, o := range w.handed {
		if o.campaign == campaign && o.person == person && o.state != wUnsent && (at.IsZero() || o.slot.Before(at)) {
			at = o.slot
		}
	}
	return at
}

// checkCompany: no more people of the company than the campaign allows are first
// written to in its window, and no colleague answered if that holds them.
func (w *world) checkCompany(h *handed) {
	c := &w.spec.campaigns[slices.IndexFunc(w.spec.campaigns, func(c wCampaign) bool { return c.name == h.campaign })]
	company := companyOf(number(h.person))
	if company == 0 {
		return
	}
	for key := range w.replied {
		if c.companyReply && key[0] == c.name && !w.forgotten[key[1]] && key[1] != h.person && companyOf(number(key[1])) == company {
			w.fail("company", "%s of the same company answered", key[1])
		}
	}
	passed := slices.ContainsFunc(w.handed, func(o *handed) bool { return o.campaign == h.campaign && o.person == h.person && o.passed })
	if c.perCompany == "" || passed || !w.began(h.campaign, h.person).IsZero() {
		return
	}
	days := map[string]int{"day": 1, "week": 7, "month": 30}
	most, length := int(c.perCompany[len("{ people: ")]-'0'), 0
	for name, n := range days {
		if strings.Contains(c.perCompany, name) {
			length = n
		}
	}
	n, seen := 1, map[[2]string]bool{}
	for _, o := range w.handed {
		key := [2]string{o.campaign, o.person}
		if companyOf(number(o.person)) != company || seen[key] || w.forgotten[o.person] {
			continue
		}
		seen[key] = true
		if at := w.began(o.campaign, o.person); !at.IsZero() && !at.After(h.slot) && at.After(h.slot.Add(-time.Duration(length)*24*time.Hour)) {
			n++
		}
	}
	if n > most {
		w.fail("company", "%d people of company %d first written to in %d days, %s", n, company, length, c.perCompany)
	}
}

// checkInMail: the account has no unanswered InMail to the person.
func (w *world) checkInMail(h *handed) {
	for _, o := range w.handed {
		if h.kind != "inmail" || o.kind != "inmail" || o.account != h.account || o.person != h.person || o.state == wUnsent {
			continue
		}
		if !slices.ContainsFunc(w.answers[h.person], func(t time.Time) bool { return !t.Before(o.slot) }) {
			w.fail("inmail", "the one of %s is not answered", o.slot)
		}
	}
}

// answeredInMail notes what counts as an answer to an InMail, and who answered
// where it holds colleagues.
func (w *world) answeredInMail(kind, person string, at time.Time) {
	if !slices.Contains([]string{"reply", "declined", "accepted", "auto"}, kind) {
		return
	}
	w.answers[person] = append(w.answers[person], at)
	if kind != "reply" && kind != "declined" || w.barred(person) {
		return
	}
	for _, c := range w.spec.campaigns {
		if w.target(c.name, person) != nil {
			w.replied[[2]string{c.name, person}] = true
		}
	}
	for _, h := range w.handed {
		if h.person == person && h.state != wUnsent {
			w.replied[[2]string{h.campaign, person}] = true
		}
	}
}

// rests says whether the recipient has a public holiday, and the campaign heeds
// that.
func (w *world) rests(name, person string, local time.Time) bool {
	c, t := w.campaign(name), w.target(name, person)
	if t == nil || t.country == "" || c.Hours == nil || c.Hours.Zone != campaign.RecipientZone {
		return false
	}
	code := map[string]string{"us": "US", "Japan": "JP"}[t.country]
	if code == "" {
		code = t.country
	}
	holidays, err := campaign.ParseHolidays([]string{code})
	w.must("holidays", err)
	return holidays.On(local.Date())
}
