package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) reconcileCommand() *cobra.Command {
	var o app.Answers
	cmd := &cobra.Command{
		Use:   "reconcile [--sent ID]... [--none-sent | --done]",
		Short: "Say what was sent before a backup was put back",
		Long: "After a restore nothing is released until it is known what was sent since the backup.\n" +
			"Without flags it shows that: what outbox files say, and what was planned for that time.\n\n" +
			"Any flag books what outbox files say as sent. --sent books more messages. --none-sent\n" +
			"says that no other was, and lets everything go on. So does --done, when nobody can\n" +
			"tell: then messages of channels that notice a key they have seen (outbox, idempotent\n" +
			"webhook and exec) go again with the same key, and all others become unknown: they keep\n" +
			"their unit and credit until somebody says (`outpace desk sent`, `desk not-sent`).",
		Example: "  outpace reconcile\n  outpace reconcile --sent 3f2a9c --sent 88d01e\n  outpace reconcile --none-sent\n  outpace reconcile --outbox outbox.jsonl.1 --done",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				if len(o.Sent) == 0 && !o.NoneSent && !o.Done {
					r, err := a.Reconciliation(cmd.Context(), o.Files)
					if err != nil {
						return err
					}
					return c.printReconciliation(r)
				}
				out, err := a.Reconcile(cmd.Context(), now, o)
				if err != nil {
					return err
				}
				return c.printReconciled(out)
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Sent, "sent", nil, "a message that was sent, by id or the beginning of it (may come often)")
	f.BoolVar(&o.NoneSent, "none-sent", false, "no other message was sent: go on")
	f.BoolVar(&o.Done, "done", false, "nobody can tell of the others: go on")
	f.StringArrayVar(&o.Files, "outbox", nil, "a further outbox file, such as one that was moved away (may come often)")
	cmd.MarkFlagsMutuallyExclusive("none-sent", "done")
	return cmd
}

func (c *cli) printReconciliation(r *app.Reconciliation) error {
	doubts := list(c, "", r.Doubts,
		column[app.Doubt]{"message", func(d app.Doubt) string { return d.ID }, plain},
		column[app.Doubt]{"slot", func(d app.Doubt) string { return c.at(orZero(d.SlotAt)) }, moment},
		column[app.Doubt]{"account", func(d app.Doubt) string { return d.Account }, label},
		column[app.Doubt]{"channel", func(d app.Doubt) string { return d.Channel }, label},
		column[app.Doubt]{"campaign", func(d app.Doubt) string { return d.Campaign }, label | spare},
		column[app.Doubt]{"name", func(d app.Doubt) string { return d.Name }, label},
		column[app.Doubt]{"sent?", func(d app.Doubt) string { return d.Answer }, rare},
		column[app.Doubt]{"with --done", func(d app.Doubt) string { return d.Done }, plain})
	if c.machine() {
		return c.print(r, doubts)
	}
	if !r.Held {
		_, err := fmt.Fprintln(c.stdout, "nothing to reconcile")
		return err
	}
	if _, err := fmt.Fprintf(c.stdout, "%s; what was sent from %s to %s is not in it.\n", r.Cause, c.at(r.From), c.at(r.Until)); err != nil {
		return err
	}
	for _, part := range []struct {
		n    int
		text string
		list listing
	}{
		{len(r.Found), "\nSent, as outbox files say; any flag books them:\n", list(c, "", r.Found,
			column[app.Found]{"message", func(f app.Found) string { return f.ID }, plain},
			column[app.Found]{"at", func(f app.Found) string { return c.at(f.ReleasedAt) }, moment},
			column[app.Found]{"account", func(f app.Found) string { return f.Account }, label},
			column[app.Found]{"name", func(f app.Found) string { return f.Name }, label})},
		{len(r.Doubts), "\nPlanned for that time, so perhaps sent:\n", doubts},
	} {
		if part.n == 0 {
			continue
		}
		if _, err := fmt.Fprint(c.stdout, part.text); err != nil {
			return err
		}
		if err := c.printTable(part.list); err != nil {
			return err
		}
	}
	c.reconcileRemarks(r)
	return nil
}

func (c *cli) reconcileRemarks(r *app.Reconciliation) {
	for _, path := range r.Missing {
		c.remark("%s is not there: name what was moved away with --outbox", path)
	}
	if r.Foreign > 0 {
		c.remark("%s in outbox files that the database does not know: apply the file of that time, and look again", count(r.Foreign, "message"))
	}
	c.remark("Nothing is released. Say --sent ID for what was sent, then --none-sent if that was all, or --done if nobody can tell. Record opt-outs since then first: `outpace event opt_out PERSON`.")
}

func (c *cli) printReconciled(r *app.Reconciled) error {
	if c.machine() {
		return c.print(r, list(c, "", r.Sent, column[store.Booked]{"message", func(b store.Booked) string { return b.Message }, plain}))
	}
	var errs []error
	say := func(format string, args ...any) {
		_, err := fmt.Fprintf(c.stdout, format+"\n", args...)
		errs = append(errs, err)
	}
	booked := 0
	for _, b := range r.Sent {
		if b.What == "sent" {
			booked++
		}
	}
	say("%s booked as sent", count(booked, "message"))
	if n := len(r.Sent) - booked; n > 0 {
		say("%s recorded already", count(n, "message"))
	}
	if r.Held {
		c.remark("Nothing is released yet: --none-sent if that was all, --done if nobody can tell.")
		return errors.Join(errs...)
	}
	if r.NotSent > 0 {
		say("%s not sent: planned anew", count(r.NotSent, "message"))
	}
	if r.Again > 0 {
		say("%s may go once more, with the same key", count(r.Again, "message"))
	}
	if r.Unknown > 0 {
		say("%s unknown: `outpace desk sent ID` or `desk not-sent ID` when somebody knows", count(r.Unknown, "message"))
	}
	say("the quarantine is over")
	return errors.Join(errs...)
}
