package app_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"outpace/app"
	"outpace/channel"
	"outpace/channel/desk"
	"outpace/dispatch"
	"outpace/scheduler"
	"outpace/store"
)

const threeWays = `version: 1
timezone: UTC
channels:
  twice: { type: webhook, url: "https://crm.example/twice", idempotent: true }
  once: { type: webhook, url: "https://crm.example/once" }
accounts:
  ada: { plan: basic, slots: "0 8-17 * * *", channel: twice }
  bob: { plan: basic, slots: "0 8-17 * * *", channel: once }
  kim: { plan: basic, slots: "0 8-17 * * *" }
templates: { note: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: connect, template: note } ] }
  d: { accounts: [bob], targets: [ { name: Bert0 Example, profile: "https://example.com/bert/0" }, { name: Bert1 Example, profile: "https://example.com/bert/1" }, { name: Bert2 Example, profile: "https://example.com/bert/2" }, { name: Bert3 Example, profile: "https://example.com/bert/3" } ], steps: [ { send: connect } ] }
  e: { accounts: [kim], targets: [ { name: Carl0 Example, profile: "https://example.com/carl/0" }, { name: Carl1 Example, profile: "https://example.com/carl/1" }, { name: Carl2 Example, profile: "https://example.com/carl/2" }, { name: Carl3 Example, profile: "https://example.com/carl/3" } ], steps: [ { send: connect } ] }
`

// keys is a channel that remembers the keys it was given.
type keys struct {
	list   []string
	traits channel.Traits
}

func (k *keys) Traits() channel.Traits { return k.traits }

func (k *keys) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	k.list = append(k.list, d.Key)
	return channel.Outcome{State: channel.Sent}
}

// steps runs a daemon on a database for some steps an hour apart.
func steps(t *testing.T, path string, channels map[string]channel.Channel, from time.Time, n int) {
	t.Helper()
	a, err := app.Open(t.Context(), path, app.Migrating)
	if err != nil {
		t.Fatal(err)
	}
	mark, q, err := a.Adopt(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	d := dispatch.New(app.Marked{Store: a.Store, Mark: mark}, channels, slog.New(slog.DiscardHandler))
	if !q.Held() {
		err = d.Resume(t.Context(), from)
	}
	for i := 0; i < n && err == nil; i++ {
		_, err = d.Step(t.Context(), from.Add(time.Duration(i)*time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := mark.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// After a restore nobody is written to twice: nothing goes before somebody has
// reconciled; then what notices its key goes with the same one, and what does
// not is unknown until a person says.
func TestRestoreWritesToNobodyTwice(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		dir := t.TempDir()
		path, copied := filepath.Join(dir, "outpace.db"), filepath.Join(dir, "copy.db")
		a, err := app.Open(t.Context(), path, app.Migrating)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Apply(t.Context(), load(t, threeWays, 4), now, app.ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Backup(t.Context(), copied, now, false); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		twice, once := &keys{traits: channel.Traits{Idempotent: true}}, &keys{}
		channels := map[string]channel.Channel{"twice": twice, "once": once, "desk": desk.Desk{}}
		steps(t, path, channels, now.Add(time.Hour), 2) // two of each go
		back := now.Add(150 * time.Minute)
		if byHand {
			b, err := os.ReadFile(copied)
			if err == nil {
				err = os.WriteFile(path, b, 0o660)
			}
			if err != nil {
				t.Fatal(err)
			}
		} else if r, err := app.Restore(t.Context(), path, copied, back); err != nil || r.Doubts != 6 || !r.From.Equal(now) {
			t.Fatalf("%+v, %v", r, err)
		}
		sent := slices.Clone(twice.list)
		steps(t, path, channels, back, 3)
		if len(sent) != 2 || len(twice.list) != 2 || len(once.list) != 2 {
			t.Fatalf("by hand %t: in quarantine there went %v %v", byHand, twice.list, once.list)
		}
		end := back.Add(3 * time.Hour)
		reconcile(t, path, end)
		steps(t, path, channels, end.Add(time.Minute), 6)
		if len(twice.list) != 6 || !slices.Equal(sent, twice.list[2:4]) {
			t.Errorf("by hand %t: the same keys do not come again first: %v", byHand, twice.list)
		}
		if got := slices.Compact(slices.Sorted(slices.Values(once.list))); len(got) != 4 || len(once.list) != 4 {
			t.Errorf("by hand %t: what takes no key twice was given %v", byHand, once.list)
		}
	}
}

// reconcile says of one message that it was sent, and that nobody can tell of
// the others.
func reconcile(t *testing.T, path string, now time.Time) {
	t.Helper()
	a, err := app.Open(t.Context(), path, app.AsIs)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	r, err := a.Reconciliation(t.Context(), nil)
	if err != nil || !r.Held {
		t.Fatalf("%+v, %v", r, err)
	}
	var told []string
	for _, d := range r.Doubts {
		if d.Account == "bob" && len(told) == 0 {
			told = append(told, d.ID)
		}
	}
	out, err := a.Reconcile(t.Context(), now, app.Answers{Sent: told})
	if err != nil || len(out.Sent) != 1 || out.Sent[0].What != "sent" || !out.Held {
		t.Fatalf("%+v, %v", out, err)
	}
	if out, err = a.Reconcile(t.Context(), now, app.Answers{Done: true}); err != nil || out.Held {
		t.Fatalf("%+v, %v", out, err)
	}
	if v, err := a.Verify(t.Context(), now); err != nil || !v.OK {
		t.Errorf("%+v, %v", v.Violations, err)
	}
	unknown, err := a.Messages(t.Context(), store.MessageQuery{States: []string{scheduler.Unknown}})
	if err != nil || out.Unknown != len(unknown) || out.Again == 0 || out.Unknown == 0 {
		t.Errorf("%+v, %d unknown, %v", out, len(unknown), err)
	}
}

func TestBackupIsWholeOrNotThere(t *testing.T) {
	a := applied(t, load(t, connects, 40))
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.db")
	for _, bad := range []string{a.Path(), dir, filepath.Join(dir, "none", "copy.db")} {
		if _, err := a.Backup(t.Context(), bad, now, true); err == nil {
			t.Errorf("a backup to %s", bad)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Backup(ctx, file, now, false); err == nil || app.Exists(file) {
		t.Errorf("interrupted: %v", err)
	}
	b, err := a.Backup(t.Context(), file, now, false)
	info, e := os.Stat(file)
	if err != nil || e != nil || info.Size() != b.Bytes || info.Mode().Perm() != 0o660 {
		t.Fatalf("%+v, %v, %v", b, err, e)
	}
	if _, err := a.Backup(t.Context(), file, now, false); err == nil {
		t.Error("a second one replaces the first")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v left, %v", left, err)
	}
}
