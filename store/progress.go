package store

// Phase is what a long operation is at.
type Phase string

// The phases of an apply that are the store's.
const (
	Comparing Phase = "comparing targets" // with what is queued
	Merging   Phase = "queueing targets"
	Planning  Phase = "planning accounts"
)

// Progress is told how far a long operation is: done of total; total 0: not
// known. A nil Progress is not told.
type Progress func(phase Phase, done, total int)

func (p Progress) at(phase Phase, done, total int) {
	if p != nil {
		p(phase, done, total)
	}
}
