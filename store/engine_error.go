package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// FullError says that there was no room on the disk: nothing was changed, and
// trying again helps once there is. It is a syscall.ENOSPC, too.
type FullError struct {
	Path string
	Err  error
}

func (e *FullError) Error() string {
	return fmt.Sprintf("no room on the disk of %s: make some, nothing else is needed (%v)", e.Path, e.Err)
}

// Unwrap lets callers that do not know this package ask for syscall.ENOSPC.
func (e *FullError) Unwrap() []error { return []error{e.Err, syscall.ENOSPC} }

// DamagedError says that a database is not whole. Nothing must be released on
// it: what it has forgotten would go out again.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the database %s is damaged (%v): nothing is released from it. Stop the daemon; "+
		"`outpace restore FILE` puts a backup in its place and keeps this one beside it", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Fatal says that trying again is of no use.
func (e *DamagedError) Fatal() bool { return true }

// DeniedError says that a file system does not let this user work on a database.
type DeniedError struct {
	What string // what may not be written: "the file /var/lib/outpace/outpace.db"
	Err  error
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("this user may not write %s (%v): join the group outpace and log in anew, "+
		"or put `sudo -u outpace` before the command, or name another database with --db", e.What, e.Err)
}

func (e *DeniedError) Unwrap() error { return e.Err }

// Denied makes an error of working on the database at path a DeniedError, if a
// file or the folder may not be written.
func Denied(path string, err error) error {
	var e sqlite3.Error
	var denied *DeniedError
	refused := errors.As(err, &e) && (e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrPerm)
	if !refused && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) || errors.As(err, &denied) {
		return err
	}
	const readable, writable, searchable = 4, 2, 1
	if whole, e := filepath.Abs(path); e == nil {
		path = whole
	}
	if dir := filepath.Dir(path); syscall.Access(dir, writable|searchable) != nil {
		return &DeniedError{"the folder " + dir + ", in which even reading makes files", err}
	}
	for _, file := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		if e := syscall.Access(file, readable|writable); e != nil && !errors.Is(e, fs.ErrNotExist) {
			return &DeniedError{"the file " + file, err}
		}
	}
	return err
}

// Damaged says whether an error means that a database is not whole.
func Damaged(err error) bool {
	var e *DamagedError
	return errors.As(err, &e)
}

// told gives errors of the engine that a person must act on their names.
func (s *Store) told(err error) error {
	var e sqlite3.Error
	var full *FullError
	if err == nil || !errors.As(err, &e) || Damaged(err) || errors.As(err, &full) {
		return err
	}
	switch {
	case e.Code == sqlite3.ErrFull, e.Code == sqlite3.ErrIoErr && noRoom(e.SystemErrno):
		return &FullError{s.path, err}
	case e.Code == sqlite3.ErrCorrupt, e.Code == sqlite3.ErrNotADB:
		return &DamagedError{s.path, err}
	}
	return Denied(s.path, err)
}

// noRoom tells the ways in which a system says that a file cannot grow.
func noRoom(e syscall.Errno) bool {
	return e == syscall.ENOSPC || e == syscall.EDQUOT || e == syscall.EFBIG
}

// Check reads the whole database and returns a DamagedError if it is not whole.
// It takes about a second for a million messages; ctx ends it sooner, with an
// error of its own.
func (s *Store) Check(ctx context.Context) error {
	var found string
	err := s.read(ctx, func(x *tx) error { return x.get(ctx, &found, wholeness) })
	if err != nil {
		return fmt.Errorf("checking %s: %w", s.path, err)
	}
	if found != "ok" {
		return &DamagedError{s.path, errors.New(found)}
	}
	return nil
}
