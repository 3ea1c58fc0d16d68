package sim_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"outpace/channel"
	"outpace/dispatch"
	"outpace/sim"
	"outpace/store"
)

// counted is a channel that sends at once and takes the same key twice.
type counted struct{ calls int }

func (*counted) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

func (c *counted) Send(context.Context, channel.Delivery) channel.Outcome {
	c.calls++
	return channel.Outcome{State: channel.Sent}
}

// TestOvertakenByACrash: a process dies between claim and call, and before the
// next one starts the message is overtaken. It is not handed over, and is an
// open question instead; without anything in between it goes out.
func TestOvertakenByACrash(t *testing.T) {
	const grace = "https://www.linkedin.com/in/example-grace"
	set := load(t, `
version: 1
timezone: Europe/Berlin
channels: { out: { type: outbox, path: o.jsonl } }
accounts: { bob: { plan: basic, slots: "0 9,14 * * *", channel: out } }
templates: { intro: { body: "Dear {{.first_name}}" } }
campaigns:
  c:
    accounts: [bob]
    targets: [ { name: Grace Example, profile: "`+grace+`", degree: 1 } ]
    steps: [ { send: message, template: intro } ]
`, map[string]string{})
	start, nine := at("2026-11-23T07:00:00Z"), at("2026-11-23T08:00:00Z")
	reaction := func(kind string) func(*store.Store) error {
		return func(db *store.Store) error {
			_, err := db.React(t.Context(), nine.Add(time.Minute), store.Reaction{Kind: kind, Person: grace})
			return err
		}
	}
	for name, test := range map[string]struct {
		overtake func(*store.Store) error
		calls    int
		state    string
	}{
		"nothing":  {func(*store.Store) error { return nil }, 1, "sent"},
		"opt-out":  {reaction(store.OptOut), 0, "unknown"},
		"reply":    {reaction(store.Reply), 0, "unknown"},
		"declined": {reaction(store.Declined), 0, "unknown"},
		"pause": {func(db *store.Store) error {
			_, err := db.Pause(t.Context(), nine.Add(time.Minute), "bob", "")
			return err
		}, 0, "unknown"},
		"pause that is over": {func(db *store.Store) error {
			if _, err := db.Pause(t.Context(), nine.Add(time.Minute), "bob", ""); err != nil {
				return err
			}
			_, err := db.Resume(t.Context(), nine.Add(2*time.Minute), "bob")
			return err
		}, 1, "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			if err := sim.Apply(t.Context(), db, set, start); err != nil {
				t.Fatal(err)
			}
			if rs, err := db.Claim(t.Context(), nine, map[string]int{"out": store.Unbounded}); err != nil || len(rs) != 1 {
				t.Fatalf("%d claimed, %v", len(rs), err)
			}
			if err := test.overtake(db); err != nil {
				t.Fatal(err)
			}
			c := &counted{}
			d := dispatch.New(db, map[string]channel.Channel{"out": c}, slog.New(slog.DiscardHandler))
			if err := d.Resume(t.Context(), nine.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			ms, err := db.Messages(t.Context(), store.MessageQuery{})
			if err != nil || len(ms) != 1 || ms[0].State != test.state || c.calls != test.calls {
				t.Errorf("%d calls, %+v, %v", c.calls, ms, err)
			}
			if v, err := db.Verify(t.Context(), nine.Add(2*time.Hour)); err != nil || !v.OK {
				t.Errorf("%+v, %v", v.Violations, err)
			}
		})
	}
}

// TestSpentBeforeItExpires: the credits of a lot are spent before the instant at
// which they were to expire, and the clock goes on past it.
func TestSpentBeforeItExpires(t *testing.T) {
	set := load(t, `
version: 1
timezone: Europe/Berlin
plans:
  p: { daily_cap: 50, inmail: { monthly: 3, rollover: 1mo, pace: asap } }
accounts:
  bob: { plan: p, renewal_day: 24, slots: "*/30 9-16 * * *" }
templates:
  intro: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}" }
campaigns:
  c: { accounts: [bob], targets: [ { csv: c.csv } ], steps: [ { send: inmail, template: intro } ] }
`, map[string]string{"c.csv": people(30, "", func(int) string { return "" })})
	events, sum := simulate(t, set, sim.Options{From: at("2026-11-23T07:00:00Z"), Days: 120})
	if sum.InMails != 15 || len(released(events)) != 15 {
		t.Errorf("%+v", sum)
	}
}
