package soak

import (
	"syscall"
	"testing"
	"unsafe"
)

// limitFileSize bounds the files another process writes, in bytes; its writes
// beyond that fail. size < 0: as large as they like. Only the soft limit
// changes: no privilege is needed to lift it.
func limitFileSize(t *testing.T, pid int, size int64) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Error(err)
		return
	}
	if limit.Cur = limit.Max; size >= 0 {
		limit.Cur = uint64(size)
	}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		t.Errorf("limiting the files of process %d: %v", pid, errno)
	}
}
