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

// account is a small account in Berlin with the slots given.
func account(plan string, crons ...string) *scheduler.State {
	p, _ := limits.Preset(plan)
	zone := campaign.MustZone("Europe/Berlin")
	a := &campaign.Account{
		Name: "ada", Plan: p, Zone: zone, RenewalDay: 1, PerSlot: 1, DailyCap: limits.None,
		Grace: campaign.Duration(4 * time.Hour),
	}
	for _, expr := range crons {
		a.Slots = append(a.Slots, must(campaign.ParseCron(expr)))
	}
	lots := limits.OpeningLots(p.InMail, 1, zone.Loc(), monday, nil)
	return &scheduler.State{
		Account: a, Rules: limits.Rules{Plan: p, Zone: zone.Loc(), DailyCap: limits.None, FirstApplied: monday},
		Wallet:   limits.NewWallet(p.InMail, 1, zone.Loc(), monday, monday, lots, nil),
		Released: map[time.Time]int{},
	}
}

// monday is a morning in Berlin without anything special.
var monday = time.Date(2026, 11, 2, 8, 0, 0, 0, campaign.MustZone("Europe/Berlin").Loc())

func clock(hhmm string) time.Time {
	t := must(time.Parse("15:04", hhmm))
	return time.Date(2026, 11, 2, t.Hour(), t.Minute(), 0, 0, monday.Location())
}

// add appends a campaign with the steps and targets of the priorities.
func add(st *scheduler.State, c campaign.Campaign, targets ...scheduler.Target) {
	order := len(st.Campaigns)
	st.Campaigns = append(st.Campaigns, scheduler.Campaign{Campaign: &c, Order: order, Applied: monday})
	for i, t := range targets {
		t.Campaign, t.Order, t.Added, t.Last = order, i, monday, -1
		if t.Person == 0 {
			t.Person = int64(1000*(order+1) + i)
		}
		for k := range c.Steps {
			t.Messages = append(t.Messages, scheduler.Message{Step: k})
		}
		st.Targets = append(st.Targets, t)
	}
}

func steps(kinds ...limits.Kind) (out []campaign.Step) {
	for i, k := range kinds {
		out = append(out, campaign.Step{Name: string(rune('a' + i)), Kind: k, Template: "t", Within: must(campaign.ParseDelay("30d"))})
	}
	return out
}

func friend(priority int) scheduler.Target {
	return scheduler.Target{Priority: priority, First: true}
}

// times are the slots of a plan as target@HH:MM.
func times(plan *scheduler.Plan) (out []string) {
	for _, s := range plan.Slots {
		out = append(out, string(rune('A'+s.Target))+"@"+s.At.Format("02 15:04"))
	}
	return out
}

func TestOrderOfMessages(t *testing.T) {
	st := account("basic", "*/10 9-16 * * *")
	add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Message, limits.Message)}, friend(50), friend(90), friend(50))
	st.Campaigns[0].Steps[1].After = must(campaign.ParseDelay("5m"))
	got := times(scheduler.Make(st, monday, monday.AddDate(0, 0, 1)))
	want := []string{"B@02 09:00", "B@02 09:10", "A@02 09:20", "A@02 09:30", "C@02 09:40", "C@02 09:50"}
	if !slices.Equal(got, want) {
		t.Errorf("follow-ups first: %v, want %v", got, want)
	}
	st.Account.PriorityOrder = true
	for i := range st.Targets {
		st.Targets[i].Priority = []int{50, 50, 90}[i]
	}
	got = times(scheduler.Make(st, monday, monday.AddDate(0, 0, 1)))
	want = []string{"C@02 09:00", "C@02 09:10", "A@02 09:20", "B@02 09:30", "A@02 09:40", "B@02 09:50"}
	if !slices.Equal(got, want) {
		t.Errorf("order: priority: %v, want %v", got, want)
	}
}

func TestHighestInMailGetsTheDaysCredit(t *testing.T) {
	st := account("premium-business", "0 9-20 * * *")
	st.Account.Plan.InMail.Monthly = 1
	st.Rules.Plan = st.Account.Plan
	one := 1
	lots := limits.OpeningLots(st.Rules.Plan.InMail, 1, monday.Location(), monday, &one)
	st.Wallet = limits.NewWallet(st.Rules.Plan.InMail, 1, monday.Location(), monday, monday, lots, nil)
	hours := &campaign.Hours{}
	must(0, json.Unmarshal([]byte(`{"days":"mon-fri","from":"09:00","to":"17:00","zone":"recipient"}`), hours))
	berlin := scheduler.Target{Priority: 80, Zone: monday.Location()}
	california := scheduler.Target{Priority: 95, Zone: campaign.MustZone("America/Los_Angeles").Loc()}
	add(st, campaign.Campaign{Name: "c", Hours: hours, Steps: steps(limits.InMail)}, berlin, california)
	plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 1))
	if got := times(plan); !slices.Equal(got, []string{"B@02 18:00"}) {
		t.Errorf("the day's one credit went to %v, want California at 18:00", got)
	}
}

