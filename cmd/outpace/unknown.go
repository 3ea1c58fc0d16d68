package main

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) unknownCommand() *cobra.Command {
	var account string
	var accepted bool
	cmd := &cobra.Command{
		Use:   "unknown",
		Short: "List the messages nobody can tell of whether they were sent",
		Long: "Lists the messages of unknown effect, the oldest first, with all that is known: each\n" +
			"keeps its unit and credit, and nothing more goes to its person until somebody looks at\n" +
			"the platform and says what became of it (`outpace resolve`).\n\n" +
			"With --accepted also those a channel has accepted and not reported yet.",
		Example: "  outpace unknown\n  outpace unknown -o json\n  outpace resolve 3f2a9c sent",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				list, err := a.Questions(cmd.Context(), now, account, accepted)
				if err != nil {
					return err
				}
				if err := c.print(list, questionTable(c, list, accepted)); err != nil || c.machine() {
					return err
				}
				if len(list) == 0 {
					c.note("nothing is unknown")
				} else {
					c.remark("look at the platform, then: outpace resolve ID... sent|not-sent")
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "only this account's")
	cmd.Flags().BoolVar(&accepted, "accepted", false, "also what a channel has accepted and not reported yet")
	return cmd
}

// questionTable shows the state only where there may be two: a terminal of 80
// columns has no room for it beside the whole id, which resolve wants.
func questionTable(c *cli, list0 []store.Question, accepted bool) listing {
	type row = store.Question
	state := wide
	if accepted {
		state = plain
	}
	return list(c, "", list0,
		column[row]{"id", func(q row) string { return q.ID }, plain},
		column[row]{"state", func(q row) string { return q.State }, state},
		column[row]{"account", func(q row) string { return q.Account }, label | spare},
		column[row]{"campaign", func(q row) string { return q.Campaign }, wide},
		column[row]{"name", func(q row) string { return q.Name }, label},
		column[row]{"profile", func(q row) string { return q.Target }, wide},
		column[row]{"step", func(q row) string { return strconv.Itoa(q.Step) }, wide},
		column[row]{"kind", func(q row) string { return q.Kind.String() }, spare},
		column[row]{"slot", func(q row) string { return c.at(q.SlotAt) }, wide},
		column[row]{"released", func(q row) string { return c.at(minute(q.ReleasedAt)) }, moment | spare},
		column[row]{"for", func(q row) string { return lasting(time.Duration(q.ForSeconds) * time.Second) }, plain},
		column[row]{"channel", func(q row) string { return q.Channel }, label | spare},
		column[row]{"key", func(q row) string { return q.Key }, wide},
		column[row]{"detail", func(q row) string { return q.Detail }, label | prose})
}

// lasting is how long something has been so, in its largest unit.
func lasting(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return count(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/time.Minute), "minute")
}

// resolutions are what `outpace resolve` may be told.
var resolutions = map[string]store.AnswerKind{
	"sent": store.AnswerSent, "not-sent": store.AnswerNotSent, "skip": store.AnswerSkip,
}

func (c *cli) resolveCommand() *cobra.Command {
	var f answerFlags
	cmd := &cobra.Command{
		Use:   "resolve MESSAGE... sent|not-sent|skip",
		Short: "Say what became of messages nobody could tell of",
		Long: "Settles messages of unknown effect, and those a channel has accepted without a report:\n" +
			"\"sent\" keeps the unit and the credit, and the sequence goes on; \"not-sent\" gives both\n" +
			"back and tries again later; with \"skip\" it was not sent and shall not be.\n\n" +
			"A MESSAGE is its id or the beginning of it; - reads them from stdin. `outpace event`\n" +
			"with the id of such a message (a reply to it, say) settles it as sent.",
		Example: "  outpace resolve 3f2a9c sent\n  outpace resolve 3f2a9c 77b0e1 not-sent --note \"not in the outbox\"\n" +
			"  outpace unknown -o csv | cut -d, -f1 | tail -n +2 | outpace resolve - not-sent",
		Args: takes("MESSAGE...", "sent|not-sent|skip"),
		RunE: func(cmd *cobra.Command, args []string) error {
			last := args[len(args)-1]
			kind, known := resolutions[last]
			if !known {
				return usage("%q is not an answer: say sent, not-sent or skip behind the messages", last)
			}
			return c.answer(cmd, args[:len(args)-1], kind, &f)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"sent", "not-sent", "skip"}, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVar(&f.note, "note", "", "a note for whoever asks later")
	cmd.Flags().StringVar(&f.at, "at", "", "when it was sent: an instant or a date (default: at its slot)")
	c.verdictFlags(cmd, &f)
	return cmd
}
