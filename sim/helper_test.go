package sim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/sim"
	"outpace/store"
)

// at reads an instant.
func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// people writes a CSV of n targets; row adds columns by index.
func people(n int, header string, row func(i int) string) string {
	var b strings.Builder
	b.WriteString("name,profile" + header + "\n")
	for i := range n {
		fmt.Fprintf(&b, "Example Person%04d,https://www.linkedin.com/in/example-%04d%s\n", i, i, row(i))
	}
	return b.String()
}

// load writes the files into a folder and reads campaigns.yaml of it.
func load(t *testing.T, yaml string, files map[string]string) *campaign.Set {
	t.Helper()
	dir := t.TempDir()
	files["campaigns.yaml"] = yaml
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, _, err := campaign.Load(filepath.Join(dir, "campaigns.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// long skips, under -short, a calendar of weeks that runs on one goroutine: it
// has nothing to show to the race detector, and takes it half a minute.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a long calendar on one goroutine")
	}
}

// open opens a new database.
func open(t *testing.T) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "outpace.db"), store.Options{Migrate: true, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// simulate runs a set from an instant and returns what happened.
func simulate(t *testing.T, set *campaign.Set, o sim.Options) ([]sim.Event, sim.Summary) {
	t.Helper()
	var events []sim.Event
	db := open(t)
	sum, err := sim.Run(t.Context(), db, set, o, func(e sim.Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Violations != 0 {
		v, err := db.Verify(t.Context(), o.From.AddDate(0, 0, o.Days))
		t.Fatalf("%d promises broken: %+v %v", sum.Violations, v.Violations, err)
	}
	return events, sum
}

// released are the releases among events.
func released(events []sim.Event) (out []sim.Event) {
	for _, e := range events {
		if e.Event == "released" {
			out = append(out, e)
		}
	}
	return out
}

// perDay counts the releases of each local day, in order of the days.
func perDay(events []sim.Event, counts func(sim.Event) bool) []int {
	var days []string
	n := map[string]int{}
	for _, e := range released(events) {
		if !counts(e) {
			continue
		}
		day := e.At.Format(time.DateOnly)
		if n[day] == 0 {
			days = append(days, day)
		}
		n[day]++
	}
	out := make([]int, len(days))
	for i, d := range days {
		out[i] = n[d]
	}
	return out
}

func all(sim.Event) bool { return true }

func ofKind(k limits.Kind) func(sim.Event) bool {
	return func(e sim.Event) bool { return *e.Kind == k }
}

// most is the greatest number of releases in any window of the length,
// half open at its start.
func most(events []sim.Event, window time.Duration) (n int) {
	rs := released(events)
	for i := range rs {
		in := 0
		for k := i; k >= 0 && rs[i].At.Sub(rs[k].At) < window; k-- {
			in++
		}
		n = max(n, in)
	}
	return n
}

var sprintf = fmt.Sprintf

// rows are n lines of a CSV: name, profile and the rest.
func rows(who string, n int, rest string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Example %s%04d,https://www.linkedin.com/in/example-%s-%04d%s\n", who, i, who, i, rest)
	}
	return b.String()
}
