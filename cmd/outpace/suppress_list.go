package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/campaign"
	"outpace/store"
)

func (c *cli) suppressListCommand() *cobra.Command {
	var what string
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Show who is not written to, and why",
		Long:    "Lists persons, companies and domains that are not written to, with the cause and since\nwhen. A forgotten person stands as a hash.",
		Example: "  outpace suppress list\n  outpace suppress list --what company -o json\n  outpace suppress list --all",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.suppressions(cmd, what, all, func(store.Suppression) bool { return true })
		},
	}
	whatFlag(cmd, &what)
	cmd.Flags().BoolVar(&all, "all", false, "also those that were taken back")
	return cmd
}

func (c *cli) suppressExportCommand() *cobra.Command {
	var what string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the list for `suppress import`",
		Long: "Writes the list as CSV (or -o json, jsonl), as `suppress import` reads it in another\n" +
			"database; cells a spreadsheet would take for a formula begin with '. Forgotten people are\nleft out: their hash means nothing elsewhere.",
		Example: "  outpace suppress export > suppressed.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("output") {
				c.output = "csv"
			}
			if !c.machine() {
				return usage("export writes -o csv, json or jsonl")
			}
			return c.suppressions(cmd, what, false, func(s store.Suppression) bool { return !s.Hashed() })
		},
	}
	whatFlag(cmd, &what)
	return cmd
}

func whatFlag(cmd *cobra.Command, what *string) {
	cmd.Flags().StringVar(what, "what", "", "only "+strings.Join(store.SuppressionKinds, ", "))
	_ = cmd.RegisterFlagCompletionFunc("what", cobra.FixedCompletions(store.SuppressionKinds, cobra.ShellCompDirectiveNoFileComp))
}

// suppressions prints those that keep lets through.
func (c *cli) suppressions(cmd *cobra.Command, what string, all bool, keep func(store.Suppression) bool) error {
	if what != "" {
		if err := oneOf("--what", what, store.SuppressionKinds); err != nil {
			return err
		}
	}
	return c.with(cmd.Context(), func(a *app.App, _ time.Time) error {
		items, err := a.Suppressions(cmd.Context(), what, all)
		if err != nil {
			return err
		}
		zone, err := a.Zone(cmd.Context(), "")
		if err != nil {
			return err
		}
		items = slices.DeleteFunc(items, func(s store.Suppression) bool { return !keep(s) })
		day := func(at time.Time) string { return at.In(zone).Format(time.DateOnly) }
		return c.print(items, list(c, "", items,
			column[store.Suppression]{"what", func(s store.Suppression) string { return s.What }, plain},
			column[store.Suppression]{"value", func(s store.Suppression) string { return s.Value }, label},
			column[store.Suppression]{"cause", func(s store.Suppression) string { return s.Cause }, plain},
			column[store.Suppression]{"since", func(s store.Suppression) string { return day(s.AddedAt) }, plain},
			column[store.Suppression]{"reason", func(s store.Suppression) string { return s.Reason }, rare | spare},
			column[store.Suppression]{"until", func(s store.Suppression) string {
				if s.RemovedAt == nil {
					return ""
				}
				return day(*s.RemovedAt)
			}, rare},
			column[store.Suppression]{"removed for", func(s store.Suppression) string { return s.RemoveReason }, rare | spare},
		))
	})
}

func (c *cli) suppressImportCommand() *cobra.Command {
	var o app.SuppressionImport
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Suppress everybody in a list",
		Long: "Reads a CSV file, or stdin (-), with the columns what (person, company or domain), value\n" +
			"and reason; or one column of profiles and domains. The same row twice is once. A wrong\nrow is named, and the rest goes in (exit code 3).",
		Example: "  outpace suppress import suppressed.csv\n  outpace suppress import - --reason \"list of the client\" < domains.txt",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			in, err := c.source(&o.File)
			if err != nil {
				return err
			}
			defer in.Close()
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				p := c.progress("rows")
				o.Progress = func(rows int) { p.step(rows, 0) }
				o.Wrong = func(problem campaign.Problem) {
					p.done()
					c.note("%s", inertText(problem.String()))
				}
				sum, err := a.ImportSuppressions(cmd.Context(), now, in, o)
				p.done()
				return c.suppressionsImported(sum, err)
			})
		},
	}
	cmd.Flags().StringVar(&o.Reason, "reason", "", "why, for rows that do not say")
	return cmd
}

func (c *cli) suppressionsImported(sum app.SuppressionsImported, err error) error {
	done := sum.Added + sum.Known
	if err != nil && done == 0 {
		return err
	}
	if c.machine() {
		if e := c.print(sum, listing{items: []app.SuppressionsImported{sum}}); e != nil {
			return errors.Join(err, e)
		}
	} else {
		text := fmt.Sprintf("%s: %d added, %d known already, %d wrong; %s suppressed", count(sum.Rows, "row"), sum.Added, sum.Known, sum.Wrong, folk(sum.People))
		if sum.Cancelled > 0 {
			text += fmt.Sprintf("; %s cancelled", count(sum.Cancelled, "message"))
		}
		if sum.Recalled > 0 {
			text += fmt.Sprintf("; %s recalled: do not send", count(sum.Recalled, "desk card"))
		}
		fmt.Fprintln(c.stdout, text)
	}
	switch {
	case err == nil && sum.Wrong == 0:
		return nil
	case err == nil && done == 0:
		return &codeError{exitError, nil}
	}
	return &codeError{exitPartly, err}
}
