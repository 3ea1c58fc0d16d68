package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) previewCommand() *cobra.Command {
	q := store.PreviewQuery{}
	cmd := &cobra.Command{
		Use:   "preview CAMPAIGN",
		Short: "Show the texts of messages before they go",
		Long: "Shows the messages of a campaign that have not been released, with their texts as they\n" +
			"would go now: in the order of its targets, then of the steps. Of a step with `else`\n" +
			"the text that goes stands first, below it the other one. Of a campaign with\n" +
			"`approve: true` it says which are approved.",
		Example:           "  outpace preview founders\n  outpace preview founders --step intro --limit 3\n  outpace preview founders --target linkedin.com/in/example-grace -o json",
		Args:              takes("CAMPAIGN"),
		ValidArgsFunction: c.completeNames("campaign"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.Campaign = strings.TrimPrefix(args[0], "campaign:"); q.Limit < 0 {
				return usage("--limit: %d is below 0", q.Limit)
			}
			return c.with(cmd.Context(), func(a *app.App, _ time.Time) error { return c.preview(cmd, a, q) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Step, "step", "", "only the messages of this step")
	f.StringVar(&q.Person, "target", "", "only this person's: a profile address, or a message")
	f.IntVar(&q.Limit, "limit", 20, "at most so many; 0 for all")
	return cmd
}

func (c *cli) preview(cmd *cobra.Command, a *app.App, q store.PreviewQuery) error {
	asked := q.Limit
	if asked > 0 {
		q.Limit++ // to know whether there are more
	}
	list, err := a.Preview(cmd.Context(), q)
	if err != nil {
		return err
	}
	more := asked > 0 && len(list) > asked
	if more {
		list = list[:asked]
	}
	switch {
	case c.machine():
		err = c.print(list, listing{items: list})
	case len(list) == 0:
		c.note("nothing of it waits to be sent")
	default:
		err = c.printPreviews(list)
	}
	if err == nil && more {
		c.note("the first %d; --limit 0 shows all", asked)
	}
	return err
}

func (c *cli) printPreviews(list []store.Preview) error {
	for i := range list {
		p := &list[i]
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		fmt.Fprintf(c.stdout, "%s  %s to %s\n%s\n", p.ID, p.Goes, who(p.Name, p.Target), p.Target)
		where := fmt.Sprintf("campaign %s, step %d (%s), account %s", p.Campaign, p.Step, p.StepName, p.Account)
		if p.At != nil {
			where += ", " + c.when(minute(*p.At))
		}
		fmt.Fprintln(c.stdout, c.folded(inert(where+c.approval(p))))
		c.printTexts(p)
	}
	return nil
}

// printTexts writes first the text that goes, then the other one of its step.
func (c *cli) printTexts(p *store.Preview) {
	switch {
	case p.Else == nil:
		c.printText(&p.Text)
	case p.Goes == p.Else.Kind && p.Goes != p.Kind:
		c.printText(p.Else)
		fmt.Fprintf(c.stdout, "as %s it would say:\n", p.Kind)
		c.printText(&p.Text)
	default:
		c.printText(&p.Text)
		fmt.Fprintf(c.stdout, "else %s:\n", p.Else.Kind)
		c.printText(p.Else)
	}
}

// approval says how a message of a campaign that asks for approval stands.
func (c *cli) approval(p *store.Preview) string {
	switch {
	case p.Approval == "":
		return ""
	case p.ApprovedAt == nil:
		return ", not approved"
	case p.ApprovedBy == "":
		return ", approved " + c.when(minute(*p.ApprovedAt))
	}
	return fmt.Sprintf(", approved %s by %s", c.when(minute(*p.ApprovedAt)), p.ApprovedBy)
}

// printText writes a text as it goes, set off by two blanks.
func (c *cli) printText(t *store.Text) {
	if t.Subject == "" && t.Body == "" {
		fmt.Fprintln(c.stdout, "  (no text)")
		return
	}
	if t.Subject != "" {
		fmt.Fprintf(c.stdout, "  Subject: %s\n", inert(t.Subject))
	}
	for line := range strings.Lines(t.Body) {
		fmt.Fprintf(c.stdout, "  %s\n", inert(strings.TrimRight(line, "\r\n")))
	}
}
