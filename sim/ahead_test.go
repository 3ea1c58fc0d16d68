package sim_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outpace/app"
	"outpace/sim"
	"outpace/store"
)

// prospect applies the set of the reaction tests and looks ahead.
func prospect(t *testing.T, o sim.Options) (*sim.Prospect, *app.Forecast) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "outpace.db")
	a, err := app.Open(t.Context(), path, app.Migrating)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	set := load(t, reactHead+"accounts:\n"+reactAda+reactBob+"campaigns:\n"+reactFounders+reactMeetup, map[string]string{
		"founders.csv": "name,profile\n" + rows("founder", 40, ""), "meetup.csv": "name,profile\n" + rows("meetup", 40, ""),
	})
	if err := sim.Apply(t.Context(), a.Store, set, o.From); err != nil {
		t.Fatal(err)
	}
	f, err := a.Forecast(t.Context(), app.ForecastQuery{}, o.From)
	if err != nil {
		t.Fatal(err)
	}
	before, err := a.Messages(t.Context(), store.MessageQuery{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Ahead(t.Context(), path, f, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := a.Messages(t.Context(), store.MessageQuery{})
	if !reflect.DeepEqual(before, after) || err != nil {
		t.Errorf("looking ahead changed the database: %v", err)
	}
	return p, f
}

// If nobody reacts, both cases are the same: the plan is what happens.
func TestAheadWithoutReactionsIsThePlan(t *testing.T) {
	p, f := prospect(t, sim.Options{From: reactOptions.From, Days: 365, Seed: 1})
	for _, a := range p.Accounts {
		if diff := cmp.Diff(a.AsPlanned, a.WithReactions); diff != "" {
			t.Errorf("%s (-planned +run):\n%s", a.Account, diff)
		}
	}
	for i, c := range p.Campaigns {
		if diff := cmp.Diff(c.AsPlanned, c.WithReactions); diff != "" {
			t.Errorf("%s (-planned +run):\n%s", c.Campaign, diff)
		}
		if c.AsPlanned.Messages != f.Campaigns[i].Messages || !c.AsPlanned.FinishesAt.Equal(*f.Campaigns[i].FinishesAt) {
			t.Errorf("%s: %+v, but the forecast says %+v", c.Campaign, c.AsPlanned, f.Campaigns[i])
		}
	}
	// 40 wait for acceptances that do not come.
	if p.Left != 40 || !p.Until.Before(reactOptions.From.AddDate(0, 6, 0)) {
		t.Errorf("until %s, %d left", p.Until, p.Left)
	}
}

// With everybody answering, credits come back, sequences end, and the same
// seed says the same.
func TestAheadWithReactions(t *testing.T) {
	long(t)
	o := sim.Options{From: reactOptions.From, Days: 365, Seed: 5, AcceptRate: .5, ReplyRate: .3, OptOutRate: .1}
	p, _ := prospect(t, o)
	ada, founders, meetup := p.Accounts[0], p.Campaigns[0], p.Campaigns[1]
	if ada.WithReactions.CreditsRefunded < 10 || ada.WithReactions.CreditsLeft <= ada.AsPlanned.CreditsLeft {
		t.Errorf("refunds: %+v", ada)
	}
	if ada.WithReactions.CreditsUsed != ada.WithReactions.InMails {
		t.Errorf("an InMail takes a credit: %+v", ada)
	}
	if founders.WithReactions.Messages >= founders.AsPlanned.Messages || founders.WithReactions.Replied == 0 {
		t.Errorf("replies end sequences: %+v", founders)
	}
	if meetup.WithReactions.Messages <= meetup.AsPlanned.Messages || meetup.WithReactions.Accepted == 0 {
		t.Errorf("who accepts gets the next message: %+v", meetup)
	}
	again, _ := prospect(t, o)
	if diff := cmp.Diff(p, again); diff != "" {
		t.Errorf("the same seed:\n%s", diff)
	}
	short, _ := prospect(t, sim.Options{From: o.From, Days: 2, Seed: 5, AcceptRate: .5})
	if !short.Until.Equal(o.From.Add(2 * 24 * 3600e9)) {
		t.Errorf("two days go until %s", short.Until)
	}
}
