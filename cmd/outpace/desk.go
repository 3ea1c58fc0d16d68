package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) deskCommand() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use:   "desk",
		Short: "See what you are to send, and report what you sent",
		Long: "The desk is where messages are handed to a person. Each card is one message to send\n" +
			"now; answer it, because an open card counts against every limit. Where a campaign says\n" +
			"withdraw_after, a card may also be a connection request to take back: \"sent\" says that\n" +
			"it is withdrawn, \"skip\" that it stays.",
		Example: "  outpace desk\n  outpace desk show 3f2a9c\n  outpace desk sent 3f2a9c",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return group(cmd, args)
			}
			return c.listDesk(cmd, account)
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "only this account's")
	cmd.AddCommand(c.deskListCommand(), c.deskShowCommand(), c.deskNotSentCommand(),
		c.deskAnswerCommand("sent MESSAGE...", store.AnswerSent, "It was sent", "It was sent, now or --at an instant.", "--at 2026-12-01T10:02:00+01:00"),
		c.deskAnswerCommand("skip MESSAGE...", store.AnswerSkip, "It was not sent and shall not be", "It was not sent and shall not be: the sequence goes on with the next step.", "--note \"met in person\""),
		c.deskAnswerCommand("already-connected MESSAGE...", store.AnswerConnected, "The person is a connection already", "It was not sent: the person is a connection already.", ""),
		c.deskAnswerCommand("inmail-refused MESSAGE...", store.AnswerInMailRefused, "The person takes no InMail", "It was not sent: the person takes no InMail. The message fails, its credit comes back.", ""),
		c.deskAnswerCommand("profile-gone MESSAGE...", store.AnswerProfileGone, "Nobody is there", "It was not sent: the profile is gone. Nothing is sent to it any more.", ""),
		c.deskUndoCommand())
	return cmd
}

func (c *cli) deskListCommand() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the open cards",
		Long:    "Lists the messages that wait for you, the longest due first.",
		Example: "  outpace desk list --account ada\n  outpace desk list -o json",
		Args:    takes(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listDesk(cmd, account) },
	}
	cmd.Flags().StringVar(&account, "account", "", "only this account's")
	return cmd
}

func (c *cli) listDesk(cmd *cobra.Command, account string) error {
	return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
		cards, err := a.DeskCards(cmd.Context(), now, account)
		if err != nil {
			return err
		}
		if len(cards) == 0 && !c.machine() {
			c.note("the desk is empty")
			return nil
		}
		return c.print(cards, list(c, "", cards,
			column[store.Card]{"id", func(k store.Card) string { return k.ID[:8] }, plain},
			column[store.Card]{"due", func(k store.Card) string { return c.at(k.Due) }, moment},
			column[store.Card]{"account", func(k store.Card) string { return k.Account }, label},
			column[store.Card]{"kind", func(k store.Card) string { return k.Kind.String() }, spare},
			column[store.Card]{"task", func(k store.Card) string { return k.Task }, wide},
			column[store.Card]{"name", func(k store.Card) string { return who(k.Name, k.Target) }, label},
			column[store.Card]{"profile", func(k store.Card) string { return k.Target }, spare},
			column[store.Card]{"campaign", func(k store.Card) string { return k.Campaign }, wide},
			column[store.Card]{"step", func(k store.Card) string { return strconv.Itoa(k.Step) }, wide},
			column[store.Card]{"note", cardNote, rare}))
	})
}

// cardNote is what a person must know before sending.
func cardNote(k store.Card) string {
	switch {
	case k.Recalled:
		return "do not send; did you?"
	case k.InDoubt:
		return "look first: sent already?"
	case k.Task == store.TaskWithdraw && k.Late:
		return "withdraw the request (late)"
	case k.Task == store.TaskWithdraw:
		return "withdraw the request"
	case k.Late:
		return "late"
	}
	return ""
}

func (c *cli) deskShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show [MESSAGE]",
		Short:   "Show a card with its text",
		Long:    "Shows one card with the text to send: the one whose id begins so, else the longest due.",
		Example: "  outpace desk show\n  outpace desk show 3f2a9c",
		Args:    takes("[MESSAGE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id := ""
			if len(args) > 0 {
				id = args[0]
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				card, err := a.DeskCard(cmd.Context(), now, id)
				if err != nil {
					return err
				}
				if c.machine() {
					return c.print(card, listing{items: []store.Card{*card}})
				}
				return c.printCard(card)
			})
		},
	}
}

func (c *cli) printCard(k *store.Card) error {
	if k.Task == store.TaskWithdraw {
		return c.printWithdrawal(k)
	}
	fmt.Fprintf(c.stdout, "%s  %s to %s\n%s\n", k.ID, k.Kind, who(k.Name, k.Target), k.Target)
	fmt.Fprintln(c.stdout, c.folded(fmt.Sprintf("from %s, due %s, campaign %s, step %d", k.Account, c.when(k.Due), k.Campaign, k.Step)))
	if note := cardNote(*k); note != "" {
		fmt.Fprintf(c.stdout, "%s\n", note)
	}
	if k.InDoubt {
		fmt.Fprintln(c.stdout, c.folded("The database was put back from a backup: look first whether this was sent, then answer \"sent\" or \"not-sent\"."))
	}
	if k.Subject != "" {
		fmt.Fprintf(c.stdout, "\nSubject: %s\n", inert(k.Subject))
	}
	if k.Body == "" {
		_, err := fmt.Fprintln(c.stdout, "\n(without a note)")
		return err
	}
	_, err := fmt.Fprintf(c.stdout, "\n%s\n", inertText(k.Body))
	return err
}

