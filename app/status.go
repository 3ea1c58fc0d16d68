package app

import (
	"context"
	"time"

	"outpace/limits"
	"outpace/scheduler"
	"outpace/store"
)

// Status is how everything stands.
type Status struct {
	Accounts  []AccountStatus  `json:"accounts"`
	Campaigns []CampaignStatus `json:"campaigns"`
	Channels  []ChannelStatus  `json:"channels"`
}

// AccountStatus is how one account stands. Its times are in its zone.
type AccountStatus struct {
	Account     string         `json:"account"`
	Plan        string         `json:"plan"`
	State       string         `json:"state"` // active, paused, channel_off, clock, quarantine, dirty
	Reason      string         `json:"reason"`
	UsedToday   int            `json:"used_today"`
	CapToday    *int           `json:"cap_today"`  // null: no cap
	LeftToday   *int           `json:"left_today"` // null: no cap
	Credits     int            `json:"credits"`
	NextRefresh *time.Time     `json:"next_refresh"`
	NextExpiry  *time.Time     `json:"next_expiry"`
	Expiring    int            `json:"expiring"` // credits that expire then
	NextSlot    *time.Time     `json:"next_slot"`
	Queued      int            `json:"queued"`
	Scheduled   int            `json:"scheduled"`
	Released    int            `json:"released"` // with a person or a channel that has not reported yet
	Unknown     int            `json:"unknown"`
	Holds       []Hold         `json:"holds"`   // what the platform said to stop
	Held        map[string]int `json:"held"`    // why queued messages have no slot yet
	Assumed     []string       `json:"assumed"` // opening numbers nobody told
	// Withdrawals are the unanswered connection requests that are taken back.
	Withdrawals store.Withdrawals `json:"withdrawals"`
}

// Hold is what the platform said to stop.
type Hold struct {
	Held  limits.Held   `json:"held"`
	Kinds []limits.Kind `json:"kinds"` // empty: all
	Until *time.Time    `json:"until"` // null: until a person says so
	Why   string        `json:"why"`   // the verdict, or what the channel answered
	Noted bool          `json:"noted"` // only connection requests with a note
}

// CampaignStatus is how one campaign stands.
type CampaignStatus struct {
	Campaign  string `json:"campaign"`
	State     string `json:"state"` // active, paused, finished
	Targets   int    `json:"targets"`
	Queued    int    `json:"queued"`
	Scheduled int    `json:"scheduled"`
	Released  int    `json:"released"`
	Sent      int    `json:"sent"`
	Failed    int    `json:"failed"`
	Cancelled int    `json:"cancelled"`
	Unknown   int    `json:"unknown"`
	Approval  int    `json:"approval"` // messages queued that wait to be approved
	// FinishesAt is the slot of its last message, if every release succeeds at
	// its slot and nobody reacts. It ignores what waits until somebody accepts
	// and the steps behind that, so an acceptance may move it. null: a message
	// that waits for something else has no slot in the next three years, or
	// nothing is left but reports of what was handed over.
	FinishesAt *time.Time `json:"finishes_at"`
	Skipped    []Skipped  `json:"skipped"` // who gets nothing further, most people first
}

// Status answers how every account and campaign stands at now.
func (a *App) Status(ctx context.Context, now time.Time) (*Status, error) {
	accounts, err := a.AccountsStatus(ctx, now)
	if err != nil {
		return nil, err
	}
	s := &Status{Accounts: []AccountStatus{}, Campaigns: []CampaignStatus{}}
	ends := finishes{}
	for i := range accounts {
		st := statusOf(&accounts[i])
		if st.Held, err = a.far(ctx, st.Account, now, ends); err != nil {
			return nil, err
		}
		s.Accounts = append(s.Accounts, st)
	}
	zones, err := a.campaignZones(ctx)
	if err != nil {
		return nil, err
	}
	campaigns, err := a.CampaignsStatus(ctx)
	for _, c := range campaigns {
		if c.State == "removed" {
			continue
		}
		st := CampaignStatus{
			Campaign: c.Campaign, State: c.State, Targets: c.Targets, Queued: c.Queued, Scheduled: c.Scheduled,
			Released: c.Released, Sent: c.Sent, Failed: c.Failed, Cancelled: c.Cancelled, Unknown: c.Unknown,
			Approval: c.Approval, Skipped: skippedOf(c.Skipped),
		}
		if e := ends[c.Campaign]; e != nil {
			st.FinishesAt = e.at()
		} else if c.State == "finished" || c.FinishesAt.After(now) { // else it waits for reports alone
			st.FinishesAt = known(c.FinishesAt.In(zones[c.Campaign]))
		}
		s.Campaigns = append(s.Campaigns, st)
	}
	if err == nil {
		s.Channels, err = a.channels(ctx, now)
	}
	return s, err
}

