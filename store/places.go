package store

import "sort"

// A target's position says where it stands among the targets of its campaign,
// as in the file. Only the order means anything, so positions have gaps: a row
// that comes in between, or moves, changes no other.
const (
	firstPlace = 1 << 30 // of a campaign's first target when it is queued; below it is room for what comes before
	placeGap   = 256     // between two targets queued together
	endOfPlace = 1 << 32 // positions are below it: the planner compares them with the campaign's place above
)

// firstPlaces is the position of the nth target (from 0) of a campaign that is
// new. Behind eight million targets there are no gaps any more.
func firstPlaces(n int) int {
	const gaps = 1 << 23
	if n < gaps {
		return firstPlace + n*placeGap
	}
	return firstPlace + gaps*placeGap + n - gaps
}

// places gives every target a position so that they ascend: 0 is a target that
// has none yet. As few as possible change; the others keep theirs. It depends
// on nothing but its argument, which it changes.
func places(have []uint32) {
	keep := ascending(have)
	for i := 0; i < len(have); {
		if keep.has(i) {
			i++
			continue
		}
		end := i // of the run that needs positions
		var low, high uint64
		if i > 0 {
			low = uint64(have[i-1])
		}
		for {
			for end < len(have) && !keep.has(end) {
				end++
			}
			high = endOfPlace
			if end < len(have) {
				high = uint64(have[end])
			}
			if high-low > uint64(end-i) {
				break
			}
			if end == len(have) { // no room up to the end: all anew
				spread(have, 0, endOfPlace)
				return
			}
			keep.drop(end) // no room before it: it moves too
		}
		spread(have[i:end], low, high)
		i = end
	}
}

// spread lays a run evenly between two positions, but no farther apart than
// usual: before the first and behind the last target room is left.
func spread(run []uint32, low, high uint64) {
	n := uint64(len(run))
	step := min((high-low)/(n+1), placeGap)
	switch {
	case step == 0: // only without any gap
		step = 1
	case low == 0 && high == endOfPlace:
		low = min(firstPlace-step, high-1-n*step)
	case low == 0:
		low = high - (n+1)*step
	case high != endOfPlace:
		step = (high - low) / (n + 1)
	}
	for i := range run {
		run[i] = uint32(low + uint64(i+1)*step)
	}
}

// ascending marks the most targets that can stay where they are: a longest
// strictly ascending subsequence of the positions, found by patience sorting.
func ascending(have []uint32) bits {
	tails := make([]int32, 0, len(have)) // by length: the index of the smallest last position
	before := make([]int32, len(have))   // the one before it in its subsequence
	for i, p := range have {
		if p == 0 {
			continue
		}
		n := len(tails)
		if n > 0 && p <= have[tails[n-1]] {
			n = sort.Search(n, func(k int) bool { return have[tails[k]] >= p })
		}
		before[i] = -1
		if n > 0 {
			before[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, int32(i))
		} else {
			tails[n] = int32(i)
		}
	}
	var keep bits
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = before[i] {
			keep.set(int(i))
		}
	}
	return keep
}

// bits is a set of small numbers, a bit each.
type bits []uint64

func (b *bits) set(i int) {
	if need := i/64 + 1; need > len(*b) {
		*b = append(*b, make([]uint64, max(need-len(*b), min(len(*b), 1<<14)))...)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

func (b bits) drop(i int) { b[i/64] &^= 1 << (i % 64) }