// printWithdrawal is a card without a text: what to do stands first.
func (c *cli) printWithdrawal(k *store.Card) error {
	fmt.Fprintf(c.stdout, "%s  withdraw the connection request to %s\n%s\n", k.ID, who(k.Name, k.Target), k.Target)
	fmt.Fprintln(c.stdout, c.folded(fmt.Sprintf("from %s, due %s, campaign %s, step %d", k.Account, c.when(k.Due), k.Campaign, k.Step)))
	_, err := fmt.Fprintln(c.stdout, "\nNobody answered it. When it is withdrawn, answer \"sent\"; \"skip\" leaves it.")
	return err
}

// answerFlags are what a person may add to an answer.
type answerFlags struct{ at, until, verdict, note string }

func (f *answerFlags) answer(kind store.AnswerKind, zone *time.Location) (store.Answer, error) {
	a := store.Answer{Kind: kind, Verdict: f.verdict, Note: f.note}
	var err error
	if a.At, err = instant("--at", f.at, zone); err == nil {
		a.Until, err = instant("--until", f.until, zone)
	}
	return a, err
}

// deskAnswerCommand is one answer as a verb; example is what may stand behind
// the message.
func (c *cli) deskAnswerCommand(use string, kind store.AnswerKind, short, long, example string) *cobra.Command {
	var f answerFlags
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  long + "\n\nA MESSAGE is its id or the beginning of it; - reads them from stdin.",
		Args:  takes("MESSAGE..."),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.answer(cmd, args, kind, &f) },
	}
	name := cmd.Name()
	cmd.Example = "  outpace desk " + name + " 3f2a9c"
	if example != "" {
		cmd.Example += "\n  outpace desk " + name + " 3f2a9c " + example
	}
	cmd.Flags().StringVar(&f.note, "note", "", "a note for whoever asks later")
	if kind == store.AnswerSent {
		cmd.Flags().StringVar(&f.at, "at", "", "when it was sent: an instant or a date (default now)")
		c.verdictFlags(cmd, &f)
	}
	return cmd
}

// verdictFlags are for what the platform said beside an answer.
func (c *cli) verdictFlags(cmd *cobra.Command, f *answerFlags) {
	cmd.Flags().StringVar(&f.verdict, "verdict", "", "what the platform said: daily_limit, weekly_invitation_limit, note_quota, too_many_pending, no_credit, inmail_policy, cannot_resend_yet, restricted, throttled")
	cmd.Flags().StringVar(&f.until, "until", "", "how long it said so: an instant or a date")
}

func (c *cli) deskNotSentCommand() *cobra.Command {
	var f answerFlags
	var connected, refused, gone bool
	cmd := &cobra.Command{
		Use:   "not-sent MESSAGE...",
		Short: "It was not sent, and is to be tried again",
		Long: "It was certainly not sent: the unit and the credit come back, and it is tried again\n" +
			"later. Say why, if you know: --verdict holds what the platform refuses.",
		Example: "  outpace desk not-sent 3f2a9c\n  outpace desk not-sent 3f2a9c --verdict daily_limit\n  outpace desk not-sent 3f2a9c --already-connected",
		Args:    takes("MESSAGE..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := store.AnswerNotSent
			switch {
			case connected:
				kind = store.AnswerConnected
			case refused:
				kind = store.AnswerInMailRefused
			case gone:
				kind = store.AnswerProfileGone
			}
			return c.answer(cmd, args, kind, &f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.note, "note", "", "a note for whoever asks later")
	fl.BoolVar(&connected, "already-connected", false, "because the person is a connection already: no request is needed")
	fl.BoolVar(&refused, "inmail-refused", false, "because the person takes no InMail: it fails")
	fl.BoolVar(&gone, "profile-gone", false, "because nobody is there: nothing is sent to this profile any more")
	c.verdictFlags(cmd, &f)
	cmd.MarkFlagsMutuallyExclusive("already-connected", "inmail-refused", "profile-gone", "verdict")
	return cmd
}

// answered is the answer to an answer.
type answered struct {
	ID     string `json:"id"`
	Answer string `json:"answer"`
}

// answeredCard adds what else the answer did.
type answeredCard struct {
	answered
	app.Answered
}

func (c *cli) answer(cmd *cobra.Command, args []string, kind store.AnswerKind, f *answerFlags) error {
	return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
		zone, err := a.Zone(cmd.Context(), "")
		if err != nil {
			return err
		}
		answer, err := f.answer(kind, zone)
		if err != nil {
			return err
		}
		args, err := c.expand(args)
		if err != nil {
			return err
		}
		answer.Later = len(args) > 1 // planned once
		err = each(c, args, func(id string) (answeredCard, string, error) {
			did, err := a.Answer(cmd.Context(), now, id, answer)
			text := fmt.Sprintf("%s: %s", id, kind)
			if did.Hold != nil {
				text += "; " + c.holdText(did.Account, did.Hold)
			}
			return answeredCard{answered{id, string(kind)}, did}, text + movedText(did.Moved), err
		})
		if answer.Later {
			if e := a.PlanDirty(context.WithoutCancel(cmd.Context()), now, nil); err == nil {
				err = e
			}
		}
		return err
	})
}

func (c *cli) deskUndoCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "undo MESSAGE...",
		Short:   "Take the last answer on a card back",
		Long:    "Takes a misclick back: the card is open again, and what the answer changed is as before.",
		Example: "  outpace desk undo 3f2a9c",
		Args:    takes("MESSAGE..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, args, func(id string) (answered, string, error) {
					err := a.DeskUndo(cmd.Context(), now, id)
					return answered{id, "undone"}, id + ": the card is open again", err
				})
			})
		},
	}
}
