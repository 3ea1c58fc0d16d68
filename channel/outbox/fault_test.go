package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"outpace/channel"
)

func write(t testing.TB, b ...[]byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "outbox.jsonl")
	if err := os.WriteFile(path, bytes.Join(b, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A process that dies in the middle of a write, at every byte: what was not
// finished is written again, what was finished is not.
func TestTornAtEveryByte(t *testing.T) {
	full := append(line(t, 1), line(t, 2)...)
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	for cut := range len(full) + 1 {
		if err := os.WriteFile(path, full[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Open(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		for _, got := range o.SendAll(t.Context(), []channel.Delivery{delivery(1), delivery(2), delivery(3)}) {
			if got.State != channel.Sent {
				t.Fatalf("cut at %d: %+v", cut, got)
			}
		}
		wantIDs(t, path, "m1", "m2", "m3")
		if err := o.Close(); err != nil || t.Failed() {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

func TestZerosOfAPowerCutAreCut(t *testing.T) {
	path := write(t, line(t, 1), make([]byte, 5000))
	open(t, path).Send(t.Context(), delivery(2))
	wantIDs(t, path, "m1", "m2")
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	for name, content := range map[string][]byte{
		"text":      []byte("to do:\nbuy bread"),
		"json":      []byte(`{"a": 1}`),
		"one line":  bytes.Repeat([]byte("x"), window+1),
		"after one": append(line(t, 1), "note"...),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, content)
			if _, err := Open(path); !errors.Is(err, ErrForeign) {
				t.Errorf("Open: %v, want ErrForeign", err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
				t.Errorf("changed: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, fifo, filepath.Join(dir, "missing", "outbox.jsonl")} {
		if o, err := Open(path); err == nil {
			t.Errorf("Open(%s) = %v, want an error", path, o)
		}
	}
}

// A real full disk, as far as one process can have it: the file may grow by
// some bytes only, and the kernel writes short.
func TestDiskFullAtEveryByte(t *testing.T) {
	// Far bigger than anything else this process may be writing meanwhile.
	const base = 3 * 3 << 20
	path := write(t, bytes.Repeat([]byte("{}\n"), base/3))
	o := open(t, path)
	batch := []channel.Delivery{delivery(1), delivery(2)}
	ends := []int{len(line(t, 1)), len(line(t, 1)) + len(line(t, 2))}
	for room := range ends[1] + 1 {
		if err := os.Truncate(path, base); err != nil {
			t.Fatal(err)
		}
		o.seen, o.end = recent{}, base
		var outcomes []channel.Outcome
		withFileLimit(t, uint64(base+room), func() { outcomes = o.SendAll(t.Context(), batch) })
		var want []byte
		for i, got := range outcomes {
			fits := ends[i] <= room
			if fits {
				want = append(want, line(t, i+1)...)
			}
			if fits != (got.State == channel.Sent) || !fits && (got.State != channel.NotSent || got.Next != channel.Again) {
				t.Fatalf("room for %d bytes: message %d: %+v", room, i+1, got)
			}
		}
		wantBehind(t, path, base, want)
	}
	if got := o.Send(t.Context(), delivery(3)); got.State != channel.Sent {
		t.Errorf("with room again: %+v", got)
	}
	wantBehind(t, path, base, bytes.Join([][]byte{line(t, 1), line(t, 2), line(t, 3)}, nil))
}

// wantBehind checks the file's content from an offset on.
func wantBehind(t *testing.T, path string, offset int64, want []byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(f, offset, 1<<20))
	if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("file: %v\ngot  %q\nwant %q", err, got, want)
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

// What a failed fsync leaves behind is in doubt until it is written for good,
// whatever else goes wrong before that.
func TestFailedSyncIsCannotTell(t *testing.T) {
	for _, failures := range []int{1, 2} { // 2: taking the lines back fails, too
		path := write(t, line(t, 0))
		o := open(t, path)
		calls := 0
		o.sync = func(f *os.File) error {
			if calls++; calls <= failures {
				return errors.New("input/output error")
			}
			return f.Sync()
		}
		doubtful := func(when string) {
			t.Helper()
			got := o.Send(t.Context(), delivery(1))
			if got.State != channel.CannotTell || got.Detail == "" {
				t.Errorf("%d failures, %s: %+v", failures, when, got)
			}
		}
		doubtful("the first time")
		wantIDs(t, path, "m0")
		if err := errors.Join(os.Rename(path, path+".1"), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		doubtful("the file being a folder")
		if got := o.Send(t.Context(), delivery(0)); got.State != channel.Sent {
			t.Errorf("one that is in the file: %+v", got)
		}
		if err := errors.Join(os.Remove(path), os.Rename(path+".1", path)); err != nil {
			t.Fatal(err)
		}
		if got := o.Send(t.Context(), delivery(1)); got != (channel.Outcome{State: channel.Sent}) {
			t.Errorf("sound again: %+v", got)
		}
		wantIDs(t, path, "m0", "m1")
		if len(o.doubt) != 0 {
			t.Errorf("still in doubt: %v", o.doubt)
		}
	}
}

func TestFileTakenAway(t *testing.T) {
	for name, take := range map[string]func(path string) error{
		"renamed":  func(p string) error { return os.Rename(p, p+".1") },
		"removed":  os.Remove,
		"emptied":  func(p string) error { return os.Truncate(p, 0) },
		"replaced": func(p string) error { return errors.Join(os.Rename(p, p+".1"), os.WriteFile(p, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "outbox.jsonl")
			o := open(t, path)
			o.Send(t.Context(), delivery(1))
			if err := take(path); err != nil {
				t.Fatal(err)
			}
			o.SendAll(t.Context(), []channel.Delivery{delivery(1), delivery(2)}) // 1 was sent: not again
			wantIDs(t, path, "m2")
			if old := path + ".1"; name == "renamed" || name == "replaced" {
				wantIDs(t, old, "m1")
			}
		})
	}
}

// A full disk passes; what stays until somebody looks switches the channel off.
func TestCannotBeOpenedAnyMore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "outbox.jsonl")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o := open(t, path)
	steps := []struct {
		name string
		do   func() error
		want channel.Outcome
	}{
		{"half a foreign line", func() error { return appendTo(path, "note") }, channel.Outcome{State: channel.NotSent, Next: channel.SwitchOff}},
		{"folder gone", func() error { return os.RemoveAll(dir) }, channel.Outcome{State: channel.NotSent, Next: channel.SwitchOff}},
		{"folder back", func() error { return os.Mkdir(dir, 0o700) }, channel.Outcome{State: channel.Sent}},
	}
	for i, s := range steps {
		if err := s.do(); err != nil {
			t.Fatal(err)
		}
		got := o.Send(t.Context(), delivery(i))
		if (got.Detail == "") != (got.State == channel.Sent) {
			t.Errorf("%s: detail %q", s.name, got.Detail)
		}
		if got.Detail = ""; got != s.want {
			t.Errorf("%s: %+v, want %+v", s.name, got, s.want)
		}
	}
}

func appendTo(path, s string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, s)
	return errors.Join(err, f.Close())
}

func TestLockedByAReader(t *testing.T) {
	path := write(t)
	synctest.Test(t, func(t *testing.T) {
		o := open(t, path)
		reader, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = reader.Close() }()
		fd := int(reader.Fd())
		if err := syscall.Flock(fd, syscall.LOCK_EX); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), lockWait/2)
		defer cancel()
		for name, ctx := range map[string]context.Context{"cancelled while waiting": short, "waited long enough": t.Context()} {
			if got := o.Send(ctx, delivery(1)); got.State != channel.NotSent || got.Next != channel.Again {
				t.Errorf("%s: %+v", name, got)
			}
		}
		time.AfterFunc(lockWait/2, func() { _ = syscall.Flock(fd, syscall.LOCK_UN) })
		if got := o.Send(t.Context(), delivery(1)); got.State != channel.Sent {
			t.Errorf("unlocked: %+v", got)
		}
		synctest.Wait() // the descriptor may be closed now
	})
}

// FuzzScan: whatever stands in the file, what is kept is whole lines, reading
// it again finds the same keys, and only beginnings of our own lines are cut.
func FuzzScan(f *testing.F) {
	one := line(f, 1)
	for _, s := range [][]byte{nil, one, one[:len(one)-1], one[:40], append(one, one[:7]...), []byte("\n\n{"), []byte("null"), {0, 0}} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := scan(b)
		kept := b[:len(b)-got.rest]
		if len(kept) > 0 && kept[len(kept)-1] != '\n' || bytes.IndexByte(b[len(kept):], '\n') >= 0 {
			t.Fatalf("rest %d of %q", got.rest, b)
		}
		if (got.rest == 0) != (got.last == whole) {
			t.Fatalf("ending %d with a rest of %d", got.last, got.rest)
		}
		again, want := scan(kept), got.keys
		if got.last == unended {
			again = scan(append(bytes.Clone(b), '\n'))
		}
		if again.last != whole || fmt.Sprint(again.keys) != fmt.Sprint(want) {
			t.Fatalf("mended: %+v, before: %+v", again, got)
		}
	})
}

// Who is called again by a later process cannot know what the earlier one wrote
// into a file that was moved away since: no room is no proof that it wrote nothing.
func TestNoRoomForARepetition(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	o := open(t, path)
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	d := delivery(1)
	for repeated, want := range map[bool]channel.State{false: channel.NotSent, true: channel.CannotTell} {
		d.Repeated = repeated
		if got := o.Send(t.Context(), d); got.State != want || got.Detail == "" {
			t.Errorf("repeated %v: %+v, want %v", repeated, got, want)
		}
	}
}
