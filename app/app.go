// Package app is what a person can ask for, one function an operation, the same
// for the command line, the API and the page. It prints nothing and never asks
// the clock: now is an argument.
package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"outpace/store"
)

// App is an open database and what can be done with it. Operations that are one
// call of the store stand there.
type App struct {
	*store.Store
	path string
}

// Mode says what opening may change.
type Mode uint8

// The modes. AsIs is for reading and for what people report: it makes no
// database and leaves its schema alone. Migrating makes one and brings its
// schema up to date.
const (
	AsIs Mode = iota
	Migrating
)

// UnreachableError says that the database could not be opened, or not be used.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return e.Err.Error() }
func (e *UnreachableError) Unwrap() error { return e.Err }

// Unreachable says whether an error means that the database could not be used:
// it is not there, of another schema, broken, or held by somebody else.
func Unreachable(err error) bool {
	var e *UnreachableError
	return errors.As(err, &e) || store.IsBusy(err) || store.Damaged(err)
}

// Open opens the database at path. Its errors are all Unreachable.
func Open(ctx context.Context, path string, mode Mode) (*App, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	path = RealPath(path)
	db, err := store.Open(ctx, path, store.Options{Migrate: mode == Migrating})
	if err != nil {
		return nil, &UnreachableError{err}
	}
	return &App{Store: db, path: path}, nil
}

// Path is the database's file.
func (a *App) Path() string { return a.path }

// RealPath is the path of a database without symbolic links: what lies beside a
// database lies beside the file, not beside a link to it, as for SQLite.
func RealPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path)) // not made yet
	}
	return path
}

// CheckPath says what is wrong with the path of a database; its errors are
// Unreachable.
func CheckPath(path string) error {
	if err := checkPath(path); err != nil {
		return &UnreachableError{err}
	}
	return nil
}

func checkPath(path string) error {
	switch {
	case strings.Contains(path, "://"):
		return fmt.Errorf("the database %s: this outpace keeps its data in SQLite, so --db must be the path of a file", redacted(path))
	case path == ":memory:":
		return errors.New("the database :memory: would be lost at once: --db must be the path of a file")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("the database %s is a folder: --db must be the path of a file", path)
	}
	if dir := filepath.Dir(path); !isDir(dir) {
		return fmt.Errorf("the database %s: there is no folder %s", path, dir)
	}
	return nil
}

// redacted is a database's address without what may be a password.
func redacted(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = "***" + rest[i:]
	}
	return scheme + "://" + rest
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Copy is a database of its own, to be thrown away: of the database at path, or
// empty if that is "". drop closes and deletes it.
func Copy(ctx context.Context, path string) (a *App, drop func() error, err error) {
	dir, err := os.MkdirTemp("", "outpace-")
	if err != nil {
		return nil, nil, err
	}
	drop = func() error { return os.RemoveAll(dir) }
	file := filepath.Join(dir, "copy.db")
	if path != "" {
		if err := copyDatabase(ctx, path, file); err != nil {
			return nil, nil, errors.Join(err, drop())
		}
	}
	db, err := store.Open(ctx, file, store.Options{Migrate: true, Volatile: true})
	if err != nil {
		return nil, nil, errors.Join(&UnreachableError{err}, drop())
	}
	return &App{Store: db, path: file}, func() error { return errors.Join(db.Close(), os.RemoveAll(dir)) }, nil
}

func copyDatabase(ctx context.Context, path, file string) error {
	from, err := Open(ctx, path, AsIs)
	if err != nil {
		return err
	}
	return errors.Join(from.CopyTo(ctx, file), from.Close())
}

// Exists says whether there is a database at path.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Zone is the time zone of an account, or of the first one if none is named;
// UTC if there is none yet.
func (a *App) Zone(ctx context.Context, account string) (*time.Location, error) {
	defs, err := a.AccountDefs(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range defs {
		if account == "" || d.Name == account {
			return d.Zone.Loc(), nil
		}
	}
	if account != "" {
		return nil, &store.NotFoundError{What: "account", Name: account}
	}
	return time.UTC, nil
}
