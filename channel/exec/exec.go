// Package exec hands messages over by running a program of the user's, once
// each: the message as JSON on its standard input, the outcome as its exit
// code.
package exec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"syscall"
	"time"

	"outpace/channel"
)

// ErrNotAllowed is returned by New where the daemon may not run programs.
// Whoever may write campaigns.yaml could otherwise run anything as the daemon.
var ErrNotAllowed = errors.New("channels of type exec are not allowed: start the daemon with --allow-exec")

// maxOutput is how much of each output of a program is kept, in bytes. The
// rest is read and dropped, so that the program does not block.
const maxOutput = 64 << 10

// endGrace is how long a program may take to end once it is asked to.
const endGrace = 2 * time.Second

// Config is a program and how it is run.
type Config struct {
	Command    []string // the program and its arguments; no shell reads them
	Dir        string   // where it runs; empty: where the daemon does
	Path       string   // its PATH
	Timeout    time.Duration
	Workers    int // at least 1
	Idempotent bool
	Stderr     io.Writer // where its errors go, for people; nil: nowhere
}

// Exec is one program. It implements channel.Channel.
type Exec struct {
	Config
	program string
}

// New looks the program up. allowed is the daemon's own word that it may run
// programs at all.
func New(c Config, allowed bool) (*Exec, error) {
	if !allowed {
		return nil, ErrNotAllowed
	}
	if len(c.Command) == 0 || c.Command[0] == "" || c.Workers < 1 || c.Timeout <= 0 {
		return nil, errors.New("an exec needs a command, a timeout and at least one worker")
	}
	program, err := exec.LookPath(c.Command[0])
	if err != nil {
		return nil, err
	}
	return &Exec{Config: c, program: program}, nil
}

// Traits are as configured.
func (e *Exec) Traits() channel.Traits {
	return channel.Traits{Workers: e.Workers, Idempotent: e.Idempotent}
}

// Send runs the program once.
func (e *Exec) Send(ctx context.Context, d channel.Delivery) channel.Outcome {
	out, spoken := e.run(ctx, d)
	if d.Repeated && out.State == channel.NotSent && !spoken {
		out.State, out.Next, out.Detail = channel.CannotTell, 0, "called again: "+out.Detail
	}
	return out
}

// run is Send; spoken says that the program itself said what became of this
// key, not only of this run.
func (e *Exec) run(ctx context.Context, d channel.Delivery) (out channel.Outcome, spoken bool) {
	input, err := line(d)
	if err != nil {
		return channel.Outcome{State: channel.NotSent, Next: channel.Fail, Detail: err.Error()}, false
	}
	if ctx.Err() != nil {
		return channel.Outcome{State: channel.NotSent, Next: channel.Again, Detail: "stopped before it was started"}, false
	}
	timed, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	cmd, stdout := e.command(timed, d, input)
	if err := cmd.Start(); err != nil {
		return notStarted(err), false
	}
	_ = cmd.Wait() // the exit code says it all; output cut short is no matter
	if timed.Err() != nil {
		// Whatever it started and that outlived it: nothing of it goes on
		// beside the next run.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	code := cmd.ProcessState.ExitCode()
	if code == exitSent || code > 0 && timed.Err() == nil {
		return judge(code, stdout.Bytes())
	}
	detail := "ended by " + cmd.ProcessState.String()
	switch {
	case ctx.Err() != nil:
		detail = "stopped while it ran"
	case timed.Err() != nil:
		detail = "did not end within " + e.Timeout.String()
	}
	return channel.Outcome{State: channel.CannotTell, Detail: detail}, false
}

// command is the program, ready to start in a process group of its own, with
// what it prints.
func (e *Exec) command(ctx context.Context, d channel.Delivery, input []byte) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.CommandContext(ctx, e.program, e.Command[1:]...)
	cmd.Args[0] = e.Command[0]
	cmd.Dir = e.Dir
	// Nothing of the daemon's environment: it may hold passwords. Ids only:
	// other users may read an environment, but not a standard input.
	cmd.Env = []string{
		"PATH=" + e.Path, "OUTPACE_ID=" + d.ID, "OUTPACE_KEY=" + d.Key,
		"OUTPACE_ACCOUNT=" + d.Account, "OUTPACE_CAMPAIGN=" + d.Campaign, "OUTPACE_KIND=" + d.Kind,
	}
	cmd.Stdin = bytes.NewReader(input)
	stdout := new(bytes.Buffer)
	cmd.Stdout = &limited{to: stdout, left: maxOutput}
	if e.Stderr != nil {
		cmd.Stderr = &limited{to: e.Stderr, left: maxOutput}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = endGrace // then it is killed, and what holds its pipes is left behind
	return cmd, stdout
}

// line is d as JSON with a newline.
func line(d channel.Delivery) ([]byte, error) {
	if d.Key == "" {
		return nil, errors.New("delivery without a key")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(d)
	return b.Bytes(), err
}

// limited passes on the first bytes and drops the rest.
type limited struct {
	to   io.Writer
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	if n := min(len(b), l.left); n > 0 {
		l.left -= n
		_, _ = l.to.Write(b[:n]) // a log that is gone does not end the program
	}
	return len(b), nil
}
