package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lanes are the campaigns, one a channel, each with a fast account and one
// that its daily cap stops.
var lanes = []string{"desk", "file", "once", "again", "own"}

// steps of every sequence.
const stepCount = 3

// Workers of the channels that cannot be asked twice: what a kill may leave
// unknown, see DESIGN.
const onceWorkers, ownWorkers = 6, 4

// world is the campaigns file and the people in it.
type world struct {
	p        *program
	url      string // of the receivers
	script   string // behind the exec channel
	every    int    // seconds from slot to slot
	perSlot  int
	tightCap int
	edits    int
	quiet    bool                // no slot for a long time
	people   map[string][]string // profiles of each lane, as the file has them now
}

// newWorld has enough for so long: at most 20,000 people, the slots farther
// apart the longer it takes.
func newWorld(t *testing.T, p *program, url string, length time.Duration) *world {
	script, err := filepath.Abs("testdata/receive.sh")
	if err != nil {
		t.Fatal(err)
	}
	seconds := max(int(length.Seconds()), 1)
	each := min(max(seconds*10, 80), 4000)
	w := &world{p: p, url: url, script: script, every: 1, people: map[string][]string{}}
	w.tightCap = min(4*seconds, 60)
	if w.perSlot = min(each*stepCount/2/seconds, 10); w.perSlot == 0 {
		w.perSlot, w.every = 1, min(seconds*2/(each*stepCount), 30)
	}
	for _, lane := range lanes {
		for i := range each {
			w.people[lane] = append(w.people[lane], fmt.Sprintf("https://www.linkedin.com/in/example-%s-%d", lane, i))
		}
	}
	return w
}

// write puts the file down, whole or not at all, as an editor does.
func (w *world) write(t *testing.T) {
	t.Helper()
	for _, lane := range lanes {
		var csv strings.Builder
		csv.WriteString("name,profile,degree\n")
		for i, profile := range w.people[lane] {
			fmt.Fprintf(&csv, "%s Example%d,%s,1\n", lane, i, profile)
		}
		w.put(t, lane+".csv", csv.String())
	}
	w.put(t, "hook.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	w.put(t, "campaigns.yaml", w.yaml())
}

func (w *world) put(t *testing.T, name, text string) {
	t.Helper()
	path := w.p.file(name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func (w *world) yaml() string {
	slots := fmt.Sprintf("*/%d * * * * *", w.every)
	if w.quiet {
		slots = "0 0 0 1 1 *"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `version: 1
timezone: UTC
plans:
  roomy: { extends: basic, daily_cap: 100000 }
channels:
  file: { type: outbox, path: outbox.jsonl }
  once: { type: webhook, url: "%[1]s/once", timeout: %[2]s, workers: %[3]d, allow_private: [127.0.0.1], secret_file: hook.secret }
  again: { type: webhook, url: "%[1]s/again", timeout: %[2]s, workers: 8, idempotent: true, allow_private: [127.0.0.1], secret_file: hook.secret }
  own: { type: exec, command: ["%[4]s", own.jsonl], workers: %[5]d, timeout: 20s }
templates:
  hello: { body: "Hello {{.first_name}}, %[6]d" }
  again: { body: "Hello again {{.first_name}}, %[6]d" }
accounts:
`, w.url, callTimeout, onceWorkers, w.script, ownWorkers, w.edits)
	for _, lane := range lanes {
		fmt.Fprintf(&b, "  %[1]s-fast: { plan: roomy, slots: %[2]q, per_slot: %[3]d, channel: %[1]s }\n", lane, slots, w.perSlot)
		fmt.Fprintf(&b, "  %[1]s-tight: { plan: roomy, daily_cap: %[4]d, day: strict, slots: %[2]q, per_slot: %[3]d, channel: %[1]s }\n",
			lane, slots, w.perSlot, w.tightCap)
	}
	b.WriteString("campaigns:\n")
	for i, lane := range lanes {
		fmt.Fprintf(&b, `  %[1]s:
    accounts: [%[1]s-fast, %[1]s-tight]
    assign: round_robin
    priority: %[2]d
    targets: [ { csv: %[1]s.csv } ]
    steps:
      - { send: invitation, template: hello, name: first }
      - { send: message, template: again, name: second }
      - { send: reminder, template: again, name: third }
`, lane, 50+(w.edits+i)%3)
	}
	return b.String()
}

// edit changes texts and priorities, takes two people out of every list and
// puts two others in.
func (w *world) edit(t *testing.T) {
	t.Helper()
	w.edits++
	for _, lane := range lanes {
		list := w.people[lane]
		at := w.edits * 7 % (len(list) - 2)
		list = append(list[:at:at], list[at+2:]...)
		for i := range 2 {
			list = append(list, fmt.Sprintf("https://www.linkedin.com/in/example-%s-new-%d-%d", lane, w.edits, i))
		}
		w.people[lane] = list
	}
	w.write(t)
}

// everybody is all people of the file.
func (w *world) everybody() (all []string) {
	for _, lane := range lanes {
		all = append(all, w.people[lane]...)
	}
	return all
}
