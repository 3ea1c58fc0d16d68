package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/campaign"
	"outpace/sim"
)

func (c *cli) simulateCommand() *cobra.Command {
	var o sim.Options
	var from string
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run the campaigns on a virtual clock",
		Long: "Runs the real dispatcher over a database of its own on a virtual clock: no channel is\n" +
			"called and nothing of yours is written. With --db it starts from a copy of that\n" +
			"database. The rates are probabilities from 0 to 1; the same seed gives the same run,\n" +
			"byte for byte. What somebody does about a release is drawn from the seed and that\n" +
			"release alone: other campaigns and accounts do not change it. Accepting and declining\n" +
			"come within 5 days, replies and opt-outs within 3, or all within --reaction-delay; who\n" +
			"declines does not reply to the same message, and who opted out says no more.\n" +
			"The table sums up each day and account; -o jsonl has a line for each release.\n" +
			"Exit code 1: a promise was broken.",
		Example: "  outpace simulate --days 30\n  outpace simulate --from 2026-12-01 --days 60 --accept-rate 0.3 --decline-rate 0.1 --reply-rate 0.1 --opt-out-rate 0.02 --seed 7 -o jsonl",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkSimulation(&o); err != nil {
				return err
			}
			set, _, err := c.load(cmd.Context())
			if err != nil {
				return err
			}
			if o.From, err = c.simulationStart(from, set); err != nil {
				return err
			}
			return c.simulate(cmd.Context(), set, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "first instant, or date in the zone of the first account (default now)")
	f.IntVar(&o.Days, "days", 30, "how many times 24 hours")
	rateFlags(f, &o)
	f.Float64Var(&o.FailRate, "fail-rate", 0, "of releases that certainly fail")
	return cmd
}

// mostDays is the longest simulation: ten years.
const mostDays = 3660

func checkSimulation(o *sim.Options) error {
	if o.Days < 1 || o.Days > mostDays {
		return usage("--days: %d is not from 1 to %d", o.Days, mostDays)
	}
	return checkRates(o)
}

func (c *cli) simulationStart(from string, set *campaign.Set) (time.Time, error) {
	zone := time.UTC
	if len(set.Accounts) > 0 {
		zone = set.Accounts[0].Zone.Loc()
	}
	if from == "" {
		now, err := c.now()
		return now.In(zone), err
	}
	return instant("--from", from, zone)
}

func (c *cli) simulate(ctx context.Context, set *campaign.Set, o sim.Options) (err error) {
	a, drop, err := app.Copy(ctx, c.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	p := c.progress("simulating days")
	days := days{}
	var events []any
	sum, err := sim.Run(ctx, a.Store, set, o, func(e sim.Event) error {
		p.step(int(e.At.Sub(o.From).Hours()/24), o.Days)
		switch c.output {
		case "jsonl":
			return c.printJSON(e, "")
		case "json":
			events = append(events, e)
		default:
			days.add(&e)
		}
		return nil
	})
	p.done()
	if err != nil {
		return err
	}
	if err := c.printSimulation(sum, events, days); err != nil {
		return err
	}
	if sum.Violations > 0 {
		return &codeError{exitError, fmt.Errorf("%s: this is a bug of outpace", count(sum.Violations, "broken promise"))}
	}
	return nil
}

func (c *cli) printSimulation(sum sim.Summary, events []any, days days) error {
	switch c.output {
	case "jsonl":
		return c.printJSON(sum, "")
	case "json":
		return c.print(append(events, sum))
	}
	rows := days.sorted()
	if len(rows) > 0 || c.machine() {
		err := c.print(rows, list(c, "", rows,
			column[simDay]{"date", func(d simDay) string { return d.Date }, plain},
			column[simDay]{"account", func(d simDay) string { return d.Account }, label},
			column[simDay]{"released", func(d simDay) string { return strconv.Itoa(d.Releases) }, number},
			column[simDay]{"inmails", func(d simDay) string { return strconv.Itoa(d.InMails) }, number},
			column[simDay]{"today", func(d simDay) string { return ofCap(d.Used, d.Cap) }, number},
			column[simDay]{"credits", func(d simDay) string { return orNone(d.Credits) }, number},
			column[simDay]{"accepted", func(d simDay) string { return strconv.Itoa(d.Accepted) }, number | rare},
			column[simDay]{"declined", func(d simDay) string { return strconv.Itoa(d.Declined) }, number | rare},
			column[simDay]{"replied", func(d simDay) string { return strconv.Itoa(d.Replied) }, number | rare},
			column[simDay]{"opted out", func(d simDay) string { return strconv.Itoa(d.OptedOut) }, number | rare},
			column[simDay]{"failed", func(d simDay) string { return strconv.Itoa(d.Failed) }, number | rare}))
		if err != nil || c.machine() {
			return err
		}
	}
	_, err := fmt.Fprintf(c.stdout, "\n%s, %s of them; %s left in the queue; %s\n", count(sum.Releases, "release"),
		count(sum.InMails, "InMail"), count(sum.Queued, "message"), count(sum.Violations, "violation"))
	return err
}

// simDay is one account's day of a simulation.
type simDay struct {
	Date     string `json:"date"` // in the account's zone
	Account  string `json:"account"`
	Releases int    `json:"releases"`
	InMails  int    `json:"inmails"`
	Used     int    `json:"used_today"`
	Cap      *int   `json:"cap_today"`    // null: nothing was released
	Credits  *int   `json:"credits_left"` // null: nothing told it
	Accepted int    `json:"accepted"`
	Replied  int    `json:"replied"`
	Failed   int    `json:"failed"`
	Declined int    `json:"declined"`
	OptedOut int    `json:"opted_out"`
}

// days are the days of a simulation by date and account.
type days map[[2]string]*simDay

func (ds days) add(e *sim.Event) {
	key := [2]string{e.At.Format(time.DateOnly), e.Account}
	d := ds[key]
	if d == nil {
		d = &simDay{Date: key[0], Account: key[1]}
		ds[key] = d
	}
	if e.CreditsLeft != nil {
		d.Credits = e.CreditsLeft
	}
	switch e.Event {
	case "released":
		d.Releases++
		d.Used, d.Cap = max(d.Used, *e.UsedToday), e.CapToday
		if e.Kind.String() == "inmail" {
			d.InMails++
		}
	case "accepted":
		d.Accepted++
	case "declined":
		d.Declined++
	case "replied":
		d.Replied++
	case "opted_out":
		d.OptedOut++
	case "failed":
		d.Failed++
	}
}

func (ds days) sorted() []simDay {
	rows := make([]simDay, 0, len(ds))
	for _, d := range ds {
		rows = append(rows, *d)
	}
	slices.SortFunc(rows, func(a, b simDay) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Account, b.Account))
	})
	return rows
}
