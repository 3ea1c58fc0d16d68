package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whoever may not write a database's folder is told which, and what to do.
func TestOpenInAFolderOfOthers(t *testing.T) {
	if os.Geteuid() == 0 { // may write everything: somebody else tries
		cmd := exec.Command("/proc/self/exe", "-test.run", "^TestOpenInAFolderOfOthers$", "-test.count", "1")
		cmd.Env, cmd.Dir = []string{"TMPDIR=/tmp"}, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "outpace.db")
	s, err := Open(t.Context(), path, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700) // so that it can be removed
	for _, file := range []string{path, filepath.Join(dir, "new.db")} {
		_, err = Open(t.Context(), file, Options{Migrate: true})
		var denied *DeniedError
		if !errors.As(err, &denied) || !strings.HasPrefix(denied.What, "the folder "+dir+",") || !strings.Contains(err.Error(), "group outpace") {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	if err := errors.Join(os.Chmod(dir, 0o700), os.Chmod(path, 0o400)); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.write(t.Context(), func(x *tx) error {
		_, err := x.exec(t.Context(), `UPDATE accounts SET dirty = 1`)
		return err
	})
	var denied *DeniedError
	if !errors.As(err, &denied) || denied.What != "the file "+path {
		t.Errorf("a file that is read-only: %v", err)
	}
}

// Other errors, and those of a place that can be written, stay what they are.
func TestDeniedIsOnlyForPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outpace.db")
	for _, err := range []error{ErrNoDatabase, syscall.EACCES, syscall.ENOSPC} {
		if got := Denied(path, err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}
