package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// every calls fn for the command and all below it.
func every(cmd *cobra.Command, fn func(*cobra.Command)) {
	fn(cmd)
	for _, sub := range cmd.Commands() {
		every(sub, fn)
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	c := &cli{stdin: &bytes.Buffer{}, stdout: io.Discard, stderr: io.Discard, env: func(string) string { return "" }}
	every(c.root(), func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		switch {
		case cmd.Short == "" || cmd.Long == "":
			t.Errorf("%s has no help", path)
		case strings.HasSuffix(cmd.Short, "."):
			t.Errorf("%s: the short help ends with a full stop", path)
		case cmd.Args == nil && cmd.Runnable():
			t.Errorf("%s does not say which arguments it takes", path)
		}
		if !strings.Contains(cmd.Example, path) {
			t.Errorf("%s: no example calls it: %q", path, cmd.Example)
		}
		for line := range strings.Lines(cmd.Long) {
			if len(line) > 95 {
				t.Errorf("%s: a line of %d characters in the help: %s", path, len(line), line)
			}
		}
	})
}
