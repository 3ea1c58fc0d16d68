package main

import (
	"context"
	"log/slog"
	"time"

	"outpace/store"
)

// startPatience is how long a daemon tries to start beside processes that keep
// the database busy: after a crash there may be many commands that wait, and a
// slow disk.
const startPatience = time.Minute

// patiently starts a daemon again that ended because the database was busy for
// longer than a transaction may wait. Nothing is lost by it: a daemon that
// starts settles what the one before it left.
func patiently(ctx context.Context, log *slog.Logger, run func() error) error {
	for deadline := time.Now().Add(startPatience); ; {
		err := run()
		if !store.IsBusy(err) || ctx.Err() != nil || !time.Now().Before(deadline) {
			return err
		}
		log.Warn("other processes keep the database busy: starting again", "error", err.Error())
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
