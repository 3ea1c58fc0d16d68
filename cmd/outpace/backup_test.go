package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// once fails if a message, or a key, stands twice in an outbox: once outbox.jsonl
func once(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: once FILE")
	}
	seen := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var l struct{ ID, Key string }
		ts.Check(json.Unmarshal([]byte(line), &l))
		if seen[l.ID] || seen[l.Key] {
			ts.Fatalf("message %s is there twice", l.ID)
		}
		seen[l.ID], seen[l.Key] = true, true
	}
	if len(seen) == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
}

// damage writes over parts of a database: damage FILE pages|head
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE pages|head")
	}
	const page = 4096
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	switch args[1] {
	case "head":
		copy(b, "no database at all")
	case "pages": // the content of every other page, the first one but
		for at := 2 * page; at < len(b); at += 2 * page {
			copy(b[at:], strings.Repeat("\xa5", page))
		}
	default:
		ts.Fatalf("damage: %q", args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o660))
}

// room lets no file of what runs in the background grow beyond a size, or any
// file grow again: room 65536, room any
func room(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: room BYTES|any")
	}
	for _, cmd := range ts.BackgroundCmds() {
		var l unix.Rlimit
		ts.Check(unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &l))
		l.Cur = l.Max
		if args[0] != "any" {
			size, err := strconv.ParseUint(args[0], 10, 64)
			ts.Check(err)
			l.Cur = size
		}
		ts.Check(unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &l, nil))
	}
}
