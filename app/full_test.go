package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"outpace/app"
	"outpace/channel"
	"outpace/channel/outbox"
	"outpace/dispatch"
	"outpace/store"
)

const twoWays = `version: 1
timezone: UTC
channels: { out: { type: outbox, path: outbox.jsonl }, hook: { type: webhook, url: "https://crm.example/hook" } }
accounts:
  ada: { plan: basic, slots: "0 8-17 * * *", per_slot: 3, channel: out }
  bob: { plan: basic, slots: "0 8-17 * * *", per_slot: 3, channel: hook }
templates: { note: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: connect, template: note } ] }
  d: { accounts: [bob], overlap: allow, targets: [ { csv: people.csv } ], steps: [ { send: connect } ] }
`

// hook is a channel that does not notice a key that it has seen.
type hook struct{ calls map[string]int }

func (h *hook) Traits() channel.Traits { return channel.Traits{} }

func (h *hook) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	h.calls[d.ID]++
	return channel.Outcome{State: channel.Sent}
}

// machine is a daemon on a disk of its own, as far as one process can have it.
type machine struct {
	t      *testing.T
	dir    string
	a      *app.App
	out    *outbox.Outbox
	keep   *app.Outcomes
	d      *dispatch.Dispatcher
	hook   *hook
	lines  string // of the outbox
	filler []byte // stands in it before
}

