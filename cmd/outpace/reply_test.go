package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"outpace/channel"
)

// repliers is how many people get a message, and a second one a second later.
const repliers = 30

// TestReplyStopsFollowUp runs the daemon with slots every second, and for each
// person a second process that records a reply a moment after the first message
// went out: before, while or after the follow-up is due. What the acknowledgement
// of a reply said it stopped must never go out, and nothing goes out that was
// released after it.
func TestReplyStopsFollowUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it lives through ten seconds")
	}
	t.Run("outbox", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, "type: outbox, path: outbox.jsonl")
		w.follow(t, w.tail)
	})
	t.Run("webhook", func(t *testing.T) {
		t.Parallel()
		var w *witness
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			w.receive(json.NewDecoder(r.Body))
		}))
		defer server.Close()
		w = newWitness(t, fmt.Sprintf("type: webhook, url: %q, allow_http: true, allow_private: [\"127.0.0.0/8\"]", server.URL))
		w.follow(t, func() {})
	})
}

// witness sees what goes out, lets people reply to it, and keeps both.
type witness struct {
	t   *testing.T
	dir string

	mu    sync.Mutex
	lines map[string][]channel.Delivery // by person
	acks  map[string]ack
}

// ack is what a process that recorded a reply answered, and when it had ended.
type ack struct {
	at      time.Time
	stopped bool
}

func newWitness(t *testing.T, way string) *witness {
	w := &witness{t: t, dir: t.TempDir(), lines: map[string][]channel.Delivery{}, acks: map[string]ack{}}
	var yaml strings.Builder
	fmt.Fprintf(&yaml, `version: 1
channels: { out: { %s } }
plans: { plenty: { daily_cap: 1000 } }
accounts:
  ada: &second { plan: plenty, timezone: UTC, slots: "* * * * * *", channel: out, opening: { sent_today: 0 } }
  bob: *second
  carol: *second
  dan: *second
  eve: *second
templates: { hi: { body: "Hi {{.first_name}}" }, again: { body: "{{.first_name}}, one more thing" } }
campaigns:
  c:
    accounts: [ada, bob, carol, dan, eve]
    steps: [ { send: introduction, template: hi }, { send: reminder, template: again } ]
    targets:
`, way)
	for i := range repliers {
		fmt.Fprintf(&yaml, "      - { name: Person %d Example, profile: %q }\n", i, person(i))
	}
	if err := os.WriteFile(filepath.Join(w.dir, "campaigns.yaml"), []byte(yaml.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func person(i int) string { return fmt.Sprintf("https://www.linkedin.com/in/example-%d", i) }

// outpace is a process of its own, in the witness's directory, on the real clock.
func (w *witness) outpace(args ...string) *exec.Cmd {
	cmd := exec.Command("outpace", args...)
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), "OUTPACE_NOW=")
	return cmd
}

// follow runs the daemon until everybody has replied, and a second and a half
// longer: whatever was due when the last one did has gone then. look is called
// again and again.
func (w *witness) follow(t *testing.T, look func()) {
	daemon := w.outpace("run")
	var log bytes.Buffer
	daemon.Stderr = &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(60 * time.Second)
	for ; w.replied() < repliers && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		look()
	}
	time.Sleep(1500 * time.Millisecond)
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Errorf("the daemon: %v\n%s", err, &log)
	}
	look()
	w.judge()
	if out, err := w.outpace("verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

func (w *witness) replied() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acks)
}

// tail takes down the lines of the outbox that are new.
func (w *witness) tail() {
	f, err := os.Open(filepath.Join(w.dir, "outbox.jsonl"))
	if err != nil {
		return // nothing was written yet
	}
	defer f.Close()
	w.mu.Lock()
	old := 0
	for _, lines := range w.lines {
		old += len(lines)
	}
	w.mu.Unlock()
	for lines := bufio.NewReader(f); ; old-- {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return // the end, or a line that is being written
		}
		if old <= 0 {
			w.receive(json.NewDecoder(bytes.NewReader(line)))
		}
	}
}

// receive takes down what went out; to a first message the person replies.
func (w *witness) receive(d *json.Decoder) {
	var line channel.Delivery
	if err := d.Decode(&line); err != nil {
		w.t.Error(err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines[line.Target] = append(w.lines[line.Target], line)
	if len(w.lines[line.Target]) == 1 {
		// After a moment that differs: up to 1.2 s, spread over the people.
		wait := time.Duration(len(w.lines)*37%25) * 50 * time.Millisecond
		time.AfterFunc(wait, func() { w.reply(line.Target) })
	}
}

// reply records a reply in a process of its own.
func (w *witness) reply(target string) {
	out, err := w.outpace("event", "reply", target).CombinedOutput()
	at := time.Now()
	if err != nil {
		w.t.Errorf("reply of %s: %v\n%s", target, err, out)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acks[target] = ack{at, bytes.Contains(out, []byte("1 message cancelled"))}
}

// judge compares what was acknowledged with what went out.
func (w *witness) judge() {
	w.mu.Lock()
	defer w.mu.Unlock()
	stopped := 0
	for i := range repliers {
		target := person(i)
		a, lines := w.acks[target], w.lines[target]
		if a.stopped {
			stopped++
		}
		if want := map[bool]int{true: 1, false: 2}[a.stopped]; len(lines) != want {
			w.t.Errorf("%s: the follow-up was stopped: %t; but %d messages went out", target, a.stopped, len(lines))
		}
		for _, line := range lines {
			if line.ReleasedAt.After(a.at) {
				w.t.Errorf("%s: a %s was released at %s, after the reply was acknowledged at %s", target, line.Kind, line.ReleasedAt, a.at)
			}
		}
	}
	w.t.Logf("%d replies, %d follow-ups stopped", len(w.acks), stopped)
	if len(w.acks) < repliers || stopped == 0 {
		w.t.Errorf("%d of %d people replied and %d follow-ups were stopped: too few to show anything", len(w.acks), repliers, stopped)
	}
}
