package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outpace/app"
)

// A database that is lost is no new beginning: whatever is made in its place
// waits until somebody says what was sent, also if that is lost in turn.
func TestALostDatabaseIsNoBeginning(t *testing.T) {
	monday := time.Date(2026, 12, 7, 8, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "outpace.db")
	if err := os.WriteFile(path+app.MarkSuffix, []byte("database lost release 00000000000000000003\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	adopt := func() (*app.App, string) {
		a, err := app.Open(t.Context(), path, app.Migrating)
		if err != nil {
			t.Fatal(err)
		}
		m, q, err := a.Adopt(t.Context(), monday)
		if err == nil {
			err = m.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return a, q.Cause
	}
	a, cause := adopt()
	if !strings.Contains(cause, "which made 3 releases") {
		t.Errorf("the first: %q", cause)
	}
	files, err := filepath.Glob(path + "*")
	err = errors.Join(err, a.Close())
	for _, f := range files {
		if !strings.HasSuffix(f, app.MarkSuffix) {
			err = errors.Join(err, os.RemoveAll(f))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	a, cause = adopt()
	if !strings.Contains(cause, "was to be reconciled") {
		t.Errorf("the second: %q", cause)
	}
	if _, err := a.EndQuarantine(t.Context(), monday, true); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if a, cause = adopt(); cause != "" {
			t.Errorf("reconciled, and then: %q", cause)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}
