package main

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) planCommand() *cobra.Command {
	var detailed, all bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what applying the campaigns file would change",
		Long: "Applies the campaigns file to a copy of the database and shows the difference:\n" +
			"+ new, ~ moved or changed, - cancelled or removed. Nothing of yours is changed.\n" +
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
	blocks := c.entryBlock(d.Entries, all)
	for rest := d.Messages; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Campaign == rest[0].Campaign {
			n++
		}
		blocks = append(blocks, c.campaignBlock(rest[:n], all))
		rest = rest[n:]
	}
	sum := fmt.Sprintf(last, d.Add, d.Move, d.Cancel)
	switch {
	case d.None():
		sum = "Nothing changes.\n" + sum
	case len(blocks) == 0:
		sum = "The file differs, but no message gets another place.\n" + sum
	}
	_, err := fmt.Fprint(c.stdout, strings.Join(append(blocks, sum), "\n"))
	return err
}

// entryBlock lists what differs beside messages, as a block of lines; none if
// nothing does.
func (c *cli) entryBlock(entries []app.EntryDiff, all bool) []string {
	var block strings.Builder
	targets := 0
	for _, e := range entries {
		if e.What == "target" {
			if targets++; targets > shownChanges && !all {
				continue
			}
		}
		line := e.Change + " " + e.What + " " + e.Name
		if e.Detail != "" {
			line += " (" + e.Detail + ")"
		}
		block.WriteString(inert(line) + "\n")
	}
	if more := targets - shownChanges; more > 0 && !all {
		fmt.Fprintf(&block, "- … and %s more (--all lists them)\n", count(more, "target"))
	}
	if block.Len() == 0 {
		return nil
	}
	return []string{block.String()}
}

// campaignBlock lists the changes of one campaign.
func (c *cli) campaignBlock(messages []app.MessageDiff, all bool) string {
	var block strings.Builder
	fmt.Fprintf(&block, "%s:\n", messages[0].Campaign)
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
			fmt.Fprintf(&block, "  %s\n", c.changeLine(&shown[i]))
		}
		if len(shown) < n {
			fmt.Fprintf(&block, "  %s … and %d more (--all lists them)\n", messages[0].Change, n-len(shown))
		}
		messages = messages[n:]
	}
	return block.String()
}

// changeLine is one message that changes. On a terminal that is too narrow
// the profile is left out, then the priority, and at last the name is cut.
func (c *cli) changeLine(m *app.MessageDiff) string {
	when, end := "without a slot yet  ", "" // as wide as an instant
	if m.At != nil {
		when = c.at(*m.At)
	}
	switch m.Change {
	case "-":
		when, end = "was "+c.before(m), ": "+m.Reason
	case "~":
		if m.At == nil || m.Was == nil || !m.At.Equal(*m.Was) {
			end = ", was " + c.before(m)
		}
	}
	line := inert(fmt.Sprintf("%s %s  %s  step %d %s  ", m.Change, when, m.Account, m.Step, m.Kind))
	priority := fmt.Sprintf("priority %d  ", m.Priority)
	name, profile := inert(m.Name), inert(" ("+m.Target+")")
	if width, terminal := c.terminal(); terminal {
		room := width - lipgloss.Width("  "+line+end)
		if lipgloss.Width(priority+name+profile) > room {
			profile = ""
		}
		if lipgloss.Width(priority)+leastLabel > room {
			priority = ""
		}
		name = cut(name, max(room-len(priority), leastLabel))
	}
	return line + priority + name + profile + end
}

// before is where a message that changes was.
func (c *cli) before(m *app.MessageDiff) string {
	if m.Was == nil {
		return "without a slot"
	}
	return c.when(*m.Was)
}
