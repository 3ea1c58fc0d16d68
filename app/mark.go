package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"outpace/scheduler"
	"outpace/store"
)

// MarkSuffix makes the name of the mark of that of the database.
const MarkSuffix = "-mark"

// Mark is a small file beside the database: which database it is, and the number
// of its last release. A database that is put back, in whatever way, has fewer,
// and is found out by it. It is written without waiting for the disk: what a
// power cut takes of it only makes it say less.
type Mark struct {
	file     *os.File
	database string
	release  int64
	held     bool // it was in quarantine: what was here before it is still not settled
}

const markFormat = "database %s release %020d%5s\n"

// Adopt looks whether the database was put back: whether it is a backup that
// nobody has reconciled, or the mark beside it tells of releases it does not
// have, or of another database. Then it begins a quarantine. The daemon calls
// it first of all, and marks what it claims.
func (a *App) Adopt(ctx context.Context, now time.Time) (*Mark, store.Quarantine, error) {
	m, err := a.openMark(ctx, now)
	if err != nil {
		return nil, store.Quarantine{}, err
	}
	q, err := a.Quarantine(ctx)
	if err != nil {
		return nil, q, errors.Join(err, m.Close())
	}
	return m, q, nil
}

func (a *App) openMark(ctx context.Context, now time.Time) (*Mark, error) {
	f, err := os.OpenFile(a.path+MarkSuffix, os.O_CREATE|os.O_RDWR, 0o660)
	if err != nil {
		return nil, err
	}
	m := &Mark{file: f}
	_, err = a.suspect(ctx, m, now)
	if err == nil {
		err = a.rewrite(ctx, m)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.Name(), err), f.Close())
	}
	return m, nil
}

// Suspect is Adopt for commands beside the daemon: it begins a quarantine if the
// database was put back, and says whether it did.
func (a *App) Suspect(ctx context.Context, now time.Time) (begun bool, err error) {
	m := &Mark{}
	f, err := os.OpenFile(a.path+MarkSuffix, os.O_RDWR, 0)
	switch {
	case err == nil:
		m.file = f
		defer func() { err = errors.Join(err, f.Close()) }()
	case !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission):
		return false, err
	}
	begun, err = a.suspect(ctx, m, now)
	if err != nil || !begun || m.file == nil {
		return begun, err
	}
	return begun, a.rewrite(ctx, m) // or the next start would hold everything once more
}

// rewrite brings the mark up to the database.
func (a *App) rewrite(ctx context.Context, m *Mark) (err error) {
	if m.database, m.release, err = a.Progressed(ctx); err != nil {
		return err
	}
	q, err := a.Quarantine(ctx)
	if err != nil {
		return err
	}
	m.held = q.Held()
	return m.write()
}

// Watch has the first change through this App look whether the database was put
// back, and begin a quarantine: planning would hide what it knew. told is called
// if so.
func (a *App) Watch(now time.Time, told func(store.Quarantine)) {
	a.BeforeWriting(func(ctx context.Context) error {
		begun, err := a.Suspect(ctx, now)
		if err != nil || !begun {
			return err
		}
		q, err := a.Quarantine(ctx)
		if err == nil {
			told(q)
		}
		return err
	})
}

// suspect begins a quarantine if anything speaks for one.
func (a *App) suspect(ctx context.Context, m *Mark, now time.Time) (begun bool, err error) {
	was, last, held := m.read() // before the database: a claim is marked when it is committed
	copied, err := a.Copied(ctx)
	if err != nil {
		return false, err
	}
	if !copied.IsZero() {
		return true, a.BeginQuarantine(ctx, now, copied, "a backup of "+copied.UTC().Format(time.RFC3339))
	}
	database, release, err := a.Progressed(ctx)
	if err != nil || last == 0 && !held {
		return false, err
	}
	cause := ""
	switch {
	case last == restoring:
		cause = "a restore was cut short"
	case was != database && held:
		cause = "another database was here, which was to be reconciled"
	case was != database:
		cause = fmt.Sprintf("another database was here, which made %d releases", last)
	case last > release:
		cause = fmt.Sprintf("the database lacks %d releases that were made from it", last-release)
	default:
		return false, nil
	}
	return true, a.BeginQuarantine(ctx, now, time.Time{}, cause)
}

// restoring is the number of the last release while a database is replaced: more
// than any has.
const restoring = math.MaxInt64

// setMark writes the mark of the database at path, and waits for the disk.
func setMark(path, database string, release int64) error {
	f, err := os.OpenFile(path+MarkSuffix, os.O_CREATE|os.O_RDWR, 0o660)
	if err != nil {
		return err
	}
	m := Mark{file: f, database: database, release: release}
	err = errors.Join(f.Chmod(0o660), m.write(), f.Sync(), f.Close())
	if err == nil {
		err = sameOwner(path, f.Name())
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// read is what the mark says; zero if it says nothing that can be read.
func (m *Mark) read() (database string, release int64, held bool) {
	if m.file == nil {
		return "", 0, false
	}
	b := make([]byte, 256)
	n, _ := m.file.ReadAt(b, 0)
	if _, err := fmt.Sscanf(string(b[:n]), "database %s release %d", &database, &release); err != nil {
		return "", 0, false
	}
	return database, release, strings.Contains(string(b[:n]), heldWord)
}

// heldWord stands in the mark of a database in quarantine.
const heldWord = " held"

func (m *Mark) write() error {
	word := ""
	if m.held {
		word = heldWord
	}
	_, err := fmt.Fprintf(&writerAt{m.file}, markFormat, m.database, m.release, word)
	return err
}

// writerAt writes from the beginning of a file.
type writerAt struct{ file *os.File }

func (w *writerAt) Write(b []byte) (int, error) { return w.file.WriteAt(b, 0) }

// Close closes the mark.
func (m *Mark) Close() error { return m.file.Close() }

// Marked is the database as the dispatcher uses it: each claim moves the mark.
type Marked struct {
	*store.Store
	Mark *Mark
}

// Claim is store.Claim. A mark that cannot be written keeps nobody from
// releasing: only a database put back by hand may not be noticed.
func (m Marked) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	out, err := m.Store.Claim(ctx, now, free)
	last := m.Mark.release
	for i := range out {
		last = max(last, out[i].ID)
	}
	if last > m.Mark.release {
		m.Mark.release = last
		_ = m.Mark.write()
	}
	return out, err
}
