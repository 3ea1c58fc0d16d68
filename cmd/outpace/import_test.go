package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPhaseText(t *testing.T) {
	for _, tt := range []struct {
		what        string
		n           int
		done, total int64
		took        time.Duration
		want        string
	}{
		{"queueing targets", 0, 0, 1000, 0, "queueing targets: 0 of 1000"},
		{"queueing targets", 40_000, 40_000, 100_000, 2 * time.Second, "queueing targets: 40000 of 100000, 20000 a second, 3s left"},
		{"comparing targets", 5000, 5000, 0, time.Second, "comparing targets: 5000, 5000 a second"},
		{"reading a.csv", 3000, 250, 1000, 3 * time.Second, "reading a.csv: 3000 rows, 25 %, 1000 a second, 9s left"},
		{"planning accounts", 10, 10, 10, time.Second, "planning accounts: 10 of 10, 10 a second"},
	} {
		if got := phaseText(tt.what, tt.n, tt.done, tt.total, tt.n, tt.took); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// countdown is a context that is cancelled when it is asked for the nth time.
type countdown struct {
	context.Context
	left atomic.Int64
	done chan struct{}
}

func (c *countdown) Done() <-chan struct{} { return c.done }

func (c *countdown) Err() error {
	left := c.left.Add(-1) // database/sql asks from its own goroutine, too
	if left == 0 {
		close(c.done)
	}
	if left <= 0 {
		return context.Canceled
	}
	return nil
}

// Ctrl-C during an apply, wherever: exit code 130, and the next apply brings
// everything to where it would have been.
func TestApplyInterrupted(t *testing.T) {
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("name,profile\n")
	for i := range 50 {
		fmt.Fprintf(&rows, "Person%02d Example,https://www.linkedin.com/in/example-%02d\n", i, i)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("people.csv", rows.String())
	write("campaigns.yaml", `timezone: Europe/Berlin
accounts: { ada: { plan: basic, slots: "0 9-16 * * MON-FRI" } }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns: { first: { accounts: [ada], targets: [{ csv: people.csv }], steps: [{ send: connect, template: hello }] } }
`)
	env := func(name string) string {
		return map[string]string{"OUTPACE_NOW": "2026-12-01T08:00:00+01:00"}[name]
	}
	run := func(ctx context.Context, db string, args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		args = append(args, "-c", filepath.Join(dir, "campaigns.yaml"), "--db", filepath.Join(dir, db))
		code := execute(ctx, &cli{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, env: env}, args)
		return code, stdout.String(), stderr.String()
	}
	if code, _, stderr := run(t.Context(), "whole.db", "apply"); code != exitOK {
		t.Fatal(stderr)
	}
	_, want, _ := run(t.Context(), "whole.db", "slots", "--limit", "0", "-o", "csv")
	interrupted := 0
	for n := 1; ; n += 1 + n/4 {
		db := fmt.Sprintf("cut%d.db", n)
		ctx := &countdown{Context: t.Context(), done: make(chan struct{})}
		ctx.left.Store(int64(n))
		code, _, stderr := run(ctx, db, "apply")
		if code == exitOK {
			break
		}
		interrupted++
		if code != exitInterrupted || !strings.Contains(stderr, "interrupted") {
			t.Fatalf("interrupted at %d: exit code %d, %s", n, code, stderr)
		}
		if code, _, stderr := run(t.Context(), db, "apply"); code != exitOK {
			t.Fatalf("after %d, the next apply: %s", n, stderr)
		}
		if _, got, _ := run(t.Context(), db, "slots", "--limit", "0", "-o", "csv"); got != want {
			t.Fatalf("interrupted at %d and applied again:\n%s\nwant\n%s", n, got, want)
		}
	}
	if interrupted < 5 {
		t.Errorf("interrupted only %d times", interrupted)
	}
}
