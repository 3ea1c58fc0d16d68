package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) pauseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "pause NAME...",
		Short: "Stop accounts or campaigns",
		Long: "Stops accounts or campaigns until `outpace resume`: nothing of theirs is\n" +
			"released, and open desk cards are recalled. A name that is both is told apart by\n" +
			"account:NAME or campaign:NAME.\n\n" +
			"Targets that have not begun go to the campaign's other accounts if it has\n" +
			"reassign: true. Nothing moves back with `outpace resume`.",
		Example:           "  outpace pause ada --reason holidays\n  outpace pause campaign:founders",
		Args:              takes("NAME..."),
		ValidArgsFunction: c.completeNames("account", "campaign"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, args, func(name string) (store.Paused, string, error) {
					p, err := a.Pause(cmd.Context(), now, name, reason)
					text := fmt.Sprintf("%s %s is paused", p.What, p.Name)
					if !p.Changed {
						text = fmt.Sprintf("%s %s was paused already", p.What, p.Name)
					}
					if p.Recalled > 0 {
						text += fmt.Sprintf("; %s recalled: do not send them", count(p.Recalled, "desk card"))
					}
					text += movedText(p.Moved)
					return p, text, err
				})
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever asks later")
	return cmd
}

// movedText says which account got targets of one that stands still.
func movedText(moved []store.Moved) (text string) {
	for _, m := range moved {
		text += fmt.Sprintf("; %s of %s moved to %s", count(m.Targets, "target"), m.Campaign, m.To)
	}
	return text
}

func (c *cli) retryCommand() *cobra.Command {
	type answer struct {
		Name    string `json:"name"`
		Retried int    `json:"retried"`
	}
	return &cobra.Command{
		Use:               "retry MESSAGE|CAMPAIGN...",
		Short:             "Queue failed messages again",
		Long:              "Queues failed messages again, with all their tries: one by its id or the beginning of\nit, or all of a campaign.",
		Example:           "  outpace retry 3f2a9c\n  outpace retry founders",
		Args:              takes("MESSAGE|CAMPAIGN..."),
		ValidArgsFunction: c.completeNames("campaign"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, args, func(name string) (answer, string, error) {
					n, err := a.Retry(cmd.Context(), now, name)
					return answer{name, n}, fmt.Sprintf("%s: %s queued again", name, count(n, "message")), err
				})
			})
		},
	}
}