func (m *machine) start(now time.Time) {
	m.t.Helper()
	var err error
	if m.a, err = app.Open(m.t.Context(), filepath.Join(m.dir, "outpace.db"), app.Migrating); err == nil {
		m.out, err = outbox.Open(m.lines)
	}
	if err == nil {
		m.keep, err = app.OpenOutcomes(m.a.Path())
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.d = dispatch.New(m.a.Store, map[string]channel.Channel{"out": m.out, "hook": m.hook}, slog.New(slog.DiscardHandler))
	m.d.Keep(m.keep)
	if err := m.d.Resume(m.t.Context(), now); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) stop() {
	m.t.Helper()
	if err := errors.Join(m.out.Close(), m.keep.Close(), m.a.Close()); err != nil {
		m.t.Fatal(err)
	}
}

// log is the size of the write-ahead log.
func (m *machine) log() int64 {
	info, err := os.Stat(filepath.Join(m.dir, "outpace.db-wal"))
	if err != nil {
		m.t.Fatal(err)
	}
	return info.Size()
}

// TestDiskFullAtEveryWrite runs out of room at the n-th page that a release
// writes, for every n until none is missing: before, in and after the claim, in
// what records the outcome. With room again, and also if the process dies before
// that, everybody is written to once.
func TestDiskFullAtEveryWrite(t *testing.T) {
	for _, c := range []struct {
		name          string
		crash, outbox bool // the process dies before there is room; the outbox cannot grow either
	}{{name: "goes on"}, {name: "crash", crash: true}, {name: "outbox, too", outbox: true}} {
		t.Run(c.name, func(t *testing.T) {
			short, step := 0, 1
			if testing.Short() {
				step = 5 // every fifth write
			}
			for n := 0; ; n += step {
				if n > 300 {
					t.Fatal("still no room")
				}
				if !shortOf(t, n, c.crash, c.outbox) {
					break
				}
				short++
			}
			t.Logf("%d writes failed, each in a world of its own", short)
			if short < 10/step {
				t.Errorf("only %d writes failed", short)
			}
		})
	}
}

// shortOf tells whether a write failed with room for n more pages of the log.
func shortOf(t *testing.T, n int, crash, fullOutbox bool) (short bool) {
	t.Helper()
	set := load(t, twoWays, 3)
	m := &machine{t: t, dir: t.TempDir(), hook: &hook{map[string]int{}}}
	m.lines = filepath.Join(m.dir, "outbox.jsonl")
	m.start(now)
	if _, err := m.a.Apply(t.Context(), set, now, app.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	for m.log() < 300<<10 { // longer than the journal, so that only the log's end is short
		pauseResume(t, m.a)
	}
	room := m.log() + int64(n)*(4096+24)
	if fullOutbox {
		m.filler = []byte(strings.Repeat("-", int(room-100)) + "\n")
		if err := os.WriteFile(m.lines, m.filler, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := now.Add(time.Hour)
	withFileLimit(t, uint64(room), func() {
		for i := range 3 {
			_, err := m.d.Step(t.Context(), at.Add(time.Duration(i)*time.Second))
			if err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("room for %d: %v", n, err)
			}
			short = short || err != nil
		}
	})
	at = at.Add(4 * time.Second)
	if crash {
		m.stop()
		m.start(at)
	}
	for range 9 { // what an outbox could not take goes at the next slot
		if _, err := m.d.Step(t.Context(), at); err != nil {
			t.Fatalf("room for %d, then more: %v", n, err)
		}
		at = at.Add(15 * time.Minute)
	}
	m.judge(n, at)
	m.stop()
	return short
}

func pauseResume(t *testing.T, a *app.App) {
	t.Helper()
	_, err := a.Pause(t.Context(), now, "account:ada", "")
	if err == nil {
		_, err = a.Resume(t.Context(), now, "account:ada")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// judge: everybody was written to once in each campaign, and the records say so.
func (m *machine) judge(n int, at time.Time) {
	m.t.Helper()
	text, err := os.ReadFile(m.lines)
	if err != nil {
		m.t.Fatal(err)
	}
	lines := map[string]int{}
	for line := range strings.Lines(string(text[len(m.filler):])) {
		var l struct{ ID string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			m.t.Fatalf("room for %d: %q: %v", n, line, err)
		}
		lines[l.ID]++
	}
	releases, err := m.a.Releases(m.t.Context(), store.ReleaseQuery{})
	if err != nil {
		m.t.Fatal(err)
	}
	states := map[string]int{}
	for _, r := range releases {
		states[r.State]++
	}
	if states["sent"] != 6 || len(lines) != 3 || len(m.hook.calls) != 3 {
		m.t.Errorf("room for %d: %d lines, %d calls, %v", n, len(lines), len(m.hook.calls), states)
	}
	for id, times := range lines {
		if times != 1 {
			m.t.Errorf("room for %d: message %s stands %d times in the outbox", n, id, times)
		}
	}
	for id, times := range m.hook.calls {
		if times != 1 {
			m.t.Errorf("room for %d: message %s was handed over %d times", n, id, times)
		}
	}
	if v, err := m.a.Verify(m.t.Context(), at); err != nil || !v.OK {
		m.t.Errorf("room for %d: %v %v", n, v.Violations, err)
	}
	if kept, err := m.keep.Kept(); err != nil || len(kept) != 0 {
		m.t.Errorf("room for %d: %d outcomes left in the journal, %v", n, len(kept), err)
	}
}

// withFileLimit lets no file of this process grow beyond size bytes in do.
func withFileLimit(t *testing.T, size uint64, do func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}

// Whatever stands in the journal, reading it again finds the same, and only
// whole lines of ours count.
func TestJournalTornAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outpace.db")
	o, err := app.OpenOutcomes(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []dispatch.Outcome
	for i := range 3 {
		out := dispatch.Outcome{Key: fmt.Sprintf("k%d-0", i)}
		out.Release, out.Detail = int64(i+1), "a story\nof two lines"
		list = append(list, out)
	}
	if err := o.Keep(list); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path + app.OutcomesSuffix)
	if err != nil {
		t.Fatal(err)
	}
	used := strings.IndexByte(string(whole), 0)
	for cut := 0; cut <= used; cut += 3 { // three at a time: every fsync costs
		if err := os.WriteFile(path+app.OutcomesSuffix, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := app.OpenOutcomes(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		kept, err := o.Kept()
		if n := strings.Count(string(whole[:cut]), "\n"); err != nil || len(kept) != n {
			t.Fatalf("cut at %d: %d outcomes, want %d, %v", cut, len(kept), n, err)
		}
		if err := o.Keep(list[:1]); err != nil {
			t.Fatal(err)
		}
		if again, err := o.Kept(); err != nil || len(again) != len(kept)+1 {
			t.Fatalf("cut at %d: %d after one more, %v", cut, len(again), err)
		}
		if err := errors.Join(o.Clear(), o.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(o.Clear(), o.Close()); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}
