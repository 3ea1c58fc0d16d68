package sim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/limits"
	"outpace/sim"
)

// Two accounts in two zones with a campaign each, which have nothing to do
// with each other, in either order.
const (
	reactHead = `
version: 1
timezone: Europe/Berlin
templates:
  intro: { subject: "For {{.name}}", body: "Dear {{.name}}" }
  nudge: { body: "Hello again {{.name}}" }
`
	reactAda = `  ada: { plan: linkedin-premium-business, renewal_day: 14, opening: { credits: 30 }, slots: "*/30 9-16 * * MON-FRI" }
`
	reactBob = `  bob: { plan: basic, timezone: America/New_York, slots: "15 9-16 * * *" }
`
	reactFounders = `  founders: { accounts: [ada], targets: [{ csv: founders.csv }], steps: [{ send: inmail, template: intro }, { send: reminder, template: nudge, after: 2d }, { send: reminder, name: last, template: nudge, after: 2d }] }
`
	reactMeetup = `  meetup: { accounts: [bob], targets: [{ csv: meetup.csv }], steps: [{ send: connect }, { send: message, template: nudge, after: 1d }] }
`
)

var reactOptions = sim.Options{
	From: at("2026-12-01T00:00:00+01:00"), Days: 40, Seed: 11,
	AcceptRate: .4, DeclineRate: .2, ReplyRate: .2, OptOutRate: .1, FailRate: .05,
}

// reacted simulates accounts and campaigns in an order, and answers the events
// as lines of JSON, in all and by campaign.
func reacted(t *testing.T, o sim.Options, accounts, campaigns string) (events []sim.Event, all string, byCampaign map[string]string) {
	t.Helper()
	files := map[string]string{
		"founders.csv": "name,profile\n" + rows("founder", 40, ""), "meetup.csv": "name,profile\n" + rows("meetup", 40, ""),
	}
	events, sum := simulate(t, load(t, reactHead+"accounts:\n"+accounts+"campaigns:\n"+campaigns, files), o)
	var out strings.Builder
	lines := map[string]*strings.Builder{}
	enc := json.NewEncoder(&out)
	for _, e := range events {
		if lines[e.Campaign] == nil {
			lines[e.Campaign] = &strings.Builder{}
		}
		for _, enc := range []*json.Encoder{enc, json.NewEncoder(lines[e.Campaign])} {
			if err := enc.Encode(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := enc.Encode(sum); err != nil {
		t.Fatal(err)
	}
	byCampaign = map[string]string{}
	for name, b := range lines {
		byCampaign[name] = b.String()
	}
	return events, out.String(), byCampaign
}

func TestSameSeedSameBytes(t *testing.T) {
	long(t)
	_, once, parts := reacted(t, reactOptions, reactAda+reactBob, reactFounders+reactMeetup)
	_, again, _ := reacted(t, reactOptions, reactAda+reactBob, reactFounders+reactMeetup)
	if once != again {
		t.Errorf("the same seed, another run:\n%s", cmp.Diff(once, again))
	}
	for _, event := range []string{"released", "granted", "accepted", "declined", "replied", "opted_out", "failed"} {
		if !strings.Contains(once, `"event":"`+event+`"`) {
			t.Errorf("nothing was %s", event)
		}
	}
	_, _, turned := reacted(t, reactOptions, reactBob+reactAda, reactMeetup+reactFounders)
	if diff := cmp.Diff(parts, turned); diff != "" {
		t.Errorf("another order of what is independent (-once +turned):\n%s", diff)
	}
	o := reactOptions
	o.Seed++
	if _, other, _ := reacted(t, o, reactAda+reactBob, reactFounders+reactMeetup); other == once {
		t.Error("another seed, the same run")
	}
}

// Who declines has not accepted, nor replied to the same message; who opted
// out says no more; nobody reacts before the release or later than said.
func TestReactionsExcludeEachOther(t *testing.T) {
	o := reactOptions
	o.AcceptRate, o.DeclineRate, o.ReplyRate, o.OptOutRate, o.ReactionDelay = .5, .5, .5, .2, 12*time.Hour
	events, _, _ := reacted(t, o, reactAda+reactBob, reactFounders+reactMeetup)
	last, silent := map[string]sim.Event{}, map[string]bool{}
	answers, answered := map[string]int{}, map[string]bool{}
	for _, e := range events {
		switch e.Event {
		case "released":
			last[e.Target] = e
			if silent[e.Target] {
				t.Errorf("%s is written to after an opt-out", e.Target)
			}
			continue
		case "granted", "expired", "failed":
			continue
		}
		if silent[e.Target] {
			t.Errorf("%s: %s after an opt-out", e.Target, e.Event)
		}
		after := e.At.Sub(last[e.Target].At)
		if after < time.Minute || after > 12*time.Hour+time.Minute {
			t.Errorf("%s: %s after %s", e.Target, e.Event, after)
		}
		switch e.Event {
		case "opted_out":
			silent[e.Target] = true
		case "accepted", "declined":
			answers[e.Event]++
			if kind := *last[e.Target].Kind; kind != limits.Connect && kind != limits.InMail {
				t.Errorf("%s: a %s is %s", e.Target, kind, e.Event)
			}
			if answered[e.Target] {
				t.Errorf("%s answers twice", e.Target)
			}
			answered[e.Target] = true
		}
	}
	if answers["accepted"] < 10 || answers["declined"] < 10 {
		t.Errorf("of 80 people: %v", answers)
	}
}
