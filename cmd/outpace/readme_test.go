package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var block = regexp.MustCompile("(?s)```(console|yaml)\n(.*?)```")

// TestReadme runs the README: its first YAML block is campaigns.yaml, and each
// line of its console blocks that begins with $ must print what stands below
// it. Whenever a line sets the clock, the dispatcher has released what was due
// by then, as a daemon would have.
func TestReadme(t *testing.T) {
	path, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	s := &console{t: t}
	var out bytes.Buffer
	end := 0
	for _, at := range block.FindAllSubmatchIndex(text, -1) {
		kind, body := string(text[at[2]:at[3]]), string(text[at[4]:at[5]])
		out.Write(text[end:at[4]])
		if end = at[5]; kind == "console" {
			body = s.run(body)
		} else if err := s.write(body); err != nil {
			t.Fatal(err)
		}
		out.WriteString(body)
	}
	out.Write(text[end:])
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if d := cmp.Diff(string(text), out.String()); d != "" {
		t.Errorf("README.md differs from what its commands print; -update writes it anew (-README +now):\n%s", d)
	}
}

// console is the terminal of the README.
type console struct {
	t   *testing.T
	now string // $OUTPACE_NOW
	at  time.Time
}

// write makes the first YAML block the campaigns file.
func (s *console) write(yaml string) error {
	if exists("campaigns.yaml") {
		return nil
	}
	return os.WriteFile("campaigns.yaml", []byte(yaml), 0o644)
}

// run answers a console block with what its commands print now.
func (s *console) run(block string) string {
	var out bytes.Buffer
	for line := range strings.Lines(block) {
		command, is := strings.CutPrefix(line, "$ ")
		if !is {
			continue
		}
		out.WriteString(line)
		words := strings.Fields(command)
		now, sets := strings.CutPrefix(words[len(words)-1], "OUTPACE_NOW=")
		switch {
		case sets:
			s.wait(now)
		case words[0] == "outpace":
			command, tail := strings.CutSuffix(strings.TrimSpace(command), " | tail -1")
			out.WriteString(s.outpace(strings.Fields(command)[1:], tail))
		default:
			s.t.Fatalf("README: %q is no command of outpace", command)
		}
	}
	return out.String()
}

// outpace answers what a command prints, or its last line.
func (s *console) outpace(args []string, tail bool) string {
	var out bytes.Buffer
	execute(s.t.Context(), &cli{stdin: strings.NewReader(""), stdout: &out, stderr: &out, env: s.env}, args)
	text := out.String()
	if tail {
		text = text[strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')+1:]
	}
	return text
}

func (s *console) env(name string) string {
	if name == "OUTPACE_NOW" {
		return s.now
	}
	return ""
}

// wait moves the clock on, and releases what is due until then.
func (s *console) wait(now string) {
	until, err := time.Parse(time.RFC3339, now)
	if err != nil {
		s.t.Fatal(err)
	}
	if exists("outpace.db") {
		if err := release(s.t.Context(), "outpace.db", s.at, until); err != nil {
			s.t.Fatal(err)
		}
	}
	s.now, s.at = now, until
}
