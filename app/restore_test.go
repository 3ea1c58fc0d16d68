package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// receiver is a channel that remembers who it was given, and refuses one person
// for good as long as it is told so.
type receiver struct {
	people  []string
	refuses string
	traits  channel.Traits
}

func (r *receiver) Traits() channel.Traits { return r.traits }

func (r *receiver) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	if d.Target == r.refuses {
		return channel.Outcome{State: channel.NotSent, Next: channel.Fail}
	}
	r.people = append(r.people, d.Target)
	return channel.Outcome{State: channel.Sent}
}

// office is a database with its channels, and the person at the desk.
type office struct {
	t           *testing.T
	path        string
	twice, once *receiver
	desk        []string // whom the person wrote to
}

// with does something as a command does.
func (o *office) with(at time.Time, do func(a *app.App) error) {
	o.t.Helper()
	a, err := app.Open(o.t.Context(), o.path, app.Migrating)
	if err == nil {
		a.Watch(at, func(store.Quarantine) {})
		err = do(a)
	}
	if err == nil {
		err = a.Close()
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) apply(at time.Time, people int) {
	o.t.Helper()
	o.with(at, func(a *app.App) error {
		_, err := a.Apply(o.t.Context(), load(o.t, threeWays, people), at, app.ApplyOptions{})
		return err
	})
}

func (o *office) react(at time.Time, kind, person string) {
	o.t.Helper()
	o.with(at, func(a *app.App) error {
		_, err := a.React(o.t.Context(), at, store.Reaction{Kind: kind, Person: person})
		return err
	})
}

// answer answers the oldest card as sent.
func (o *office) answer(at time.Time) {
	o.t.Helper()
	o.with(at, func(a *app.App) error {
		card, err := a.DeskCard(o.t.Context(), at, "")
		if err != nil {
			return err
		}
		o.desk = append(o.desk, card.Target)
		return a.DeskAnswer(o.t.Context(), at, card.ID, store.Answer{Kind: store.AnswerSent})
	})
}

// steps runs a daemon for some steps an hour apart.
func (o *office) steps(from time.Time, n int) {
	o.t.Helper()
	ctx := o.t.Context()
	o.with(from, func(a *app.App) error {
		mark, q, err := a.Adopt(ctx, from)
		if err != nil {
			return err
		}
		channels := map[string]channel.Channel{"twice": o.twice, "once": o.once, "desk": desk.Desk{}}
		d := dispatch.New(app.Marked{Store: a.Store, Mark: mark}, channels, slog.New(slog.DiscardHandler))
		if !q.Held() {
			err = d.Resume(ctx, from)
		}
		for i := 0; i < n && err == nil; i++ {
			_, err = d.Step(ctx, from.Add(time.Duration(i)*time.Hour))
		}
		if err == nil {
			err = mark.Close()
		}
		return err
	})
}

// doubled is who was written to twice.
func (o *office) doubled() (list []string) {
	all := slices.Sorted(slices.Values(slices.Concat(o.twice.people, o.once.people, o.desk)))
	for i := range all {
		if i > 0 && all[i] == all[i-1] {
			list = append(list, all[i])
		}
	}
	return list
}

// live is a life with a backup in it, and much behind that which the backup does
// not know: replies that move the queue up, a card that is answered, a message
// that is tried again, a person added.
func live(t *testing.T) (o *office, copied string) {
	dir := t.TempDir()
	o = &office{
		t: t, path: filepath.Join(dir, "outpace.db"),
		twice: &receiver{traits: channel.Traits{Idempotent: true}}, once: &receiver{refuses: "https://example.com/bert/0"},
	}
	copied = filepath.Join(dir, "copy.db")
	o.apply(now, 6)
	o.steps(now.Add(time.Hour), 1) // person 0; Bert 0 fails; a card for Carl 0
	o.with(now, func(a *app.App) error {
		_, err := a.Backup(t.Context(), copied, now.Add(90*time.Minute), false)
		return err
	})
	at := now.Add(100 * time.Minute)
	o.react(at, store.Reply, "https://example.com/people/1")
	o.react(at, store.Reply, "https://example.com/people/2")
	o.apply(at, 7)
	o.answer(at)
	o.once.refuses = ""
	o.with(at, func(a *app.App) error {
		n, err := a.Retry(t.Context(), at, "d")
		if n != 1 {
			t.Errorf("%d retried", n)
		}
		return err
	})
	o.steps(now.Add(2*time.Hour), 4)
	o.answer(now.Add(5*time.Hour + time.Minute))
	if len(o.twice.people) != 5 || len(o.once.people) != 4 || len(o.desk) != 2 || o.doubled() != nil {
		t.Fatalf("%v %v %v", o.twice.people, o.once.people, o.desk)
	}
	return o, copied
}

// putBack puts the copy in the place of the database.
func (o *office) putBack(how, copied string, at time.Time) {
	o.t.Helper()
	if how == "by hand" {
		b, err := os.ReadFile(copied)
		if err == nil {
			err = os.WriteFile(o.path, b, 0o660)
		}
		if err != nil {
			o.t.Fatal(err)
		}
		o.react(at, store.OptOut, "https://example.com/people/4") // before the first start
		return
	}
	r, err := app.Restore(o.t.Context(), o.path, copied, at)
	if err != nil || r.InDoubt != 13 || r.Doubts != 11 || !r.From.Equal(now.Add(90*time.Minute)) {
		o.t.Fatalf("%+v, %v", r, err)
	}
	if how == "without the database of before" {
		if err := os.Remove(r.Aside); err != nil {
			o.t.Fatal(err)
		}
	}
}

// After a restore nobody is written to twice, whatever happened since the
// backup: nothing goes before somebody has reconciled; then what is known to
// have gone does not go again, and of all others somebody must say.
func TestRestoreWritesToNobodyTwice(t *testing.T) {
	for _, how := range []string{"by hand", "without the database of before", "with it"} {
		t.Run(how, func(t *testing.T) {
			o, copied := live(t)
			back := now.Add(5*time.Hour + 30*time.Minute)
			o.putBack(how, copied, back)
			o.react(back.Add(time.Minute), store.OptOut, "https://example.com/people/3") // was sent
			o.steps(back.Add(2*time.Minute), 2)
			o.apply(back.Add(3*time.Minute), 7)
			if len(o.twice.people) != 5 || len(o.once.people) != 4 {
				t.Fatalf("in quarantine there went %v %v", o.twice.people, o.once.people)
			}
			end := now.Add(8 * time.Hour)
			o.with(end, func(a *app.App) error { return o.reconcile(a, end, how == "with it") })
			o.steps(end.Add(time.Minute), 60)
			if o.doubled() != nil {
				t.Errorf("twice: %v", o.doubled())
			}
			// And when somebody has said of each unknown what became of it, all have theirs.
			o.with(end.Add(61*time.Hour), func(a *app.App) error { return o.resolve(a, end.Add(61*time.Hour)) })
			o.steps(end.Add(62*time.Hour), 60)
			if o.doubled() != nil || len(o.once.people) != 4 {
				t.Errorf("twice: %v; %v", o.doubled(), o.once.people)
			}
			o.with(end.Add(200*time.Hour), func(a *app.App) error {
				v, err := a.Verify(t.Context(), end.Add(200*time.Hour))
				if err == nil && !v.OK {
					t.Errorf("%+v", v.Violations)
				}
				return err
			})
		})
	}
}

// reconcile ends the quarantine: with what the database of before tells, or of
// one message by hand and of the others by nobody.
func (o *office) reconcile(a *app.App, now time.Time, evidence bool) error {
	r, err := a.Reconciliation(o.t.Context(), app.Evidence{}, true)
	if err != nil || !r.Held || r.Complete != evidence {
		return fmt.Errorf("%+v, %w", r, err)
	}
	if evidence {
		out, err := a.Reconcile(o.t.Context(), now, app.Answers{NoneSent: true})
		if err != nil || out.Held || len(out.Refused) > 0 || out.Reactions != 2 || len(out.Sent) != 12 {
			return fmt.Errorf("%+v, %w", out, err)
		}
		return nil
	}
	messages, err := a.Messages(o.t.Context(), store.MessageQuery{Person: "https://example.com/people/3"})
	if err != nil || len(messages) != 1 || messages[0].State != scheduler.Cancelled {
		return fmt.Errorf("%+v, %w", messages, err)
	}
	out, err := a.Reconcile(o.t.Context(), now, app.Answers{Sent: []string{messages[0].ID}})
	if err != nil || len(out.Sent) != 1 || out.Sent[0].What != "sent" || !out.Held {
		return fmt.Errorf("%+v, %w", out, err)
	}
	out, err = a.Reconcile(o.t.Context(), now, app.Answers{Done: true})
	if err != nil || out.Held || out.Unknown == 0 || out.Unknown > r.InDoubt {
		return fmt.Errorf("%+v, %w", out, err)
	}
	return nil
}

// resolve says the truth of every message nobody could tell of.
func (o *office) resolve(a *app.App, at time.Time) error {
	list, err := a.Questions(o.t.Context(), at, "", false)
	known := strings.Join(slices.Concat(o.twice.people, o.once.people, o.desk), " ") + " "
	for _, q := range list {
		kind := store.AnswerNotSent
		if strings.Contains(known, q.Target+" ") {
			kind = store.AnswerSent
		}
		if err == nil {
			err = a.DeskAnswer(o.t.Context(), at, q.ID, store.Answer{Kind: kind})
		}
	}
	return err
}

// A restore refuses a database that somebody uses, and what one leaves that was
// cut short holds everything.
func TestRestoreCutShort(t *testing.T) {
	a := applied(t, load(t, connects, 4))
	copied := filepath.Join(t.TempDir(), "copy.db")
	if _, err := a.Backup(t.Context(), copied, now, false); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(t.Context(), a.Path(), copied, now); err == nil || !strings.Contains(err.Error(), "another process uses") {
		t.Errorf("in use: %v", err)
	}
	if left, err := filepath.Glob(a.Path() + ".*"); err != nil || len(left) > 0 {
		t.Errorf("%v left, %v", left, err)
	}
	database, _, err := a.Progressed(t.Context())
	if err == nil {
		err = os.WriteFile(a.Path()+app.MarkSuffix, fmt.Appendf(nil, "database %s release %020d\n", database, int64(math.MaxInt64)), 0o660)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second one only goes on
		mark, q, err := a.Adopt(t.Context(), now)
		if err != nil || !q.Held() || q.Cause != "a restore was cut short" {
			t.Fatalf("%+v, %v", q, err)
		}
		if err := mark.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Reconcile(t.Context(), now, app.Answers{NoneSent: true}); err != nil {
		t.Fatal(err)
	}
	if begun, err := a.Suspect(t.Context(), now); begun || err != nil {
		t.Errorf("a second quarantine: %t, %v", begun, err)
	}
}
