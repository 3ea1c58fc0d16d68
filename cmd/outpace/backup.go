package main

import (
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) backupCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database, also while the daemon runs",
		Long: "Writes a copy of the database to FILE, whole or not at all, and reads it once. The daemon\n" +
			"may run, and goes on meanwhile. `outpace restore` puts it back. Outbox files and the\n" +
			"campaigns file are not in it.",
		Example: "  outpace backup /var/backups/outpace.db\n  outpace backup --force latest.db",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				b, err := a.Backup(cmd.Context(), args[0], now, force)
				return c.told(err, b, "%s: %d KiB, as of %s", b.File, b.Bytes>>10, c.at(b.At))
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE if it is there")
	return cmd
}

func (c *cli) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the database",
		Long: "Puts a backup in the place of the database, which is kept beside it. The daemon must be\n" +
			"stopped. What was sent since the backup is not in it: until `outpace reconcile` nothing\n" +
			"is released (quarantine), so that nobody is written to twice. Without `outpace restore`,\n" +
			"a copy that was put back is found out when the daemon starts, or by the first command\n" +
			"that changes something, and held likewise.",
		Example: "  outpace restore /var/backups/outpace.db",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			now, err := c.now()
			if err != nil {
				return err
			}
			lock, err := c.lockDaemon()
			if err != nil {
				return err
			}
			defer lock.release()
			r, err := app.Restore(cmd.Context(), app.RealPath(c.dbPath()), args[0], now)
			if err := c.told(err, r, "%s is %s now, in quarantine", r.Database, args[0]); err != nil {
				return err
			}
			if r.Aside != "" {
				c.note("the database of before is %s", r.Aside)
			}
			c.note("%s likely sent since; `outpace reconcile` comes next", were(r.Doubts, "message"))
			return nil
		},
	}
}

// were is a number of things that were something.
func were(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return count(n, noun) + " were"
}
