package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"outpace/app"
	"outpace/campaign"
)

// The exit codes.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitPartly      = 3
	exitNoDatabase  = 4
	exitInterrupted = 130
)

// exitChanges is the answer of plan --detailed-exitcode if there are changes.
const exitChanges = 2

// usageError says that the command line itself is wrong.
type usageError struct {
	err     error
	command string // whose --help explains it; may be empty
}

func (e *usageError) Error() string {
	text := e.err.Error()
	if e.command != "" {
		text += fmt.Sprintf("\nsee `%s --help`", e.command)
	}
	return text
}

func (e *usageError) Unwrap() error { return e.err }

// usage makes a usageError.
func usage(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// exclusive matches the library's words for flags that exclude each other.
var exclusive = regexp.MustCompile(`^if any flags in the group .* \[(.*)\] were all set$`)

// plainly says what is wrong with flags in plain words.
func plainly(err error) error {
	if m := exclusive.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("--%s exclude each other: give one of them", strings.Join(strings.Fields(m[1]), " and --"))
	}
	return err
}

// codeError ends the program with a code and, if err is not nil, a message.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

// exit prints what went wrong and answers the exit code.
func (c *cli) exit(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	code := exitError
	var own *codeError
	var wrong *usageError
	switch {
	case errors.As(err, &own):
		code = own.code
	case errors.As(err, &wrong):
		code = exitUsage
	case ctx.Err() != nil:
		c.note("outpace: interrupted")
		return exitInterrupted
	case app.Unreachable(err):
		code = exitNoDatabase
	}
	c.complain(err)
	return code
}

// complain prints an error for people.
func (c *cli) complain(err error) {
	var invalid *campaign.Invalid
	switch {
	case err.Error() == "":
	case errors.As(err, &invalid):
		c.note("%v", invalid)
		c.note("outpace: %s; nothing was changed", count(len(invalid.Problems)+invalid.More, "problem"))
	default:
		c.note("outpace: %v", err)
	}
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// oneOf refuses a value that is not in the list.
func oneOf(flag, value string, list []string) error {
	if slices.Contains(list, value) {
		return nil
	}
	return usage("%s: %q is not one of %s", flag, value, strings.Join(list, ", "))
}
