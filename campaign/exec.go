package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Exec is a program of the user's that is run for each message.
type Exec struct {
	// Command is the program and its arguments. A program with a slash is an
	// absolute path, one without is looked up in PATH.
	Command    []string `json:"command"`
	Timeout    Duration `json:"timeout"`
	Workers    int      `json:"workers"` // at least 1
	Idempotent bool     `json:"idempotent,omitempty"`
}

// exec reads a channel of type exec.
func (l *loader) exec(c *Channel, item *named[channelShape]) *Exec {
	shape := &item.V
	e := &Exec{Idempotent: shape.Idempotent.V}
	// One at a time: a program seldom expects to run beside itself.
	e.Timeout, e.Workers = l.called(shape, Duration(time.Minute), 1)
	l.required(shape.Command.given, item.at, "command", "channel "+c.Name)
	for _, arg := range shape.Command.items {
		e.Command = append(e.Command, arg.V)
	}
	if len(e.Command) == 0 {
		if shape.Command.ok {
			l.problem(shape.Command.at, "command is empty: write [program, argument, …]")
		}
		return e
	}
	program := shape.Command.items[0]
	switch {
	case program.ok && strings.TrimSpace(program.V) == "":
		l.problem(program.at, "command has no program")
	case program.ok && strings.ContainsRune(program.V, filepath.Separator):
		e.Command[0] = l.abs(program.V)
		if info, err := os.Stat(e.Command[0]); err != nil {
			l.warn(program.at, "command: %s: %v", l.shown(program.V), plainError(err))
		} else if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			l.warn(program.at, "command: %s is not a program: it cannot be executed", l.shown(program.V))
		}
	}
	return e
}
