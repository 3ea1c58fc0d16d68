package scheduler_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// TestMissedSlotIsAskedAsAClaimAsks: a hold that began after a missed slot, and
// cards nobody has reported, stand against making it good. Otherwise the same
// slot would be planned and refused until its grace ends.
func TestMissedSlotIsAskedAsAClaimAsks(t *testing.T) {
	missed := func() *scheduler.State {
		st := account("basic", "0 9,14 * * *")
		st.Account.Plan.DailyCap = 2
		st.Rules.Plan = st.Account.Plan
		add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Message)}, friend(50))
		st.Targets[0].Messages[0].Slot = clock("09:00")
		return st
	}
	at := clock("09:30")
	if got := times(scheduler.Make(missed(), at, clock("23:00"))); !slices.Equal(got, []string{"A@02 09:00"}) {
		t.Errorf("nothing stands against it: %v", got)
	}
	held := missed()
	held.Rules.Holds = []limits.Hold{{From: clock("09:10"), Until: clock("12:00"), Reason: limits.HeldCoolOff}}
	if got := times(scheduler.Make(held, at, clock("23:00"))); !slices.Equal(got, []string{"A@02 14:00"}) {
		t.Errorf("with a hold since 9:10: %v, want 14:00", got)
	}
	open := missed()
	yesterday := clock("09:00").AddDate(0, 0, -1)
	open.Open = []limits.Unit{{At: yesterday, Kind: limits.Message}, {At: yesterday, Kind: limits.Message}}
	if got := times(scheduler.Make(open, at, clock("23:00").AddDate(0, 0, 1))); !slices.Equal(got, []string{"A@03 09:00"}) {
		t.Errorf("with two cards open: %v, want tomorrow", got)
	}
}

// TestLastCreditEver: once an account that gets no credits has spent its last
// one, the InMails that have an else are the other kind at once.
func TestLastCreditEver(t *testing.T) {
	st := account("basic", "0 9-16 * * *")
	lots := []limits.Lot{{ID: 1, GrantedAt: monday, ExpiresAt: monday.AddDate(1, 0, 0), Amount: 1, Left: 1, Source: limits.SourcePack}}
	st.Wallet = limits.NewWallet(st.Account.Plan.InMail, 0, monday.Location(), monday, monday, lots, nil)
	c := campaign.Campaign{Name: "c", Steps: steps(limits.InMail)}
	c.Steps[0].Else = &campaign.Other{Kind: limits.Introduction}
	add(st, c, scheduler.Target{Priority: 50}, scheduler.Target{Priority: 40})
	plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 1))
	if len(plan.Slots) != 2 || plan.Slots[0].Kind != limits.InMail || plan.Slots[1].Kind != limits.Introduction {
		t.Errorf("planned %+v", plan.Slots)
	}
}

// TestWhoStandsStillKeepsNobody: a person is kept by who has begun, also while
// paused; one who has not and cannot, because the first message failed or the
// campaign is paused, keeps nobody.
func TestWhoStandsStillKeepsNobody(t *testing.T) {
	both := func() *scheduler.State {
		st := account("basic", "0 9-16 * * *")
		high, low := friend(90), friend(10)
		high.Person, low.Person, high.Shared, low.Shared = 1, 1, true, true
		add(st, campaign.Campaign{Name: "high", Steps: steps(limits.Message)}, high)
		add(st, campaign.Campaign{Name: "low", Steps: steps(limits.Message)}, low)
		return st
	}
	paused, failed, begun := both(), both(), both()
	paused.Campaigns[0].Stopped = limits.HeldPaused
	failed.Targets[0].Blocked = limits.HeldCondition
	begun.Campaigns[0].Stopped = limits.HeldPaused
	begun.Targets[0].Begun = monday.Add(-time.Hour)
	for name, c := range map[string]struct {
		st   *scheduler.State
		want []string
	}{"paused": {paused, []string{"B@02 09:00"}}, "failed": {failed, []string{"B@02 09:00"}}, "begun and paused": {begun, nil}} {
		if got := times(scheduler.Make(c.st, monday, monday.AddDate(0, 0, 1))); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestNoPlaceIsKeptForAnInMailThatCannotGo: what holds InMails all day leaves
// the day's places to the others.
func TestNoPlaceIsKeptForAnInMailThatCannotGo(t *testing.T) {
	st := account("premium-business", "0 9-11,20 * * *")
	st.Account.Plan.DailyCap = 3
	st.Rules.Plan = st.Account.Plan
	st.Rules.Holds = []limits.Hold{{Kinds: []limits.Kind{limits.InMail}, From: monday, Until: monday.AddDate(0, 0, 7), Reason: limits.HeldCoolOff}}
	hours := &campaign.Hours{}
	must(0, json.Unmarshal([]byte(`{"days":"mon-fri","from":"11:00","to":"17:00","zone":"recipient"}`), hours))
	add(st, campaign.Campaign{Name: "c", Hours: hours, Steps: steps(limits.InMail)},
		scheduler.Target{Priority: 95, Zone: campaign.MustZone("America/Los_Angeles").Loc()})
	add(st, campaign.Campaign{Name: "d", Steps: steps(limits.Message)}, friend(50), friend(50), friend(50), friend(50))
	got := times(scheduler.Make(st, monday, clock("23:00")))
	if want := []string{"B@02 09:00", "C@02 10:00", "D@02 11:00"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
