package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"outpace/sim"
)

// month is an account's month of a simulation.
type month struct {
	released, inmails, most, granted, expired, credits int
}

// months sums up the `simulate -o jsonl` printed last, a line for each account
// and month: what was released, the most on a day, credits that came and went,
// and what was left of them after the month's last change.
func months(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: months")
	}
	all := map[string]*month{}
	for lines := bufio.NewScanner(strings.NewReader(ts.ReadFile("stdout"))); lines.Scan(); {
		var e sim.Event
		ts.Check(json.Unmarshal(lines.Bytes(), &e))
		if e.Event == "summary" {
			continue
		}
		key := e.Account + "  " + e.At.Format("2006-01")
		if all[key] == nil {
			all[key] = &month{}
		}
		all[key].add(&e)
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		m := all[key]
		fmt.Fprintf(ts.Stdout(), "%s  released %d, %d InMails, at most %d a day; credits +%d -%d, left %d\n",
			key, m.released, m.inmails, m.most, m.granted, m.expired, m.credits)
	}
}

func (m *month) add(e *sim.Event) {
	if e.CreditsLeft != nil {
		m.credits = *e.CreditsLeft
	}
	switch e.Event {
	case "released":
		m.released++
		m.most = max(m.most, *e.UsedToday)
		if e.Kind.String() == "inmail" {
			m.inmails++
		}
	case "granted":
		m.granted += *e.Credits
	case "expired":
		m.expired += *e.Credits
	}
}
