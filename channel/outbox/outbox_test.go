package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/channel"
)

var released = time.Date(2026, 12, 1, 9, 0, 1, 0, time.FixedZone("CET", 3600))

func delivery(n int) channel.Delivery {
	return channel.Delivery{
		ID: fmt.Sprint("m", n), Key: fmt.Sprint("k", n), SlotAt: released.Add(-time.Second), ReleasedAt: released,
		Account: "ada", Campaign: "founders", Target: "linkedin.com/in/example-grace",
		Profile: "https://www.linkedin.com/in/example-grace", Name: "Grace Example", Kind: "message",
		Subject: "", Body: "Hi Grace,\n\"ships\" & <harbours> — grüße",
	}
}

func line(t testing.TB, n int) []byte {
	t.Helper()
	b, err := encodeLine(delivery(n))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, path string) *Outbox {
	t.Helper()
	o, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

// ids returns the ids in the file, which must consist of whole lines.
func ids(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		t.Fatalf("%s does not end with a newline: %q", path, b)
	}
	var got []string
	for l := range bytes.Lines(b) {
		var d channel.Delivery
		if err := json.Unmarshal(l, &d); err != nil {
			t.Fatalf("%s: %v in %q", path, err, l)
		}
		got = append(got, d.ID)
	}
	return got
}

func wantIDs(t testing.TB, path string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, ids(t, path)); diff != "" {
		t.Errorf("lines of the file (-want +got):\n%s", diff)
	}
}

func TestSendWritesOneReadableLine(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o007))
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	o := open(t, path)
	var c channel.Batch = o
	if got := c.Send(t.Context(), delivery(1)); got != (channel.Outcome{State: channel.Sent}) {
		t.Fatalf("Send: %+v", got)
	}
	const want = `{"id":"m1","key":"k1","slot_at":"2026-12-01T09:00:00+01:00","released_at":"2026-12-01T09:00:01+01:00",` +
		`"account":"ada","campaign":"founders","target":"linkedin.com/in/example-grace",` +
		`"profile":"https://www.linkedin.com/in/example-grace","name":"Grace Example","kind":"message",` +
		`"subject":"","body":"Hi Grace,\n\"ships\" & <harbours> — grüße"}` + "\n"
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("file: %v\ngot  %s\nwant %s", err, got, want)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v; want 0660", info.Mode(), err)
	}
	if got := c.Traits(); got != (channel.Traits{Idempotent: true}) {
		t.Errorf("Traits: %+v", got)
	}
}

func TestSendAllDecidesEachByItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	o := open(t, path)
	long := delivery(3)
	long.Body = strings.Repeat("x", maxLine)
	keyless := delivery(4)
	keyless.Key = ""
	undated := delivery(5)
	undated.SlotAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // RFC 3339 ends before
	got := o.SendAll(t.Context(), []channel.Delivery{delivery(1), delivery(2), delivery(1), long, keyless, undated, delivery(6)})
	sent := channel.Outcome{State: channel.Sent}
	fail := func(detail string) channel.Outcome {
		return channel.Outcome{State: channel.NotSent, Next: channel.Fail, Detail: detail}
	}
	want := []channel.Outcome{
		sent, sent, sent, fail("line of 262443 bytes, at most 262144"), fail("delivery without a key"),
		fail("json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]"), sent,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	wantIDs(t, path, "m1", "m2", "m6")
	if got := o.SendAll(t.Context(), nil); len(got) != 0 {
		t.Errorf("SendAll of nothing: %v", got)
	}
}

func TestSameKeyIsWrittenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	again := channel.Outcome{State: channel.Sent, At: released, Detail: "already in the file"}
	o := open(t, path)
	o.Send(t.Context(), delivery(1))
	if got := o.Send(t.Context(), delivery(1)); got != again {
		t.Errorf("same process: %+v", got)
	}
	if got := open(t, path).Send(t.Context(), delivery(1)); got != again {
		t.Errorf("after a restart: %+v", got)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if got := o.Send(t.Context(), delivery(1)); got != again {
		t.Errorf("after Close: %+v", got)
	}
	wantIDs(t, path, "m1")
}

// While a reload goes on, two outboxes stand on one file.
func TestTwoOutboxesSeeEachOthersLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	boxes := []*Outbox{open(t, path), open(t, path)}
	const n = 20
	var wg sync.WaitGroup
	for _, o := range append(boxes, boxes...) {
		wg.Go(func() {
			for i := range n {
				if got := o.Send(context.Background(), delivery(i)); got.State != channel.Sent {
					t.Errorf("Send: %+v", got)
				}
			}
		})
	}
	wg.Wait()
	if got := ids(t, path); len(got) != n {
		t.Errorf("%d lines for %d messages: %v", len(got), n, got)
	}
}

func TestOnlyTheLastWindowIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.jsonl")
	first, last := line(t, 1), line(t, 2)
	filler := bytes.Repeat(append(bytes.Repeat([]byte("x"), 999), '\n'), window/1000)
	if err := os.WriteFile(path, bytes.Join([][]byte{first, filler, last}, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	o := open(t, path)
	if o.seen.has("k1") || !o.seen.has("k2") {
		t.Errorf("keys of the window: %v", o.seen.ring)
	}
}

func TestRecentForgetsTheOldest(t *testing.T) {
	var r recent
	for i := range maxKeys + 2 {
		r.add(fmt.Sprint(i))
		r.add(fmt.Sprint(i))
	}
	if r.has("0") || r.has("1") || !r.has("2") || !r.has(fmt.Sprint(maxKeys+1)) || len(r.set) != maxKeys {
		t.Errorf("%d keys kept, want %d, the newest", len(r.set), maxKeys)
	}
}
