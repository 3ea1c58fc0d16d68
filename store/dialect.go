package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// Everything that is SQLite's and not PostgreSQL's stands in this file and in
// migrations/sqlite.

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

func migrations() (goose.Dialect, fs.FS, error) {
	dir, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	return goose.DialectSQLite3, dir, err
}

// pragmas are what a connection of one of our pools must run with. The driver
// sets all but trusted_schema from the DSN; each is read back, because a
// misspelt one is ignored in silence, and synchronous=NORMAL loses commits in
// a power cut.
func (o Options) pragmas(readOnly bool) map[string]string {
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
		"busy_timeout": "5000", "trusted_schema": "0", "query_only": "0",
		"secure_delete": "1", // or names that forget blanked could be read from the file
	}
	if o.Volatile {
		want["synchronous"] = "0"
	}
	if readOnly {
		want["query_only"] = "1"
	}
	return want
}

func (o Options) dsn(path string, readOnly bool) string {
	q := url.Values{}
	q.Set("mode", "rw")
	q.Set("_journal_mode", "WAL")
	q.Set("_synchronous", "FULL")
	q.Set("_foreign_keys", "on")
	q.Set("_busy_timeout", "5000")
	q.Set("_txlock", "immediate")
	q.Set("_secure_delete", "true")
	q.Set("_stmt_cache_size", "100") // compiling a statement costs more than running it
	if o.Volatile {
		q.Set("_synchronous", "OFF")
	}
	if readOnly {
		q.Set("_query_only", "on")
		q.Set("_txlock", "deferred")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// connector opens connections of one pool and refuses those that do not run
// with the pragmas asked for.
type connector struct {
	dsn  string
	want map[string]string
}

func (o Options) pool(path string, readOnly bool, size int) *sqlx.DB {
	db := sql.OpenDB(&connector{dsn: o.dsn(path, readOnly), want: o.pragmas(readOnly)})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return sqlx.NewDb(db, "sqlite3")
}

func (c *connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := (&sqlite3.SQLiteDriver{ConnectHook: func(sc *sqlite3.SQLiteConn) error {
		_, err := sc.Exec("PRAGMA trusted_schema = off; PRAGMA cache_size = -65536", nil)
		return err
	}}).Open(c.dsn)
	if err != nil {
		return nil, err
	}
	for name, want := range c.want {
		got, err := readPragma(conn.(*sqlite3.SQLiteConn), name)
		if err == nil && !strings.EqualFold(got, want) {
			err = fmt.Errorf("the database runs with %s=%s, not %s: outpace would not be safe on it", name, got, want)
		}
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

func readPragma(conn *sqlite3.SQLiteConn, name string) (string, error) {
	rows, err := conn.Query("PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return "", fmt.Errorf("reading pragma %s back: %w", name, err)
	}
	return fmt.Sprint(row[0]), nil
}

// hasSchema counts the table of schema versions: 0 in an empty file.
const hasSchema = "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'"

// changeCounter changes whenever another connection commits; it costs no
// reading of tables.
const changeCounter = "PRAGMA data_version"

// emptyLog moves the write-ahead log into the file and cuts it to nothing. It
// answers a row whose first number is 0 if no reader was in the way.
const emptyLog = "PRAGMA wal_checkpoint(TRUNCATE)"

// usualLog and hugeLog are how many pages the write-ahead log takes before it is
// moved into the file: an import writes the same pages of its indexes again and
// again, and moves them once.
const usualLog, hugeLog = 1000, 16384

// logFor sets when the writer moves its log. The next commit after a lower
// number does.
func (s *Store) logFor(ctx context.Context, pages int) error {
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", pages))
	return err
}

// copyInto writes a compact copy to a path that must not exist.
const copyInto = "VACUUM INTO ?"

// wholeness answers 'ok', or what it found first.
const wholeness = "PRAGMA quick_check(1)"

// IsBusy tells that another process held the database for longer than the
// busy timeout: nothing was changed, and trying again may help.
func IsBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// engineFailed tells an error of the database, or the end of the caller's time,
// from one of what was asked for: it is no use to go on in the transaction. A
// constraint refuses one statement and leaves the transaction whole.
func engineFailed(ctx context.Context, err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return e.Code != sqlite3.ErrConstraint
	}
	return ctx.Err() != nil || errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}
