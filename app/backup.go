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

// Backup is a copy of the database that was made.
type Backup struct {
	File  string    `json:"file"`
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
}

// Backup writes a copy of the database to file, whole or not at all, also while
// a daemon runs. It is read once before it gets its name. A file that is there
// is replaced with force only.
func (a *App) Backup(ctx context.Context, file string, now time.Time, force bool) (Backup, error) {
	b := Backup{File: file, At: now}
	if err := a.mayBackup(file, force); err != nil {
		return b, err
	}
	part := file + ".part"
	if err := dropDatabase(part); err != nil { // an earlier one that was cut short
		return b, err
	}
	err := a.copyChecked(ctx, part, now)
	if err == nil {
		b.Bytes, err = putInPlace(part, file, force)
	}
	return b, errors.Join(err, dropDatabase(part))
}

// mayBackup refuses files that must not be written.
func (a *App) mayBackup(file string, force bool) error {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		if dir := filepath.Dir(file); !isDir(dir) {
			return fmt.Errorf("there is no folder %s", dir)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if own, err := os.Stat(a.path); err == nil && os.SameFile(own, info) {
		return fmt.Errorf("%s is the database itself", file)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", file)
	}
	if !force {
		return fmt.Errorf("%s is there already: --force replaces it", file)
	}
	return nil
}

// copyChecked makes a copy that says that it is one, and reads it.
func (a *App) copyChecked(ctx context.Context, path string, now time.Time) error {
	if err := a.CopyTo(ctx, path); err != nil {
		return err
	}
	db, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	err = db.MarkCopied(ctx, now)
	if err == nil {
		err = db.Check(ctx)
	}
	return errors.Join(err, db.Close())
}

// putInPlace gives a file that is done its name, durably, and tells its size.
func putInPlace(part, file string, force bool) (size int64, err error) {
	f, err := os.Open(part)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	if force {
		err = os.Rename(part, file)
	} else {
		err = os.Link(part, file) // fails if somebody was quicker
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), syncDir(filepath.Dir(file))
}

// companions are the endings of the files that SQLite keeps beside a database.
var companions = []string{"-wal", "-shm"}

// dropDatabase takes a database with its companions away, if it is there.
func dropDatabase(path string) error {
	var errs []error
	for _, suffix := range append([]string{""}, companions...) {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Restored is a backup that was put in the place of the database.
type Restored struct {
	Database string     `json:"database"`
	From     *time.Time `json:"from"`  // when the backup was made; null: not known, it is no `outpace backup`
	Aside    string     `json:"aside"` // where the database of before is; "": there was none
	Doubts   int        `json:"doubts"`
}

// Restore puts the backup in file in the place of the database at path, and in
// quarantine. The database of before is kept beside it. No daemon may run, and
// the caller keeps it from starting. It is done whole or not at all.
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
	if err == nil {
		err = r.quarantine(ctx, part, file, now)
	}
	if err == nil {
		err = sameOwner(path, part)
	}
	if err == nil {
		r.Aside, err = setAside(ctx, path, now)
	}
	if err == nil {
		_, err = putInPlace(part, path, true)
	}
	return r, errors.Join(err, dropDatabase(part))
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
func (r *Restored) quarantine(ctx context.Context, part, file string, now time.Time) error {
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
		err = db.BeginQuarantine(ctx, now, at, "restored from "+filepath.Base(file))
	}
	if err == nil {
		err = db.PlanDirty(ctx, now, nil)
	}
	if err == nil {
		var q store.Quarantine
		q, err = db.Quarantine(ctx)
		r.Doubts = q.Left
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

// setAside gives the database at path a second name beside it, and takes its
// companions and its journal of outcomes to that. The first name stays until
// another file takes it: nobody ever finds no database there.
func setAside(ctx context.Context, path string, now time.Time) (aside string, err error) {
	if !Exists(path) {
		return "", nil
	}
	// Closing it moves its log into it, if it is whole.
	if db, err := store.Open(ctx, path, store.Options{}); err == nil {
		if err := db.Close(); err != nil {
			return "", err
		}
	}
	aside = freeName(path + ".before-" + now.UTC().Format("20060102T150405Z"))
	for _, suffix := range append([]string{OutcomesSuffix}, companions...) {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return aside, os.Link(path, aside)
}

// freeName is the name, with a number behind it if that is taken.
func freeName(name string) string {
	free := name
	for n := 2; Exists(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}
