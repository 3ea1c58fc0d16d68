package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) ceilingsCommand() *cobra.Command {
	type row = store.Ceiling
	cmd := &cobra.Command{
		Use:   "ceilings [ACCOUNT]",
		Short: "Show, or forget, daily caps learnt from the platform",
		Long: "Shows what accounts may send a day because the platform said \"daily limit reached\": the\n" +
			"number it let through is the cap for 7 days, then that rises by a tenth of the plan's\n" +
			"cap a day until it is the cap again.",
		Example:           "  outpace ceilings\n  outpace ceilings ada -o json\n  outpace ceilings forget ada",
		Args:              takes("[ACCOUNT]"),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			account := ""
			if len(args) > 0 {
				account = args[0]
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				all, err := a.Ceilings(cmd.Context(), now, account)
				if err != nil {
					return err
				}
				err = c.print(all, list(c, "", all,
					column[row]{"account", func(k row) string { return k.Account }, label},
					column[row]{"learnt", func(k row) string { return c.at(minute(k.At)) }, moment},
					column[row]{"count", func(k row) string { return strconv.Itoa(k.Count) }, number},
					column[row]{"now", func(k row) string { return ofCap(k.Now, k.Cap) }, number},
					column[row]{"rises from", func(k row) string { return c.at(minute(k.Until)) }, moment},
					column[row]{"over", func(k row) string { return c.at(minute(orZero(k.Over))) }, moment}))
				if err == nil && len(all) == 0 && !c.machine() {
					c.note("no ceiling was learnt")
				}
				return err
			})
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "forget ACCOUNT...",
		Short: "Let the cap be the plan's again",
		Long: "Forgets what was learnt of accounts: their caps are those of the plan and the file\n" +
			"again. What the platform holds stays held until its time is over.",
		Example:           "  outpace ceilings forget ada",
		Args:              takes("ACCOUNT..."),
		ValidArgsFunction: c.completeNames("account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			type answer struct {
				Account   string `json:"account"`
				Forgotten int64  `json:"forgotten"`
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, args, func(name string) (answer, string, error) {
					n, err := a.ForgetCeilings(cmd.Context(), now, name)
					return answer{name, n}, fmt.Sprintf("%s: %s forgotten", name, count(int(n), "ceiling")), err
				})
			})
		},
	})
	return cmd
}
