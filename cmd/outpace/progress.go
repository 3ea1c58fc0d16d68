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
}

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
	if now.Sub(p.began) < time.Second || now.Sub(p.last) < p.every {
		return
	}
	p.last, p.shown = now, true
	text := fmt.Sprintf("%s: %d", p.what, done)
	if total > 0 {
		text += fmt.Sprintf(" of %d", total)
	}
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
