package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
