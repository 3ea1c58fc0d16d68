package app

import (
	"context"

	"outpace/store"
)

// Skipped is how many people of a campaign get nothing further, for one reason
// (docs/states.md).
type Skipped struct {
	Reason string `json:"reason"`
	People int    `json:"people"`
}

// LeftOut are the people of one campaign who get nothing further.
type LeftOut struct {
	Campaign string    `json:"campaign"`
	People   int       `json:"people"`
	Reasons  []Skipped `json:"reasons"` // most people first
}

// leftOut answers who gets nothing further, campaign by campaign.
func (a *App) leftOut(ctx context.Context) ([]LeftOut, error) {
	campaigns, err := a.Store.Skipped(ctx)
	list := make([]LeftOut, len(campaigns))
	for i, c := range campaigns {
		list[i] = LeftOut{Campaign: c.Campaign, Reasons: skippedOf(c.Skipped)}
		for _, s := range c.Skipped {
			list[i].People += s.People
		}
	}
	return list, err
}

func skippedOf(list []store.Skipped) []Skipped {
	out := make([]Skipped, len(list))
	for i, s := range list {
		out[i] = Skipped(s)
	}
	return out
}
