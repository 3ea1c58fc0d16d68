package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) planCommand() *cobra.Command {
	var detailed, all bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what applying the campaigns file would change",
		Long: "Applies the campaigns file to a copy of the database and shows the difference:\n" +
			"+ new, ~ moved or changed, - cancelled. Nothing of yours is changed.\n" +
			"Without a database it shows the first plan.",
		Example: "  outpace plan\n  outpace plan --all\n  outpace plan --detailed-exitcode   # 2: there are changes",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := c.now()
			if err != nil {
				return err
			}
			set, _, err := c.load()
			if err != nil {
				return err
			}
			p := c.progress("planning accounts")
			d, err := app.Plan(cmd.Context(), c.dbPath(), set, now, p.step)
			p.done()
			if err != nil {
				return err
			}
			if err := c.printDifference(d, all, "Plan: %d to add, %d to move, %d to cancel.\n"); err != nil {
				return err
			}
			if detailed && !d.None() {
				return &codeError{code: exitChanges}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if there are changes")
	cmd.Flags().BoolVar(&all, "all", false, "list every message, not only the first of each kind")
	return cmd
}

// shownChanges is how many messages of one campaign and kind of change are
// listed unless --all.
const shownChanges = 20

// printDifference prints what changes, and last the sum in a line of its own.
func (c *cli) printDifference(d *app.Difference, all bool, last string) error {
	for _, w := range d.Warnings {
		c.note("warning: %s", w)
	}
	if c.machine() {
		return c.print(d, list[app.MessageDiff](c, "", d.Messages))
	}
	for _, e := range d.Entries {
		fmt.Fprintf(c.stdout, "%s %s %s\n", e.Change, e.What, e.Name)
	}
	for len(d.Messages) > 0 {
		n := 1
		for n < len(d.Messages) && d.Messages[n].Campaign == d.Messages[0].Campaign {
			n++
		}
		if err := c.printCampaign(d.Messages[:n], all); err != nil {
			return err
		}
		d.Messages = d.Messages[n:]
	}
	if d.None() {
		fmt.Fprintln(c.stdout, "Nothing changes.")
	}
	_, err := fmt.Fprintf(c.stdout, last, d.Add, d.Move, d.Cancel)
	return err
}

// printCampaign lists the changes of one campaign.
func (c *cli) printCampaign(messages []app.MessageDiff, all bool) error {
	fmt.Fprintf(c.stdout, "\n%s:\n", messages[0].Campaign)
	for len(messages) > 0 {
		n := 1
		for n < len(messages) && messages[n].Change == messages[0].Change {
			n++
		}
		shown := messages[:n]
		if !all && n > shownChanges {
			shown = shown[:shownChanges]
		}
		for i := range shown {
			if _, err := fmt.Fprintf(c.stdout, "  %s\n", inert(changeLine(&shown[i]))); err != nil {
				return err
			}
		}
		if len(shown) < n {
			fmt.Fprintf(c.stdout, "  %s … and %d more (--all lists them)\n", messages[0].Change, n-len(shown))
		}
		messages = messages[n:]
	}
	fmt.Fprintln(c.stdout)
	return nil
}

// changeLine is one message that changes.
func changeLine(m *app.MessageDiff) string {
	when := "without a slot yet"
	switch {
	case m.Change == "-":
		when = "was " + before(m)
	case m.At != nil:
		when = clock(*m.At)
	}
	line := fmt.Sprintf("%s %s  %s  step %d %s  priority %d  %s (%s)",
		m.Change, when, m.Account, m.Step, m.Kind, m.Priority, m.Name, m.Target)
	switch {
	case m.Change == "-":
		line += ": " + m.Reason
	case m.Change == "~":
		line += ", was " + before(m)
	}
	return line
}

func before(m *app.MessageDiff) string {
	if m.Was == nil {
		return "without a slot"
	}
	return clock(*m.Was)
}
