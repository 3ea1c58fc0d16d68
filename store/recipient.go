package store

import (
	"time"

	"outpace/campaign"
)

// recipientZone is the zone in which a campaign's hours are read for a
// recipient of the zone told (” for none).
func recipientZone(c *campaign.Campaign, told string, account *time.Location) (*time.Location, error) {
	if c.Hours == nil || c.Hours.Zone != campaign.RecipientZone || told == "" {
		return account, nil
	}
	return time.LoadLocation(told)
}

// restsAt says whether the date is a public holiday of the recipient's country,
// and the campaign heeds that: its hours are the recipient's.
func restsAt(c *campaign.Campaign, country string, date func() (int, time.Month, int)) bool {
	if c.Hours == nil || c.Hours.Zone != campaign.RecipientZone || country == "" {
		return false
	}
	return campaign.CountryHolidays(country).On(date())
}
