package main

import (
	"context"
	"errors"
	"time"

	"outpace/app"
)

// checkFor is how long a start waits for the check of the database; the rest of
// it is done while the daemon runs. Some hundred thousand messages are read in
// that time.
const checkFor = 500 * time.Millisecond

// adopt looks whether the database can be trusted: whether it is whole, and
// whether it is the one that was here before. It opens what lies beside it.
func (d *daemon) adopt(ctx context.Context) (err error) {
	soon, cancel := context.WithTimeout(ctx, checkFor)
	err = d.app.Check(soon)
	cancel()
	if err != nil && (soon.Err() == nil || app.Unreachable(err)) {
		return err
	}
	d.checked = err == nil
	now, err := d.present(ctx)
	if err != nil {
		return err
	}
	if d.mark, d.quarantine, err = d.app.Adopt(ctx, now); err != nil {
		return err
	}
	d.journal, err = app.OpenOutcomes(d.app.Path())
	if err != nil {
		return errors.Join(err, d.mark.Close())
	}
	if d.quarantine.Held() {
		d.log.Warn("nothing is released: `outpace reconcile` shows what may have been sent already, and lets it go on",
			"reason", d.quarantine.Cause, "since", d.quarantine.From, "until", d.quarantine.Until, "messages", d.quarantine.Left)
	}
	return nil
}

// leave closes what adopt opened.
func (d *daemon) leave() error { return errors.Join(d.mark.Close(), d.journal.Close()) }

// resume settles what a process before this one left, unless the database is in
// quarantine: then nothing is handed over before somebody has reconciled it.
func (d *daemon) resume(ctx context.Context) error {
	if d.quarantine.Held() {
		return nil
	}
	now, err := d.present(ctx)
	if err != nil {
		return err
	}
	return d.dispatcher.Resume(ctx, now)
}

// reconciled looks whether the quarantine is over; then what was open in the
// database that was put back is settled. It runs between two steps.
func (d *daemon) reconciled(ctx context.Context) {
	if !d.quarantine.Held() {
		return
	}
	q, err := d.app.Quarantine(ctx)
	if err != nil || q.Held() {
		return // it is asked again with the next change
	}
	d.quarantine = q
	if err := d.resume(ctx); err != nil {
		d.log.Error("settling what was open in the backup", "error", err.Error())
		return
	}
	d.log.Info("reconciled: going on")
}

// checkRest reads a database that was too large to be checked at the start, and
// ends the daemon if it is not whole.
func (d *daemon) checkRest(ctx context.Context, end context.CancelCauseFunc) {
	if d.checked {
		return
	}
	if err := d.app.Check(ctx); err != nil && ctx.Err() == nil {
		end(err)
	}
}

// unlessStopped is err, nil if the daemon was told to stop while it started:
// nothing was claimed yet, so nothing is left undone.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
