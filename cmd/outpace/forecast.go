package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/limits"
	"outpace/sim"
)

func (c *cli) forecastCommand() *cobra.Command {
	var q app.ForecastQuery
	var o sim.Options
	var until string
	var slots bool
	cmd := &cobra.Command{
		Use:   "forecast",
		Short: "Show when everything will be sent, and what would change that",
		Long: "Plans every account as far as its queue goes, in memory: every release succeeds and\n" +
			"nobody reacts. It tells when campaigns finish, which InMails wait for lack of credit,\n" +
			"on how many days the cap delays work, and what another plan, another cap or a pack of\n" +
			"credits would change. What finishes is what has a slot: it ignores what waits until\nsomebody accepts, and the steps behind that; they are counted as without slot.\n" +
			"With rates it also runs a copy of the database ahead with reactions drawn as `simulate`\n" +
			"draws them, until nothing can be sent any more, for 365 days at most, and shows\n" +
			"messages, finish and credits as planned and with reactions.",
		Example: "  outpace forecast\n  outpace forecast --plan bob=premium-business\n  outpace forecast --cap ada=60 --pack ada=10\n  outpace forecast --slots -o csv\n  outpace forecast --accept-rate 0.3 --reply-rate 0.1",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			reactions, err := askedReactions(cmd, &o)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				zone, err := a.Zone(cmd.Context(), "")
				if err != nil {
					return err
				}
				if q.Until, err = instant("--until", until, zone); err != nil {
					return err
				}
				f, err := a.Forecast(cmd.Context(), q, now)
				if err != nil {
					return err
				}
				switch {
				case slots:
					return c.print(f.Slots, slotTable(c, f.Slots))
				case !reactions:
					return c.printForecast(f, nil)
				}
				with, err := c.withReactions(cmd.Context(), f, o, q.Until, now, zone)
				if err != nil {
					return err
				}
				return c.printForecast(f, with)
			})
		},
	}
	f := cmd.Flags()
	f.StringToStringVar(&q.Plan, "plan", nil, "ACCOUNT=PLAN: another plan")
	f.StringToIntVar(&q.Cap, "cap", nil, "ACCOUNT=N: another daily cap")
	f.StringToIntVar(&q.Pack, "pack", nil, "ACCOUNT=N: a pack of N InMail credits, bought now")
	f.StringVar(&until, "until", "", "look no further than this date or instant (default three years)")
	f.BoolVar(&slots, "slots", false, "list every slot, as `outpace slots` does")
	rateFlags(f, &o)
	return cmd
}

// asIs is the case in which nothing else is assumed.
const asIs = "as is"

// outlookRow is one line of the forecast's table.
type outlookRow struct {
	Account string `json:"account"`
	Case    string `json:"case"` // as is, what if
	app.Outlook
}

// printForecast prints a forecast and, unless it is nil, what reactions would
// make of it.
func (c *cli) printForecast(f *app.Forecast, with *reactedForecast) error {
	var rows []outlookRow
	for _, a := range f.Accounts {
		rows = append(rows, outlookRow{a.Account, asIs, a.AsIs})
		if a.WhatIf != nil {
			rows = append(rows, outlookRow{a.Account, "what if", *a.WhatIf})
		}
	}
	var all any = f
	tables := []listing{outlookTable(c, rows), forecastTable(c, f.Campaigns)}
	if with != nil {
		all, tables = with, append(tables, reactionTables(c, with.WithReactions)...)
	}
	if err := c.print(all, tables...); err != nil || c.machine() {
		return err
	}
	for _, a := range f.Accounts {
		for _, line := range c.sentences(&a) {
			if _, err := fmt.Fprintln(c.stdout, c.folded(line)); err != nil {
				return err
			}
		}
	}
	if with == nil {
		return nil
	}
	_, err := fmt.Fprintln(c.stdout, c.folded("\n"+c.boundOf(with.WithReactions)))
	return err
}

