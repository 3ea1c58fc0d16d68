package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// systemd 252 drops a Type=notify-reload with a warning and starts the service
// as a simple one, and a minimal Debian has no /bin/kill: the lines that a
// well-meant edit would break. .ci/run shows the unit to systemd-analyze, too,
// and .ci/boot boots it.
func TestUnit(t *testing.T) {
	text, err := os.ReadFile("../../packaging/outpace.service")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, line := range []string{"Type=notify", "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'", "NotifyAccess=main", "Restart=on-failure"} {
		if !slices.Contains(lines, line) {
			t.Errorf("the unit has no line %s", line)
		}
	}
}
