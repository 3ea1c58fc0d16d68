package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"outpace/campaign"
	"outpace/store"
)

// RiskyError is what an apply without Yes returns if the set looks like a
// mistake. Nothing was changed.
type RiskyError struct {
	Reasons []string // for people, each with its remedy
}

func (e *RiskyError) Error() string {
	return "not applied, nothing was changed: " + strings.Join(e.Reasons, "; ")
}

// ApplyOptions say how to apply.
type ApplyOptions struct {
	Yes      bool           // whatever the guard says
	Shown    int            // messages kept of each campaign and kind of change; 0: all
	Progress store.Progress // may be nil
}

// Apply puts a set in force and plans every account that it touches. It answers
// what changed. An apply that looks like a mistake is a *RiskyError.
func (a *App) Apply(ctx context.Context, set *campaign.Set, now time.Time, o ApplyOptions) (*Difference, error) {
	staged, warnings, err := a.guarded(ctx, set, now, o)
	if err != nil {
		return nil, err
	}
	d, err := a.putComparing(ctx, staged, now, o)
	if err != nil {
		return nil, err
	}
	d.Warnings = append(d.Warnings, warnings...)
	d.Skipped, err = a.leftOut(ctx)
	return d, err
}

// putComparing puts a staged set in force and answers what that changed.
func (a *App) putComparing(ctx context.Context, staged *store.Staged, now time.Time, o ApplyOptions) (*Difference, error) {
	next, err := a.NextAt(ctx, now)
	if err != nil {
		return nil, errors.Join(err, a.Discard(context.WithoutCancel(ctx), staged))
	}
	// Also with an unchanged file, what missed its slot while no daemon ran is
	// planned anew.
	behind := !next.IsZero() && !next.After(now)
	if !staged.Changes && !behind {
		return unchanged(), nil
	}
	was, err := a.snapshot(ctx)
	if err != nil {
		return nil, errors.Join(err, a.Discard(context.WithoutCancel(ctx), staged))
	}
	if err := a.put(ctx, staged, now, o); err != nil {
		return nil, err
	}
	d, err := a.differ(ctx, was, o.Shown)
	if err != nil {
		return nil, err
	}
	d.targets(staged.Written)
	d.Changed = d.Changed || staged.Changes
	return d, nil
}

// Put is Apply for callers who do not ask what changed: a daemon that starts
// with a long queue.
func (a *App) Put(ctx context.Context, set *campaign.Set, now time.Time, o ApplyOptions) error {
	staged, _, err := a.guarded(ctx, set, now, o)
	if err != nil {
		return err
	}
	return a.put(ctx, staged, now, o)
}

// guarded stages a set and lets the guard look at it. warnings is what that had
// to say, if it was told to let it pass.
func (a *App) guarded(ctx context.Context, set *campaign.Set, now time.Time, o ApplyOptions) (staged *store.Staged, warnings []string, err error) {
	staged, err = a.StageTelling(ctx, set, now, o.Progress)
	if err != nil {
		return nil, nil, err
	}
	if warnings = staged.Risky(); len(warnings) > 0 && !o.Yes {
		return nil, nil, errors.Join(&RiskyError{warnings}, a.Discard(context.WithoutCancel(ctx), staged))
	}
	return staged, warnings, nil
}

func (a *App) put(ctx context.Context, staged *store.Staged, now time.Time, o ApplyOptions) error {
	if !staged.Changes {
		return a.CatchUp(ctx, now)
	}
	if err := a.Commit(ctx, staged, now); err != nil {
		return errors.Join(err, a.Discard(context.WithoutCancel(ctx), staged))
	}
	if err := a.PlanDirty(ctx, now, o.Progress); err != nil {
		return err
	}
	return a.CatchUp(ctx, now)
}

// Plan answers what applying the set to the database at path would change. It
// runs the real apply on a copy; without a database, on an empty one. The guard
// does not hold it.
func Plan(ctx context.Context, path string, set *campaign.Set, now time.Time, o ApplyOptions) (d *Difference, err error) {
	if !Exists(path) {
		path = ""
	}
	a, drop, err := Copy(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	o.Yes = true
	return a.Apply(ctx, set, now, o)
}
