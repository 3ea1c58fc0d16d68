package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/limits"
	"outpace/scheduler"
)

func (c *cli) whyCommand() *cobra.Command {
	var campaign string
	cmd := &cobra.Command{
		Use:   "why MESSAGE|PROFILE",
		Short: "Explain why a message goes when it goes",
		Long: "Shows every rule that was asked about a message: whether it allowed it, from which\n" +
			"slot on it does, which rule decided, and what would make it earlier. For a message\n" +
			"that was released or cancelled, what happened. Of a profile, the next message is meant.",
		Example: "  outpace why 3f2a9c\n  outpace why https://www.linkedin.com/in/example-grace --campaign founders",
		Args:    takes("MESSAGE|PROFILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				w, err := a.Why(cmd.Context(), args[0], campaign, now)
				if err != nil {
					return err
				}
				if c.machine() {
					return c.print(w, listing{items: w.Rules})
				}
				return c.printWhy(w)
			})
		},
	}
	cmd.Flags().StringVar(&campaign, "campaign", "", "of the profile's messages, this campaign's")
	return cmd
}

func (c *cli) printWhy(w *app.Why) error {
	fmt.Fprintf(c.stdout, "%s  %s to %s\n%s\n", w.ID, w.Kind, who(w.Name, w.Target), w.Target)
	fmt.Fprintln(c.stdout, c.folded(fmt.Sprintf("campaign %s, step %d, priority %d, account %s", w.Campaign, w.Step, w.Priority, orDash(w.Account))))
	fmt.Fprintf(c.stdout, "\n%s\n", c.headline(w))
	if len(w.Rules) > 0 {
		fmt.Fprintln(c.stdout)
		err := c.printTable(list(c, "", w.Rules,
			column[scheduler.Rule]{"rule", func(r scheduler.Rule) string { return r.Held.String() }, plain},
			column[scheduler.Rule]{"pass", func(r scheduler.Rule) string { return pass(r, w) }, plain},
			column[scheduler.Rule]{"allows from", func(r scheduler.Rule) string { return c.at(minute(r.From)) }, moment},
			column[scheduler.Rule]{"detail", func(r scheduler.Rule) string { return c.clocked(r.Detail, w.Zone) }, prose}))
		if err != nil {
			return err
		}
	}
	if w.Remedy != "" {
		fmt.Fprintf(c.stdout, "\n%s\n", c.folded("earlier with: "+w.Remedy))
	}
	if len(w.History) > 0 {
		fmt.Fprintln(c.stdout)
		err := c.printTable(list(c, "", w.History,
			column[app.Happened]{"at", func(h app.Happened) string { return c.at(minute(h.At.In(w.Zone))) }, moment},
			column[app.Happened]{"what", func(h app.Happened) string { return h.What }, plain},
			column[app.Happened]{"detail", func(h app.Happened) string { return c.clocked(h.Detail, w.Zone) }, prose | rare}))
		if err != nil {
			return err
		}
	}
	if len(w.OtherMessages) > 0 {
		others := make([]string, len(w.OtherMessages))
		for i, o := range w.OtherMessages {
			others[i] = fmt.Sprintf("%s (%s, step %d, account %s, %s)", o.ID, o.Campaign, o.Step, orDash(o.Account), o.State)
		}
		c.remark("other messages to this person: %s", strings.Join(others, "; "))
	}
	return nil
}

// headline is the whole answer in one line.
func (c *cli) headline(w *app.Why) string {
	switch {
	case w.State == "cancelled":
		return "cancelled: " + w.Reason
	case w.State == "scheduled":
		return fmt.Sprintf("scheduled for %s; %s", c.when(minute(orZero(w.At))), decider(w.Held))
	case w.State == "queued" && w.At != nil:
		return fmt.Sprintf("queued, expected about %s; decided by: %s", c.when(minute(orZero(w.At))), w.Held)
	case w.State == "queued":
		return fmt.Sprintf("queued, without a slot; held by: %s", w.Held)
	}
	return fmt.Sprintf("%s, for the slot of %s", w.State, c.when(minute(orZero(w.At))))
}

// decider is the rule that gave a message its slot, in words.
func decider(h limits.Held) string {
	if h == limits.Ready {
		return "nothing held it back"
	}
	return "decided by: " + h.String()
}

// pass says whether a rule allowed the message at once, and marks the one that
// decided.
func pass(r scheduler.Rule, w *app.Why) string {
	text := "no"
	if r.OK {
		text = "yes"
	}
	if r.Held == w.Held {
		text += " <- decided"
	}
	return text
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
