package exec

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"outpace/channel"
)

var released = time.Date(2026, 12, 1, 9, 0, 1, 0, time.FixedZone("CET", 3600))

func delivery() channel.Delivery {
	return channel.Delivery{
		ID: "0a1b", Key: "0a1b-0", SlotAt: released, ReleasedAt: released, Account: "ada", Campaign: "founders",
		Target: "https://example.com/grace", Profile: "https://example.com/grace", Name: "Grace Example",
		Kind: "message", Body: "Hi <Grace>, \"$(id)\"\n'; rm -rf /",
	}
}

// shell is a channel whose program is a script, for tests only: a channel
// itself never reads a shell's language.
func shell(t testing.TB, script string, change ...func(*Config)) *Exec {
	t.Helper()
	c := Config{Command: []string{"/bin/sh", "-c", script}, Dir: t.TempDir(), Path: os.Getenv("PATH"), Timeout: 10 * time.Second, Workers: 2}
	for _, f := range change {
		f(&c)
	}
	e, err := New(c, true)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func same(t *testing.T, got, want channel.Outcome) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(channel.Outcome{}, "Detail")); diff != "" {
		t.Errorf("outcome (-want +got), detail %q:\n%s", got.Detail, diff)
	}
	if got.Detail == "" || strings.Contains(got.Detail, "Grace") {
		t.Errorf("detail %q", got.Detail)
	}
}

var (
	sent    = channel.Outcome{State: channel.Sent}
	unknown = channel.Outcome{State: channel.CannotTell}
	fails   = channel.Outcome{State: channel.NotSent, Next: channel.Fail}
	off     = channel.Outcome{State: channel.NotSent, Next: channel.SwitchOff}
	again   = channel.Outcome{State: channel.NotSent, Next: channel.Again}
)

func refused(v channel.Verdict) channel.Outcome {
	return channel.Outcome{State: channel.NotSent, Verdict: v}
}

func TestInput(t *testing.T) {
	t.Setenv("OUTPACE_DB", "postgres://user:password@db/outpace")
	t.Setenv("SECRET", "abc")
	e := shell(t, `cat > input; env | sort > environment; printf '%s\n' "$0" "$@" > arguments; ps -o pgid= -p $$ > group; echo $$ > pid`, func(c *Config) {
		c.Command = append(c.Command, "send $HOME", "--to=*")
	})
	same(t, e.Send(t.Context(), delivery()), sent)
	const want = `{"id":"0a1b","key":"0a1b-0","slot_at":"2026-12-01T09:00:01+01:00","released_at":"2026-12-01T09:00:01+01:00",` +
		`"account":"ada","campaign":"founders","target":"https://example.com/grace","profile":"https://example.com/grace",` +
		`"name":"Grace Example","kind":"message","subject":"","body":"Hi <Grace>, \"$(id)\"\n'; rm -rf /"}` + "\n"
	if got := read(t, e, "input"); got != want {
		t.Errorf("stdin\n%s\nwant\n%s", got, want)
	}
	if got := read(t, e, "arguments"); got != "send $HOME\n--to=*\n" {
		t.Errorf("arguments %q", got)
	}
	environment := read(t, e, "environment")
	for _, want := range []string{"PATH=", "OUTPACE_ID=0a1b", "OUTPACE_KEY=0a1b-0", "OUTPACE_ACCOUNT=ada", "OUTPACE_CAMPAIGN=founders", "OUTPACE_KIND=message"} {
		if !strings.Contains(environment, want) {
			t.Errorf("no %s in the environment", want)
		}
	}
	for _, secret := range []string{"password", "SECRET", "HOME=", "Grace", "grace"} {
		if strings.Contains(environment, secret) {
			t.Errorf("%s in the environment:\n%s", secret, environment)
		}
	}
	if group, pid := strings.TrimSpace(read(t, e, "group")), strings.TrimSpace(read(t, e, "pid")); group != pid {
		t.Errorf("group %s of process %s: not its own", group, pid)
	}
}

