package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) approveCommand() *cobra.Command {
	var o store.ApproveOptions
	cmd := &cobra.Command{
		Use:   "approve CAMPAIGN|MESSAGE...",
		Short: "Let messages go whose texts you have read",
		Long: "Approves the texts of a campaign with `approve: true`: of all its messages that are\n" +
			"queued now, or of one message by its id or the beginning of it. `outpace preview` shows\n" +
			"the texts. Targets that come later need an approval of their own, and an edit that\n" +
			"changes a text takes its approval back. A - reads names from stdin, one a line.",
		Example:           "  outpace approve founders\n  outpace approve founders --step intro\n  outpace approve 3f2a9c 81b07d\n  outpace approve founders --revoke",
		Args:              takes("CAMPAIGN|MESSAGE..."),
		ValidArgsFunction: c.completeNames("campaign"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("by") {
				o.By = c.env("USER")
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, args, func(name string) (store.Approval, string, error) {
					done, err := a.Approve(cmd.Context(), now, name, o)
					return done, approvedText(done, o.Revoke), err
				})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Step, "step", "", "only the messages of this step")
	f.BoolVar(&o.Revoke, "revoke", false, "take approvals back")
	f.StringVar(&o.By, "by", "", "who approves, for whoever asks later (default $USER)")
	return cmd
}

func approvedText(a store.Approval, revoked bool) string {
	what := "approved"
	if revoked {
		what = "not approved any more"
	}
	text := fmt.Sprintf("%s: %s %s", a.Name, count(a.Messages, "message"), what)
	if a.Waiting > 0 {
		text += fmt.Sprintf("; %d of %s wait to be approved", a.Waiting, a.Campaign)
	}
	return text
}
