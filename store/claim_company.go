package store

import (
	"context"

	"outpace/limits"
)

// colleagues says that nobody of the person's company stands against the
// message: neither an answer nor the number of those first written to.
func (c *claim) colleagues(ctx context.Context, d *dueRow, t *targetRow, camp *campaignRow) (bool, error) {
	var held int
	if camp.CompanyReply {
		err := c.x.get(ctx, &held, `SELECT count(*) FROM targets t JOIN campaigns c ON c.id = t.campaign_id WHERE t.id = ? AND `+heldByColleague, t.ID)
		if err != nil || held > 0 {
			return false, err
		}
	}
	limit := camp.def().PerCompany
	if limit.IsZero() || !t.BegunAt.IsZero() {
		return true, nil
	}
	touches, err := touchesOf(ctx, c.x, `p.company_key <> '' AND p.company_key = (SELECT company_key FROM people WHERE id = ?)
		AND t.begun_at >= ? AND t.id <> ?`, t.PersonID, on(d.SlotAt.Add(-companyWindow)), t.ID)
	if err != nil {
		return false, err
	}
	for _, company := range touches { // one, if any
		if company.Room(limit, d.SlotAt.Time) == 0 {
			return false, nil
		}
	}
	return true, nil
}

// welcome says that the recipient has no public holiday at the slot, and no
// unanswered InMail of the account if this is one.
func (c *claim) welcome(ctx context.Context, d *dueRow, t *targetRow, camp *campaignRow) (bool, error) {
	zone, err := recipientZone(camp.def(), t.Zone, c.account.zone())
	if err != nil || restsAt(camp.def(), t.Country, d.SlotAt.In(zone).Date) {
		return false, err
	}
	if d.Kind != limits.InMail.String() {
		return true, nil
	}
	unanswered, err := inMailed(ctx, c.x, c.account.ID, t.PersonID)
	return !unanswered, err
}
