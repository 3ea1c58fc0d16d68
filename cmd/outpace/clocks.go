package main

import (
	"time"

	"golang.org/x/sys/unix"

	"outpace/dispatch"
)

// atOnce is how far apart the readings of two clocks may be and still be of one
// instant. A process that is stopped between them reads again.
const atOnce = 50 * time.Millisecond

// readClocks reads the machine's clocks.
func readClocks() (r dispatch.Reading) {
	for range 10 {
		up := steady(upClock)
		r = dispatch.Reading{Wall: time.Now(), Up: up, Awake: steady(unix.CLOCK_MONOTONIC)}
		if steady(upClock)-up < atOnce {
			break
		}
	}
	return r
}

// steady reads a clock that nobody sets.
func steady(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return time.Since(began) // this system has no such clock
	}
	return time.Duration(t.Nano())
}

var began = time.Now()
