package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/campaign"
)

// takes says which arguments a command has, by the names in its usage line: a
// name in brackets may be left out, one that ends in dots may come often.
func takes(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		need, many := 0, false
		for _, name := range names {
			if !strings.HasPrefix(name, "[") {
				need++
			}
			many = many || strings.Contains(name, "...")
		}
		switch {
		case len(args) < need:
			return fmt.Errorf("%s is missing", strings.TrimSuffix(names[len(args)], "..."))
		case len(args) > len(names) && !many:
			return fmt.Errorf("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// group is the RunE of a command that only has others below it.
func group(cmd *cobra.Command, args []string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	choice := strings.Join(names, ", ")
	if len(args) == 0 {
		return usage("`%s` needs one of: %s", cmd.CommandPath(), choice)
	}
	return usage("`%s` has no %q: it has %s", cmd.CommandPath(), args[0], choice)
}

// wholeNumber reads an argument that is a number.
func wholeNumber(name, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, usage("%s: %q is not a whole number", name, text)
	}
	return n, nil
}

// instant reads a flag that is an RFC 3339 instant or a date, which is its
// first instant in the zone. Empty is the zero time.
func instant(flag, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	d, err := campaign.ParseDate(text)
	if err != nil {
		return time.Time{}, usage("%s: %q is neither a date like 2026-12-01 nor an instant like 2026-12-01T09:00:00+01:00", flag, text)
	}
	return d.Start(zone), nil
}
