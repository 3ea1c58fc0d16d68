package sim_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/campaign"
	"outpace/channel"
	"outpace/dispatch"
	"outpace/limits"
	"outpace/scheduler"
	"outpace/sim"
	"outpace/store"
)

// flagship is a set with everything that time touches: two zones with their
// own spring nights, holidays, hours of recipients, InMails with a pace and an
// else, follow-ups over business days, persons in two campaigns, a warm-up.
const flagship = `
version: 1
timezone: Europe/Berlin
holidays: [DE]
accounts:
  ada: { plan: premium-business, renewal_day: 28, slots: "*/20 9-16 * * MON-FRI" }
  bob: { plan: basic, timezone: America/New_York, slots: ["0 9,14 * * *", "30 2 * * *"], per_slot: 4, day: strict, warm_up: { from: 3, add: 1, every: 1d } }
templates:
  intro: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}" }
  note: { body: "Hi {{.first_name}}" }
  nudge: { body: "Hello again {{.first_name}}" }
campaigns:
  founders:
    accounts: [ada, bob]
    priority: high
    hours: { days: mon-fri, from: "09:00", to: "17:00", zone: recipient }
    targets: [{ csv: founders.csv }]
    steps:
      - { send: inmail, template: intro, min_priority: 50, else: { send: connect, template: note }, wait: 3d }
      - { send: message, template: nudge, after: 3bd, within: 6d }
  friends:
    accounts: [bob, ada]
    cooldown: 2d
    targets: [{ csv: friends.csv }]
    steps:
      - { send: message, template: note }
      - { send: reminder, template: nudge, after: 90m }
      - { send: message, name: last, template: nudge, after: 2bd }
`

func flagshipSet(t *testing.T) *campaign.Set {
	zones := []string{"", "America/Los_Angeles", "Asia/Tokyo", "Europe/London"}
	return load(t, flagship, map[string]string{
		"founders.csv": people(90, ",priority,zone", func(i int) string { return sprintf(",%d,%s", i*7%100, zones[i%4]) }),
		"friends.csv":  people(150, ",degree,priority", func(i int) string { return sprintf(",1,%d", i*13%100) }),
	})
}

// line is one release, by what everybody can see of it.
func line(at time.Time, account, target string, step int, kind string) string {
	return strings.Join([]string{at.UTC().Format(time.RFC3339), account, target, sprintf("%d", step), kind}, " ")
}

// TestPlanSimulationAndDaemonAgree is the flagship: the plan made at the
// start, the simulation from the same instant and the running daemon release
// the same messages at the same slots; what lies beyond the stored horizon is
// what the forecast said, but for persons whom another account has first: a
// forecast does not know when that one is through.
func TestPlanSimulationAndDaemonAgree(t *testing.T) {
	const days = 24
	set := flagshipSet(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2000, 3, 17, 10, 3, 0, 0, time.UTC) // before both spring nights
		time.Sleep(time.Until(start))
		end := start.Add(days * 24 * time.Hour)

		stored, forecast, waiting := plan(t, set, start, end)
		simulated := simulation(t, set, start, days)
		ran := daemon(t, set, start, end)

		if len(stored) < 100 || len(forecast) <= len(stored) {
			t.Fatalf("only %d slots stored, %d forecast", len(stored), len(forecast))
		}
		horizon := start.Add(store.Horizon)
		if diff := cmp.Diff(stored, before(simulated, horizon)); diff != "" {
			t.Errorf("stored slots and simulation differ (-plan +simulation):\n%s", diff)
		}
		if len(waiting) > 5 {
			t.Errorf("%d persons wait for another account: %v", len(waiting), waiting)
		}
		of := func(l string) bool { return l >= horizon.Format(time.RFC3339) && waiting[strings.Fields(l)[2]] }
		if diff := cmp.Diff(slices.DeleteFunc(forecast, of), slices.DeleteFunc(slices.Clone(simulated), of)); diff != "" {
			t.Errorf("forecast and simulation differ (-forecast +simulation):\n%s", diff)
		}
		if diff := cmp.Diff(simulated, ran); diff != "" {
			t.Errorf("simulation and daemon differ (-simulation +daemon):\n%s", diff)
		}
	})
}

func before(lines []string, t time.Time) (out []string) {
	for _, l := range lines {
		if l < t.UTC().Format(time.RFC3339) {
			out = append(out, l)
		}
	}
	return out
}

// plan applies the set and lists the stored slots, the slots up to end as a
// forecast sees them, and who waits in it for another account.
func plan(t *testing.T, set *campaign.Set, now, end time.Time) (stored, forecast []string, waiting map[string]bool) {
	db := open(t)
	waiting = map[string]bool{}
	if err := sim.Apply(t.Context(), db, set, now); err != nil {
		t.Fatal(err)
	}
	for _, a := range set.Accounts {
		st, names, err := db.State(t.Context(), a.Name, now)
		if err != nil {
			t.Fatal(err)
		}
		for i := range st.Targets {
			for _, m := range st.Targets[i].Messages {
				if !m.Slot.IsZero() {
					stored = append(stored, line(m.Slot, a.Name, names.Targets[i].Profile, m.Step+1, ""))
				}
			}
		}
		plan := scheduler.Make(st, now, end)
		for _, w := range plan.Waiting {
			if w.Held == limits.HeldInCampaign && len(st.Targets[w.Target].Rivals) > 0 {
				waiting[names.Targets[w.Target].Profile] = true
			}
		}
		for _, s := range plan.Slots {
			step := st.Targets[s.Target].Messages[s.Message].Step
			forecast = append(forecast, line(s.At, a.Name, names.Targets[s.Target].Profile, step+1, ""))
		}
	}
	slices.Sort(stored)
	slices.Sort(forecast)
	return stored, forecast, waiting
}

func simulation(t *testing.T, set *campaign.Set, now time.Time, days int) (lines []string) {
	events, _ := simulate(t, set, sim.Options{From: now, Days: days})
	for _, e := range released(events) {
		lines = append(lines, line(e.At, e.Account, e.Target, e.Step, ""))
	}
	slices.Sort(lines)
	return lines
}

// recorder is a channel that notes what it is handed, by key.
type recorder struct{ keys map[string]int }

func (*recorder) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

func (r *recorder) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	r.keys[d.Key]++
	return channel.Outcome{State: channel.Sent}
}

// watching remembers what was claimed.
type watching struct {
	*store.Store
	lines []string
}

func (w *watching) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	rs, err := w.Store.Claim(ctx, now, free)
	for _, r := range rs {
		w.lines = append(w.lines, line(r.SlotAt, r.Account, r.Target, r.Step, ""))
	}
	return rs, err
}

// daemon runs the real loop on the bubble's clock from start to end.
func daemon(t *testing.T, set *campaign.Set, start, end time.Time) []string {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "outpace.db"), store.Options{Migrate: true, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := sim.Apply(t.Context(), db, set, start); err != nil {
		t.Fatal(err)
	}
	w := &watching{Store: db}
	r := &recorder{keys: map[string]int{}}
	d := dispatch.New(w, map[string]channel.Channel{"desk": r}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithDeadline(t.Context(), end.Add(-time.Second))
	defer stop()
	if err := d.Loop(ctx, context.Background(), time.Minute, nil, nil); err != nil {
		t.Fatal(err)
	}
	for key, n := range r.keys {
		if n != 1 {
			t.Errorf("%s was handed over %d times", key, n)
		}
	}
	v, err := db.Verify(t.Context(), end)
	if err != nil || !v.OK {
		t.Errorf("verify: %+v %v", v.Violations, err)
	}
	slices.Sort(w.lines)
	return w.lines
}
