package main

import (
	"errors"
	"flag"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden parts of the stories anew")

func TestMain(m *testing.M) {
	progressAfter = time.Hour // a busy machine would say more than the stories expect
	testscript.Main(m, map[string]func(){"outpace": main})
}

// TestStories runs every story in testdata: the program as people use it.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "eventually": eventually, "signal": signalAll, "card": card, "notified": notified,
			"now": setNow, "daemon": runDaemon, "pick": pick, "tally": tally, "people": people, "edit": edit, "months": months, "inDays": inDays, "once": once, "damage": damage, "room": room,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "UTC")
			e.Setenv("OUTPACE_NOW", "2026-12-01T08:00:00+01:00")
			return listenAsSystemd(e)
		},
	})
}

// exits runs a command that must end with a code: exits 2 outpace slots --foo
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// eventually runs a command until its output matches: eventually 'Grace' cat outbox.jsonl
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND...")
	}
	pattern := regexp.MustCompile(args[0])
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v: no %q in what it wrote; error: %v", args[1:], args[0], err)
		}
	}
}

// signalAll sends a signal to what runs in the background: signal HUP
func signalAll(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}
	if neg || len(args) != 1 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal HUP|TERM")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(signals[args[0]]))
	}
}

var cardID = regexp.MustCompile(`"id": "([0-9a-f]{20})"`)

// card puts the id of the first thing in the last output into a variable: card ID
func card(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: card NAME")
	}
	found := cardID.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("no id in the last output")
	}
	ts.Setenv(args[0], strings.ToLower(found[1]))
}
