package store

import (
	"context"
	"slices"

	"outpace/campaign"
)

// spared is I6 for those who are suppressed by name, company or domain: who
// meets a live suppression shows its cause, and nobody else shows one.
func (c *evidence) spared(ctx context.Context, x *tx) error {
	if c.merging {
		return nil // who is being merged is judged at the end of their chunk
	}
	want, err := sparedPeople(ctx, x)
	if err != nil {
		return err
	}
	var rows []struct {
		ID    int64  `db:"id"`
		Cause string `db:"suppress_reason"`
	}
	if err := x.all(ctx, &rows, `SELECT id, suppress_reason FROM people WHERE suppressed_at IS NOT NULL`); err != nil {
		return err
	}
	for _, r := range rows {
		if want[r.ID] != r.Cause {
			c.broken("I6", 0, c.now, "person %d is suppressed for %q, but should be for %q", r.ID, r.Cause, want[r.ID])
		}
		delete(want, r.ID)
	}
	for id, cause := range want {
		c.broken("I6", 0, c.now, "person %d should be suppressed for %q, and is not", id, cause)
	}
	return nil
}

// sparedPeople are all people who meet a live suppression, with the strongest
// cause of each.
func sparedPeople(ctx context.Context, x *tx) (map[int64]string, error) {
	people := map[int64]string{}
	note := func(id int64, cause string) {
		if was, ok := people[id]; !ok || slices.Index(causes, cause) < slices.Index(causes, was) {
			people[id] = cause
		}
	}
	var rows []struct {
		ID    int64  `db:"id"`
		Cause string `db:"cause"`
	}
	err := x.all(ctx, &rows, `SELECT p.id, s.cause FROM suppressions s JOIN people p ON p.profile = s.value
		WHERE s.what = 'person' AND s.removed_at IS NULL
		UNION ALL SELECT p.id, s.cause FROM suppressions s JOIN people p ON p.company_key = s.value
		WHERE s.what = 'company' AND s.removed_at IS NULL
		UNION ALL SELECT p.id, s.cause FROM suppressions s JOIN people p ON p.suppressed_by = s.id WHERE s.removed_at IS NULL`)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		note(r.ID, r.Cause)
	}
	var domains []string
	if err := x.all(ctx, &domains, `SELECT value FROM suppressions WHERE what = 'domain' AND removed_at IS NULL`); err != nil || len(domains) == 0 {
		return people, err
	}
	slices.Sort(domains)
	return people, eachDomains(ctx, x, func(person int64, names []string) {
		for _, name := range names {
			for _, above := range campaign.AndAbove(name) {
				if _, ok := slices.BinarySearch(domains, above); ok {
					note(person, ByDomain)
				}
			}
		}
	})
}
