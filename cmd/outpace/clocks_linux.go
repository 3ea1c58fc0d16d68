package main

import "golang.org/x/sys/unix"

// upClock goes on while the machine sleeps; Linux's CLOCK_MONOTONIC does not.
const upClock = unix.CLOCK_BOOTTIME
