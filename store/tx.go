package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"
)

// tx is a transaction. Lower-case functions of this package take one, public
// methods open it. Statements are written with ? and bound as the engine
// wants them.
type tx struct{ t *sqlx.Tx }

// exec runs a statement and returns how many rows it changed.
func (x *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := x.t.ExecContext(ctx, x.t.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert runs an INSERT into a table whose key is id, and returns the new id.
func (x *tx) insert(ctx context.Context, query string, args ...any) (id int64, err error) {
	err = x.t.GetContext(ctx, &id, x.t.Rebind(query+" RETURNING id"), args...)
	return id, err
}

// get reads exactly one row; sql.ErrNoRows if there is none.
func (x *tx) get(ctx context.Context, dst any, query string, args ...any) error {
	return x.t.GetContext(ctx, dst, x.t.Rebind(query), args...)
}

// find reads one row, and tells whether there was one.
func (x *tx) find(ctx context.Context, dst any, query string, args ...any) (bool, error) {
	err := x.get(ctx, dst, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// all reads every row into a slice.
func (x *tx) all(ctx context.Context, dst any, query string, args ...any) error {
	return x.t.SelectContext(ctx, dst, x.t.Rebind(query), args...)
}

// rows reads rows one by one, where all would be too many. The caller closes
// them.
func (x *tx) rows(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	return x.t.QueryxContext(ctx, x.t.Rebind(query), args...)
}

// prepare is for statements that run once a row. The caller closes it.
func (x *tx) prepare(ctx context.Context, query string) (*sqlx.Stmt, error) {
	return x.t.PreparexContext(ctx, x.t.Rebind(query))
}

// saved runs fn, which leaves nothing behind if it fails, while the transaction
// goes on. A failure of the database itself is one of the whole transaction:
// see engineFailed.
func (x *tx) saved(ctx context.Context, fn func() error) error {
	if _, err := x.exec(ctx, `SAVEPOINT one_row`); err != nil {
		return err
	}
	err := fn()
	if err != nil {
		if _, e := x.exec(ctx, `ROLLBACK TO one_row`); e != nil {
			return errors.Join(err, e)
		}
	}
	_, e := x.exec(ctx, `RELEASE one_row`)
	return errors.Join(err, e)
}

// BeforeWriting has fn called once, before the first change through this Store:
// who only reads calls nothing.
func (s *Store) BeforeWriting(fn func(context.Context) error) { s.first.Store(&fn) }

// write runs fn in a transaction of the one writer. It must not nest: a second
// write inside fn would wait for itself.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	if first := s.first.Swap(nil); first != nil {
		if err := (*first)(ctx); err != nil {
			s.first.Store(first)
			return err
		}
	}
	return s.told(inside(ctx, s.writer, fn))
}

// read runs fn on a snapshot that does not change under it.
func (s *Store) read(ctx context.Context, fn func(*tx) error) error {
	return s.told(inside(ctx, s.reader, fn))
}

func inside(ctx context.Context, db *sqlx.DB, fn func(*tx) error) (err error) {
	t, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		// After a Commit, whatever it returned, the transaction is over and
		// Rollback says ErrTxDone.
		if e := t.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, e)
		}
	}()
	if err := fn(&tx{t}); err != nil {
		return err
	}
	return t.Commit()
}
