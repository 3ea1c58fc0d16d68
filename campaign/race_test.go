//go:build race

package campaign

// slowdown is what the race detector costs at most.
const slowdown = 20
