package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/limits"
)

func (c *cli) creditsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "credits [ACCOUNT]",
		Short: "Show, add or correct InMail credits",
		Long: "Shows an account's InMail credits: what is left, when they come and expire, and\n" +
			"every change. Without an account, the balance of each.",
		Example:           "  outpace credits ada\n  outpace credits add ada 10\n  outpace credits set ada 12",
		Args:              takes("[ACCOUNT]"),
		ValidArgsFunction: c.completeNames("account"),
		RunE:              c.showCredits,
	}
	cmd.AddCommand(&cobra.Command{
		Use: "show [ACCOUNT]", Short: "Show an account's credits",
		Long:    "Shows an account's InMail credits, like `credits ACCOUNT`.",
		Example: "  outpace credits show ada -o json", Args: takes("[ACCOUNT]"),
		ValidArgsFunction: c.completeNames("account"), RunE: c.showCredits,
	}, c.creditsAddCommand(), c.creditsSetCommand())
	return cmd
}

func (c *cli) showCredits(cmd *cobra.Command, args []string) error {
	return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
		if len(args) > 0 {
			credits, err := a.Credits(cmd.Context(), args[0], now)
			if err != nil {
				return err
			}
			return c.printCredits(credits)
		}
		defs, err := a.AccountDefs(cmd.Context())
		if err != nil {
			return err
		}
		all := []app.Credits{}
		for _, def := range defs {
			credits, err := a.Credits(cmd.Context(), def.Name, now)
			if err != nil {
				return err
			}
			all = append(all, *credits)
		}
		return c.print(all, list(c, "", all,
			column[app.Credits]{"account", func(k app.Credits) string { return k.Account }, label},
			column[app.Credits]{"balance", func(k app.Credits) string { return strconv.Itoa(k.Balance) }, number},
			column[app.Credits]{"refresh", func(k app.Credits) string { return c.at(orZero(k.NextRefresh)) }, moment},
			column[app.Credits]{"expiry", func(k app.Credits) string { return c.at(orZero(k.NextExpiry)) }, moment},
			column[app.Credits]{"expiring", func(k app.Credits) string { return strconv.Itoa(k.Expiring) }, number}))
	})
}

func (c *cli) printCredits(k *app.Credits) error {
	if !c.machine() && k.NextRefresh == nil && len(k.Lots)+len(k.Entries) == 0 {
		_, err := fmt.Fprintf(c.stdout, "%s has no InMail credits, and its plan brings none\n", k.Account)
		return err
	}
	if !c.machine() {
		fmt.Fprintf(c.stdout, "%s has %s; next refresh %s\n\n", k.Account, count(k.Balance, "credit"), c.when(orZero(k.NextRefresh)))
	}
	return c.print(k,
		list(c, "Lots", k.Lots,
			column[limits.Lot]{"granted", func(l limits.Lot) string { return c.at(minute(l.GrantedAt)) }, moment},
			column[limits.Lot]{"expires", func(l limits.Lot) string { return c.at(minute(l.ExpiresAt)) }, moment},
			column[limits.Lot]{"amount", func(l limits.Lot) string { return strconv.Itoa(l.Amount) }, number},
			column[limits.Lot]{"left", func(l limits.Lot) string { return strconv.Itoa(l.Left) }, number},
			column[limits.Lot]{"source", func(l limits.Lot) string { return string(l.Source) }, plain}),
		list(c, "Changes", k.Entries,
			column[app.CreditEntry]{"at", func(e app.CreditEntry) string { return c.at(minute(e.At)) }, moment},
			column[app.CreditEntry]{"change", func(e app.CreditEntry) string { return fmt.Sprintf("%+d", e.Change) }, number},
			column[app.CreditEntry]{"balance", func(e app.CreditEntry) string { return strconv.Itoa(e.Balance) }, number},
			column[app.CreditEntry]{"reason", func(e app.CreditEntry) string { return e.Reason }, prose},
			column[app.CreditEntry]{"message", func(e app.CreditEntry) string { return e.Message }, rare}))
}

func (c *cli) creditsAddCommand() *cobra.Command {
	var expires string
	cmd := &cobra.Command{
		Use:               "add ACCOUNT N",
		Short:             "Record a pack of credits that was bought",
		Long:              "Records a pack of N InMail credits: usable at once, a lot of its own. It expires on the\nsame date of the next year unless --expires tells.",
		Example:           "  outpace credits add ada 10\n  outpace credits add ada 10 --expires 2027-06-30",
		Args:              takes("ACCOUNT", "N"),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := wholeNumber("N", args[1])
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				zone, err := a.Zone(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				at, err := instant("--expires", expires, zone)
				if err != nil {
					return err
				}
				left, err := a.CreditsAdd(cmd.Context(), now, args[0], n, at)
				return c.told(err, balance{args[0], left}, "%s has %s now", args[0], count(left, "credit"))
			})
		},
	}
	cmd.Flags().StringVar(&expires, "expires", "", "date or instant at which they expire")
	return cmd
}

func (c *cli) creditsSetCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "set ACCOUNT N",
		Short:             "Record the balance the platform shows",
		Long:              "Makes the balance what the platform itself shows: that always beats our own number.",
		Example:           "  outpace credits set ada 12",
		Args:              takes("ACCOUNT", "N"),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := wholeNumber("N", args[1])
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				left, err := a.CreditsSet(cmd.Context(), now, args[0], n)
				return c.told(err, balance{args[0], left}, "%s has %s now", args[0], count(left, "credit"))
			})
		},
	}
}

// balance is the answer to a change of credits.
type balance struct {
	Account string `json:"account"`
	Balance int    `json:"balance"`
}

// told prints the answer to something that was done: value for programs, a
// sentence for people. An err is passed on.
func (c *cli) told(err error, value any, format string, args ...any) error {
	if err != nil {
		return err
	}
	if c.machine() && c.output != "csv" {
		return c.print(value)
	}
	_, err = fmt.Fprintf(c.stdout, format+"\n", args...)
	return err
}
