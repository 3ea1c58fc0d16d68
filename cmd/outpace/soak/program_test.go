package soak

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is the real outpace and the folder it works in.
type program struct {
	path string // of the binary
	dir  string
	log  *os.File // what daemons wrote, all of them
}

// build compiles outpace once, with the race detector if the test has it.
func build(t *testing.T) *program {
	t.Helper()
	p := &program{dir: t.ArtifactDir()}
	p.path = filepath.Join(t.TempDir(), "outpace")
	args := []string{"build", "-buildvcs=false", "-o", p.path}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "outpace/cmd/outpace")...).CombinedOutput(); err != nil {
		t.Fatalf("building outpace: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(p.dir, "daemons.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	p.log = log
	return p
}

func (p *program) file(name string) string { return filepath.Join(p.dir, name) }

func (p *program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.path, args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "OUTPACE_DB=outpace.db", "TZ=UTC"}
	return cmd
}

// patience is how long a command may take.
const patience = time.Minute

// ask runs a command to its end; code is -1 if it did not start, or not end.
func (p *program) ask(stdin string, args ...string) (stdout, stderr string, code int) {
	cmd := p.command(args...)
	var out, told bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &told
	err := cmd.Start()
	if err == nil {
		tooLong := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		err = cmd.Wait()
		tooLong.Stop()
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		return out.String(), err.Error(), -1
	}
	return out.String(), told.String(), code
}

// daemon is one process of outpace run.
type daemon struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it says that it runs
	ended chan error    // how it ended, once
}

// start starts a daemon.
func (p *program) start(t *testing.T) *daemon {
	t.Helper()
	d := &daemon{cmd: p.command("run", "--allow-exec"), ready: make(chan struct{}), ended: make(chan error, 1)}
	said, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() }) // if the test gave up; else it has ended
	go func() {
		ready := d.ready
		for lines := bufio.NewScanner(said); lines.Scan(); {
			line := lines.Text()
			if ready != nil && strings.HasPrefix(line, "outpace ") && strings.Contains(line, " runs: ") {
				close(ready)
				ready = nil
			}
			p.log.WriteString(line + "\n")
		}
		d.ended <- d.cmd.Wait()
	}()
	return d
}

// until waits until it runs. A daemon that ends by itself is a failure.
func (d *daemon) until(t *testing.T, p *program) {
	t.Helper()
	select {
	case <-d.ready:
	case err := <-d.ended:
		t.Fatalf("the daemon ended at its start: %v\n%s", err, p.tail())
	case <-time.After(time.Minute):
		t.Fatalf("the daemon does not get ready\n%s", p.tail())
	}
}

func (d *daemon) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		t.Errorf("%v: %v", s, err)
	}
}

// kill ends it as a power cut of the process does.
func (d *daemon) kill(t *testing.T) {
	t.Helper()
	d.signal(t, syscall.SIGKILL)
	<-d.ended
}

// stop asks it to end, and says how long that took.
func (d *daemon) stop(t *testing.T, p *program) time.Duration {
	t.Helper()
	began := time.Now()
	d.signal(t, syscall.SIGTERM)
	select {
	case err := <-d.ended:
		if err != nil {
			t.Errorf("after SIGTERM: %v\n%s", err, p.tail())
		}
	case <-time.After(30 * time.Second):
		t.Errorf("still there 30 s after SIGTERM\n%s", p.tail())
		d.kill(t)
	}
	return time.Since(began)
}

// tail is the end of what the daemons said beside their releases.
func (p *program) tail() string {
	text, _ := os.ReadFile(p.log.Name())
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return strings.Contains(line, "msg=released")
	})
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
