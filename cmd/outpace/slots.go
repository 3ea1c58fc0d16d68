package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) slotsCommand() *cobra.Command {
	var q app.SlotQuery
	var from, to string
	cmd := &cobra.Command{
		Use:   "slots",
		Short: "List which message goes when",
		Long: "Lists the scheduled messages, soonest first: the next 14 days are planned ahead.\n" +
			"With --from, also what was released since then. Dates begin at midnight in the\nzone of --account, else of the first account.",
		Example: "  outpace slots\n  outpace slots --account ada --limit 5\n  outpace slots --from 2026-12-01 --to 2026-12-02 -o csv",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Limit < 0 {
				return usage("--limit: %d is below 0", q.Limit)
			}
			return c.with(cmd.Context(), func(a *app.App, _ time.Time) error {
				zone, err := a.Zone(cmd.Context(), q.Account)
				if err != nil {
					return err
				}
				if q.From, err = instant("--from", from, zone); err != nil {
					return err
				}
				if q.To, err = instant("--to", to, zone); err != nil {
					return err
				}
				return c.printSlots(cmd, a, q)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Account, "account", "", "only this account's")
	f.StringVar(&q.Campaign, "campaign", "", "only this campaign's")
	f.StringVar(&from, "from", "", "not before this date or instant")
	f.StringVar(&to, "to", "", "before this date or instant")
	f.IntVar(&q.Limit, "limit", 0, "at most so many; 0 for all (tables: 50 unless told)")
	return cmd
}

// tableRows is how many slots a table shows unless told.
const tableRows = 50

func (c *cli) printSlots(cmd *cobra.Command, a *app.App, q app.SlotQuery) error {
	cut := !c.machine() && !cmd.Flags().Changed("limit")
	if cut {
		q.Limit = tableRows + 1
	}
	slots, err := a.Slots(cmd.Context(), q)
	if err != nil {
		return err
	}
	if cut = cut && len(slots) > tableRows; cut {
		slots = slots[:tableRows]
	}
	if len(slots) == 0 && !c.machine() {
		c.note("nothing is scheduled")
		return nil
	}
	if err := c.print(slots, slotTable(c, slots)); err != nil {
		return err
	}
	if cut {
		c.note("the first %d; --limit 0 shows all", tableRows)
	}
	return nil
}

func slotTable(c *cli, slots []app.Slot) listing {
	state := wide // all say the same
	if slices.ContainsFunc(slots, func(s app.Slot) bool { return s.State != slots[0].State }) {
		state = plain
	}
	return list(c, "", slots,
		column[app.Slot]{"at", func(s app.Slot) string { return c.at(s.At) }, moment},
		column[app.Slot]{"account", func(s app.Slot) string { return s.Account }, label},
		column[app.Slot]{"campaign", func(s app.Slot) string { return s.Campaign }, spare},
		column[app.Slot]{"name", func(s app.Slot) string { return who(s.Name, s.Target) }, label},
		column[app.Slot]{"target", func(s app.Slot) string { return s.Target }, wide},
		column[app.Slot]{"step", func(s app.Slot) string { return strconv.Itoa(s.Step) }, number | spare},
		column[app.Slot]{"kind", func(s app.Slot) string { return s.Kind.String() }, plain},
		column[app.Slot]{"prio", func(s app.Slot) string { return strconv.Itoa(s.Priority) }, number | spare},
		column[app.Slot]{"state", func(s app.Slot) string { return s.State }, state},
		column[app.Slot]{"held", func(s app.Slot) string { return s.Held.String() }, plain},
		column[app.Slot]{"id", func(s app.Slot) string { return s.ID }, wide})
}
