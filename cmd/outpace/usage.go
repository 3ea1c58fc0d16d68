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
	cmd.AddCommand(c.usageRecordCommand(), c.usagePendingCommand())
	return cmd
}

func (c *cli) usageRecordCommand() *cobra.Command {
	var at, note string
	var noted bool
	cmd := &cobra.Command{
		Use:   "record ACCOUNT KIND [N]",
		Short: "Count messages that were sent by hand",
		Long: "Counts N (default 1) messages of a kind that were sent by hand: connect, message,\n" +
			"inmail, introduction, invitation or reminder. A negative N, behind --, takes back what\nwas recorded on the same day.",
		Example:           "  outpace usage record ada connect 3\n  outpace usage record ada message 2 --at 2026-12-01T10:00:00+01:00\n  outpace usage record ada connect -- -1",
		Args:              takes("ACCOUNT", "KIND", "[N]"),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := limits.ParseKind(args[1])
			if err != nil {
				return &usageError{err: err}
			}
			n := 1
			if len(args) > 2 {
				if n, err = wholeNumber("N", args[2]); err != nil {
					return err
				}
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				zone, err := a.Zone(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				when, err := instant("--at", at, zone)
				if err != nil {
					return err
				}
				if err := a.UsageRecord(cmd.Context(), now, args[0], store.Usage{Kind: kind, Noted: noted, N: n, At: when, Note: note}); err != nil {
					return err
				}
				return c.toldUsage(cmd, a, args[0], now)
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "when they were sent: an instant or a date (default now)")
	cmd.Flags().BoolVar(&noted, "noted", false, "connection requests with a note: they count against the month's number too")
	cmd.Flags().StringVar(&note, "note", "", "a note for whoever asks later")
	return cmd
}

func (c *cli) usagePendingCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "pending ACCOUNT N",
		Short:             "Correct how many connection requests are unanswered",
		Long:              "Makes the number of unanswered connection requests what the platform shows.",
		Example:           "  outpace usage pending ada 120",
		Args:              takes("ACCOUNT", "N"),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := wholeNumber("N", args[1])
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				err := a.UsagePending(cmd.Context(), now, args[0], n)
				return c.told(err, struct {
					Account string `json:"account"`
					Pending int    `json:"pending"`
				}{args[0], n}, "%s: %s unanswered", args[0], count(n, "connection request"))
			})
		},
	}
}

// toldUsage says what an account has used and has left today.
func (c *cli) toldUsage(cmd *cobra.Command, a *app.App, account string, now time.Time) error {
	u, err := a.UsedToday(cmd.Context(), account, now)
	if err != nil {
		return err
	}
	return c.told(nil, u, "%s: %d of %s used today", account, u.UsedToday, orNone(u.CapToday))
}
