package main

import (
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/limits"
	"outpace/store"
)

func (c *cli) usageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "usage",
		Short:   "Record what was sent by hand",
		Long:    "Records what a person sent from an account without outpace: it counts against the\nlimits like everything else.",
		Example: "  outpace usage record ada connect 3",
		Args:    cobra.ArbitraryArgs,
		RunE:    group,
	}
	cmd.AddCommand(c.usageRecordCommand())
	return cmd
}

func (c *cli) usageRecordCommand() *cobra.Command {
	var at, note string
	var noted bool
	var pending int
	cmd := &cobra.Command{
		Use:   "record ACCOUNT KIND [N]",
		Short: "Count messages that were sent by hand",
		Long: "Counts N (default 1) messages of a kind that were sent by hand: connect, message,\n" +
			"inmail, introduction, invitation or reminder. A negative N, behind --, takes back what\nwas recorded on the same day.\n\n" +
			"With --pending N and without a KIND it makes the number of unanswered connection\nrequests what the platform shows.",
		Example: "  outpace usage record ada connect 3\n  outpace usage record ada message 2 --at 2026-12-01T10:00:00+01:00\n" +
			"  outpace usage record ada connect -- -1\n  outpace usage record ada --pending 120",
		Args:              takes("ACCOUNT", "[KIND]", "[N]"),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("pending") {
				return c.recordPending(cmd, args, pending)
			}
			u := store.Usage{Noted: noted, N: 1, Note: note}
			if len(args) < 2 {
				return usage("KIND is missing")
			}
			var err error
			if u.Kind, err = limits.ParseKind(args[1]); err != nil {
				return &usageError{err: err}
			}
			if len(args) > 2 {
				if u.N, err = wholeNumber("N", args[2]); err != nil {
					return err
				}
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				zone, err := a.Zone(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if u.At, err = instant("--at", at, zone); err != nil {
					return err
				}
				if err := a.UsageRecord(cmd.Context(), now, args[0], u); err != nil {
					return err
				}
				return c.toldUsage(cmd, a, args[0], now)
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "when they were sent: an instant or a date (default now)")
	cmd.Flags().BoolVar(&noted, "noted", false, "connection requests with a note: they count against the month's number too")
	cmd.Flags().StringVar(&note, "note", "", "a note for whoever asks later")
	cmd.Flags().IntVar(&pending, "pending", 0, "how many connection requests are unanswered, as the platform shows it; nothing else is recorded")
	for _, other := range []string{"at", "noted", "note"} {
		cmd.MarkFlagsMutuallyExclusive("pending", other)
	}
	return cmd
}

// recordPending corrects how many connection requests are unanswered.
func (c *cli) recordPending(cmd *cobra.Command, args []string, n int) error {
	if len(args) > 1 {
		return usage("--pending corrects a number of the account: %q is one argument too many", args[1])
	}
	return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
		err := a.UsagePending(cmd.Context(), now, args[0], n)
		return c.told(err, struct {
			Account string `json:"account"`
			Pending int    `json:"pending"`
		}{args[0], n}, "%s: %s unanswered", args[0], count(n, "connection request"))
	})
}

// toldUsage says what an account has used and has left today.
func (c *cli) toldUsage(cmd *cobra.Command, a *app.App, account string, now time.Time) error {
	u, err := a.UsedToday(cmd.Context(), account, now)
	if err != nil {
		return err
	}
	return c.told(nil, u, "%s: %d of %s used today", account, u.UsedToday, orNone(u.CapToday))
}