func read(t *testing.T, e *Exec, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(e.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A program that does not end in time is ended with all it started.
func TestTimeoutEndsTheGroup(t *testing.T) {
	for name, script := range map[string]string{
		"ends when asked":      `sleep 60 & echo $! > child; wait`,
		"ignores being asked":  `trap '' TERM; sleep 60 & echo $! > child; while :; do wait; done`,
		"its child ignores it": `(trap '' TERM; exec sleep 60) & echo $! > child; sleep 0.1; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := shell(t, "exec 9>alive; "+script, func(c *Config) { c.Timeout = 300 * time.Millisecond })
			alive := whoeverHolds(t, filepath.Join(e.Dir, "alive"))
			began := time.Now()
			same(t, e.Send(t.Context(), delivery()), unknown)
			if took := time.Since(began); took > e.Timeout+endGrace+3*time.Second {
				t.Errorf("took %s", took)
			}
			if read(t, e, "child") == "" {
				t.Error("it had no child")
			}
			if _, err := io.ReadAll(alive); err != nil {
				t.Errorf("its child is alive: %v", err)
			}
		})
	}
}

// whoeverHolds is a pipe at path that ends when every process has that opened
// it for writing, or has it from its parent; reading it fails after 5 seconds.
func whoeverHolds(t *testing.T, path string) io.Reader {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // waits for nobody who writes
	if err == nil {
		err = f.SetReadDeadline(time.Now().Add(5 * time.Second))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// A program that catches the request to end and still says that it sent is
// believed; whatever else it says may be how it ends when it is interrupted.
func TestTimeoutWithAnAnswer(t *testing.T) {
	e := shell(t, `trap 'exit 75' TERM; sleep 60 & wait`, func(c *Config) { c.Timeout = 300 * time.Millisecond })
	same(t, e.Send(t.Context(), delivery()), unknown)
}

func TestStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, stop)
	same(t, shell(t, "sleep 60").Send(ctx, delivery()), unknown)
	same(t, shell(t, "exit 0").Send(ctx, delivery()), again)
}

// What a program prints is bounded, and does not block it; neither does an
// input it never reads, nor a child that keeps its output open.
func TestOutput(t *testing.T) {
	var stderr bytes.Buffer
	loud := shell(t, `head -c 1000000 /dev/zero | tr '\0' x; head -c 1000000 /dev/zero | tr '\0' e >&2; exit 65`, func(c *Config) { c.Stderr = &stderr })
	same(t, loud.Send(t.Context(), delivery()), fails)
	if stderr.Len() != maxOutput {
		t.Errorf("%d bytes of stderr kept", stderr.Len())
	}
	d := delivery()
	d.Body = strings.Repeat("x", 1<<20)
	same(t, shell(t, "exec <&-; exit 0").Send(t.Context(), d), sent)
	began := time.Now()
	same(t, shell(t, "sleep 10 & exit 0").Send(t.Context(), delivery()), sent)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("waited %s for a child", took)
	}
}

func TestNotStarted(t *testing.T) {
	if _, err := New(Config{Command: []string{"/bin/true"}, Timeout: 1, Workers: 1}, false); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("not allowed: %v", err)
	}
	for name, c := range map[string]Config{
		"no command": {Timeout: 1, Workers: 1}, "no workers": {Command: []string{"/bin/true"}, Timeout: 1},
		"missing": {Command: []string{"/nowhere/program"}, Timeout: 1, Workers: 1}, "not executable": {Command: []string{"./exec_test.go"}, Timeout: 1, Workers: 1},
	} {
		if _, err := New(c, true); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/nowhere/interpreter\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	e := shell(t, "", func(c *Config) { c.Command = []string{program} })
	same(t, e.Send(t.Context(), delivery()), off)
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	same(t, e.Send(t.Context(), delivery()), off)
	for _, err := range []error{syscall.EAGAIN, syscall.ENOMEM} {
		same(t, notStarted(&os.PathError{Op: "fork/exec", Err: err}), again)
	}
	d := delivery()
	d.Key = ""
	same(t, e.Send(t.Context(), d), fails)
	if got := e.Traits(); got != (channel.Traits{Workers: 2}) {
		t.Errorf("traits %+v", got)
	}
}
