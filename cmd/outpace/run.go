package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/campaign"
	"outpace/dispatch"
	"outpace/limits"
	"outpace/store"
)

func (c *cli) runCommand() *cobra.Command {
	var format string
	var verbose, allowExec bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon: release every message at its slot",
		Long: "Applies the campaigns file as `apply` does, then releases every message at its slot\n" +
			"until it is stopped. A file that is invalid, or refused because it looks like a\n" +
			"mistake, leaves the set that was applied last in force.\n\n" +
			"SIGHUP reads the file again, all or nothing. SIGTERM or Ctrl-C stops: nothing more is\n" +
			"claimed, what is being handed over is finished; a second one, or 20 seconds, cuts that\nshort. Only one daemon runs on a database.",
		Example: "  outpace run\n  outpace run -c /etc/outpace/campaigns.yaml --db /var/lib/outpace/outpace.db --log-format json",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("--log-format", format, []string{"text", "json"}); err != nil {
				return err
			}
			if c.fixedNow != "" {
				return usage("run lives by the clock: --now is for the other commands, `outpace simulate` for another time")
			}
			log := c.logger(format, verbose)
			return patiently(cmd.Context(), log, func() error { return c.run(cmd.Context(), log, c.opener(allowExec)) })
		},
	}
	cmd.Flags().StringVar(&format, "log-format", "text", "text or json")
	cmd.Flags().BoolVar(&allowExec, "allow-exec", false, "let channels of type exec run their programs")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "log when it sleeps, too")
	return cmd
}

func (c *cli) logger(format string, verbose bool) *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if verbose {
		o.Level = slog.LevelDebug
	}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, o))
	}
	return slog.New(slog.NewTextHandler(c.stderr, o))
}

// run is the life of the daemon: lock, open, apply, then serve.
func (c *cli) run(ctx context.Context, log *slog.Logger, open opener) (err error) {
	hup := make(chan os.Signal, 1) // one that comes before the loop is kept for it
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	lock, err := c.lockDaemon()
	if err != nil {
		return err
	}
	defer lock.release()
	a, err := app.Open(ctx, c.dbPath(), app.Migrating)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	d := &daemon{cli: c, lock: lock, app: a, log: log, opener: open, between: make(chan func())}
	if _, err := a.ClockJumped(ctx, readClocks().Wall, 0); err != nil {
		return err
	}
	if err := d.adopt(ctx); err != nil {
		return unlessStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, d.leave()) }()
	if err := d.start(ctx); err != nil {
		return unlessStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, d.channels.close()) }()
	return d.serve(ctx, hup)
}

// serve settles what an earlier process left and releases until it is stopped. It
// reads the file again at each hup.
func (d *daemon) serve(ctx context.Context, hup <-chan os.Signal) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)

	stages := make(chan os.Signal, 4)
	signal.Notify(stages, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(stages)
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	go d.watchStop(ctx, stages, cut)

	d.dispatcher = dispatch.New(app.Marked{Store: d.app.Store, Mark: d.mark}, d.channels, d.log)
	d.dispatcher.Keep(d.journal)
	d.dispatcher.OnChange(d.follow)
	d.dispatcher.SetClock(readClocks)
	if err := errors.Join(d.offChannels(hard), d.resume(hard)); err != nil {
		return err
	}
	go d.checkRest(ctx, end)
	go d.watchReload(ctx, hup)
	d.greet(ctx)
	d.notify("READY=1")
	if err := d.lock.say(heldReady); err != nil { // a full disk, perhaps
		d.log.Warn("telling the doctor that it runs", "error", err.Error())
	}
	err := d.dispatcher.Loop(ctx, hard, dispatch.Poll, d.between, d.watchdog())
	d.watchChannels(hard) // as the last step left them
	if broken := context.Cause(ctx); app.Unreachable(broken) {
		return errors.Join(broken, err)
	}
	if err == nil && hard.Err() != nil {
		err = &codeError{exitInterrupted, errors.New("stopped before everything was finished: the next start settles what was left open")}
	}
	return err
}

// lockDaemon keeps a second daemon away.
func (c *cli) lockDaemon() (*lock, error) {
	if err := app.CheckPath(c.dbPath()); err != nil {
		return nil, err
	}
	lock, err := lockDatabase(c.dbPath())
	if err != nil {
		return nil, &codeError{exitNoDatabase, err}
	}
	return lock, nil
}

