//go:build !race

package campaign

// slowdown is what the race detector costs at most: nothing without it.
const slowdown = 1
