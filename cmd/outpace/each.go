package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// each does something for every argument and goes on where one fails. The
// answers are for programs. Exit code 3: some failed, some did not.
func each[T any](c *cli, args []string, do func(arg string) (T, string, error)) error {
	args, err := c.expand(args)
	if err != nil {
		return err
	}
	var answers []T
	var failed []error
	for _, arg := range args {
		answer, told, err := do(arg)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", arg, err))
			continue
		}
		answers = append(answers, answer)
		if !c.machine() {
			fmt.Fprintln(c.stdout, inert(told))
		}
	}
	if c.machine() {
		if err := c.print(answers, listing{items: answers}); err != nil {
			return err
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(args) == 1:
		return errors.Unwrap(failed[0])
	case len(answers) > 0:
		return &codeError{exitPartly, errors.Join(failed...)}
	}
	return errors.Join(failed...)
}

// expand replaces the argument - with the lines of stdin.
func (c *cli) expand(args []string) ([]string, error) {
	var list []string
	for _, arg := range args {
		if arg != "-" {
			list = append(list, arg)
			continue
		}
		lines := bufio.NewScanner(c.stdin)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				list = append(list, line)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