func outlookTable(c *cli, rows []outlookRow) listing {
	asked := wide // whether something else was assumed of any account
	if slices.ContainsFunc(rows, func(r outlookRow) bool { return r.Case != asIs }) {
		asked = plain
	}
	return list(c, "", rows,
		column[outlookRow]{"account", func(r outlookRow) string { return r.Account }, label},
		column[outlookRow]{"case", func(r outlookRow) string { return r.Case }, asked},
		column[outlookRow]{"plan", func(r outlookRow) string { return r.Plan }, spare},
		column[outlookRow]{"cap", func(r outlookRow) string { return orNone(r.DailyCap) }, number},
		column[outlookRow]{"credits/month", func(r outlookRow) string { return strconv.Itoa(r.CreditsAMonth) }, number | spare},
		column[outlookRow]{"messages", func(r outlookRow) string { return strconv.Itoa(r.Messages) }, number},
		column[outlookRow]{"inmails", func(r outlookRow) string { return strconv.Itoa(r.InMails) }, number},
		column[outlookRow]{"a day", func(r outlookRow) string { return strconv.FormatFloat(r.MessagesADay, 'f', 1, 64) }, number | spare},
		column[outlookRow]{"capped days", func(r outlookRow) string { return strconv.Itoa(r.CappedDays) }, number | spare},
		column[outlookRow]{"without slot", func(r outlookRow) string { return strconv.Itoa(r.WithoutSlot) }, number | useful},
		column[outlookRow]{"finishes", func(r outlookRow) string { return c.at(orZero(r.FinishesAt)) }, moment})
}

func forecastTable(c *cli, campaigns []app.CampaignForecast) listing {
	type row = app.CampaignForecast
	return list(c, "", campaigns,
		column[row]{"campaign", func(r row) string { return r.Campaign }, label},
		column[row]{"account", func(r row) string { return r.Account }, label},
		column[row]{"messages", func(r row) string { return strconv.Itoa(r.Messages) }, number},
		column[row]{"without slot", func(r row) string { return strconv.Itoa(r.WithoutSlot) }, number | spare},
		column[row]{"finishes", func(r row) string { return c.at(orZero(r.FinishesAt)) }, moment})
}

// sentences are what one account's forecast tells beside the tables.
func (c *cli) sentences(a *app.AccountForecast) (lines []string) {
	say := func(format string, args ...any) {
		lines = append(lines, "\n"+a.Account+": "+fmt.Sprintf(format, args...))
	}
	is := &a.AsIs
	for _, d := range is.Delays {
		text := ""
		if d.PackDays > 0 {
			text = fmt.Sprintf("; a pack of %d would bring these forward by %s", app.PackSize, count(d.PackDays, "day"))
		}
		say("lack of credit delays %s until the refresh of %s%s", count(d.InMails, "InMail"), d.Refresh.Format(time.DateOnly), text)
	}
	for _, by := range is.CappedBy {
		say("%s delays work on %s", capInWords(is, &by), count(by.Days, "day"))
	}
	if a.WhatIf != nil {
		say("%s", c.compared(is, a.WhatIf))
	}
	return lines
}

// capInWords names a cap that delays work.
func capInWords(o *app.Outlook, by *app.CapDays) string {
	switch by.Reason {
	case limits.HeldWarmUp:
		return "the warm-up"
	case limits.HeldKindCap:
		return "the cap a day of " + by.Kind
	case limits.HeldWeeklyCap:
		return "the cap a week of " + by.Kind
	case limits.HeldMonthlyCap:
		return "the cap a month of connection requests with a note"
	}
	return fmt.Sprintf("the cap of %s a day", orNone(o.DailyCap))
}

// compared says what would be different.
func (c *cli) compared(is, would *app.Outlook) string {
	text := "on " + would.Plan
	if orNone(is.DailyCap) != orNone(would.DailyCap) {
		text += fmt.Sprintf(", %s messages a day instead of %s", orNone(would.DailyCap), orNone(is.DailyCap))
		if is.DailyCap != nil && would.DailyCap != nil && *is.DailyCap > 0 {
			text += fmt.Sprintf(" (%.1f times)", float64(*would.DailyCap)/float64(*is.DailyCap))
		}
	}
	if would.CreditsAMonth != is.CreditsAMonth {
		text += fmt.Sprintf("; %d InMail credits a month instead of %d", would.CreditsAMonth, is.CreditsAMonth)
	}
	was, end := c.when(orZero(is.FinishesAt)), c.when(orZero(would.FinishesAt))
	if was == end {
		text += "; finishes " + end + ", as now"
	} else {
		text += fmt.Sprintf("; finishes %s instead of %s", end, was)
	}
	if would.USDAMonth > 0 {
		text += fmt.Sprintf("; about %d USD a month", would.USDAMonth)
	}
	return text
}
