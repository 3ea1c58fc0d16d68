package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outpace/app"
	"outpace/campaign"
	"outpace/store"
)

var now = time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC) // Tuesday, 8 o'clock in Berlin

// load makes a set of a campaigns file; people are added to its first
// campaign as a CSV file.
func load(t *testing.T, yaml string, people int) *campaign.Set {
	t.Helper()
	dir := t.TempDir()
	var csv strings.Builder
	csv.WriteString("name,profile,company\n")
	for i := range people {
		fmt.Fprintf(&csv, "Person%d Example,https://example.com/people/%d,Company %d\n", i, i, i)
	}
	for name, text := range map[string]string{"people.csv": csv.String(), "campaigns.yaml": yaml} {
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

// applied is a database of its own with the set in force.
func applied(t *testing.T, set *campaign.Set) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), filepath.Join(t.TempDir(), "outpace.db"), app.Migrating)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Apply(t.Context(), set, now, app.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	return a
}

const connects = `version: 1
timezone: Europe/Berlin
accounts: { ada: { plan: basic, slots: "*/5 8-17 * * *", daily_cap: 15 } }
templates: { note: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [ada], targets: [ { csv: people.csv } ], steps: [ { send: connect } ] }
`

func TestPlanIsWhatApplyDoes(t *testing.T) {
	set := load(t, connects, 40)
	path := filepath.Join(t.TempDir(), "outpace.db")
	plan, err := app.Plan(t.Context(), path, set, now, app.ApplyOptions{})
	if err != nil || plan.Add != 40 || plan.Move != 0 || plan.Cancel != 0 {
		t.Fatalf("first plan: %+v, %v", plan, err)
	}
	if app.Exists(path) {
		t.Fatal("plan made a database")
	}
	a := applied(t, set)
	fewer := load(t, connects, 35)
	plan, err = app.Plan(t.Context(), a.Path(), fewer, now, app.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	did, err := a.Apply(t.Context(), fewer, now, app.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if did.Cancel != 5 || plan.Add != did.Add || plan.Move != did.Move || plan.Cancel != did.Cancel || len(plan.Messages) != len(did.Messages) {
		t.Errorf("planned %d %d %d, did %d %d %d", plan.Add, plan.Move, plan.Cancel, did.Add, did.Move, did.Cancel)
	}
	again, err := a.Apply(t.Context(), fewer, now, app.ApplyOptions{})
	if err != nil || !again.None() {
		t.Errorf("applied twice: %+v, %v", again, err)
	}
}

func TestGuard(t *testing.T) {
	a := applied(t, load(t, connects, 40))
	few := load(t, connects, 10)
	_, err := a.Apply(t.Context(), few, now, app.ApplyOptions{})
	var risky *app.RiskyError
	if !errors.As(err, &risky) {
		t.Fatalf("error %v, want *RiskyError", err)
	}
	slots, err := a.Slots(t.Context(), app.SlotQuery{})
	if err != nil || len(slots) != 40 {
		t.Fatalf("%d slots after a refusal, %v", len(slots), err)
	}
	d, err := a.Apply(t.Context(), few, now, app.ApplyOptions{Yes: true})
	if err != nil || d.Cancel != 30 || len(d.Warnings) != 1 {
		t.Errorf("with yes: %+v, %v", d, err)
	}
}

func TestOpenIsUnreachable(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{
		filepath.Join(dir, "none.db"), filepath.Join(dir, "no", "such.db"), dir, ":memory:", "postgres://u:secret@h/db",
	} {
		_, err := app.Open(context.Background(), path, app.AsIs)
		if !app.Unreachable(err) || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if app.Unreachable(&store.NotFoundError{What: "account", Name: "x"}) {
		t.Error("a name that is not there is not a database that is not there")
	}
}

func TestStatusOfALongQueue(t *testing.T) {
	a := applied(t, load(t, connects, 400)) // 15 a day, and 100 requests a week
	s, err := a.Status(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	st := s.Accounts[0]
	if *st.CapToday != 15 || *st.LeftToday != 15 || st.Scheduled != 200 || st.Queued != 200 || st.Held["beyond_horizon"] != st.Queued {
		t.Errorf("account: %+v", st)
	}
	end := s.Campaigns[0].FinishesAt
	if end == nil || end.Format(time.DateOnly) != "2026-12-28" {
		t.Errorf("finishes at %v", end)
	}
}
