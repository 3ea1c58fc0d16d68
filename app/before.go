package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"outpace/store"
)

// Before is a database that was here before, and what it tells of the time of
// which the one put back knows nothing.
type Before struct {
	File string `json:"file"`
	// Error is why it could not be read; "": it was.
	Error string `json:"error"`
	// Complete: it is the same database, at a later time, and was not put back
	// itself.
	Complete     bool `json:"complete"`
	Reactions    int  `json:"reactions"`    // since, known here or not
	Suppressions int  `json:"suppressions"` // that this one does not have
	Forgotten    int  `json:"forgotten"`    // people who were forgotten there and not here
	// Stopped are accounts and campaigns that stand still there, and go on here.
	Stopped []store.Stopped `json:"stopped"`
}

// databases looks through the databases that `restore` has kept, and through
// more. One that cannot be read is said to be so, and the rest goes on.
func (f *finding) databases(ctx context.Context, q store.Quarantine, more []string) error {
	whole := true
	for i, path := range slices.Compact(append(slices.Clone(q.Before), more...)) {
		b := Before{File: path, Stopped: []store.Stopped{}}
		past, err := f.a.past(ctx, q, path)
		switch {
		case err == nil:
			if err := f.tell(ctx, &b, &past); err != nil {
				return err
			}
			f.r.pasts = append(f.r.pasts, past)
		case ctx.Err() != nil || i >= len(q.Before): // somebody named it
			return fmt.Errorf("%s: %w", path, err)
		default:
			b.Error, whole = err.Error(), false
		}
		f.r.Databases = append(f.r.Databases, b)
		f.r.Complete = f.r.Complete || b.Complete
	}
	f.r.Complete = f.r.Complete && whole
	return nil
}

// past reads a database of before. A copy is opened: the file stays as it is.
func (a *App) past(ctx context.Context, q store.Quarantine, path string) (p store.Past, err error) {
	dir, err := os.MkdirTemp("", "outpace-")
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "before.db")
	if err := copyFiles(path, file); err != nil {
		return p, err
	}
	db, err := openBackup(ctx, file)
	if err == nil {
		if err = db.Check(ctx); err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if store.Damaged(err) {
		return p, errors.New("it is damaged")
	}
	if err != nil {
		return p, err
	}
	database, _, err := a.Progressed(ctx)
	if err == nil {
		p, err = db.Past(ctx, database, q)
	}
	return p, errors.Join(err, db.Close())
}

// tell takes in what a database of before tells.
func (f *finding) tell(ctx context.Context, b *Before, p *store.Past) error {
	for _, r := range p.Releases {
		err := f.release(ctx, Found{Account: r.Account, Target: r.Profile, Name: r.Name, File: b.File, elsewhere: r.Elsewhere})
		if err != nil {
			return err
		}
	}
	b.Complete, b.Reactions = p.Same && !p.Quarantined, len(p.Reactions)
	have, err := f.a.Suppressions(ctx, "", false)
	if err != nil {
		return err
	}
	type rule struct{ what, value, cause string }
	known := map[rule]bool{}
	b.Forgotten = p.Forgotten
	for i := range have {
		known[rule{have[i].What, have[i].Value, have[i].Cause}] = true
		if have[i].Cause == store.Forgotten {
			b.Forgotten--
		}
	}
	b.Forgotten = max(b.Forgotten, 0)
	for _, n := range p.Suppressed {
		cause := n.Cause
		if n.What != store.ThePerson {
			cause = n.What
		}
		if !known[rule{n.What, n.Value, cause}] {
			b.Suppressions++
		}
	}
	stopped, err := f.a.Stopped(ctx)
	for _, s := range p.Stopped {
		if !slices.ContainsFunc(stopped, func(h store.Stopped) bool { return h.What == s.What && h.Name == s.Name }) {
			b.Stopped = append(b.Stopped, s)
		}
	}
	return err
}

// recordPast records what people did in that time. What is known already is
// known; what cannot be recorded is told.
func (a *App) recordPast(ctx context.Context, now time.Time, p *store.Past, out *Reconciled) error {
	results, err := a.ReactAll(ctx, now, p.Reactions)
	if err != nil {
		return err
	}
	for i, got := range results {
		switch {
		case got.Err != nil:
			out.Refused = append(out.Refused, fmt.Sprintf("%s of %s: %v", p.Reactions[i].Kind, p.Reactions[i].Person, got.Err))
		case !got.Again:
			out.Reactions++
		}
	}
	for some := range slices.Chunk(p.Suppressed, importChunk) {
		changes, err := a.SuppressAll(ctx, now, some)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if !c.Again {
				out.Suppressions++
			}
		}
	}
	return nil
}
