package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

// cli is one call of the program: its streams, what it was asked for by flags
// that every command has, and where that stands.
type cli struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string

	config, db, output, fixedNow string
	noColor                      bool
	year                         int  // the present one, which times for people leave out
	started                      bool // flags and arguments were understood
}

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, c *cli, args []string) int {
	root := c.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !c.started {
		err = &usageError{err: plainly(err), command: cmd.CommandPath()}
	}
	return c.exit(ctx, err)
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "outpace",
		Short: "Schedules outreach messages under account limits",
		Long: `outpace decides which message goes to whom from which account at which minute,
so that no account ever passes its limits and InMail credits go to the people who
matter most.

Start with:  outpace init && outpace validate && outpace plan && outpace run`,
		Example:           "  outpace init\n  outpace plan\n  outpace run",
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return c.checkFlags() },
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVarP(&c.config, "config", "c", "", "campaigns file (default $OUTPACE_CONFIG, ./campaigns.yaml, /etc/outpace/campaigns.yaml)")
	flags.StringVar(&c.db, "db", "", "database (default $OUTPACE_DB, ./outpace.db, /var/lib/outpace/outpace.db)")
	flags.StringVarP(&c.output, "output", "o", "table", "table, wide, json, jsonl or csv")
	flags.BoolVar(&c.noColor, "no-color", false, "no colours (also $NO_COLOR)")
	flags.StringVar(&c.fixedNow, "now", "", "take this instant for the present, RFC 3339 (also $OUTPACE_NOW)")
	_ = flags.MarkHidden("now") // it exists
	root.AddCommand(c.commands()...)
	completeFlags(root, c)
	c.markStart(root)
	return root
}

// markStart notes of every command that it was reached: what goes wrong before
// is wrong with the command line.
func (c *cli) markStart(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			c.started = true
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		c.markStart(sub)
	}
}

func (c *cli) commands() []*cobra.Command {
	return []*cobra.Command{
		c.initCommand(), c.validateCommand(), c.planCommand(), c.applyCommand(), c.migrateCommand(), c.runCommand(),
		c.slotsCommand(), c.statusCommand(), c.creditsCommand(), c.whyCommand(), c.forecastCommand(), c.simulateCommand(),
		c.verifyCommand(), c.pauseCommand(), c.resumeCommand(), c.retryCommand(), c.unknownCommand(), c.resolveCommand(), c.ceilingsCommand(), c.previewCommand(), c.approveCommand(), c.eventCommand(), c.suppressCommand(), c.forgetCommand(), c.usageCommand(),
		c.backupCommand(), c.restoreCommand(), c.reconcileCommand(),
		c.deskCommand(), c.exportCommand(), c.schemaCommand(), c.doctorCommand(), c.versionCommand(), c.completionCommand(),
	}
}

// checkFlags judges the flags every command has.
func (c *cli) checkFlags() error {
	if err := oneOf("--output", c.output, outputs); err != nil {
		return err
	}
	now, err := c.now()
	c.year = now.Year()
	return err
}

// now is the present, or the instant that --now or $OUTPACE_NOW puts in its
// place, so that tests and examples can be repeated.
func (c *cli) now() (time.Time, error) {
	text := c.fixedNow
	if text == "" {
		text = c.env("OUTPACE_NOW")
	}
	if text == "" {
		return readClocks().Wall.Truncate(time.Microsecond), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--now: %q is not an instant: write one like 2026-12-01T09:00:00+01:00", text)
	}
	return at, nil
}

// configPath is the campaigns file: what was asked for, or the first of the
// usual places that has one.
func (c *cli) configPath() (string, error) {
	path, given := c.findConfig()
	if given || exists(path) {
		return path, nil
	}
	return "", fmt.Errorf("no campaigns file: neither ./campaigns.yaml nor %s is there; `outpace init` writes one, --config names another", systemConfig)
}

const (
	systemConfig = "/etc/outpace/campaigns.yaml"
	systemDB     = "/var/lib/outpace/outpace.db"
)

// findConfig is the path of the campaigns file, and whether somebody asked for
// this one.
func (c *cli) findConfig() (path string, given bool) {
	switch {
	case c.config != "":
		return c.config, true
	case c.env("OUTPACE_CONFIG") != "":
		return c.env("OUTPACE_CONFIG"), true
	case exists("campaigns.yaml"):
		return "campaigns.yaml", false
	}
	return systemConfig, false
}

// dbPath is the database.
func (c *cli) dbPath() string {
	switch {
	case c.db != "":
		return c.db
	case c.env("OUTPACE_DB") != "":
		return c.env("OUTPACE_DB")
	case !exists("outpace.db") && exists(systemDB):
		return systemDB
	}
	return "outpace.db"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// open opens the database as it is. The caller closes it.
func (c *cli) open(ctx context.Context) (*app.App, error) {
	return app.Open(ctx, c.dbPath(), app.AsIs)
}

// with opens the database, runs fn at the present instant, and closes it.
func (c *cli) with(ctx context.Context, fn func(a *app.App, now time.Time) error) error {
	now, err := c.now()
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	if now, err = c.present(ctx, a, now); err == nil {
		c.watch(a, now)
		err = fn(a, now)
	}
	if e := a.Close(); err == nil {
		err = e
	}
	return err
}

// watch has the first change look whether the database was put back.
func (c *cli) watch(a *app.App, now time.Time) {
	a.Watch(now, func(q store.Quarantine) {
		c.remark("nothing is released: %s; `outpace reconcile` comes next", q.Cause)
	})
}

// note tells people something that is not data.
func (c *cli) note(format string, args ...any) {
	fmt.Fprintf(c.stderr, format+"\n", args...)
}
