package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/sim"
)

// aheadDays is how far a forecast with reactions looks.
const aheadDays = 365

// reactedForecast is a forecast with what reactions would make of it. It is printed
// only if rates were given, so that nothing else changes.
type reactedForecast struct {
	*app.Forecast
	WithReactions *sim.Prospect `json:"with_reactions"`
}

// askedReactions says whether a rate was given, and refuses what does not go
// together with one.
func askedReactions(cmd *cobra.Command, o *sim.Options) (bool, error) {
	asked := ""
	for _, rate := range rates {
		if cmd.Flags().Changed(rate) {
			asked = "--" + rate
		}
	}
	if asked == "" {
		for _, flag := range []string{"seed", "reaction-delay"} {
			if cmd.Flags().Changed(flag) {
				return false, usage("--%s: nobody reacts without a rate, such as --reply-rate", flag)
			}
		}
		return false, nil
	}
	for _, flag := range []string{"plan", "cap", "pack", "slots"} {
		if cmd.Flags().Changed(flag) {
			return false, usage("%s: reactions are simulated on what is in force: leave out --%s", asked, flag)
		}
	}
	return true, checkRates(o)
}

// withReactions runs ahead what the plain forecast has told.
func (c *cli) withReactions(ctx context.Context, f *app.Forecast, o sim.Options, until, now time.Time, zone *time.Location) (*reactedForecast, error) {
	o.From, o.Days, o.Until = now, aheadDays, until
	p := c.progress("simulating days")
	with, err := sim.Ahead(ctx, c.dbPath(), f, o, p.step)
	p.done()
	if err != nil {
		return nil, err
	}
	with.From, with.Until = with.From.In(zone), with.Until.In(zone)
	return &reactedForecast{f, with}, nil
}

// The two cases of a forecast with reactions.
const (
	asPlanned   = "as planned"
	whenReacted = "with reactions"
)

type accountCase struct {
	Account string `json:"account"`
	Case    string `json:"case"` // as planned, with reactions
	sim.AccountOutcome
}

type campaignCase struct {
	Campaign string `json:"campaign"`
	Case     string `json:"case"`
	sim.CampaignOutcome
}

// reactionTables show both cases one below the other.
func reactionTables(c *cli, p *sim.Prospect) []listing {
	var accounts []accountCase
	for _, a := range p.Accounts {
		accounts = append(accounts, accountCase{a.Account, asPlanned, a.AsPlanned}, accountCase{a.Account, whenReacted, a.WithReactions})
	}
	var campaigns []campaignCase
	for _, a := range p.Campaigns {
		campaigns = append(campaigns, campaignCase{a.Campaign, asPlanned, a.AsPlanned}, campaignCase{a.Campaign, whenReacted, a.WithReactions})
	}
	return []listing{
		list(c, "", accounts,
			column[accountCase]{"account", func(r accountCase) string { return r.Account }, label},
			column[accountCase]{"case", func(r accountCase) string { return r.Case }, plain},
			column[accountCase]{"messages", func(r accountCase) string { return strconv.Itoa(r.Messages) }, number},
			column[accountCase]{"inmails", func(r accountCase) string { return strconv.Itoa(r.InMails) }, number | rare},
			column[accountCase]{"credits used", func(r accountCase) string { return strconv.Itoa(r.CreditsUsed) }, number | rare},
			column[accountCase]{"refunded", func(r accountCase) string { return strconv.Itoa(r.CreditsRefunded) }, number | rare},
			column[accountCase]{"credits left", func(r accountCase) string { return strconv.Itoa(r.CreditsLeft) }, number | rare},
			column[accountCase]{"last message", func(r accountCase) string { return c.at(orZero(r.FinishesAt)) }, moment}),
		list(c, "", campaigns,
			column[campaignCase]{"campaign", func(r campaignCase) string { return r.Campaign }, label},
			column[campaignCase]{"case", func(r campaignCase) string { return r.Case }, plain},
			column[campaignCase]{"messages", func(r campaignCase) string { return strconv.Itoa(r.Messages) }, number},
			column[campaignCase]{"accepted", func(r campaignCase) string { return strconv.Itoa(r.Accepted) }, number | rare | spare},
			column[campaignCase]{"declined", func(r campaignCase) string { return strconv.Itoa(r.Declined) }, number | rare | spare},
			column[campaignCase]{"replied", func(r campaignCase) string { return strconv.Itoa(r.Replied) }, number | rare | spare},
			column[campaignCase]{"opted out", func(r campaignCase) string { return strconv.Itoa(r.OptedOut) }, number | rare | spare},
			column[campaignCase]{"last message", func(r campaignCase) string { return c.at(orZero(r.FinishesAt)) }, moment}),
	}
}

// boundOf says how far the simulation went.
func (c *cli) boundOf(p *sim.Prospect) string {
	text := fmt.Sprintf("With reactions (seed %d): simulated until %s", p.Seed, c.when(minute(p.Until)))
	if p.Left > 0 {
		return text + fmt.Sprintf("; %s without a slot by then.", count(p.Left, "message"))
	}
	return text + ", when nothing is left to send."
}
