package app_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"outpace/app"
)

func TestBackupIsWholeOrNotThere(t *testing.T) {
	a := applied(t, load(t, connects, 40))
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.db")
	for _, bad := range []string{a.Path(), dir, filepath.Join(dir, "none", "copy.db")} {
		if _, err := a.Backup(t.Context(), bad, now, true); err == nil {
			t.Errorf("a backup to %s", bad)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Backup(ctx, file, now, false); err == nil || app.Exists(file) {
		t.Errorf("interrupted: %v", err)
	}
	b, err := a.Backup(t.Context(), file, now, false)
	info, e := os.Stat(file)
	if err != nil || e != nil || info.Size() != b.Bytes || info.Mode().Perm() != 0o660 {
		t.Fatalf("%+v, %v, %v", b, err, e)
	}
	if _, err := a.Backup(t.Context(), file, now, false); err == nil {
		t.Error("a second one replaces the first")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v left, %v", left, err)
	}
}
