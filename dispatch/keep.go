package dispatch

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"outpace/scheduler"
)

// Journal keeps outcomes that the store cannot take now, so that they outlive
// this process.
type Journal interface {
	// Keep appends outcomes, durably.
	Keep([]Outcome) error
	// Kept are those a process before this one left. What cannot be read of it
	// is passed over: its releases are settled as if nobody had reported.
	Kept() ([]Outcome, error)
	// Clear forgets them all: they are recorded.
	Clear() error
}

// Outcome is a report with the key of its release: a database that was put
// back may have given the release's number to another one.
type Outcome struct {
	Key string `json:"key"`
	scheduler.Report
}

// Keep lets outcomes that cannot be recorded be kept in j until they are. Call
// it before Resume.
func (d *Dispatcher) Keep(j Journal) { d.journal = j }

// record books outcomes, and first those that could not be booked before. What
// the store does not take is kept in the journal, and in memory.
func (d *Dispatcher) record(ctx context.Context, now time.Time, outcomes []Outcome) error {
	d.unrecorded = append(d.unrecorded, outcomes...)
	if len(d.unrecorded) == 0 {
		return nil
	}
	reports := make([]scheduler.Report, len(d.unrecorded))
	for i := range reports {
		reports[i] = d.unrecorded[i].Report
	}
	// What has been handed over is recorded even while the daemon stops.
	if err := d.store.Record(context.WithoutCancel(ctx), now, reports); err != nil {
		return errors.Join(fmt.Errorf("recording what became of %d releases: %w", len(reports), err), d.keep())
	}
	d.unrecorded = nil
	if d.kept == 0 {
		return nil
	}
	d.kept = 0
	// Recording them twice does no harm, so what stays in the journal neither.
	if err := d.journal.Clear(); err != nil {
		d.log.journal(ctx, err)
	}
	return nil
}

// keep writes the outcomes that are not in the journal yet into it.
func (d *Dispatcher) keep() error {
	if d.journal == nil || d.kept == len(d.unrecorded) {
		return nil
	}
	if err := d.journal.Keep(d.unrecorded[d.kept:]); err != nil {
		return fmt.Errorf("keeping them in the journal: %w", err)
	}
	d.kept = len(d.unrecorded)
	return nil
}

// replay records what a process before this one kept, as far as nobody has
// settled it since.
func (d *Dispatcher) replay(ctx context.Context, now time.Time, open []scheduler.Release) error {
	if d.journal == nil {
		return nil
	}
	kept, err := d.journal.Kept()
	if err != nil || len(kept) == 0 {
		return err
	}
	keys := make(map[int64]string, len(open))
	withdrawals := make(map[int64]string)
	for _, r := range open {
		if r.Withdrawal != 0 {
			withdrawals[r.Withdrawal] = r.Key
		} else {
			keys[r.ID] = r.Key
		}
	}
	var still []Outcome
	for _, o := range kept {
		if o.Withdrawal != 0 && withdrawals[o.Withdrawal] == o.Key || o.Withdrawal == 0 && keys[o.Release] == o.Key {
			still = append(still, o)
		}
	}
	d.log.replayed(ctx, len(kept), len(still))
	d.unrecorded = append(still, d.unrecorded...)
	if len(still) == 0 {
		d.kept = 0
		return d.journal.Clear()
	}
	d.kept = len(still)
	return d.record(ctx, now, nil)
}

// forgotten are the open releases of a claim whose end nobody knew: the database
// said neither that they are booked nor that they are not. Desk and outbox go on
// by id, as after a crash; what needs a call was not called, and goes back.
func (d *Dispatcher) forgotten(ctx context.Context) (again []scheduler.Release, lost []Outcome, err error) {
	open, err := d.store.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range open {
		if !r.ReleasedAt.Equal(d.lostAt.Truncate(time.Microsecond)) || d.claimed[r.Key] {
			continue
		}
		if traits := d.traits(r.Channel); traits.Idempotent && traits.Workers == 0 && !r.Recalled {
			again = append(again, r)
			continue
		}
		lost = append(lost, outcome(r, scheduler.Report{
			Release: r.ID, Withdrawal: r.Withdrawal, Outcome: scheduler.NotSentYet,
			Detail: "claimed, but the database did not confirm it: not handed over",
		}))
	}
	return again, lost, nil
}

// outcome is a report on a release.
func outcome(r scheduler.Release, rep scheduler.Report) Outcome { return Outcome{r.Key, rep} }

// noRoom says that an error is of a full disk: it passes when somebody makes
// room, and nothing is wrong with this process.
func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) }
