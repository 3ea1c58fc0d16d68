package limits

import (
	"math"
	"slices"
	"time"
)

// Instants are nanoseconds since 1970 inside this room: comparing and
// subtracting them is what counting windows does all day. They reach from 1678
// to 2262.
const (
	never  = math.MaxInt64
	always = math.MinInt64
)

// nanos is an instant as nanoseconds; the zero time was always.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return always
	}
	return t.UnixNano()
}

// series are the units one limit counts: their instants in order, and how many
// more count in every window.
type series struct {
	at     []int64
	always int
}

// add books one unit. Units usually come in order; one that does not is put
// where it belongs.
func (s *series) add(at int64) {
	i := len(s.at)
	if i > 0 && at < s.at[i-1] {
		i, _ = slices.BinarySearch(s.at, at)
	}
	s.at = slices.Insert(s.at, i, at)
}

// size changes whenever a unit is booked.
func (s *series) size() int { return len(s.at) + s.always }

// before is how many units are earlier than x. hint is the answer of a question
// asked shortly before; any number will do.
func (s *series) before(x int64, hint int) int {
	i := min(hint, len(s.at))
	for range 8 { // most questions move on by a unit or two
		switch {
		case i < len(s.at) && s.at[i] < x:
			i++
		case i > 0 && s.at[i-1] >= x:
			i--
		default:
			return i
		}
	}
	i, _ = slices.BinarySearch(s.at, x)
	return i
}

// cursor remembers where a window stood in a series.
type cursor struct{ first, end int }

// count moves the cursor to the units in [from, to) and says how many they are.
func (s *series) count(from, to int64, c *cursor) int {
	c.first = s.before(from, c.first)
	c.end = s.before(to, max(c.end, c.first))
	return c.end - c.first
}