// campaignZones are the time zones of the campaigns' first accounts.
func (a *App) campaignZones(ctx context.Context) (map[string]*time.Location, error) {
	accounts, err := a.AccountDefs(ctx)
	if err != nil {
		return nil, err
	}
	campaigns, err := a.CampaignDefs(ctx)
	zones := make(map[string]*time.Location, len(campaigns))
	for _, c := range campaigns {
		zones[c.Name] = time.UTC
		for _, def := range accounts {
			if len(c.Accounts) > 0 && def.Name == c.Accounts[0] {
				zones[c.Name] = def.Zone.Loc()
			}
		}
	}
	return zones, err
}

func statusOf(st *store.AccountStatus) AccountStatus {
	out := AccountStatus{
		Account: st.Account, Plan: st.Plan, State: st.State, Reason: st.Reason, UsedToday: st.UsedToday,
		Credits: st.Credits, NextRefresh: known(st.NextRefresh), NextExpiry: known(st.NextExpiry),
		Expiring: st.Expiring, NextSlot: known(st.NextSlot), Queued: st.Queued, Scheduled: st.Scheduled,
		Released: st.Released, Unknown: st.Unknown, Holds: []Hold{}, Assumed: append([]string{}, st.Assumed...),
		Withdrawals: st.Withdrawals,
	}
	if st.CapToday != limits.None {
		left := max(st.CapToday-st.UsedToday, 0)
		out.CapToday, out.LeftToday = &st.CapToday, &left
	}
	out.Holds = append(out.Holds, holdsOf(st)...)
	return out
}

func holdOf(h *limits.Hold) Hold {
	return Hold{
		Held: h.Reason, Kinds: append([]limits.Kind{}, h.Kinds...), Until: known(h.Until), Why: h.Why, Noted: h.NotedOnly,
	}
}

// finishes are the ends of campaigns by name, over several accounts.
type finishes map[string]*finish

type finish struct {
	last  time.Time
	never bool // some message has no slot
}

func (f *finish) at() *time.Time {
	if f.never {
		return nil
	}
	return known(f.last)
}

func (fs finishes) of(campaign string) *finish {
	if fs[campaign] == nil {
		fs[campaign] = &finish{}
	}
	return fs[campaign]
}

// add notes where a plan has the last messages of campaigns. What waits for a
// person to accept does not keep a campaign from having an end: nobody knows.
func (fs finishes) add(st *scheduler.State, plan *scheduler.Plan) {
	name := func(target int) string { return st.Campaigns[st.Targets[target].Campaign].Name }
	for _, s := range plan.Slots {
		if f := fs.of(name(s.Target)); s.At.After(f.last) {
			f.last = s.At
		}
	}
	for _, w := range plan.Waiting {
		if f := fs.of(name(w.Target)); w.Held != limits.HeldCondition && w.Held != limits.HeldDelay {
			f.never = true
		}
	}
}

// farAhead is how far a plan looks that has no horizon.
const farAhead = 3 * 366 * 24 * time.Hour

// far plans an account beyond the stored horizon, notes the ends of its
// campaigns, and counts why messages without a stored slot have none.
func (a *App) far(ctx context.Context, account string, now time.Time, ends finishes) (map[string]int, error) {
	st, _, err := a.State(ctx, account, now)
	if err != nil {
		return nil, err
	}
	plan := scheduler.Make(st, now, now.Add(farAhead))
	ends.add(st, plan)
	held := map[string]int{}
	for _, s := range plan.Slots {
		if s.At.Sub(now) >= store.Horizon {
			held[limits.HeldBeyondHorizon.String()]++
		}
	}
	for _, w := range plan.Waiting {
		held[w.Held.String()]++
	}
	return held, nil
}

// Usage is what an account has used today.
type Usage struct {
	Account   string `json:"account"`
	UsedToday int    `json:"used_today"`
	CapToday  *int   `json:"cap_today"` // null: no cap
}

// UsedToday answers what an account has used of its daily cap.
func (a *App) UsedToday(ctx context.Context, account string, now time.Time) (Usage, error) {
	accounts, err := a.AccountsStatus(ctx, now)
	if err != nil {
		return Usage{}, err
	}
	for i := range accounts {
		if st := statusOf(&accounts[i]); st.Account == account {
			return Usage{account, st.UsedToday, st.CapToday}, nil
		}
	}
	return Usage{}, &store.NotFoundError{What: "account", Name: account}
}
