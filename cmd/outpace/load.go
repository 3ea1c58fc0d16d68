package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/campaign"
	"outpace/store"
)

// problemsUsage is the help of --problems.
const problemsUsage = "leave out the CSV rows that are wrong and write them to `FILE`, with what is wrong; exit code 3"

// load reads the campaigns file, says what is odd about it, and fails with all
// that is wrong.
func (c *cli) load(ctx context.Context) (set *campaign.Set, path string, err error) {
	return c.loadLeaving(ctx, "")
}

// loadLeaving is load, and leaves out the rows that are wrong if problems names
// the file they are written to.
func (c *cli) loadLeaving(ctx context.Context, problems string) (set *campaign.Set, path string, err error) {
	if path, err = c.configPath(); err != nil {
		return nil, "", err
	}
	set, warnings, err := c.read(ctx, path, problems)
	c.warn(warnings)
	return set, path, err
}

// read is campaign.LoadWith, with progress and the file of what is left out.
func (c *cli) read(ctx context.Context, path, problems string) (set *campaign.Set, warnings []campaign.Problem, err error) {
	p := c.progress("reading")
	defer p.done()
	o := campaign.Options{Progress: p.reading}
	file, err := newProblemsFile(problems)
	if err != nil {
		return nil, nil, err
	}
	if file != nil {
		o.LeftOut = file.add
		defer func() { err = errors.Join(err, file.drop()) }()
	}
	set, warnings, err = campaign.LoadWith(ctx, path, o)
	var invalid *campaign.Invalid
	if file == nil || err != nil && !errors.As(err, &invalid) {
		return set, warnings, err
	}
	read := []string{path, c.dbPath()}
	if set != nil {
		read = append(read, set.Files()...)
	}
	if e := file.write(read); e != nil {
		return nil, warnings, e
	}
	if file.rows > 0 {
		p.done()
		c.note("%s left out: see %s", count(file.rows, "row"), file.path)
	}
	return set, warnings, err
}

// partly is the answer of a command that left rows out: exit code 3.
func partly(set *campaign.Set) error {
	if set == nil || set.LeftOut == 0 {
		return nil
	}
	return &codeError{code: exitPartly}
}

// reading is told how far a CSV file is read.
func (p *progress) reading(r campaign.Progress) {
	p.tell("reading "+r.File, r.Rows, r.Read, r.Bytes)
}

// phase is told how far an apply is.
func (p *progress) phase(what store.Phase, done, total int) {
	p.tell(string(what), done, int64(done), int64(total))
}

// tell is step for work of several phases: n are the rows of this one, done and
// total what the time left is reckoned from; total 0: not known.
func (p *progress) tell(what string, n int, done, total int64) {
	now := time.Now()
	if what != p.what {
		p.what, p.phaseBegan, p.phaseFirst = what, now, int64(n)
	}
	if now.Sub(p.began) < progressAfter || now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	p.show(phaseText(what, n, done, total, n-int(p.phaseFirst), now.Sub(p.phaseBegan)))
}

// phaseText is the line of a phase: "queueing targets: 40000 of 1000000, 65000
// a second, 15s left".
func phaseText(what string, n int, done, total int64, since int, took time.Duration) string {
	text := fmt.Sprintf("%s: %d", what, n)
	switch {
	case total > 0 && int64(n) == done:
		text += fmt.Sprintf(" of %d", total)
	case total > 0:
		text += fmt.Sprintf(" rows, %d %%", 100*done/total)
	}
	rate := float64(since) / took.Seconds()
	if took <= 0 || rate <= 0 {
		return text
	}
	text += fmt.Sprintf(", %.0f a second", rate)
	if total > done && n > 0 {
		left := time.Duration(float64(n) / float64(done) * float64(total-done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return text
}
