package main

import (
	"context"
	"errors"
	"os"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"

	"outpace/app"
	"outpace/campaign"
)

// grace is how long a stop waits for what is being handed over.
const grace = 20 * time.Second

// watchStop cuts the work short when a second signal comes, or the grace is
// over. The first signal ends ctx.
func (d *daemon) watchStop(ctx context.Context, signals <-chan os.Signal, cut func()) {
	<-ctx.Done()
	d.notify("STOPPING=1")
	over := time.After(grace)
	for n := 0; n < 2; n++ { // the first signal arrives here, too
		select {
		case <-signals:
		case <-over:
			n = 2
		}
	}
	cut()
}

// watchReload reads the file again at each signal.
func (d *daemon) watchReload(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			d.notify("RELOADING=1")
			if err := d.reload(ctx); err != nil {
				d.complain(err)
				d.log.Error("not reloaded: everything stays as it was", "error", firstLine(err))
			} else {
				d.log.Info("reloaded")
			}
			d.notify("READY=1")
		}
	}
}

// reload makes all that can fail before it touches what runs: it reads the
// file, opens its channels to see that they can be, applies it; then the loop
// opens them anew between two steps, also if only a secret has changed.
func (d *daemon) reload(ctx context.Context) error {
	path, err := d.configPath()
	if err != nil {
		return err
	}
	set, warnings, err := campaign.Load(path)
	d.warn(warnings)
	if err != nil {
		return err
	}
	if err := d.opener.try(set.Channels); err != nil {
		return err
	}
	now, err := d.present(ctx)
	if err != nil {
		return err
	}
	if err := d.app.Put(ctx, set, now, app.ApplyOptions{}); err != nil {
		return err
	}
	taken := make(chan error, 1)
	take := func() {
		d.opened = 0
		taken <- d.rechannel(ctx)
	}
	select {
	case d.between <- take:
		return <-taken
	case <-ctx.Done():
		return nil
	}
}

// firstLine is an error for the log, where texts of several lines are of no
// use.
func firstLine(err error) string {
	var invalid *campaign.Invalid
	if errors.As(err, &invalid) {
		return count(len(invalid.Problems)+invalid.More, "problem") + " in the campaigns file"
	}
	return err.Error()
}

// notify tells systemd, if it asked for it.
func (d *daemon) notify(state string) {
	if _, err := systemd.SdNotify(false, state); err != nil {
		d.log.Warn("telling systemd", "state", state, "error", err.Error())
	}
}

// watchdog is to be called at every round of the loop; it tells systemd as
// often as that asked for.
func (d *daemon) watchdog() func() {
	interval, err := systemd.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		return nil
	}
	var last time.Time
	return func() {
		if now := time.Now(); now.Sub(last) >= interval/4 {
			last = now
			d.notify("WATCHDOG=1")
		}
	}
}
