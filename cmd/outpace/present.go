package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/app"
)

// present is the time at which a command does what it was asked for: now, or,
// while the clock is said to be set ahead, what it would show without that. It
// tells people if the clock is not trusted.
func (c *cli) present(ctx context.Context, a *app.App, now time.Time) (time.Time, error) {
	hold, err := a.Clock(ctx, now)
	if hold.Held() {
		c.remark("nothing is released: %s", hold)
	}
	return hold.Present(now), err
}

// present is the time by which the daemon does what it does beside its loop.
func (d *daemon) present(ctx context.Context) (time.Time, error) {
	now := readClocks().Wall
	hold, err := d.app.Clock(ctx, now)
	return hold.Present(now), err
}

// clockAnswer is what `resume --clock` did.
type clockAnswer struct {
	What    string `json:"what"`    // clock
	Changed bool   `json:"changed"` // false: it was trusted
	Reason  string `json:"reason"`  // why it was not
}

// resumeClock takes a person's word that the clock is right.
func (c *cli) resumeClock(ctx context.Context) (err error) {
	now, err := c.now()
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	was, err := a.ResumeClock(ctx, now)
	if err != nil {
		return err
	}
	answer := clockAnswer{What: "clock", Changed: was.Held()}
	told := "the clock was trusted already"
	if was.Held() {
		answer.Reason, told = was.String(), fmt.Sprintf("the clock is right: it is %s, and everything goes on", now.Format(time.RFC3339))
	}
	if c.machine() {
		return c.print([]clockAnswer{answer}, listing{items: []clockAnswer{answer}})
	}
	_, err = fmt.Fprintln(c.stdout, told)
	return err
}
