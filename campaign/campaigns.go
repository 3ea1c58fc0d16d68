package campaign

import (
	"slices"
	"strings"

	"outpace/limits"
)

// resolveCampaigns builds the campaigns, in the file's order, and reads all
// their targets once.
func (l *loader) resolveCampaigns() {
	var was []val[string]
	for i := range l.file.Campaigns.items {
		item := &l.file.Campaigns.items[i]
		was = append(was, item.V.Was)
		if !item.ok {
			continue
		}
		c := l.campaign(item)
		l.set.Campaigns = append(l.set.Campaigns, c)
		l.checkTargets(c, item)
		l.withdrawals(c, item)
	}
	l.checkRenames("campaign", l.file.Campaigns.names(), was)
}

func (l *loader) campaign(item *named[campaignShape]) *Campaign {
	shape := &item.V
	c := &Campaign{
		Name: item.name, Was: shape.Was.V, Priority: DefaultPriority, Start: shape.Start.V, End: shape.End.V,
		Overlap: bool(shape.Overlap.V), Cooldown: shape.Cooldown.V, Paused: shape.Paused.V,
	}
	if shape.Priority.ok {
		c.Priority = int(shape.Priority.V)
	}
	if shape.Start.ok && shape.End.ok && c.End.Before(c.Start) {
		l.problem(shape.End.at, "end %s is before start %s", c.End, c.Start)
	}
	l.campaignAccounts(c, item)
	l.assign(c, item)
	c.Reassign, c.Approve = shape.Reassign.V, shape.Approve.V
	if shape.Hours.ok {
		c.Hours = l.hours(shape.Hours)
	}
	l.perCompany(c, shape)
	l.stopOn(c, shape)
	l.steps(c, item)
	l.required(shape.Targets.given, item.at, "targets", "campaign "+c.Name)
	for i := range shape.Targets.items {
		l.source(c, &shape.Targets.items[i])
	}
	return c
}

func (l *loader) campaignAccounts(c *Campaign, item *named[campaignShape]) {
	given := item.V.Accounts
	l.required(given.given, item.at, "accounts", "campaign "+c.Name)
	if given.given && len(given.items) == 0 {
		l.problem(given.at, "accounts is empty: somebody must send")
	}
	for _, name := range given.items {
		switch {
		case !name.ok:
		case slices.Contains(c.Accounts, name.V):
			l.problem(name.at, "the account %q stands twice", name.V)
		case l.file.Accounts.find(name.V) == nil:
			l.undefined(name, "account", l.file.Accounts.names())
		default:
			c.Accounts = append(c.Accounts, name.V)
		}
	}
}

// accountsOf are the campaign's accounts that could be read.
func (l *loader) accountsOf(c *Campaign) (list []*Account) {
	for _, name := range c.Accounts {
		if a := l.set.Account(name); a != nil && a.Plan.Name != "" {
			list = append(list, a)
		}
	}
	return list
}

func (l *loader) hours(given block[hoursShape]) *Hours {
	shape := given.V
	h := &Hours{To: 24 * 60, Zone: RecipientZone}
	for _, d := range shape.Days.items {
		h.Days |= d.V
	}
	if !shape.Days.given {
		h.Days = AllDays
	} else if len(shape.Days.items) == 0 {
		l.problem(shape.Days.at, "days is empty: nobody could ever be written to")
	}
	if shape.From.ok {
		h.From = shape.From.V
	}
	if shape.To.ok {
		h.To = shape.To.V
	}
	if shape.Zone.ok {
		h.Zone = shape.Zone.V
	}
	if h.From >= h.To {
		l.problem(given.at, "hours from %s to %s are never open: to must be later than from, on the same day", h.From, h.To)
	}
	return h
}

// source adds a target, or a CSV file of them. Targets of the YAML that follow
// each other make one source.
func (l *loader) source(c *Campaign, shape *targetShape) {
	if shape.csv.given {
		file := shape.csv.V.CSV
		if !shape.csv.ok || !file.ok {
			return
		}
		c.Sources = append(c.Sources, Source{CSV: l.abs(file.V), shown: l.shown(file.V), Columns: l.columns(shape.csv.V.Columns), Pos: file.at})
		return
	}
	if len(shape.fields) == 0 {
		if shape.at.Line != 0 && shape.readable {
			l.problem(shape.at, "a target without profile: the address says who it is")
		}
		return
	}
	cells := make([]cell, 0, len(shape.fields))
	for _, f := range shape.fields {
		if id := fieldID(f.name); id != f.name {
			l.hinted(f.at, quoted(id), "%q is not a name for a field: templates could not use it", f.name)
			continue
		}
		cells = append(cells, f)
	}
	t, wrong := newTarget(cells, shape.at)
	for _, p := range wrong {
		l.problem(p.Pos, "%s", p.Text)
	}
	if len(wrong) > 0 {
		return
	}
	if n := len(c.Sources); n > 0 && c.Sources[n-1].CSV == "" {
		c.Sources[n-1].Inline = append(c.Sources[n-1].Inline, t)
		return
	}
	c.Sources = append(c.Sources, Source{Inline: []Target{t}, Pos: shape.at})
}

// columns reads which header holds which field.
func (l *loader) columns(given pairs) map[string]string {
	columns := map[string]string{}
	headers := map[string]string{}
	for _, p := range given.items {
		if !p.value.ok {
			continue
		}
		if id := fieldID(p.key); id != p.key {
			l.hinted(p.at, quoted(id), "columns: %q is not a name for a field", p.key)
			continue
		}
		header := strings.ToLower(strings.TrimSpace(p.value.V))
		if other, taken := headers[header]; taken {
			l.problem(p.value.at, "columns: %q is the column of %s already", p.value.V, other)
			continue
		}
		headers[header], columns[p.key] = p.key, p.value.V
	}
	return columns
}

// lacksCredits is the first of the accounts whose plan has no InMail credits.
func lacksCredits(accounts []*Account) *Account {
	return find(accounts, func(a *Account) bool { return a.Plan.InMail.Monthly == 0 })
}

// tightest are the shortest texts of the kind that all accounts take.
func tightest(accounts []*Account, kind limits.Kind) (subject, body int) {
	for i, a := range accounts {
		s, b := a.Plan.TextLimits(kind)
		if i == 0 || s < subject {
			subject = s
		}
		if i == 0 || b < body {
			body = b
		}
	}
	return subject, body
}
