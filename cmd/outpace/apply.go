package main

import (
	"errors"

	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) applyCommand() *cobra.Command {
	var yes, all bool
	var problems string
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Put the campaigns file in force",
		Long: "Reads the campaigns file, compares it with the database and queues, moves or\n" +
			"cancels what has not been released. A running daemon follows within a second.\n\n" +
			"A campaign that vanishes while a new one has most of its people, or an apply that\n" +
			"cancels over a fifth of the queue, looks like a mistake and needs --yes.\n\n" +
			"With --problems the CSV rows that are wrong are left out and written to a file, with\n" +
			"what is wrong in front, and the rest is applied. Without it nothing is.",
		Example: "  outpace apply\n  outpace apply -c campaigns.yaml --db outpace.db --yes\n  outpace apply --problems wrong.csv",
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
			a, err := app.Open(cmd.Context(), c.dbPath(), app.Migrating)
			if err != nil {
				return err
			}
			if now, err = c.present(cmd.Context(), a, now); err != nil {
				return errors.Join(err, a.Close())
			}
			c.watch(a, now)
			p := c.progress("")
			d, err := a.Apply(cmd.Context(), set, now, app.ApplyOptions{Yes: yes, Shown: c.shown(all), Progress: p.phase})
			p.done()
			if err = errors.Join(err, a.Close()); err != nil {
				return err
			}
			if err := c.printDifference(d, all, "Applied: %d added, %d moved, %d cancelled.\n"); err != nil {
				return err
			}
			return partly(set)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "apply even if it looks like a mistake")
	cmd.Flags().BoolVar(&all, "all", false, "list every message, not only the first of each kind")
	cmd.Flags().StringVar(&problems, "problems", "", problemsUsage)
	return cmd
}

func (c *cli) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "migrate",
		Short:   "Make the database, or bring its schema up to date",
		Long:    "Makes the database if there is none, and brings the schema of an older one up to\ndate. Apply and run do the same. Going back to an older outpace needs a copy made before.",
		Example: "  outpace migrate --db outpace.db",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := app.Open(cmd.Context(), c.dbPath(), app.Migrating)
			if err != nil {
				return err
			}
			c.note("%s is up to date", a.Path())
			return a.Close()
		},
	}
}
