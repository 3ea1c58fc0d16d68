package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

// exports are the lists export knows.
var exports = []string{"slots", "messages", "releases", "events"}

func (c *cli) exportCommand() *cobra.Command {
	var q app.ExportQuery
	var from, to string
	cmd := &cobra.Command{
		Use:   "export " + strings.Join(exports, "|"),
		Short: "Write slots, messages, releases or events as CSV or JSON",
		Long: "Writes a whole list for another program: slots (what is scheduled), messages (all, in\n" +
			"every state), releases (what was handed over, with its text) or events (the log). CSV\n" +
			"unless -o says json or jsonl; cells a spreadsheet would take for a formula begin with '.",
		Example:   "  outpace export releases > releases.csv\n  outpace export messages --campaign founders -o jsonl",
		Args:      takes("slots|messages|releases|events"),
		ValidArgs: exports,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("output") {
				c.output = "csv"
			}
			if !c.machine() {
				return usage("export writes -o csv, json or jsonl")
			}
			if err := oneOf("export", args[0], exports); err != nil {
				return err
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
				return c.export(cmd, a, args[0], q)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Account, "account", "", "only this account's")
	f.StringVar(&q.Campaign, "campaign", "", "only this campaign's")
	f.StringVar(&from, "from", "", "not before this date or instant")
	f.StringVar(&to, "to", "", "before this date or instant")
	return cmd
}

func (c *cli) export(cmd *cobra.Command, a *app.App, what string, q app.ExportQuery) error {
	ctx := cmd.Context()
	switch what {
	case "slots":
		return dump(c, func() ([]app.Slot, error) { return a.Slots(ctx, app.SlotQuery(q)) })
	case "messages":
		return dump(c, func() ([]app.Message, error) { return a.AllMessages(ctx, q) })
	case "releases":
		return dump(c, func() ([]store.ReleaseInfo, error) {
			return a.Releases(ctx, store.ReleaseQuery{Account: q.Account, Campaign: q.Campaign, From: q.From, To: q.To})
		})
	}
	return dump(c, func() ([]store.LogEntry, error) {
		return a.Log(ctx, store.LogQuery{Account: q.Account, Campaign: q.Campaign, From: q.From, To: q.To})
	})
}

// dump prints a list as it is.
func dump[T any](c *cli, read func() ([]T, error)) error {
	items, err := read()
	if err != nil {
		return err
	}
	return c.print(items, listing{items: items})
}
