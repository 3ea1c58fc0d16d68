package sim_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"outpace/campaign"
	"outpace/channel"
	"outpace/dispatch"
	"outpace/sim"
	"outpace/store"
)

const clockSet = `version: 1
timezone: Europe/Berlin
channels: { out: { type: outbox, path: out.jsonl } }
accounts:
  ada: { plan: premium-business, channel: out, renewal_day: 14, slots: "0 9-16 * * MON-FRI", opening: { credits: 4, sent_today: 0, connects_7d: 0, pending: 0 } }
templates: { hi: { subject: "Hello", body: "Hi {{.first_name}}" } }
campaigns:
  c:
    accounts: [ada]
    targets: [ { csv: crowd.csv } ]
    steps: [ { send: inmail, template: hi, else: connect, min_priority: 60 } ]
`

// life is what is left of a life of forty days from a Monday on: how many
// releases and lots of credits there are, and what verify says.
type life struct{ releases, lots, violations int }

// lifeOf steps through forty days by the hour. leaps are hours at which somebody
// sets the clock ahead by so many days, and back two hours later.
func lifeOf(t *testing.T, db *store.Store, leaps map[int]int) (l life) {
	ctx, from := t.Context(), at("2026-12-07T00:30:00+01:00")
	d := dispatch.New(db, map[string]channel.Channel{"out": sendsAtOnce{}}, slog.New(slog.DiscardHandler))
	step := func(now time.Time) {
		if _, err := d.Step(ctx, now); err != nil {
			t.Fatal(err)
		}
	}
	jump := func(now time.Time, by time.Duration) {
		if _, err := db.ClockJumped(ctx, now, by); err != nil {
			t.Fatal(err)
		}
	}
	for hour := 0; hour < 40*24; hour++ {
		now := from.Add(time.Duration(hour) * time.Hour)
		if days := leaps[hour]; days > 0 {
			by := time.Duration(days) * 24 * time.Hour
			jump(now.Add(by), by)
			before := tallied(t, db)
			for h := range 3 {
				step(now.Add(by + time.Duration(h)*40*time.Minute))
			}
			if after := tallied(t, db); after != before {
				t.Fatalf("a leap of %d days in hour %d: %+v, then %+v", days, hour, before, after)
			}
			hour += 2
			now = from.Add(time.Duration(hour) * time.Hour)
			jump(now, -by)
		}
		if h := hour % 24; h < 3 || h > 7 && h < 18 { // nothing is due at other times
			step(now)
		}
	}
	v, err := db.Verify(ctx, from.AddDate(0, 0, 40))
	if err != nil {
		t.Fatal(err)
	}
	l = tallied(t, db)
	l.violations = len(v.Violations)
	return l
}

func tallied(t *testing.T, db *store.Store) life {
	releases, err := db.Releases(t.Context(), store.ReleaseQuery{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := db.Balance(t.Context(), "ada", at("2026-12-07T00:00:00+01:00"))
	if err != nil {
		t.Fatal(err)
	}
	return life{releases: len(releases), lots: len(b.Lots)}
}

// Whoever sets the clock ahead for two hours, now and then, releases nothing
// meanwhile, is granted nothing, and later has no more than one without that
// has; only the slots of those hours are lost.
func TestClockLeaps(t *testing.T) {
	set := load(t, clockSet, map[string]string{"crowd.csv": people(900, ",priority", func(i int) string { return sprintf(",%d", i%100) })})
	even := liveOn(t, set, nil)
	for name, leaps := range map[string]map[int]int{
		"at the first slot, by a year":   {8: 365},
		"before, at and after a refresh": {7*24 - 3: 30, 7*24 + 2: 1, 7*24 + 9: 400},
		"every day, at another hour":     weekly(),
	} {
		t.Run(name, func(t *testing.T) {
			leapt := liveOn(t, set, leaps)
			if leapt.violations+even.violations > 0 || leapt.lots != even.lots || leapt.releases > even.releases || leapt.releases < even.releases-3*len(leaps) {
				t.Errorf("without leaps %+v, with them %+v", even, leapt)
			}
		})
	}
}

// weekly is a leap on every day, each by another number of days.
func weekly() map[int]int {
	leaps := map[int]int{}
	for day := range 40 {
		leaps[day*24+day%20] = 1 + day*day%97
	}
	return leaps
}

func liveOn(t *testing.T, set *campaign.Set, leaps map[int]int) life {
	db := open(t)
	if err := sim.Apply(t.Context(), db, set, at("2026-12-07T00:00:00+01:00")); err != nil {
		t.Fatal(err)
	}
	return lifeOf(t, db, leaps)
}

// sendsAtOnce is a channel that sends at once.
type sendsAtOnce struct{}

func (sendsAtOnce) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

func (sendsAtOnce) Send(context.Context, channel.Delivery) channel.Outcome {
	return channel.Outcome{State: channel.Sent}
}
