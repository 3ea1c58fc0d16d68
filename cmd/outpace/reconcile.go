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
	var all bool
	cmd := &cobra.Command{
		Use:   "reconcile [--sent ID]... [--none-sent | --done]",
		Short: "Say what was sent before a backup was put back",
		Long: "After a restore nothing is released until it is known what was sent since the backup.\n" +
			"Without flags it shows that: what outbox files and the database of before say, and what\n" +
			"may have been sent besides: first what was planned for that time, and how many more.\n\n" +
			"Any flag books what they say. --sent books more messages as sent. --none-sent says that\n" +
			"no other was, and lets everything go on; it is right, too, where the receiver drops keys\n" +
			"it has seen. --done does so, when nobody can tell: then every message in doubt becomes\n" +
			"unknown, on every channel, and keeps its unit and credit until somebody says what became\n" +
			"of it (`outpace resolve`).",
		Example: "  outpace reconcile\n  outpace reconcile --sent 3f2a9c --sent 88d01e\n  outpace reconcile --none-sent\n" +
			"  outpace reconcile --outbox outbox.jsonl.1 --database old.db\n  outpace reconcile --done",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				if _, err := a.Suspect(cmd.Context(), now); err != nil {
					return err
				}
				if len(o.Sent) == 0 && !o.NoneSent && !o.Done {
					r, err := a.Reconciliation(cmd.Context(), o.Evidence, all || c.machine())
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
	f.BoolVar(&o.Done, "done", false, "nobody can tell of the others: they become unknown, go on")
	f.StringArrayVar(&o.Files, "outbox", nil, "a further outbox file, such as one that was moved away (may come often)")
	f.StringArrayVar(&o.Databases, "database", nil, "a further database that was here before, such as one kept by hand (may come often)")
	f.BoolVar(&o.Foreign, "foreign", false, "go on, although messages were sent to people the database does not know")
	f.BoolVar(&all, "all", false, "list every message that may have been sent")
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
		column[app.Doubt]{"state", func(d app.Doubt) string { return d.State }, spare})
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
		{len(r.Found), "\nReleased, as files tell; any flag books them:\n", list(c, "", r.Found,
			column[app.Found]{"message", func(f app.Found) string { return f.ID }, plain},
			column[app.Found]{"at", func(f app.Found) string { return c.at(f.ReleasedAt) }, moment},
			column[app.Found]{"account", func(f app.Found) string { return f.Account }, label},
			column[app.Found]{"name", func(f app.Found) string { return f.Name }, label},
			column[app.Found]{"state", func(f app.Found) string { return f.State }, plain},
			column[app.Found]{"file", func(f app.Found) string { return f.File }, wide})},
		{len(r.Doubts), "\nPerhaps sent:\n", doubts},
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
	return c.reconcileCounts(r)
}

// reconcileCounts says how many there are, and what to do.
func (c *cli) reconcileCounts(r *app.Reconciliation) error {
	if more := r.InDoubt - len(r.Doubts); more > 0 {
		if _, err := fmt.Fprintf(c.stdout, "\n%s more had no slot in that time, and may have been moved up (--all lists them).\n", count(more, "message")); err != nil {
			return err
		}
	}
	for _, b := range r.Databases {
		c.databaseRemarks(b)
	}
	for _, path := range r.Missing {
		c.remark("%s is not there: name what was moved away with --outbox", path)
	}
	if r.Foreign > 0 {
		c.remark("%s in files that the database does not know: apply the campaigns file of that time, and look again", count(r.Foreign, "message"))
	}
	if r.Complete && r.Foreign == 0 {
		c.remark("Nothing is released. The database of before tells everything that was sent: --none-sent books it and goes on.")
		return nil
	}
	c.remark("Nothing is released. Apply the campaigns file of that time and record opt-outs and replies since then first. Then --sent ID for what was sent besides, and --none-sent if that was all. If nobody can tell, --done: %s unknown.", become(r.InDoubt))
	return nil
}

// become is a number of messages that change.
func become(n int) string {
	if n == 1 {
		return "1 message becomes"
	}
	return count(n, "message") + " become"
}

// databaseRemarks says what a database of before tells beside its releases.
func (c *cli) databaseRemarks(b app.Before) {
	switch {
	case b.Error != "":
		c.remark("%s cannot be read, so it tells nothing: %s", b.File, b.Error)
	case !b.Complete:
		c.remark("%s is another database, or was put back itself: it does not tell everything", b.File)
	}
	if b.Reactions+b.Suppressions > 0 {
		c.remark("%s has %s and %s since: any flag records them", b.File, count(b.Reactions, "reaction"), count(b.Suppressions, "suppression"))
	}
	if b.Forgotten > 0 {
		c.remark("%s was told to forget %d more: say `outpace forget` again", b.File, b.Forgotten)
	}
	for _, s := range b.Stopped {
		reason := s.Reason
		if reason == "" {
			reason = "as before the restore"
		}
		c.remark("%s %s stands still there: outpace pause %s --reason %q", s.What, s.Name, s.Name, reason)
	}
}

func (c *cli) printReconciled(r *app.Reconciled) error {
	if c.machine() {
		return c.print(r, list(c, "", r.Sent, column[store.Booked]{"message", func(b store.Booked) string { return b.Message }, plain}))
	}
	var errs []error
	say := func(n int, format string, args ...any) {
		if n > 0 {
			_, err := fmt.Fprintf(c.stdout, format+"\n", args...)
			errs = append(errs, err)
		}
	}
	booked := map[string]int{}
	for _, b := range r.Sent {
		booked[b.What]++
	}
	say(1, "%s booked as sent", count(booked["sent"], "message"))
	say(booked["unknown"], "%s booked as unknown: `outpace resolve`", count(booked["unknown"], "message"))
	say(booked["known"], "%s recorded already", count(booked["known"], "message"))
	say(r.Reactions+r.Suppressions, "%s and %s recorded", count(r.Reactions, "reaction"), count(r.Suppressions, "suppression"))
	for _, text := range r.Refused {
		c.remark("not recorded: %s", text)
	}
	if r.Held {
		c.remark("Nothing is released yet: --none-sent if that was all, --done if nobody can tell.")
		return errors.Join(errs...)
	}
	say(r.NotSent, "%s not sent: planned anew", count(r.NotSent, "message"))
	say(r.Unknown, "%s unknown: `outpace unknown` lists them, `outpace resolve ID... sent|not-sent` (- reads ids from stdin) when somebody knows", count(r.Unknown, "message"))
	say(1, "the quarantine is over")
	return errors.Join(errs...)
}
