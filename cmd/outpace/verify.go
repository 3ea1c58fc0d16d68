package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Prove from the records that no promise was broken",
		Long: "Sums up everything that was recorded again and compares it with the promises: no limit\n" +
			"passed, no balance below 0, no step twice, nothing outside its times, nothing after an\nopt-out. Exit code 1: one was broken.",
		Example: "  outpace verify\n  outpace verify --db backup.db -o json",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				v, err := a.Verify(cmd.Context(), now)
				if err != nil {
					return err
				}
				if v.Violations == nil {
					v.Violations = []store.Violation{}
				}
				if err := c.printVerification(v); err != nil {
					return err
				}
				if !v.OK {
					return &codeError{code: exitError}
				}
				return nil
			})
		},
	}
}

func (c *cli) printVerification(v store.Verification) error {
	table := list(c, "", v.Violations,
		column[store.Violation]{"promise", func(b store.Violation) string { return b.Promise }, plain},
		column[store.Violation]{"at", func(b store.Violation) string { return c.at(b.At) }, moment},
		column[store.Violation]{"account", func(b store.Violation) string { return b.Account }, plain},
		column[store.Violation]{"detail", func(b store.Violation) string { return b.Detail }, prose})
	if c.machine() {
		return c.print(v, table)
	}
	if len(v.Violations) > 0 {
		if err := c.printTable(table); err != nil {
			return err
		}
	}
	verdict := "every promise was kept"
	if !v.OK {
		verdict = count(len(v.Violations), "violation")
	}
	n := v.Checked
	_, err := fmt.Fprintf(c.stdout, "%s: %s, %s, %d people, %s checked\n",
		verdict, count(n.Releases, "release"), count(n.Days, "day"), n.People, count(n.Lots, "lot"))
	return err
}