func TestCapIsKeptForTheEveningsInMail(t *testing.T) {
	st := account("premium-business", "0 9-20 * * *")
	st.Account.Plan.DailyCap = 5
	st.Rules.Plan = st.Account.Plan
	hours := &campaign.Hours{}
	must(0, json.Unmarshal([]byte(`{"days":"mon-fri","from":"09:00","to":"17:00","zone":"recipient"}`), hours))
	add(st, campaign.Campaign{Name: "c", Hours: hours, Steps: steps(limits.InMail)},
		scheduler.Target{Priority: 95, Zone: campaign.MustZone("America/Los_Angeles").Loc()})
	var friends []scheduler.Target
	for range 10 {
		friends = append(friends, friend(50))
	}
	add(st, campaign.Campaign{Name: "d", Steps: steps(limits.Message)}, friends...)
	plan := scheduler.Make(st, monday, clock("23:00"))
	if n := len(plan.Slots); n != 5 || plan.Slots[4].Target != 0 || plan.Slots[4].At.Hour() != 18 {
		t.Errorf("%v: want four messages and the InMail at 18:00", times(plan))
	}
}

func TestHeldReasons(t *testing.T) {
	st := account("basic", "0 9-16 * * *")
	st.Account.Plan.DailyCap = 2
	st.Rules.Plan = st.Account.Plan
	add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Message)}, friend(50), friend(40), friend(30))
	add(st, campaign.Campaign{Name: "later", Start: campaign.Date{Year: 2026, Month: 11, Day: 4}, Steps: steps(limits.Message)}, friend(90))
	add(st, campaign.Campaign{Name: "wait", Steps: steps(limits.Connect, limits.Message)}, scheduler.Target{Priority: 10})
	plan := scheduler.Make(st, monday, monday.AddDate(0, 0, 14))
	want := map[int]limits.Held{0: limits.Ready, 1: limits.HeldSlotTaken, 2: limits.HeldDailyCap, 3: limits.HeldNotStarted}
	for _, s := range plan.Slots {
		if h, ok := want[s.Target]; ok && s.Held != h {
			t.Errorf("target %d is held by %s, want %s", s.Target, s.Held, h)
		}
	}
	for _, w := range plan.Waiting {
		if w.Target == 4 && w.Held != limits.HeldCondition {
			t.Errorf("the follow-up is held by %s, want condition", w.Held)
		}
	}
}

func TestMissedSlots(t *testing.T) {
	st := account("basic", "*/10 9-16 * * *")
	add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Message)}, friend(50), friend(40), friend(30))
	for i, at := range []string{"09:00", "09:10", "09:20"} {
		st.Targets[i].Messages[0].Slot = clock(at)
	}
	// Asleep until 9:24: of the three missed slots only the latest is still
	// good, and the messages follow at normal spacing.
	got := times(scheduler.Make(st, clock("09:24"), clock("23:00")))
	if want := []string{"A@02 09:20", "B@02 09:30", "C@02 09:40"}; !slices.Equal(got, want) {
		t.Errorf("awake at 9:24: %v, want %v", got, want)
	}
	// The slot at 9:20 was used already.
	st.Released[clock("09:20").UTC()] = 1
	got = times(scheduler.Make(st, clock("09:24"), clock("23:00")))
	if want := []string{"A@02 09:30", "B@02 09:40", "C@02 09:50"}; !slices.Equal(got, want) {
		t.Errorf("with 9:20 used: %v, want %v", got, want)
	}
	// A first plan never uses a slot that has passed.
	for i := range st.Targets {
		st.Targets[i].Messages[0].Slot = time.Time{}
	}
	if got := times(scheduler.Make(st, clock("09:24"), clock("23:00"))); got[0] != "A@02 09:30" {
		t.Errorf("first plan at 9:24 starts with %s", got[0])
	}
}

func TestGraceEnds(t *testing.T) {
	cal := scheduler.NewCalendar([]campaign.Cron{must(campaign.ParseCron("0 9,20 * * *"))}, monday.Location())
	for _, c := range []struct{ slot, want string }{{"09:00", "13:00"}, {"20:00", "00:00"}} {
		if got := cal.GraceEnds(clock(c.slot), 4*time.Hour).Format("15:04"); got != c.want {
			t.Errorf("grace of %s ends at %s, want %s", c.slot, got, c.want)
		}
	}
}

func TestExplain(t *testing.T) {
	st := account("basic", "0 9-16 * * *")
	st.Account.Plan.DailyCap = 2
	st.Rules.Plan = st.Account.Plan
	add(st, campaign.Campaign{Name: "c", Steps: steps(limits.Message)}, friend(50), friend(40), friend(30))
	for _, c := range []struct {
		target int
		held   limits.Held
		at     string
		remedy string
	}{
		{1, limits.HeldSlotTaken, "02 10:00", "priority above 50"},
		{2, limits.HeldDailyCap, "03 09:00", "daily cap 3 or more"},
	} {
		e := scheduler.Explain(st, c.target, 0, monday, monday.AddDate(0, 0, 14))
		if e.Held != c.held || e.At.Format("02 15:04") != c.at || e.Remedy != c.remedy {
			t.Errorf("target %d: held %s at %s, remedy %q; want %+v", c.target, e.Held, e.At, e.Remedy, c)
		}
		i := slices.IndexFunc(e.Rules, func(r scheduler.Rule) bool { return r.Held == c.held })
		if i < 0 {
			t.Fatalf("target %d: no rule %s in %+v", c.target, c.held, e.Rules)
		}
	}
}
