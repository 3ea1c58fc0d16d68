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
	"time"
)

// Another holder of the lock is waited for lockTries times lockWait: a reader
// moving lines away needs less, and the daemon must not stand still for one
// that hangs.
const (
	lockTries = 40
	lockWait  = 50 * time.Millisecond
)

var (
	errLocked   = errors.New("locked by another process")
	errReplaced = errors.New("replaced again and again")
)

// unsureError is a failure after which the lines may or may not have an effect.
type unsureError struct{ err error }

func (e *unsureError) Error() string { return e.err.Error() }
func (e *unsureError) Unwrap() error { return e.err }

// ready returns with the file at path open, locked, read and whole up to its
// end, or with an error before which nothing was written. It follows a file
// that was renamed, removed or emptied since the last time.
func (o *Outbox) ready(ctx context.Context) (unlock func(), err error) {
	for range 10 {
		if o.file == nil {
			if err := o.open(); err != nil {
				return nil, err
			}
		}
		if err := lock(ctx, o.file); err != nil {
			return nil, fmt.Errorf("%s: %w", o.path, err)
		}
		same, err := o.current()
		if err == nil && same {
			err = o.catchUp()
		}
		if err != nil {
			o.drop()
			return nil, err
		}
		if same {
			return func() {
				if o.file != nil { // closing unlocks, too
					_ = syscall.Flock(int(o.file.Fd()), syscall.LOCK_UN)
				}
			}, nil
		}
		o.drop()
	}
	return nil, fmt.Errorf("%s: %w", o.path, errReplaced)
}

// open opens or makes the file; a made one is on disk with its name.
func (o *Outbox) open() error {
	f, err := os.OpenFile(o.path, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o660)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", o.path)
	}
	if err == nil && info.Size() == 0 {
		err = syncDir(filepath.Dir(o.path))
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	o.file, o.end = f, 0
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// drop forgets the open file; the next write opens it again and reads its tail.
func (o *Outbox) drop() {
	if o.file != nil {
		_ = o.file.Close() // nothing is lost by it: what counts was synced
		o.file = nil
	}
}

// lock takes the file for this write. It fails with errLocked, or with ctx.
func lock(ctx context.Context, f *os.File) error {
	for range lockTries {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.NewTimer(lockWait).C:
		}
	}
	return errLocked
}

// current says whether the open file is still the one at path.
func (o *Outbox) current() (bool, error) {
	there, err := os.Stat(o.path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ours, err := o.file.Stat()
	return err == nil && os.SameFile(there, ours), err
}

// catchUp reads what is in the file beyond o.end (at most window bytes: after
// opening all of it, otherwise another writer's lines), remembers the keys,
// mends the last line and makes it durable.
func (o *Outbox) catchUp() error {
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size < o.end { // emptied by somebody who took the lines
		o.end = 0
	}
	if size == o.end {
		return nil
	}
	start := max(o.end, size-window)
	buf := make([]byte, size-start)
	if _, err := o.file.ReadAt(buf, start); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if start > o.end { // in the middle of a line
		first := bytes.IndexByte(buf, '\n') + 1
		if first == 0 {
			return fmt.Errorf("%s: %w", o.path, ErrForeign)
		}
		buf = buf[first:]
	}
	t := scan(buf)
	switch t.last {
	case foreign:
		return fmt.Errorf("%s: %w", o.path, ErrForeign)
	case torn:
		size -= int64(t.rest)
		err = o.file.Truncate(size)
	case unended:
		size++
		_, err = o.file.Write([]byte{'\n'})
	}
	if err == nil {
		// A line found may have been written by a process killed before its
		// own fsync; it is answered for from here on.
		err = o.sync(o.file)
	}
	if err != nil {
		return fmt.Errorf("%s: mending the last line: %w", o.path, err)
	}
	for _, key := range t.keys {
		o.seen.add(key)
	}
	o.end = size
	return nil
}

// append writes buf, whole lines, behind o.end and syncs. kept is how many of
// its bytes are on disk for good: all without an error; with one, those of the
// lines that fitted, the rest being cut again. After an unsureError nobody knows.
func (o *Outbox) append(buf []byte) (kept int, err error) {
	n, err := o.file.Write(buf)
	if err != nil {
		kept = bytes.LastIndexByte(buf[:n], '\n') + 1
		if cutErr := o.cut(o.end + int64(kept)); cutErr != nil {
			o.drop()
			return 0, &unsureError{errors.Join(err, cutErr)}
		}
		o.end += int64(kept)
		return kept, err
	}
	if err := o.sync(o.file); err != nil {
		// A reader may have taken the lines already, and a second fsync would
		// answer "fine" for pages the kernel has given up: take them back, so
		// that trying again with the same key writes them anew.
		cutErr := o.cut(o.end)
		o.drop()
		return 0, &unsureError{errors.Join(err, cutErr)}
	}
	o.end += int64(n)
	return n, nil
}

// cut shortens the file to size, durably: a half line that came back after a
// power cut could be taken for one that was sent.
func (o *Outbox) cut(size int64) error {
	if err := o.file.Truncate(size); err != nil {
		return err
	}
	return o.sync(o.file)
}
