package store

import (
	"context"
	"time"

	"outpace/campaign"
	"outpace/scheduler"
)

// longestGrace is how long any slot may be made good (DESIGN §3.8).
const longestGrace = 4 * time.Hour

// times is I5 but for pauses: releases come from slots of the calendar, within
// their grace, the campaign's dates, the recipient's hours, and no holiday.
func (c *evidence) times(ctx context.Context, x *tx) error {
	zones := map[int64]string{}
	var targets []struct {
		ID   int64  `db:"id"`
		Zone string `db:"zone"`
	}
	if err := x.all(ctx, &targets, `SELECT id, zone FROM targets WHERE zone <> ''`); err != nil {
		return err
	}
	for _, t := range targets {
		zones[t.ID] = t.Zone
	}
	calendars := map[int64]*scheduler.Calendar{}
	for i := range c.releases {
		r := &c.releases[i]
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
		if r.ConfigVersion != c.version || a.State != "active" {
			continue
		}
		if calendars[a.ID] == nil {
			calendars[a.ID] = scheduler.NewCalendar(a.def().Slots, a.zone())
		}
		c.slot(a, calendars[a.ID], r)
		if err := c.open(a, r, zones[r.TargetID]); err != nil {
			return err
		}
	}
	return nil
}

// slot: the release came from a slot that was neither a holiday's nor over.
func (c *evidence) slot(a *accountRow, cal *scheduler.Calendar, r *releaseRow) {
	slot, at, zone := r.SlotAt.Time, r.ReleasedAt.Time, a.zone()
	fires := false
	for _, spec := range a.def().Slots {
		fires = fires || spec.Next(slot.Add(-time.Nanosecond), zone).Equal(slot)
	}
	if !fires {
		c.broken("I5", a.ID, slot, "message %s was released from an instant that is no slot", r.MessageID)
		return
	}
	if grace := cal.GraceEnds(slot.In(zone), time.Duration(a.def().Grace)); at.After(slot) && !at.Before(grace) {
		c.broken("I5", a.ID, slot, "message %s was released at %s, the slot's grace ended at %s", r.MessageID,
			at.In(zone).Format(time.RFC3339), grace.In(zone).Format(time.RFC3339))
	}
	if a.def().Holidays.On(slot.In(zone).Date()) {
		c.broken("I5", a.ID, slot, "message %s was released on a holiday", r.MessageID)
	}
}

// open: the campaign ran, and the recipient could be written to.
func (c *evidence) open(a *accountRow, r *releaseRow, recipient string) error {
	def, slot, zone := c.campaigns[r.CampaignID].def(), r.SlotAt.Time, a.zone()
	if !def.Start.IsZero() && slot.Before(def.Start.Start(zone)) {
		c.broken("I5", a.ID, slot, "message %s was released before campaign %s began", r.MessageID, def.Name)
	}
	if !def.End.IsZero() && !slot.Before(def.End.End(zone)) {
		c.broken("I5", a.ID, slot, "message %s was released after campaign %s ended", r.MessageID, def.Name)
	}
	if def.Hours == nil {
		return nil
	}
	if def.Hours.Zone == campaign.RecipientZone && recipient != "" {
		var err error
		if zone, err = time.LoadLocation(recipient); err != nil {
			return err
		}
	}
	if !def.Hours.Open(slot, zone) {
		c.broken("I5", a.ID, slot, "message %s was released outside the recipient's hours", r.MessageID)
	}
	return nil
}

// pauses is the rest of I5: nothing is released while its account or campaign
// is paused, by the log and by what is paused now.
func (c *evidence) pauses(ctx context.Context, x *tx) error {
	var rows []struct {
		At       Instant `db:"at"`
		Kind     string  `db:"kind"`
		Account  string  `db:"account"`
		Campaign string  `db:"campaign"`
	}
	err := x.all(ctx, &rows, `SELECT at, kind, account, campaign FROM events WHERE kind IN ('paused', 'resumed') ORDER BY id`)
	if err != nil {
		return err
	}
	pauses := map[string][]stretch{} // by "account name" and "campaign name"
	for _, r := range rows {
		key := "account " + r.Account
		if r.Account == "" {
			key = "campaign " + r.Campaign
		}
		list := pauses[key]
		switch {
		case r.Kind == "paused":
			pauses[key] = append(list, stretch{from: r.At.Time})
		case len(list) > 0 && list[len(list)-1].to.IsZero():
			list[len(list)-1].to = r.At.Time
		}
	}
	for i := range c.releases {
		r := &c.releases[i]
		a, camp, at := c.accounts[r.AccountID], c.campaigns[r.CampaignID], r.ReleasedAt.Time
		for key, since := range map[string]time.Time{"account " + a.Name: a.PausedAt.Time, "campaign " + camp.Name: camp.PausedAt.Time} {
			paused := !since.IsZero() && at.After(since)
			for _, p := range pauses[key] {
				paused = paused || at.After(p.from) && !p.to.IsZero() && at.Before(p.to)
			}
			if paused {
				c.broken("I5", a.ID, r.SlotAt.Time, "message %s was released while %s was paused", r.MessageID, key)
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
		if n := suppressed[r.PersonID]; n > 0 && r.ReleasedAt.After(rows[n-1].At.Time) {
			c.broken("I6", r.AccountID, r.SlotAt.Time, "message %s was released after the person's %s at %s", r.MessageID,
				rows[n-1].Kind, rows[n-1].At.Format(time.RFC3339))
		}
	}
	return nil
}
