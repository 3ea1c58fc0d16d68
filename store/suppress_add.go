package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"outpace/campaign"
)

// suppressAll adds suppressions. The people of all the domains are looked for
// together, in one pass over those who have any.
func suppressAll(ctx context.Context, x *tx, now time.Time, list []NewSuppression) ([]SuppressionChange, error) {
	out := make([]SuppressionChange, len(list))
	domains := map[string]int{} // by value: its place in the list
	for i, n := range list {
		id, rule, err := addRule(ctx, x, now, n)
		if err != nil {
			return nil, err
		}
		out[i] = SuppressionChange{What: n.What, Value: rule.value, Again: rule.again}
		switch {
		case rule.again:
		case n.What == TheDomain:
			domains[rule.value] = i
		case n.What == TheCompany:
			var ids []int64
			if err := x.all(ctx, &ids, `SELECT id FROM people WHERE company_key = ? ORDER BY id`, rule.value); err != nil {
				return nil, err
			}
			err = out[i].bar(ctx, x, now, rule.cause, n.Reason, ids...)
		default:
			err = out[i].bar(ctx, x, now, rule.cause, n.Reason, id)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, barDomains(ctx, x, now, domains, list, out)
}

// rule is a suppression as it is stored.
type rule struct {
	value, cause string
	again        bool // it was there already
}

// addRule stores a suppression; person is who it names.
func addRule(ctx context.Context, x *tx, now time.Time, n NewSuppression) (person int64, r rule, err error) {
	r = rule{value: n.Value, cause: n.Cause}
	if n.What != ThePerson {
		r.cause = n.What
	} else {
		if r.cause == "" {
			r.cause = Suppressed
		}
		if r.cause != OptOut && r.cause != Bounced && r.cause != Suppressed {
			return 0, r, fmt.Errorf("%q is not a cause of a suppression: %s, %s or %s", r.cause, OptOut, Bounced, Suppressed)
		}
		p, err := ensurePerson(ctx, x, n.Value)
		if err != nil {
			return 0, r, err
		}
		if person, r.value = p.ID, p.Profile; p.SuppressReason == Forgotten {
			r.again = true
			return person, r, nil
		}
	}
	added, err := insertRule(ctx, x, now, n.What, r.value, r.cause, n.Reason)
	r.again = !added
	return person, r, err
}

func insertRule(ctx context.Context, x *tx, now time.Time, what, value, cause, reason string) (added bool, err error) {
	n, err := x.exec(ctx, `INSERT INTO suppressions (what, value, cause, reason, added_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (what, value, cause) WHERE removed_at IS NULL DO NOTHING`, what, value, cause, reason, on(now))
	return n > 0, err
}

// ensurePerson finds a person, or adds somebody no file has named yet.
func ensurePerson(ctx context.Context, x *tx, name string) (*personRow, error) {
	p, err := findPerson(ctx, x, name)
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.What != "person" {
		return p, err
	}
	p = &personRow{}
	if p.Profile, err = campaign.Canonical(name); err != nil {
		return nil, err
	}
	p.ID, err = x.insert(ctx, `INSERT INTO people (profile) VALUES (?)`, p.Profile)
	return p, err
}

// bar suppresses people and counts what that did. Their accounts are planned
// later.
func (c *SuppressionChange) bar(ctx context.Context, x *tx, now time.Time, cause, reason string, people ...int64) error {
	if c.What != ThePerson {
		reason = joinDetail(c.What+" "+c.Value, reason)
	}
	for _, id := range people {
		if err := c.caught(ctx, x, id); err != nil {
			return err
		}
		fresh, err := markSuppressed(ctx, x, id, cause, now)
		if err != nil {
			return err
		}
		if !fresh {
			continue // everything was stopped then
		}
		c.People++
		d, err := stopPerson(ctx, x, id, cause, now)
		if err != nil {
			return err
		}
		c.Cancelled += int(d.cancelled)
		c.Recalled += d.recalled
		if err := halt(ctx, x, now, id, d.accounts); err != nil {
			return err
		}
		if err := logEvent(ctx, x, event{At: now, Kind: Suppressed, Person: id, Detail: reason}); err != nil {
			return err
		}
	}
	return nil
}

// caught notes that a company or domain holds a person from now on, whatever
// company a file tells later.
func (c *SuppressionChange) caught(ctx context.Context, x *tx, person int64) error {
	if c.What == ThePerson {
		return nil
	}
	_, err := x.exec(ctx, `UPDATE people SET suppressed_by = (SELECT id FROM suppressions
		WHERE what = ? AND value = ? AND removed_at IS NULL) WHERE id = ? AND suppressed_by IS NULL`, c.What, c.Value, person)
	return err
}

// halt recalls also what is not on a desk, and has the accounts planned later.
func halt(ctx context.Context, x *tx, now time.Time, person int64, accounts map[int64]bool) error {
	if _, _, err := reconsider(ctx, x, now, `r.person_id = ?`, person); err != nil {
		return err
	}
	return markDirty(ctx, x, accounts)
}

// markSuppressed notes a cause on the person, if it is the strongest. fresh:
// there was none before.
func markSuppressed(ctx context.Context, x *tx, person int64, cause string, now time.Time) (fresh bool, err error) {
	var was string
	if err := x.get(ctx, &was, `SELECT suppress_reason FROM people WHERE id = ?`, person); err != nil {
		return false, err
	}
	if was != "" && slices.Index(causes, was) <= slices.Index(causes, cause) {
		return false, nil
	}
	at, err := notBefore(ctx, x, now, "r.person_id = ?", person)
	if err != nil {
		return false, err
	}
	_, err = x.exec(ctx, `UPDATE people SET suppressed_at = coalesce(suppressed_at, ?), suppress_reason = ? WHERE id = ?`,
		on(at), cause, person)
	return was == "", err
}

// suppressFor notes on a person why everything stops. What an event told is a
// suppression of its own.
func suppressFor(ctx context.Context, x *tx, person int64, cause string, now time.Time) error {
	if cause == OptOut || cause == Bounced {
		_, err := x.exec(ctx, `INSERT INTO suppressions (what, value, cause, added_at)
			SELECT 'person', profile, ?, ? FROM people WHERE id = ? AND suppress_reason <> ?
			ON CONFLICT (what, value, cause) WHERE removed_at IS NULL DO NOTHING`, cause, on(now), person, Forgotten)
		if err != nil {
			return err
		}
	}
	_, err := markSuppressed(ctx, x, person, cause, now)
	return err
}

// barDomains suppresses everybody of the domains, which are places in list and
// out.
func barDomains(ctx context.Context, x *tx, now time.Time, domains map[string]int, list []NewSuppression, out []SuppressionChange) error {
	if len(domains) == 0 {
		return nil
	}
	people := make([][]int64, len(out))
	err := eachDomains(ctx, x, func(person int64, names []string) {
		for _, name := range names {
			for _, above := range campaign.AndAbove(name) {
				if i, ok := domains[above]; ok {
					people[i] = append(people[i], person)
				}
			}
		}
	})
	for i := range people {
		if err == nil {
			err = out[i].bar(ctx, x, now, ByDomain, list[i].Reason, people[i]...)
		}
	}
	return err
}

// eachDomains calls fn for every person of whom a file told a domain.
func eachDomains(ctx context.Context, x *tx, fn func(person int64, names []string)) error {
	rows, err := x.t.QueryContext(ctx, `SELECT id, domains FROM people WHERE domains <> '' ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var domains string
		if err := rows.Scan(&id, &domains); err != nil {
			return err
		}
		fn(id, strings.Fields(domains))
	}
	return rows.Err()
}
