package store

import (
	"context"
	"slices"
	"strings"

	"outpace/campaign"
)

// identify notes what a file tells of a person by which companies and domains
// are matched. The company told last counts, and every domain ever told:
// somebody who is known by two addresses is spared if either is.
func (p *personRow) identify(f *Fields) (changed bool) {
	key, domains := p.CompanyKey, p.Domains
	if f.Company != "" {
		key = campaign.CompanyKey(f.Company)
	}
	if told := campaign.Domains(f.Extra); len(told) > 0 {
		all := append(strings.Fields(domains), told...)
		slices.Sort(all)
		domains = " " + strings.Join(slices.Compact(all), " ") + " "
	}
	changed = key != p.CompanyKey || domains != p.Domains
	p.CompanyKey, p.Domains = key, domains
	return changed
}

// barring collects the people of a merge whom a company or domain may spare.
// It costs nothing while no such suppression is there.
type barring struct {
	companies, domains bool // some are suppressed
	people             []toldPerson
}

// toldPerson is a person, who gets an id when the chunk is written, and what
// one row of the file told: another row may tell another company.
type toldPerson struct {
	*personRow
	told personRow
}

func (b *barring) prepare(ctx context.Context, x *tx) error {
	var what []string
	err := x.all(ctx, &what, `SELECT DISTINCT what FROM suppressions WHERE what IN ('company', 'domain') AND removed_at IS NULL`)
	b.companies, b.domains = slices.Contains(what, TheCompany), slices.Contains(what, TheDomain)
	return err
}

// told notes a person of whom a file tells something new.
func (b *barring) told(p *personRow) {
	if b.companies && p.CompanyKey != "" || b.domains && p.Domains != "" {
		b.people = append(b.people, toldPerson{p, *p})
	}
}

// bar suppresses those who are matched, once they are in the database.
func (m *merger) bar(ctx context.Context) error {
	for i := range m.barring.people {
		p := &m.barring.people[i]
		cause, value, err := liveCause(ctx, m.x, &p.told)
		if err != nil {
			return err
		}
		if cause != ByCompany && cause != ByDomain {
			continue // free, or spared for more than that
		}
		c := SuppressionChange{What: cause, Value: value}
		if err := c.bar(ctx, m.x, m.now, cause, "", p.ID); err != nil {
			return err
		}
	}
	return nil
}
