package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenRefusesWhatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outpace.db")
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrNoDatabase) {
		t.Fatalf("opening nothing: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("opening nothing made a file")
	}
}

func TestOpenModeAndPath(t *testing.T) {
	// Characters that mean something in a DSN are part of a name.
	path := filepath.Join(t.TempDir(), "a b?c#d%41.db")
	s, err := Open(t.Context(), path, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o660 {
			t.Errorf("%q has mode %v", suffix, info.Mode())
		}
	}
}

func TestOpenRefusesOtherSchemas(t *testing.T) {
	for _, tt := range []struct {
		change string
		newer  bool
	}{
		{`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`, true},
		{`DELETE FROM goose_db_version WHERE version_id > 0`, false},
	} {
		path := filepath.Join(t.TempDir(), "outpace.db")
		s, err := Open(t.Context(), path, Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, tt.change)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), path, Options{Migrate: tt.newer})
		var schema *SchemaError
		if !errors.As(err, &schema) || schema.Have > schema.Want != tt.newer {
			t.Errorf("%s: %v", tt.change, err)
		}
	}
}

func TestPragmasAreReadBack(t *testing.T) {
	s := open(t)
	for _, pool := range []bool{false, true} {
		o := Options{}
		for name := range o.pragmas(pool) {
			c := &connector{dsn: o.dsn(s.path, pool), want: map[string]string{name: "something else"}}
			if _, err := c.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s differs, and the connection is taken: %v", name, err)
			}
		}
	}
	// A driver that forgets the DSN is refused.
	c := &connector{dsn: "file:" + s.path, want: Options{}.pragmas(false)}
	if _, err := c.Connect(t.Context()); err == nil {
		t.Error("a connection with the driver's own pragmas is taken")
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s := open(t)
	err := s.read(t.Context(), func(x *tx) error {
		_, err := x.exec(t.Context(), `UPDATE meta SET value = 'x'`)
		return err
	})
	if err == nil {
		t.Error("the reader pool writes")
	}
}

func TestVersionSeesOtherProcesses(t *testing.T) {
	s := open(t)
	other, err := Open(t.Context(), s.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	before, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	must(t, other, `UPDATE meta SET value = '1' WHERE key = 'config_version'`)
	after, err := s.Version(t.Context())
	if err != nil || after == before {
		t.Errorf("version %d after a commit elsewhere, %d before: %v", after, before, err)
	}
}

func TestCopyTo(t *testing.T) {
	s := open(t)
	must(t, s, `UPDATE meta SET value = '7' WHERE key = 'config_version'`)
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.CopyTo(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := s.CopyTo(t.Context(), path); err == nil {
		t.Error("a copy overwrites a file")
	}
	c, err := Open(t.Context(), path, Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	must(t, c, `UPDATE meta SET value = '8' WHERE key = 'config_version'`)
	if got := one(t, s, `SELECT value FROM meta WHERE key = 'config_version'`); got != "7" {
		t.Errorf("writing to a copy changed the original: %s", got)
	}
}
