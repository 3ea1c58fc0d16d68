package main

import (
	"fmt"
	"os"
	"time"

	"github.com/charmbracelet/x/term"
)

// progress tells on stderr how far something is that takes longer than a
// second: a line that is written over on a terminal, one every few seconds
// elsewhere.
type progress struct {
	c        *cli
	what     string
	began    time.Time
	last     time.Time
	every    time.Duration
	terminal bool
	shown    bool
	rate     bool // tell how many a second, too

	phaseBegan time.Time
	phaseFirst int64 // what was done when the phase began
}

// progressAfter is how long something must take before it tells how far it is.
var progressAfter = time.Second

func (c *cli) progress(what string) *progress {
	p := &progress{c: c, what: what, began: time.Now(), every: 5 * time.Second}
	if f, ok := c.stderr.(*os.File); ok && term.IsTerminal(f.Fd()) {
		p.terminal, p.every = true, 200*time.Millisecond
	}
	return p
}

// step reports that done of total are done; total 0: not known.
func (p *progress) step(done, total int) {
	now := time.Now()
	if now.Sub(p.began) < progressAfter || now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	text := fmt.Sprintf("%s: %d", p.what, done)
	if total > 0 {
		text += fmt.Sprintf(" of %d", total)
	}
	if p.rate {
		text += fmt.Sprintf(", %.0f a second", float64(done)/now.Sub(p.began).Seconds())
	}
	p.show(text)
}

// show writes the line, over the last one on a terminal.
func (p *progress) show(text string) {
	p.shown = true
	if p.terminal {
		fmt.Fprintf(p.c.stderr, "\r\x1b[K%s", text)
		return
	}
	p.c.note("%s", text)
}

// done takes the line away.
func (p *progress) done() {
	if p.terminal && p.shown {
		fmt.Fprint(p.c.stderr, "\r\x1b[K")
	}
}
