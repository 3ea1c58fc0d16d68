package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// shiftedClock is what readClocks shows instead in the program that
// TestClockStories builds: the real time, off by what a file says.
const shiftedClock = `

func shifted() time.Time {
	text, _ := os.ReadFile("shift")
	by, _ := time.ParseDuration(strings.TrimSpace(string(text)))
	return time.Now().Add(by)
}
`

// buildShifted builds the program with that clock and returns its folder. Only
// this file of it differs; libfaketime would not reach a Go program.
func buildShifted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile("clocks.go")
	if err != nil {
		t.Fatal(err)
	}
	text := string(source) + shiftedClock
	for _, edit := range [][2]string{{"Wall: time.Now()", "Wall: shifted()"}, {"import (\n", "import (\n\t\"os\"\n\t\"strings\"\n"}} {
		if strings.Count(text, edit[0]) != 1 {
			t.Fatalf("clocks.go has not one %q", edit[0])
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	original, err := filepath.Abs("clocks.go")
	if err != nil {
		t.Fatal(err)
	}
	changed, overlay := filepath.Join(dir, "clocks.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{changed: []byte(text), overlay: list} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", filepath.Join(dir, "shifted"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// TestClockStories runs the stories in which somebody sets the clock of a real
// daemon.
func TestClockStories(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program with another clock: some seconds")
	}
	bin := buildShifted(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/clock",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "eventually": eventually, "signal": signalAll, "people": people, "grew": grew,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "UTC")
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			return nil
		},
	})
}

// grew waits until a file goes on where an earlier copy ends: grew before out.jsonl
func grew(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: grew COPY FILE")
	}
	was := []byte(ts.ReadFile(args[0]))
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if is := []byte(ts.ReadFile(args[1])); bytes.HasPrefix(is, was) && len(is) > len(was) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s is as it was", args[1])
		}
	}
}
