package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// ForecastQuery is what a forecast assumes. The maps are by account.
type ForecastQuery struct {
	Plan  map[string]string // another plan, by name
	Cap   map[string]int    // another daily cap
	Pack  map[string]int    // a pack of so many credits, bought now
	Until time.Time         // how far to look; zero: three years
}

// Forecast is how it goes on if every release succeeds and nobody reacts.
type Forecast struct {
	Accounts  []AccountForecast  `json:"accounts"`
	Campaigns []CampaignForecast `json:"campaigns"`
	// Slots are all messages with a slot, soonest first, under the question's
	// assumptions.
	Slots []Slot `json:"-"`
}

// AccountForecast is one account as it is, and under the assumptions made for
// it.
type AccountForecast struct {
	Account string   `json:"account"`
	AsIs    Outlook  `json:"as_is"`
	WhatIf  *Outlook `json:"what_if"` // null: nothing else was assumed
}

// Outlook is what becomes of an account's queue. Times are in its zone.
type Outlook struct {
	Plan          string  `json:"plan"`
	DailyCap      *int    `json:"daily_cap"` // null: none
	CreditsAMonth int     `json:"credits_a_month"`
	Messages      int     `json:"messages"` // that get a slot
	InMails       int     `json:"inmails"`  // of them
	WithoutSlot   int     `json:"without_slot"`
	MessagesADay  float64 `json:"messages_a_day"` // over the days on which something goes
	// FinishesAt is the last slot. It ignores what has none (WithoutSlot), such
	// as steps that wait until somebody accepts; null: nothing has a slot.
	FinishesAt *time.Time `json:"finishes_at"`
	// CappedDays are the days that began with work that any cap had held back.
	CappedDays int       `json:"capped_days"`
	CappedBy   []CapDays `json:"capped_by"` // by cap, most days first; a day may have several
	Delays     []Delay   `json:"delayed_inmails"`
	// USDAMonth is what the plan costs more than the one in force, about; 0:
	// nothing, or not known.
	USDAMonth int `json:"usd_a_month"`
}

// Delay is the InMails of one cycle that wait for its refresh for lack of
// credit.
type Delay struct {
	Refresh time.Time `json:"refresh"` // the end of the cycle
	InMails int       `json:"inmails"`
	// PackDays is by how many days, on average, a pack of PackSize bought now
	// would bring forward those that it helps; 0: none.
	PackDays int `json:"pack_days"`
}

// PackSize is the pack whose effect a forecast tells.
const PackSize = 10

// CampaignForecast is when one account is through with a campaign.
type CampaignForecast struct {
	Campaign    string     `json:"campaign"`
	Account     string     `json:"account"`
	Messages    int        `json:"messages"`
	WithoutSlot int        `json:"without_slot"`
	FinishesAt  *time.Time `json:"finishes_at"` // as in Outlook
}

