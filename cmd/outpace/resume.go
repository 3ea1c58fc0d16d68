package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

// channelPrefix tells a channel's name apart from those of accounts and
// campaigns.
const channelPrefix = "channel:"

func (c *cli) resumeCommand() *cobra.Command {
	var names []string
	var clock bool
	cmd := &cobra.Command{
		Use:   "resume [NAME...]",
		Short: "Let accounts, campaigns, channels or everything go on",
		Long: "Ends a pause. For an account it also lifts what only a person may lift: its channel, if\n" +
			"that is off, and the platform's \"restricted\" and \"too many pending\". A channel goes on\n" +
			"for all accounts that use it, also before the time at which it would be tried again.\n\n" +
			"With --clock alone it says that this machine's clock is right, though it was set ahead\n" +
			"while the daemon ran or lies behind what has happened: everything is planned anew from\n" +
			"now on.",
		Example:           "  outpace resume ada\n  outpace resume ada founders\n  outpace resume --channel crm\n  outpace resume --clock",
		Args:              takes("[NAME...]"),
		ValidArgsFunction: c.completeNames("account", "campaign"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range names {
				args = append(args, channelPrefix+name)
			}
			switch {
			case clock && len(args) > 0:
				return usage("--clock lets everything go on: it takes no names")
			case clock:
				return c.resumeClock(cmd.Context())
			case len(args) == 0:
				return usage("NAME is missing")
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, args, func(name string) (store.Paused, string, error) {
					p, err := resume(cmd, a, now, name)
					return p, resumed(p), err
				})
			})
		},
	}
	cmd.Flags().BoolVar(&clock, "clock", false, "this machine's clock is right: go on from now")
	cmd.Flags().StringArrayVar(&names, "channel", nil, "a channel that is off: the accounts that use it go on")
	_ = cmd.RegisterFlagCompletionFunc("channel", c.completeNames("channel")) // fails only if registered twice
	return cmd
}

func resume(cmd *cobra.Command, a *app.App, now time.Time, name string) (store.Paused, error) {
	if channel, is := strings.CutPrefix(name, channelPrefix); is {
		return a.ResumeChannel(cmd.Context(), now, channel)
	}
	return a.Resume(cmd.Context(), now, name)
}

// resumed says what a resume did.
func resumed(p store.Paused) string {
	text := fmt.Sprintf("%s %s goes on", p.What, p.Name)
	switch {
	case !p.Changed && p.What == "channel":
		text = fmt.Sprintf("channel %s was not off", p.Name)
	case !p.Changed:
		text = fmt.Sprintf("%s %s was not paused", p.What, p.Name)
	case p.What != "channel" && len(p.Lifted) > 0:
		text += " (lifted: " + strings.Join(p.Lifted, ", ") + ")"
	}
	if p.Recalled > 0 {
		text += fmt.Sprintf("; %s may be sent again", count(p.Recalled, "desk card"))
	}
	return text + movedText(p.Moved)
}
