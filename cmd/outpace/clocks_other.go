//go:build !linux

package main

import "golang.org/x/sys/unix"

// upClock goes on while the machine sleeps, as on macOS. On systems where it does
// not, a sleep looks like a clock that was set ahead.
const upClock = unix.CLOCK_MONOTONIC
