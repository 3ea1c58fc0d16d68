package store

import (
	"context"
	"slices"
	"time"

	"outpace/campaign"
)

// longestGrace is how long any slot may be made good (docs/scheduling.md, rule 8).
const longestGrace = 4 * time.Hour

// times is I5 but for pauses: releases come from slots of the calendar, within
// their grace, the campaign's dates, the recipient's hours, and no holiday.
func (c *evidence) times(context.Context, *tx) error {
	for i := range c.releases {
		r := &c.releases[i]
		if r.elsewhere() {
			continue
		}
		a := c.accounts[r.AccountID]
		slot, at := r.SlotAt.Time, r.ReleasedAt.Time
		switch {
		case at.Before(slot):
			c.broken("I5", a.ID, slot, "message %s was released before its slot", r.MessageID)
		case at.After(c.now):
			c.broken("I5", a.ID, slot, "message %s was released in the future, at %s", r.MessageID, at.Format(time.RFC3339))
		case at.Sub(slot) > longestGrace:
			c.broken("I5", a.ID, slot, "message %s was released %s after its slot", r.MessageID, at.Sub(slot))
		}
		account, camp := c.defs.account(r), c.defs.campaign(r)
		if account == nil || camp == nil {
			c.broken("I5", a.ID, slot, "message %s was released under configuration %d, which had no such account and campaign", r.MessageID, r.ConfigVersion)
			continue
		}
		c.slot(account, r)
		if err := c.open(&account.Def.V, camp, r); err != nil {
			return err
		}
	}
	return nil
}

// slot: the release came from a slot that was neither a holiday's nor over.
func (c *evidence) slot(a *accountDef, r *releaseRow) {
	def := &a.Def.V
	slot, at, zone := r.SlotAt.Time, r.ReleasedAt.Time, def.Zone.Loc()
	fires := false
	for _, spec := range def.Slots {
		fires = fires || spec.Next(slot.Add(-time.Nanosecond), zone).Equal(slot)
	}
	if !fires {
		c.broken("I5", a.ID, slot, "message %s was released from an instant that is no slot", r.MessageID)
		return
	}
	if grace := a.calendar.GraceEnds(slot.In(zone), time.Duration(def.Grace)); at.After(slot) && !at.Before(grace) {
		c.broken("I5", a.ID, slot, "message %s was released at %s, the slot's grace ended at %s", r.MessageID,
			at.In(zone).Format(time.RFC3339), grace.In(zone).Format(time.RFC3339))
	}
	if def.Holidays.On(slot.In(zone).Date()) {
		c.broken("I5", a.ID, slot, "message %s was released on a holiday", r.MessageID)
	}
}

// open: the campaign ran, and the recipient could be written to.
func (c *evidence) open(a *campaign.Account, def *campaign.Campaign, r *releaseRow) error {
	slot, zone := r.SlotAt.Time, a.Zone.Loc()
	if def.Paused {
		c.broken("I5", r.AccountID, slot, "message %s was released while campaign %s was paused in the file", r.MessageID, def.Name)
	}
	if !def.Start.IsZero() && slot.Before(def.Start.Start(zone)) {
		c.broken("I5", r.AccountID, slot, "message %s was released before campaign %s began", r.MessageID, def.Name)
	}
	if !def.End.IsZero() && !slot.Before(def.End.End(zone)) {
		c.broken("I5", r.AccountID, slot, "message %s was released after campaign %s ended", r.MessageID, def.Name)
	}
	if def.Hours == nil {
		return nil
	}
	zone, err := recipientZone(def, r.Zone, zone)
	if err != nil {
		return err
	}
	if restsAt(def, r.Country, slot.In(zone).Date) {
		c.broken("I5", r.AccountID, slot, "message %s was released on a public holiday of the recipient's country, %s", r.MessageID, r.Country)
	}
	if !def.Hours.Open(slot, zone) {
		c.broken("I5", r.AccountID, slot, "message %s was released outside the recipient's hours", r.MessageID)
	}
	return nil
}

// paused tells an account or a campaign, by the id that survives renames.
type paused struct {
	what string // account, campaign
	id   int64
}

// pausesOf are the stretches in which something was paused, by the log; the
// last one has no end if it lasts.
func pausesOf(ctx context.Context, x *tx) (map[paused][]stretch, error) {
	var rows []struct {
		At       Instant `db:"at"`
		Kind     string  `db:"kind"`
		Account  *int64  `db:"account_id"`
		Campaign *int64  `db:"campaign_id"`
	}
	err := x.all(ctx, &rows, `SELECT at, kind, account_id, campaign_id FROM events WHERE kind IN ('paused', 'resumed') ORDER BY id`)
	pauses := map[paused][]stretch{}
	for _, r := range rows {
		var key paused
		switch {
		case r.Account != nil:
			key = paused{"account", *r.Account}
		case r.Campaign != nil:
			key = paused{"campaign", *r.Campaign}
		}
		list := pauses[key]
		open := len(list) > 0 && list[len(list)-1].to.IsZero()
		switch {
		case r.Kind == "paused" && !open: // a pause in a pause adds nothing
			pauses[key] = append(list, stretch{from: r.At.Time})
		case r.Kind == "resumed" && open:
			list[len(list)-1].to = r.At.Time
		}
	}
	return pauses, err
}

// pauses is the rest of I5: nothing is released while its account or campaign
// is paused, by the log and by what is paused now.
func (c *evidence) pauses(ctx context.Context, x *tx) error {
	pauses, err := pausesOf(ctx, x)
	if err != nil {
		return err
	}
	for i := range c.releases {
		r := &c.releases[i]
		if r.elsewhere() {
			continue
		}
		a, camp, at := c.accounts[r.AccountID], c.campaigns[r.CampaignID], r.ReleasedAt.Time
		for _, p := range []struct {
			paused
			name  string
			since time.Time
		}{
			{paused{"account", a.ID}, a.Name, a.PausedAt.Time},
			{paused{"campaign", camp.ID}, camp.Name, camp.PausedAt.Time},
		} {
			still := !p.since.IsZero() && at.After(p.since)
			if still || slices.ContainsFunc(pauses[p.paused], func(s stretch) bool {
				return at.After(s.from) && !s.to.IsZero() && at.Before(s.to)
			}) {
				c.broken("I5", a.ID, r.SlotAt.Time, "message %s was released while %s %s was paused", r.MessageID, p.what, p.name)
			}
		}
	}
	return nil
}

// suppressions is I6: nothing to a suppressed person after the suppression.
func (c *evidence) suppressions(ctx context.Context, x *tx) error {
	var rows []struct {
		ID   int64   `db:"id"`
		At   Instant `db:"suppressed_at"`
		Kind string  `db:"suppress_reason"`
	}
	err := x.all(ctx, &rows, `SELECT id, suppressed_at, suppress_reason FROM people WHERE suppressed_at IS NOT NULL`)
	if err != nil {
		return err
	}
	suppressed := make(map[int64]int, len(rows))
	for i, r := range rows {
		suppressed[r.ID] = i + 1
	}
	for i := range c.releases {
		r := &c.releases[i]
		if n := suppressed[r.PersonID]; n > 0 && !r.elsewhere() && r.ReleasedAt.After(rows[n-1].At.Time) {
			c.broken("I6", r.AccountID, r.SlotAt.Time, "message %s was released after the person's %s at %s", r.MessageID,
				rows[n-1].Kind, rows[n-1].At.Format(time.RFC3339))
		}
	}
	return nil
}
