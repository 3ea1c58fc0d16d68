package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"outpace/app"
	"outpace/store"
)

// lock keeps a second daemon off a database. It ends with the process, however
// that ends.
type lock struct{ file *os.File }

// lockSuffix makes the name of the lock of that of the database.
const lockSuffix = ".lock"

// lockDatabase takes the lock of a database, the file beside it with .lock at
// the end, under whatever name it was called. isLocked tells that another daemon
// has it.
func lockDatabase(path string) (*lock, error) {
	path = app.RealPath(path)
	if err := oneName(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+lockSuffix, os.O_CREATE|os.O_RDWR, 0o660)
	if err != nil {
		return nil, store.Denied(path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", path, errLocked)
		}
		return nil, fmt.Errorf("locking %s: %w", path+lockSuffix, err)
	}
	l := &lock{f}
	if err := l.say(""); err != nil { // what an earlier process said
		l.release()
		return nil, store.Denied(path, err)
	}
	return l, nil
}

// heldReady stands in the lock of a daemon that has started.
const heldReady = "ready\n"

// say writes into the lock, for `outpace doctor`.
func (l *lock) say(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}

// lockedReady says whether the daemon that has the lock has started.
func lockedReady(path string) bool {
	b, err := os.ReadFile(app.RealPath(path) + lockSuffix)
	return err == nil && string(b) == heldReady
}

// oneName refuses a database with several hard links: SQLite keeps its log by
// name, and two of them are the end of the database.
func oneName(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // it is not there yet, or opening it says more
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return fmt.Errorf("%s has %d names (hard links): SQLite would keep a log for each; remove the others", path, st.Nlink)
	}
	return nil
}

// errLocked says that a daemon runs already.
var errLocked = errors.New("another outpace runs on this database already: stop that one first")

func isLocked(err error) bool { return errors.Is(err, errLocked) }

func (l *lock) release() { l.file.Close() }
