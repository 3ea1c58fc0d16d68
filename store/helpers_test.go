package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"outpace/campaign"
)

// monday is a quiet Monday morning, 08:00 in Berlin.
var monday = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "outpace.db"), Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// load reads a campaigns.yaml; files are laid beside it by name.
func load(t *testing.T, yaml string, files map[string]string) *campaign.Set {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "campaigns.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, _, err := campaign.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// apply stages, commits and plans a set.
func apply(t *testing.T, s *Store, set *campaign.Set, now time.Time) *Staged {
	t.Helper()
	staged := commitOnly(t, s, set, now)
	if err := s.PlanDirty(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	return staged
}

func commitOnly(t *testing.T, s *Store, set *campaign.Set, now time.Time) *Staged {
	t.Helper()
	staged, err := s.Stage(t.Context(), set, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), staged, now); err != nil {
		t.Fatal(err)
	}
	return staged
}

// query reads rows as one text each, columns joined by a space.
func query(t *testing.T, s *Store, q string, args ...any) []string {
	t.Helper()
	var list []string
	err := s.read(t.Context(), func(x *tx) error { return x.all(t.Context(), &list, q, args...) })
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return list
}

// one is query for one row.
func one(t *testing.T, s *Store, q string, args ...any) string {
	t.Helper()
	list := query(t, s, q, args...)
	if len(list) != 1 {
		t.Fatalf("%s: %d rows", q, len(list))
	}
	return list[0]
}

// do runs a statement.
func do(t *testing.T, s *Store, q string, args ...any) error {
	t.Helper()
	return s.write(t.Context(), func(x *tx) error {
		_, err := x.exec(t.Context(), q, args...)
		return err
	})
}

func must(t *testing.T, s *Store, q string, args ...any) {
	t.Helper()
	if err := do(t, s, q, args...); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

// states lists every message as "campaign person step state reason account".
func states(t *testing.T, s *Store) []string {
	return query(t, s, `SELECT c.name || ' ' || p.name || ' ' || m.step || ' ' || m.state
		|| CASE WHEN m.reason <> '' THEN ' ' || m.reason ELSE '' END
		FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		JOIN campaigns c ON c.id = t.campaign_id ORDER BY c.name, p.name, m.step`)
}

// sendStep is send for a person's step.
func sendStep(t *testing.T, s *Store, person, step string, at time.Time) {
	t.Helper()
	send(t, s, one(t, s, `SELECT m.id FROM messages m JOIN targets t ON t.id = m.target_id
		JOIN people p ON p.id = t.person_id WHERE p.name = ? AND m.step = ?`, person, step), at)
}

// send marks a message as sent, as a claim and a report would.
func send(t *testing.T, s *Store, id string, at time.Time) {
	t.Helper()
	for _, q := range []string{
		`UPDATE messages SET state = 'scheduled', slot_at = ?2, kind = 'connect' WHERE id = ?1 AND state = 'queued'`,
		`UPDATE messages SET state = 'released', slot_at = ?2 WHERE id = ?1`,
		`UPDATE messages SET state = 'sent', slot_at = ?2 WHERE id = ?1`,
		`UPDATE targets SET begun_at = coalesce(begun_at, ?2), last_at = ?2,
			last_step = (SELECT step FROM messages WHERE id = ?1) WHERE id = (SELECT target_id FROM messages WHERE id = ?1)`,
	} {
		must(t, s, q, id, on(at))
	}
}
