package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"outpace/app"
	"outpace/dispatch"
	"outpace/sim"
)

// These commands let stories and the README live through a year in seconds.

// release is the daemon on a clock of its own: it settles what an earlier one
// left open, then steps from what is due to what is due next, from an instant
// up to another, both included.
func release(ctx context.Context, db string, from, until time.Time) error {
	a, err := app.Open(ctx, db, app.AsIs)
	if err != nil {
		return err
	}
	defer a.Close()
	defs, err := a.ChannelDefs(ctx)
	if err != nil {
		return err
	}
	cs, err := new(opener).open(defs)
	if err != nil {
		return err
	}
	defer cs.close()
	d := dispatch.New(a.Store, cs, slog.New(slog.DiscardHandler))
	if err := d.Resume(ctx, from); err != nil {
		return err
	}
	pulse := sim.Pulse{Version: a.Version}
	for at := from; !at.After(until); {
		next, err := d.Step(ctx, at)
		if err == nil {
			err = pulse.Beat(ctx, at, next)
		}
		if err != nil || next.IsZero() {
			return err
		}
		if !next.After(at) {
			next = at.Add(time.Second)
		}
		at = next
	}
	return nil
}

// storyZone is where the accounts of the stories about a year are.
const storyZone = "Europe/Berlin"

// storyTime reads a time of a story, like 2026-12-01T09:00.
func storyTime(ts *testscript.TestScript, text string) time.Time {
	zone, err := time.LoadLocation(storyZone)
	ts.Check(err)
	at, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	ts.Check(err)
	return at
}

// setNow sets the clock while the daemon is off: now 2026-12-01T09:00
func setNow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: now TIME")
	}
	ts.Setenv("OUTPACE_NOW", storyTime(ts, args[0]).Format(time.RFC3339))
}

// runDaemon lets the daemon run from the clock's time on, and sets the clock to
// when it is stopped: daemon 2026-12-01T18:00
func runDaemon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: daemon UNTIL")
	}
	from, err := time.Parse(time.RFC3339, ts.Getenv("OUTPACE_NOW"))
	ts.Check(err)
	until := storyTime(ts, args[0])
	if until.Before(from) {
		ts.Fatalf("the clock is at %s already", from)
	}
	ts.Check(release(context.Background(), ts.MkAbs("outpace.db"), from, until))
	setNow(ts, false, args)
}

// pick runs a command that writes CSV and prints some columns of it, so that a
// story shows what it is about and no more. Instants are cut to the minute, or
// to the day, with the day of the week before them:
//
//	pick slot_at,name outpace export releases
//	pick slot_at:day,kind outpace export releases
func pick(ts *testscript.TestScript, neg bool, args []string) {
	for _, row := range picked(ts, neg, args) {
		fmt.Fprintln(ts.Stdout(), row)
	}
}

// tally is pick with equal rows counted, in the order in which they come:
//
//	tally slot_at:day,kind outpace export releases
func tally(ts *testscript.TestScript, neg bool, args []string) {
	var order []string
	counts := map[string]int{}
	for _, row := range picked(ts, neg, args) {
		if counts[row]++; counts[row] == 1 {
			order = append(order, row)
		}
	}
	for _, row := range order {
		fmt.Fprintf(ts.Stdout(), "%s  %d\n", row, counts[row])
	}
}

func picked(ts *testscript.TestScript, neg bool, args []string) (lines []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pick|tally NAME,NAME:day... COMMAND...")
	}
	ts.Check(ts.Exec(args[1], args[2:]...))
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile("stdout"))).ReadAll()
	ts.Check(err)
	for _, row := range rows[1:] {
		var cells []string
		for name := range strings.SplitSeq(args[0], ",") {
			name, byDay := strings.CutSuffix(name, ":day")
			at := slices.Index(rows[0], name)
			if at < 0 {
				ts.Fatalf("no column %q among %q", name, rows[0])
			}
			cells = append(cells, short(row[at], byDay))
		}
		lines = append(lines, strings.Join(cells, "  "))
	}
	return lines
}

// short is a cell as pick shows it; of empty ones, something to see.
func short(cell string, byDay bool) string {
	at, err := time.Parse(time.RFC3339, cell)
	switch {
	case cell == "":
		return "-"
	case err != nil:
		return cell
	case byDay:
		return at.Format("Mon 2006-01-02")
	}
	return at.Format("Mon 2006-01-02 15:04")
}

// people writes a CSV of made-up people: people crowd.csv 1 120
func people(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: people FILE FIRST LAST")
	}
	first, err := strconv.Atoi(args[1])
	ts.Check(err)
	last, err := strconv.Atoi(args[2])
	ts.Check(err)
	var out strings.Builder
	out.WriteString("name,profile,company\n")
	for i := first; i <= last; i++ {
		fmt.Fprintf(&out, "Person %d Example,https://www.linkedin.com/in/example-%d,Example %d Works\n", i, i, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o644))
}

// edit replaces the one place of a file that has a text: edit FILE OLD NEW
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%s has %d times %q", args[0], n, args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o644))
}

func TestShort(t *testing.T) {
	const at = "2026-12-01T09:00:00+01:00"
	for _, test := range []struct {
		cell  string
		byDay bool
		want  string
	}{
		{at, false, "Tue 2026-12-01 09:00"}, {at, true, "Tue 2026-12-01"}, {"Grace Example", true, "Grace Example"}, {"", false, "-"},
	} {
		if got := short(test.cell, test.byDay); got != test.want {
			t.Errorf("%q: %q, want %q", test.cell, got, test.want)
		}
	}
}