// Forecast plans every account as far as its queue goes, in memory.
func (a *App) Forecast(ctx context.Context, q ForecastQuery, now time.Time) (*Forecast, error) {
	defs, err := a.AccountDefs(ctx)
	if err != nil {
		return nil, err
	}
	if err := q.check(defs); err != nil {
		return nil, err
	}
	if q.Until.IsZero() {
		q.Until = now.Add(farAhead)
	}
	f := &Forecast{Accounts: []AccountForecast{}, Campaigns: []CampaignForecast{}, Slots: []Slot{}}
	for _, def := range defs {
		if err := a.forecast(ctx, f, &q, defs, def.Name, now); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(f.Slots, func(a, b Slot) int { return a.At.Compare(b.At) })
	return f, nil
}

// forecast adds one account.
func (a *App) forecast(ctx context.Context, f *Forecast, q *ForecastQuery, defs []*campaign.Account, name string, now time.Time) error {
	st, names, err := a.State(ctx, name, now)
	if err != nil {
		return err
	}
	v := &view{st: st, plan: scheduler.Make(st, now, q.Until), now: now, until: q.Until}
	of := AccountForecast{Account: name, AsIs: v.outlook()}
	if q.about(name) {
		v = v.what(q, defs)
		o := v.outlook()
		if of.AsIs.CreditsAMonth == 0 && o.CreditsAMonth > 0 {
			o.USDAMonth = premiumUSD[o.Plan]
		}
		of.WhatIf = &o
	}
	f.Accounts = append(f.Accounts, of)
	f.Campaigns = append(f.Campaigns, v.campaigns()...)
	for _, s := range v.plan.Slots {
		t, n := &v.st.Targets[s.Target], &names.Targets[s.Target]
		m := &t.Messages[s.Message]
		state := stateQueued
		if m.Slot.Equal(s.At) {
			state = stateScheduled
		}
		f.Slots = append(f.Slots, Slot{
			ID: m.ID, At: s.At.In(v.zone()), Account: name, Campaign: n.Campaign, Target: n.Profile, Name: n.Name,
			Step: m.Step + 1, Kind: s.Kind, Priority: t.Priority, State: state, Held: s.Held,
		})
	}
	return nil
}

// premiumUSD is about what a plan costs a month more than the free one, in US
// dollars (third parties).
var premiumUSD = map[string]int{"premium-business": 30, "linkedin-premium-business": 30}

// view is one account's state and what comes of it.
type view struct {
	st         *scheduler.State
	plan       *scheduler.Plan
	now, until time.Time
}

func (v *view) zone() *time.Location { return v.st.Account.Zone.Loc() }

// with is the same account under another wallet.
func (v *view) with(w *limits.Wallet) *view {
	st := *v.st
	st.Wallet = w
	return &view{st: &st, plan: scheduler.Make(&st, v.now, v.until), now: v.now, until: v.until}
}

func (v *view) outlook() Outlook {
	o := Outlook{
		Plan: v.st.Rules.Plan.Name, CreditsAMonth: v.st.Rules.Plan.InMail.Monthly, Messages: len(v.plan.Slots),
		WithoutSlot: len(v.plan.Waiting), Delays: v.delays(),
	}
	if n := lower(v.st.Rules.Plan.DailyCap, v.st.Rules.DailyCap); n != limits.None {
		o.DailyCap = &n
	}
	days := map[campaign.Date]bool{}
	for _, s := range v.plan.Slots {
		days[campaign.DateOf(s.At, v.zone())] = true
		if s.Kind == limits.InMail {
			o.InMails++
		}
	}
	o.CappedBy, o.CappedDays = v.cappedBy()
	if n := len(v.plan.Slots); n > 0 {
		o.FinishesAt = known(v.plan.Slots[n-1].At.In(v.zone()))
		o.MessagesADay = float64(10*n/len(days)) / 10
	}
	return o
}

// lower is the lower of two limits, either of which may be None.
func lower(a, b int) int {
	if a == limits.None || b != limits.None && b < a {
		return b
	}
	return a
}

func (v *view) campaigns() []CampaignForecast {
	list := make([]CampaignForecast, len(v.st.Campaigns))
	for i, c := range v.st.Campaigns {
		list[i] = CampaignForecast{Campaign: c.Name, Account: v.st.Account.Name}
	}
	for _, s := range v.plan.Slots {
		c := &list[v.st.Targets[s.Target].Campaign]
		c.Messages++
		c.FinishesAt = known(s.At.In(v.zone()))
	}
	for _, w := range v.plan.Waiting {
		list[v.st.Targets[w.Target].Campaign].WithoutSlot++
	}
	return list
}

// delays finds the InMails that wait for a refresh only for lack of credit, by
// planning once more with more credits than can be spent.
func (v *view) delays() []Delay {
	list := []Delay{}
	if v.st.Wallet.Never() || !slices.ContainsFunc(v.plan.Slots, func(s scheduler.Slot) bool { return s.Kind == limits.InMail }) {
		return list
	}
	const plenty = 1 << 20
	far := v.until.AddDate(1, 0, 0)
	refreshes := v.refreshes()
	cycle := func(t time.Time) int {
		n, _ := slices.BinarySearchFunc(refreshes, t.Add(1), time.Time.Compare)
		return n
	}
	is, could, packed := v.inMails(), v.with(bought(v.st.Wallet, v.now, plenty, far)).inMails(), v.with(bought(v.st.Wallet, v.now, PackSize, far)).inMails()
	type group struct{ n, helped, days int }
	groups := map[int]*group{}
	for m, at := range is {
		free, ok := could[m]
		if !ok || cycle(free) >= cycle(at) {
			continue
		}
		g := groups[cycle(free)]
		if g == nil {
			g = &group{}
			groups[cycle(free)] = g
		}
		g.n++
		if p, ok := packed[m]; ok && p.Before(at) {
			g.helped++
			g.days += int(at.Sub(p).Hours()/24 + 0.5)
		}
	}
	for k, g := range groups {
		d := Delay{Refresh: refreshes[k].In(v.zone()), InMails: g.n}
		if g.helped > 0 {
			d.PackDays = (g.days + g.helped/2) / g.helped
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Delay) int { return cmp.Or(a.Refresh.Compare(b.Refresh)) })
	return list
}

// inMails are the slots of the messages that go as InMails, by target and
// message.
func (v *view) inMails() map[[2]int]time.Time {
	slots := map[[2]int]time.Time{}
	for _, s := range v.plan.Slots {
		if s.Kind == limits.InMail {
			slots[[2]int{s.Target, s.Message}] = s.At
		}
	}
	return slots
}

// refreshes are the instants at which credits come, up to the end of the plan.
func (v *view) refreshes() (list []time.Time) {
	last := v.now
	if n := len(v.plan.Slots); n > 0 {
		last = v.plan.Slots[n-1].At
	}
	w := v.st.Wallet.Clone()
	for at := w.Next(); !at.IsZero(); at = w.Next() {
		list = append(list, at)
		if at.After(last) {
			break
		}
		w.Advance(at)
	}
	return list
}

// bought is the wallet after a pack was bought.
func bought(w *limits.Wallet, now time.Time, n int, expires time.Time) *limits.Wallet {
	w = w.Clone()
	w.Add(now, n, expires)
	return w
}
