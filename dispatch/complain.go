package dispatch

import (
	"context"
	"errors"
	"time"
)

// sayAgain is how long the same complaint is kept quiet: a disk that is full
// for a day is not a day of lines.
const sayAgain = time.Minute

// fatal says that an error does not pass.
func fatal(err error) bool {
	var e interface{ Fatal() bool }
	return errors.As(err, &e) && e.Fatal()
}

// complaint is what was said of steps that fail one after the other.
type complaint struct {
	since, said time.Time // the first failure, and what was said last; zero: none
	text        string
}

// complain says that a step failed, the same at most once a minute, and that
// steps succeed again.
func (d *Dispatcher) complain(ctx context.Context, now time.Time, err error) {
	c := &d.complaint
	if err == nil {
		if !c.since.IsZero() {
			d.log.recovered(ctx, now.Sub(c.since))
		}
		*c = complaint{}
		return
	}
	if c.since.IsZero() {
		c.since = now
	}
	text := err.Error()
	if noRoom(err) {
		text = "no room" // what could not be written differs from try to try
	}
	if text == c.text && now.Sub(c.said) < sayAgain {
		return
	}
	c.said, c.text = now, text
	d.log.failed(ctx, err, retryAfter)
}
