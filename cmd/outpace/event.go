package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

// eventHelp says what each kind of event does.
var eventHelp = map[string]string{
	store.Reply:          "The person replied: every sequence with them ends.\nWith --auto it is an automatic reply, which ends nothing. Answering an InMail\nwithin 90 days gives its credit back, where the plan says so.",
	store.AcceptedBy:     "The person accepted: they are a connection now, and what waited for that goes on.",
	store.Declined:       "The person declined: every sequence with them ends.",
	store.OptOut:         "The person wants no more: nothing is ever sent to them again, from any account.",
	store.Bounced:        "Nobody is there: nothing is ever sent to this profile again.",
	store.Withdrawn:      "The connection request was withdrawn: it is not pending any more; no new one for 21 days.",
	store.CreditReturned: "The platform gave the credit of an InMail back.",
}

func (c *cli) eventCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "event",
		Short: "Record what people did: replied, accepted, opted out …",
		Long: "Records what people, or the platform, did. What follows from it, such as messages that\n" +
			"must not be sent any more, is done when the command returns. The same event twice is\nonce. A PERSON is a profile address, or a message's id or the beginning of it; - reads\nthem from stdin, one a line.",
		Example: "  outpace event reply https://www.linkedin.com/in/example-grace\n  outpace event opt_out https://www.linkedin.com/in/example-alan --note \"asked by mail\"\n  outpace event import replies.csv",
		Args:    cobra.ArbitraryArgs,
		RunE:    group,
	}
	for _, kind := range store.ReactionKinds {
		cmd.AddCommand(c.eventKindCommand(kind))
	}
	cmd.AddCommand(c.eventImportCommand())
	return cmd
}

func (c *cli) eventKindCommand(kind string) *cobra.Command {
	r := store.Reaction{Kind: kind}
	var at string
	cmd := &cobra.Command{
		Use:     kind + " PERSON...",
		Short:   strings.TrimSuffix(strings.SplitN(eventHelp[kind], ": ", 2)[0], "."),
		Long:    eventHelp[kind],
		Example: "  outpace event " + kind + " https://www.linkedin.com/in/example-grace\n  outpace event " + kind + " 3f2a9c --at 2026-12-01T10:00:00+01:00",
		Args:    takes("PERSON..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				zone, err := a.Zone(cmd.Context(), r.Account)
				if err != nil {
					return err
				}
				if r.At, err = instant("--at", at, zone); err != nil {
					return err
				}
				return each(c, args, func(person string) (store.Reacted, string, error) {
					r := r
					r.Person = person
					out, err := a.React(cmd.Context(), now, r)
					return out, kind + ": " + reacted(out), err
				})
			})
		},
	}
	if dashed := strings.ReplaceAll(kind, "_", "-"); dashed != kind {
		cmd.Aliases = []string{dashed}
	}
	f := cmd.Flags()
	f.StringVar(&at, "at", "", "when it happened: an instant or a date (default now)")
	f.StringVar(&r.Account, "account", "", "whose message it answers (default whichever it is)")
	f.StringVar(&r.Note, "note", "", "a note for whoever asks later")
	f.StringVar(&r.ID, "id", "", "an id of yours: the same id twice is one event")
	if kind == store.Reply {
		f.BoolVar(&r.Auto, "auto", false, "an automatic reply: it ends nothing, but gives the credit of an InMail back where the plan says so")
	}
	return cmd
}

// reacted says what an event did.
func reacted(r store.Reacted) string {
	if r.Again {
		return r.Profile + " (known already, nothing done)"
	}
	text := r.Profile
	for _, n := range []struct {
		n            int
		noun, became string
	}{
		{r.Cancelled, "message", "cancelled"}, {r.Stopped, "sequence", "ended"},
		{r.Recalled, "desk card", "recalled: do not send"}, {r.Refunded, "credit", "back"},
		{r.Resolved, "message", "is known to be sent now"},
	} {
		if n.n > 0 {
			text += fmt.Sprintf("; %s %s", count(n.n, n.noun), n.became)
		}
	}
	return text
}
