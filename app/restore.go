package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"outpace/store"
)

// Restored is a backup that was put in the place of the database.
type Restored struct {
	Database string     `json:"database"`
	From     *time.Time `json:"from"`     // when the backup was made; null: not known, it is no `outpace backup`
	Aside    string     `json:"aside"`    // where the database of before is; "": there was none
	Doubts   int        `json:"doubts"`   // messages that were likely released since
	InDoubt  int        `json:"in_doubt"` // those that may have been, these among them

	mark    string // which database it is
	release int64  // its last
}

// Restore puts the backup in file in the place of the database at path, and in
// quarantine. The database of before is kept beside it, as a copy: its name
// always has a whole database. No daemon may run, and the caller keeps it from
// starting. It is done whole or not at all: what a power cut leaves is the
// database of before, or the new one, in quarantine.
func Restore(ctx context.Context, path, file string, now time.Time) (Restored, error) {
	r := Restored{Database: path}
	part := path + ".part"
	if there, err := os.Stat(path); err == nil {
		if own, err := os.Stat(file); err == nil && os.SameFile(own, there) {
			return r, fmt.Errorf("%s is the database itself", file)
		}
	}
	if err := dropDatabase(part); err != nil {
		return r, err
	}
	err := copyFiles(file, part)
	var earlier []string
	if err == nil && Exists(path) {
		r.Aside = freeName(path + ".before-" + now.UTC().Format("20060102T150405Z"))
		earlier, err = laidDown(ctx, path, now)
		if aside, e := filepath.Abs(r.Aside); err == nil {
			earlier, err = append(earlier, aside), e
		}
	}
	if err == nil {
		err = r.quarantine(ctx, part, file, now, earlier)
	}
	if err == nil {
		err = sameOwner(path, part)
	}
	if err == nil && r.Aside != "" {
		err = setAside(path, r.Aside)
	}
	if err == nil {
		err = r.swap(part, path)
	}
	return r, errors.Join(err, dropDatabase(part))
}

// swap gives the new database the name of the old one. The mark says meanwhile
// that neither may release anything: a log is no part of another database, so it
// goes first, and what is left then is not all of the old one.
func (r *Restored) swap(part, path string) error {
	err := setMark(path, r.mark, restoring)
	for _, suffix := range companions {
		if e := os.Remove(path + suffix); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err == nil {
		_, err = putInPlace(part, path, true)
	}
	if err != nil {
		return err
	}
	if err := os.Remove(path + OutcomesSuffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return setMark(path, r.mark, r.release)
}

// copyFiles copies a database as it lies there, with a log it may have.
func copyFiles(from, to string) error {
	if err := copyFile(from, to); err != nil {
		return err
	}
	if err := copyFile(from+"-wal", to+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o660)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(0o660), out.Sync(), out.Close())
}

// quarantine checks the copy at part, brings it up to date and holds all of it.
func (r *Restored) quarantine(ctx context.Context, part, file string, now time.Time, earlier []string) error {
	db, err := openBackup(ctx, part)
	if err != nil {
		return fmt.Errorf("%s is no backup that can be restored: %w", file, err)
	}
	err = db.Check(ctx)
	var at time.Time
	if err == nil {
		at, err = db.Copied(ctx)
	}
	if err == nil {
		r.From = known(at)
		err = db.BeginQuarantine(ctx, now, at, "restored from "+filepath.Base(file), earlier...)
	}
	if err == nil {
		err = db.PlanDirty(ctx, now, nil)
	}
	if err == nil {
		var q store.Quarantine
		q, err = db.Quarantine(ctx)
		r.Doubts, r.InDoubt = q.Likely, q.Left
	}
	if err == nil {
		r.mark, r.release, err = db.Progressed(ctx)
	}
	return errors.Join(err, db.Close())
}

// openBackup opens a copy of a backup and brings it up to date. It never makes
// a database of what is none.
func openBackup(ctx context.Context, path string) (*store.Store, error) {
	db, err := store.Open(ctx, path, store.Options{})
	var schema *store.SchemaError
	switch {
	case errors.Is(err, store.ErrNoDatabase):
		return nil, errors.New("it is empty")
	case errors.As(err, &schema) && 0 < schema.Have && schema.Have < schema.Want:
		return store.Open(ctx, path, store.Options{Migrate: true})
	}
	return db, err
}

// sameOwner gives a file the owner of another one, as far as that is allowed.
func sameOwner(of, to string) error {
	info, err := os.Stat(of)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	st := info.Sys().(*syscall.Stat_t)
	if err := os.Chown(to, int(st.Uid), int(st.Gid)); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

// laidDown moves the log of the database at path into it, if it can be opened,
// and refuses if somebody else uses it. earlier are the databases that were here
// before it, if it does not know all that they did.
func laidDown(ctx context.Context, path string, now time.Time) (earlier []string, err error) {
	db, err := store.Open(ctx, path, store.Options{})
	if store.IsBusy(err) {
		return nil, err
	}
	if err != nil {
		return nil, nil // damaged, or of another version: it is kept as it lies there, log and all
	}
	a := &App{Store: db, path: path}
	var q store.Quarantine
	if _, err = a.Suspect(ctx, now); err == nil { // it may have been put back, too
		q, err = a.Quarantine(ctx)
	}
	if err = errors.Join(err, a.Close()); store.Damaged(err) {
		return nil, nil
	}
	if err == nil && Exists(path+"-wal") {
		err = fmt.Errorf("another process uses %s: end it, then restore again", path)
	}
	return q.Before, err
}

// setAside copies the database at path, with its log and its journal of
// outcomes.
func setAside(path, aside string) error {
	err := copyFiles(path, aside)
	if e := copyFile(path+OutcomesSuffix, aside+OutcomesSuffix); e != nil && !errors.Is(e, os.ErrNotExist) {
		err = errors.Join(err, e)
	}
	if err == nil {
		err = sameOwner(path, aside)
	}
	if err == nil {
		err = syncDir(filepath.Dir(aside))
	}
	if err != nil {
		return errors.Join(err, dropDatabase(aside))
	}
	return nil
}

// freeName is the name, with a number behind it if that is taken.
func freeName(name string) string {
	free := name
	for n := 2; Exists(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}
