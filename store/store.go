// Package store is what happened: all SQL. It keeps the applied set, the
// queue, the releases and the ledgers, plans accounts with package scheduler,
// and lets the database refuse what must never be (migrations/sqlite).
//
// Public methods open a transaction, lower-case functions take one. The
// caller's now goes in; SQL never asks the time.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

// Store is an open database. Its methods may be called from any goroutine.
type Store struct {
	path           string
	writer, reader *sqlx.DB
	watch          *sql.Conn // of Version: a counter is per connection
	calendars      calendars
	chunk          int // new targets merged in one transaction
	first          atomic.Pointer[func(context.Context) error]
}

// Options say how to open a database.
type Options struct {
	// Migrate creates the file and brings its schema up to date. Without it
	// Open changes nothing.
	Migrate bool
	// Volatile does not wait for the disk: only for copies that may be lost.
	Volatile bool
}

// ErrNoDatabase is returned by Open without Migrate when there is no file.
var ErrNoDatabase = errors.New("there is no database yet: `outpace apply` or `outpace run` makes it")

// SchemaError says that a database's schema is not the one this program knows.
type SchemaError struct{ Have, Want int64 }

func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("the database has schema %d, this outpace knows only up to %d: use a newer outpace", e.Have, e.Want)
	}
	return fmt.Sprintf("the database has schema %d, this outpace needs %d: `outpace migrate` brings it up to date", e.Have, e.Want)
}

// Open opens the database in the file at path.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if err := ensureFile(path, o.Migrate); err != nil {
		return nil, Denied(path, err)
	}
	s := &Store{path: path, chunk: mergeChunk, writer: o.pool(path, false, 1), reader: o.pool(path, true, 4)}
	err := s.migrate(ctx, o.Migrate)
	if err == nil {
		s.watch, err = s.reader.Conn(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, s.told(err)), s.Close())
	}
	return s, nil
}

// ensureFile makes an empty file that the group may write, so that members
// use the commands beside the service. SQLite gives its companion files the
// same mode.
func ensureFile(path string, create bool) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 && !create {
		err = fs.ErrNotExist // nothing was ever written to it
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !create {
		return fmt.Errorf("%s: %w", path, ErrNoDatabase)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o660)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o660), f.Close())
}

func (s *Store) migrate(ctx context.Context, up bool) error {
	dialect, dir, err := migrations()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, s.writer.DB, dir)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	have, err := s.schema(ctx)
	if err != nil {
		return err
	}
	if have > want || have < want && !up {
		return &SchemaError{have, want}
	}
	if have < want {
		_, err = p.Up(ctx)
	}
	return err
}

// schema is the version of the schema, 0 for an empty file. It asks without
// goose, which would write its table.
func (s *Store) schema(ctx context.Context) (version int64, err error) {
	err = s.read(ctx, func(x *tx) error {
		var n int
		if err := x.get(ctx, &n, hasSchema); err != nil || n == 0 {
			return err
		}
		return x.get(ctx, &version, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied = 1`)
	})
	return version, err
}

// Close closes the database.
func (s *Store) Close() error {
	var err error
	if s.watch != nil {
		err = s.watch.Close()
	}
	return errors.Join(err, s.reader.Close(), s.writer.Close())
}

// Version is a number that differs after any commit, of this process or
// another. It costs no reading of tables: a daemon may ask every second.
func (s *Store) Version(ctx context.Context) (v int64, err error) {
	err = s.watch.QueryRowContext(ctx, changeCounter).Scan(&v)
	return v, s.told(err)
}

// CopyTo writes a consistent copy to path, which must not exist. plan and
// simulate run the production engine on copies. Nobody else can read it while
// it is written.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, copyInto, path); err != nil {
		return fmt.Errorf("copying %s to %s: %w", s.path, path, s.told(err))
	}
	return os.Chmod(path, 0o660)
}
