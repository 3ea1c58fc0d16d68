package campaign

import (
	"maps"
	"slices"
	"time"
)

// checkHours warns of a campaign's hours that no slot of an account meets. at
// is where the hours stand, zones are the recipients'.
func (l *loader) checkHours(c *Campaign, at Pos, accounts []*Account, zones map[string]Pos) {
	if c.Hours == nil || c.Hours.Days == 0 || c.Hours.From >= c.Hours.To {
		return
	}
	for _, a := range accounts {
		if len(a.Slots) > 0 && !meets(a, c.Hours, a.Zone.Loc()) {
			l.warn(at, "no slot of account %s lies within these hours, on its own clock", a.Name)
		}
		if c.Hours.Zone != RecipientZone || len(a.Slots) == 0 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(zones)) {
			zone, err := ParseZone(name)
			if err == nil && !meets(a, c.Hours, zone.Loc()) {
				l.warn(at, "no slot of account %s lies within these hours in %s (like the target at %s)", a.Name, name, zones[name])
			}
		}
	}
}

// meets says whether any slot of the account lies within the hours. It looks
// at a fixed year and a half, which sees both sides of daylight saving, and
// jumps from slot to opening to slot.
func meets(a *Account, h *Hours, zone *time.Location) bool {
	until := cronEpoch.AddDate(1, 6, 0)
	for _, slots := range a.Slots {
		at := cronEpoch
		for range 2000 {
			slot := slots.Next(at.Add(-time.Nanosecond), a.Zone.Loc())
			if slot.IsZero() || slot.After(until) {
				break
			}
			if at = h.Next(slot, zone); at.Equal(slot) {
				return true
			}
			if at.IsZero() {
				break
			}
		}
	}
	return false
}
