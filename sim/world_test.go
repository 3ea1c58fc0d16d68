package sim_test

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/campaign"
	"outpace/channel"
	"outpace/dispatch"
	"outpace/sim"
	"outpace/store"
)

// world is everything outside the database: what channels were handed, what
// people did and recorded, and what the file says. Its checks know nothing of
// how the database came to its decisions.
type world struct {
	t     *rapid.T
	db    *store.Store
	d     *dispatch.Dispatcher
	dir   string
	now   time.Time
	start time.Time
	next  time.Time // when the dispatcher wants to be woken
	trace []string

	spec     *wSet
	set      *campaign.Set
	accounts map[string]*wBooks

	mu    sync.Mutex
	calls map[string]int // how often a channel was called, by key
	mood  int            // what channels answer, see answers
	quick bool           // cards are reported at once
	seed  uint64

	handed    []*handed
	connected map[[2]string]bool      // account, person: they are connected
	since     map[[2]string]time.Time // the same: since when
	supressed map[string]time.Time    // person: opted out or bounced
	stopped   map[[2]string]time.Time // campaign, person: answered
	replied   map[[2]string]bool      // the same, but of those who had not been suppressed
	answers   map[string][]time.Time  // person: when the platform saw an InMail answered
	paused    map[string]bool         // "account:ada", "campaign:p"
	rules     []wRule                 // who else must not be written to
	forgotten map[string]bool         // persons
	approved  map[wMessage]string     // what was read of a message when it was approved
}

// wBooks is what the world knows of one account beside what it was handed.
type wBooks struct {
	first    time.Time // applied
	opened   int       // unanswered requests before outpace
	manual   []wUnit
	holds    []wHold
	ceilings []wCeiling
	heldCap  int // the cap before a raise, until heldTo
	heldTo   time.Time
	off      bool
	credits  int             // never more than this can be left
	granted  map[string]bool // months whose grant the world has allowed for, 2026-11
}

type wUnit struct {
	at    time.Time
	kind  string
	noted bool
}

type wHold struct {
	kind      string // "": all
	from, to  time.Time
	byPersons bool // until somebody resumes
}

type wCeiling struct {
	at    time.Time
	count int
}

// wState is what the world knows of a delivery.
type wState int

const (
	wOpen wState = iota // with a person, or its channel has not answered
	wSent
	wUnsent // certainly
	wUnknown
)

// handed is a delivery.
type handed struct {
	id, key, account, campaign, person, step, kind string
	release                                        int64
	priority                                       int
	noted, desk, counted                           bool
	passed                                         bool // not sent, and the sequence goes on
	slot, at, countAt, withdrawn                   time.Time
	state                                          wState
}

func (w *world) say(format string, args ...any) {
	w.trace = append(w.trace, w.now.UTC().Format("01-02T15:04:05.999 ")+sprintf(format, args...))
}

// fail reports a broken promise with all that went before.
func (w *world) fail(promise, format string, args ...any) {
	w.t.Helper()
	for _, line := range w.trace {
		w.t.Log(line)
	}
	w.t.Fatalf("%s at %s: %s", promise, w.now.Format(time.RFC3339), sprintf(format, args...))
}

// must fails on an error nobody expects.
func (w *world) must(what string, err error) {
	w.t.Helper()
	if err != nil {
		w.fail("error", "%s: %v", what, err)
	}
}

// pristine is a migrated database to copy: migrating takes longer than a world.
var pristine = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "outpace-world")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "outpace.db")
	db, err := store.Open(contextOf, path, store.Options{Migrate: true, Volatile: true})
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(dir, "copy.db")
	if err := db.CopyTo(contextOf, copied); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(copied)
})

// openCopy opens a new database in dir.
func openCopy(t rapid.TB, dir string) *store.Store {
	bytes, err := pristine()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "outpace.db")
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(contextOf, path, store.Options{Migrate: true, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// newWorld draws a world of as many accounts as one of the numbers, and applies
// its first file.
func newWorld(t *rapid.T, dir string, accounts ...int) *world {
	d := draw{t}
	w := &world{
		t: t, dir: dir, db: openCopy(t, dir), start: d.start(), accounts: map[string]*wBooks{}, calls: map[string]int{},
		connected: map[[2]string]bool{}, since: map[[2]string]time.Time{}, supressed: map[string]time.Time{}, stopped: map[[2]string]time.Time{},
		paused: map[string]bool{}, replied: map[[2]string]bool{}, answers: map[string][]time.Time{},
		forgotten: map[string]bool{}, approved: map[wMessage]string{},
	}
	w.now = w.start
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.d = dispatch.New(&witness{w.db, w}, map[string]channel.Channel{
		"desk": &fakeChannel{w, true}, "out": &fakeChannel{w, false},
	}, quiet)
	w.apply(d.set(w.start, accounts...))
	return w
}

// apply applies a file.
func (w *world) apply(spec *wSet) {
	w.set = spec.load(w.t, w.dir)
	w.say("apply\n%s", spec.yaml())
	w.must("apply", sim.Apply(contextOf, w.db, w.set, w.now))
	w.applied(spec)
	w.lapse()
	w.next = w.now
}

// step lets the dispatcher do what is due.
func (w *world) step() {
	w.say("step")
	next, err := w.d.Step(contextOf, w.now)
	w.must("step", err)
	w.next = next
	if !next.IsZero() && !next.After(w.now) {
		due, err := w.db.Messages(contextOf, store.MessageQuery{States: []string{"scheduled"}, To: w.now.Add(time.Second)})
		accounts, e := w.db.AccountsStatus(contextOf, w.now)
		w.fail("loop", "the dispatcher wants to be called again at once: due %+v %v, accounts %+v %v", due, err, accounts, e)
	}
	for key, n := range w.calls {
		if n != 1 {
			w.fail("I3", "a channel was called %d times with key %s", n, key)
		}
	}
	for _, h := range w.handed {
		if w.calls[h.key] != 1 {
			w.fail("I3", "%s was claimed and not handed over", h.id)
		}
	}
	w.placed()
}

// inWorlds runs fn in worlds of their own: usual many, or what -rapid.checks
// says if that is given.
func inWorlds(t *testing.T, usual int, fn func(*rapid.T, string)) {
	checks := flag.Lookup("rapid.checks")
	if given := checks.Value.String(); given == checks.DefValue {
		if err := checks.Value.Set(fmt.Sprint(usual)); err != nil {
			t.Fatal(err)
		}
		defer checks.Value.Set(given)
	}
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		sub := filepath.Join(dir, fmt.Sprint(n))
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(sub)
		fn(t, sub)
	})
}

// TestWorld lets a random file, random timing, people and edits loose on the
// real dispatcher and store, and checks every promise after each step.
func TestWorld(t *testing.T) {
	inWorlds(t, 50, func(t *rapid.T, dir string) {
		w := newWorld(t, dir, 1, 2, 2, 3)
		defer w.db.Close()
		w.read()
		for range (draw{t}).pickInt("acts", 40, 25, 60, 10) {
			w.act()
		}
		w.settle()
		w.verify()
	})
}

// verify asks the database's own proof.
func (w *world) verify() {
	v, err := w.db.Verify(contextOf, w.now)
	w.must("verify", err)
	if !v.OK {
		w.fail("verify", "%+v", v.Violations)
	}
}
