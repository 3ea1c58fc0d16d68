package scheduler_test

import (
	"testing"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// Who waits for somebody to accept is told until when, and what ends it.
func TestWhyAcceptance(t *testing.T) {
	connect, then := campaign.Step{Name: "a", Kind: limits.Connect}, campaign.Step{Name: "b", Kind: limits.Message}
	within, taken := then, connect
	within.Within = campaign.Delay{N: 30, Unit: campaign.UnitDay}
	taken.WithdrawAfter = campaign.Delay{N: 21, Unit: campaign.UnitDay}
	for _, c := range []struct {
		steps []campaign.Step
		want  string
	}{
		{[]campaign.Step{connect, then}, "waits for the person to accept"},
		{[]campaign.Step{connect, within}, "waits for the person to accept, until 2026-12-02T09:00:00+01:00; then the sequence ends"},
		{[]campaign.Step{taken, within}, "waits for the person to accept, until 2026-11-23T09:00:00+01:00, when the request is withdrawn"},
	} {
		st := account("basic", "0 9-16 * * *")
		add(st, campaign.Campaign{Name: "c", Steps: c.steps}, scheduler.Target{Priority: 50})
		e := scheduler.Explain(st, 0, 1, monday, monday.AddDate(1, 0, 0))
		if last := e.Rules[len(e.Rules)-1]; e.Held != limits.HeldCondition || last.Detail != c.want {
			t.Errorf("held %s: %q, want %q", e.Held, last.Detail, c.want)
		}
	}
}
