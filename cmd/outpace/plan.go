package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) planCommand() *cobra.Command {
	var detailed, all bool
	var problems string
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
			set, _, err := c.loadLeaving(cmd.Context(), problems)
			if err != nil {
				return err
			}
			p := c.progress("")
			d, err := app.Plan(cmd.Context(), c.dbPath(), set, now, app.ApplyOptions{Shown: c.shown(all), Progress: p.phase})
			p.done()
			if err != nil {
				return err
			}
			if err := c.printDifference(d, all, "Plan: %d to add, %d to move, %d to cancel.\n"); err != nil {
				return err
			}
			if err := partly(set); err != nil {
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
	cmd.Flags().StringVar(&problems, "problems", "", problemsUsage)
	return cmd
}

// shownChanges is how many messages of one campaign and kind of change are
// listed unless --all.
const shownChanges = 20

// shown is how many changes of a campaign and kind are asked for: 0 is all.
func (c *cli) shown(all bool) int {
	if all || c.machine() {
		return 0
	}
	return shownChanges
}

// printDifference prints what changes, and last the sum in a line of its own.
func (c *cli) printDifference(d *app.Difference, all bool, last string) error {
	for _, w := range d.Warnings {
		c.note("warning: %s", w)
	}
	if d.Lapsed > 0 {
		c.note("%s: the edit changes what was approved", count(d.Lapsed, "approval")+" lost")
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
		blocks = append(blocks, c.campaignBlock(d, rest[:n]))
		rest = rest[n:]
	}
	sum := leftOutLines(d.Skipped) + fmt.Sprintf(last, d.Add, d.Move, d.Cancel)
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
		switch {
		case e.Messages != nil:
			line += " (" + count(*e.Messages, "unsent message") + ")"
		case e.Detail != "":
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
func (c *cli) campaignBlock(d *app.Difference, messages []app.MessageDiff) string {
	var block strings.Builder
	fmt.Fprintf(&block, "%s:\n", messages[0].Campaign)
	for len(messages) > 0 {
		n := 1
		for n < len(messages) && messages[n].Change == messages[0].Change {
			n++
		}
		cols := c.changeColumns(messages[:n])
		for i := range messages[:n] {
			fmt.Fprintf(&block, "  %s\n", c.changeLine(&messages[i], cols))
		}
		if more := d.More(messages[0].Campaign, messages[0].Change); more > 0 {
			fmt.Fprintf(&block, "  %s … and %d more (--all lists them)\n", messages[0].Change, more)
		}
		messages = messages[n:]
	}
	return block.String()
}

// before is where a message that changes was.
func (c *cli) before(m *app.MessageDiff) string {
	if m.Was == nil {
		return "without a slot"
	}
	return c.when(*m.Was)
}
