package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps a second daemon off a database. It ends with the process, however
// that ends.
type lock struct{ file *os.File }

// lockSuffix makes the name of the lock of that of the database.
const lockSuffix = ".lock"

// lockDatabase takes the lock of a database, the file beside it with .lock at
// the end. isLocked tells that another daemon has it.
func lockDatabase(path string) (*lock, error) {
	f, err := os.OpenFile(path+lockSuffix, os.O_CREATE|os.O_RDWR, 0o660)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", path, errLocked)
		}
		return nil, fmt.Errorf("locking %s: %w", path+lockSuffix, err)
	}
	return &lock{f}, nil
}

// errLocked says that a daemon runs already.
var errLocked = errors.New("another outpace runs on this database already: stop that one first")

func isLocked(err error) bool { return errors.Is(err, errLocked) }

func (l *lock) release() { l.file.Close() }
