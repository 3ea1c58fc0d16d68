package main

import (
	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/limits"
)

func (c *cli) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the clock, the disk, the campaigns file, its channels and the database",
		Long: "Looks whether this machine, the campaigns file and the database are fit for\n" +
			"outpace, and whether the channels can be opened. It sends and changes nothing.\n" +
			"Exit code 1: something failed; warnings are fine.",
		Example: "  outpace doctor\n  outpace doctor plans",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := c.now()
			if err != nil {
				return err
			}
			p := app.Patient{DB: c.dbPath(), Channel: c.tryChannel}
			if path, given := c.findConfig(); given || exists(path) {
				p.Config = path
			}
			checks := append(app.Doctor(cmd.Context(), p, now), c.checkDaemon())
			err = c.print(checks, list(c, "", checks,
				column[app.Check]{"", func(k app.Check) string { return k.State }, plain},
				column[app.Check]{"check", func(k app.Check) string { return k.Check }, plain},
				column[app.Check]{"result", func(k app.Check) string { return k.Detail }, prose}))
			for _, k := range checks {
				if err == nil && k.State == app.CheckFail {
					return &codeError{code: exitError}
				}
			}
			return err
		},
	}
	cmd.AddCommand(c.doctorPlansCommand())
	return cmd
}

const notRunning = "does not run: `outpace run` starts it"

// checkDaemon tells whether a daemon runs on the database.
func (c *cli) checkDaemon() app.Check {
	k := app.Check{Check: "daemon", State: app.CheckOK, Detail: "runs"}
	if !exists(app.RealPath(c.dbPath()) + lockSuffix) {
		k.Detail = notRunning
		return k
	}
	lock, err := lockDatabase(c.dbPath())
	switch {
	case err == nil:
		lock.release()
		k.Detail = notRunning
	case !isLocked(err):
		k.State, k.Detail = app.CheckWarn, err.Error()
	case !lockedReady(c.dbPath()):
		k.Detail = "is starting"
	}
	return k
}

func (c *cli) doctorPlansCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "plans",
		Short: "List the built-in plans and where their numbers come from",
		Long: "Lists every number of every built-in plan with its source: S the source article on\n" +
			"LinkedIn's messaging limits, H LinkedIn's own help pages, T third parties that\n" +
			"disagree among themselves, O our own choice on the safe side.",
		Example: "  outpace doctor plans\n  outpace doctor plans -o csv",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			facts := app.PlanFacts()
			err := c.print(facts, list(c, "", facts,
				column[limits.Fact]{"plan", func(f limits.Fact) string { return f.Plan }, plain},
				column[limits.Fact]{"field", func(f limits.Fact) string { return f.Field }, plain},
				column[limits.Fact]{"value", func(f limits.Fact) string { return f.Value }, number},
				column[limits.Fact]{"source", func(f limits.Fact) string { return f.Source.String() }, plain},
				column[limits.Fact]{"meaning", func(f limits.Fact) string { return f.Meaning }, wide}))
			if err != nil || c.machine() {
				return err
			}
			told := map[limits.Basis]bool{}
			for _, f := range facts {
				if !told[f.Source] && c.output != "wide" {
					c.remark("%s: %s", f.Source, f.Meaning)
				}
				told[f.Source] = true
			}
			for _, p := range limits.Presets() {
				if remark := limits.Remark(p.Name); remark != "" {
					c.remark("%s: %s", p.Name, remark)
				}
			}
			return nil
		},
	}
}