// daemon is a running outpace.
type daemon struct {
	*cli
	lock       *lock
	app        *app.App
	log        *slog.Logger
	opener     opener
	dispatcher *dispatch.Dispatcher
	channels   channels
	opened     int64       // version of the configuration whose channels they are
	refused    int64       // version whose channels could not be opened, once it was said
	between    chan func() // run by the loop between two steps

	channelChange int64 // the last that was logged

	mark       *app.Mark
	journal    *app.Outcomes
	quarantine store.Quarantine // as it was when the loop looked last
	checked    bool             // all of the database, at the start
}

// start applies the file if there is one, and opens the channels of what is in
// force then.
func (d *daemon) start(ctx context.Context) error {
	if path, given := d.findConfig(); given || exists(path) {
		if err := d.apply(ctx, path); err != nil {
			return err
		}
	} else {
		d.log.Info("no campaigns file: the set applied last stays in force")
	}
	version, err := d.app.ConfigVersion(ctx)
	if err != nil {
		return err
	}
	if version == 0 {
		return fmt.Errorf("there is nothing to run: no set was ever applied to %s; `outpace init` writes a file to begin with, --config names one", d.app.Path())
	}
	// What an apply before a crash left is planned first.
	now, err := d.present(ctx)
	if err != nil {
		return err
	}
	if err := d.app.PlanDirty(ctx, now, nil); err != nil {
		return err
	}
	defs, err := d.app.ChannelDefs(ctx)
	if err != nil {
		return err
	}
	if d.channels, err = d.opener.openable(defs); err != nil {
		return d.without(ctx, version, err) // opened anew whenever the database changes
	}
	d.opened = version
	return nil
}

// apply puts the file in force at the start. A file that cannot be applied
// leaves what is in force as it is, unless nothing is.
func (d *daemon) apply(ctx context.Context, path string) error {
	set, warnings, err := campaign.Load(path)
	d.warn(warnings)
	if err == nil {
		err = d.opener.try(set.Channels)
	}
	var now time.Time
	if err == nil {
		now, err = d.present(ctx)
	}
	if err == nil {
		p := d.progress("planning accounts")
		err = d.app.Put(ctx, set, now, app.ApplyOptions{Progress: p.phase})
		p.done()
	}
	if err == nil {
		return nil
	}
	version, e := d.app.ConfigVersion(ctx)
	if e != nil || version == 0 || ctx.Err() != nil || !tolerable(err) {
		return errors.Join(err, e)
	}
	d.complain(err)
	d.log.Warn("the campaigns file was not applied: the set applied last stays in force", "file", path)
	return nil
}

// tolerable says that an error is of the file, not of the machine.
func tolerable(err error) bool {
	var invalid *campaign.Invalid
	var risky *app.RiskyError
	var unopened *unopenedError
	return errors.As(err, &invalid) || errors.As(err, &risky) || errors.As(err, &unopened)
}

// greet says what comes next, and once what people should know of their plans.
func (d *daemon) greet(ctx context.Context) {
	now, err := d.present(ctx)
	if err != nil {
		d.log.Error("asking for the clock", "error", err.Error())
		return
	}
	accounts, err := d.app.AccountsStatus(ctx, now)
	if err != nil {
		d.log.Error("reading the accounts", "error", err.Error())
		return
	}
	next, from, waiting := time.Time{}, "", 0
	told := map[string]bool{}
	for _, a := range accounts {
		waiting += a.Queued + a.Scheduled
		if !a.NextSlot.IsZero() && (next.IsZero() || a.NextSlot.Before(next)) {
			next, from = a.NextSlot, a.Account
		}
		if remark := limits.Remark(a.Plan); remark != "" && !told[a.Plan] {
			told[a.Plan] = true
			d.log.Info("about the plan", "plan", a.Plan, "note", remark)
		}
	}
	comes := "nothing is scheduled"
	if !next.IsZero() {
		comes = fmt.Sprintf("next is %s, from %s", d.when(next), from)
	}
	d.note("outpace %s runs: %s, %s to go; %s", versionName(), count(len(accounts), "account"), count(waiting, "message"), comes)
}
