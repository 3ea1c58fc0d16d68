package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"outpace/limits"
	"outpace/scheduler"
	"outpace/store"
)

// Why is where a message stands and how it came there. Times are in its
// account's zone.
type Why struct {
	ID       string           `json:"id"`
	Account  string           `json:"account"`
	Campaign string           `json:"campaign"`
	Target   string           `json:"target"`
	Name     string           `json:"name"`
	Step     int              `json:"step"`
	Kind     limits.Kind      `json:"kind"`
	Priority int              `json:"priority"`
	State    string           `json:"state"`
	At       *time.Time       `json:"at"`     // its slot; expected, if it lies beyond the horizon; null: none
	Held     limits.Held      `json:"held"`   // the rule that decided
	Reason   string           `json:"reason"` // why it was cancelled
	Rules    []scheduler.Rule `json:"rules"`  // every rule that was asked; empty once it is released
	Remedy   string           `json:"remedy"` // what would make it earlier
	History  []Happened       `json:"history"`
	// Others are further messages the question could have meant.
	Others []string `json:"others"`
	// OtherMessages say more of the same.
	OtherMessages []Other `json:"other_messages"`
	// Zone is its account's; UTC if that left the file.
	Zone *time.Location `json:"-"`

	approvedAt time.Time // zero: it is not
	approvedBy string
}

// Other is a further message to the person asked about.
type Other struct {
	ID       string `json:"id"`
	Account  string `json:"account"` // that released it, or will; empty: none
	Campaign string `json:"campaign"`
	Step     int    `json:"step"` // from 1; 0: its campaign no longer has it
	State    string `json:"state"`
}

// Happened is something that happened to a message or its person.
type Happened struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Detail string    `json:"detail"`
}

// Why answers why a message is where it is. It is named by its id, a unique
// beginning of that, or a profile: then the person's next message is meant, in
// the campaign if one is given.
func (a *App) Why(ctx context.Context, name, campaign string, now time.Time) (*Why, error) {
	m, others, err := a.meant(ctx, name, campaign)
	if err != nil {
		return nil, err
	}
	w := &Why{
		ID: m.ID, Account: m.Account, Campaign: m.Campaign, Target: m.Target, Name: m.Name, Step: m.Step, Kind: m.Kind,
		Priority: m.Priority, State: m.State, At: known(m.SlotAt), Held: m.Held, Reason: m.Reason,
		Rules: []scheduler.Rule{}, History: []Happened{}, Others: []string{}, OtherMessages: others,
		approvedAt: m.ApprovedAt, approvedBy: byWhom(m.ApprovedBy),
	}
	for _, o := range others {
		w.Others = append(w.Others, o.ID)
	}
	if w.Zone, err = a.zoneOf(ctx, m.Account); err != nil {
		return nil, err
	}
	if m.State == stateQueued || m.State == stateScheduled {
		if err := a.explain(ctx, w, m, now); err != nil {
			return nil, err
		}
	}
	return w, a.history(ctx, w)
}

// zoneOf is the zone of an account that may have left.
func (a *App) zoneOf(ctx context.Context, account string) (*time.Location, error) {
	zone, err := a.Zone(ctx, account)
	var left *store.NotFoundError
	if account == "" || errors.As(err, &left) {
		return time.UTC, nil
	}
	return zone, err
}

// meant finds the message somebody asks about.
func (a *App) meant(ctx context.Context, name, campaign string) (*store.MessageInfo, []Other, error) {
	list, err := a.Messages(ctx, store.MessageQuery{Person: name, Campaign: campaign})
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		if strings.HasPrefix(list[i].ID, strings.ToLower(strings.TrimSpace(name))) {
			return &list[i], []Other{}, nil
		}
	}
	if len(list) == 0 {
		return nil, nil, &store.NotFoundError{What: "message for", Name: name}
	}
	best := 0
	for i := range list {
		if urgency(&list[i]) < urgency(&list[best]) {
			best = i
		}
	}
	others := []Other{}
	for i := range list {
		if m := &list[i]; i != best {
			others = append(others, Other{m.ID, m.Account, m.Campaign, m.Step, m.State})
		}
	}
	return &list[best], others, nil
}

// urgency orders a person's messages by what somebody asks about first: what
// is planned, what waits, what is open, what is over (the latest).
func urgency(m *store.MessageInfo) int {
	switch m.State {
	case stateScheduled:
		return 0
	case stateQueued:
		return m.Step
	case stateReleased, stateUnknown:
		return 100
	case stateCancelled:
		return 1000
	}
	return 500 - m.Step
}

// explain asks the planner about a message that waits.
func (a *App) explain(ctx context.Context, w *Why, m *store.MessageInfo, now time.Time) error {
	st, names, err := a.State(ctx, m.Account, now)
	if m.Account == "" || err != nil {
		w.Held, w.Remedy = limits.HeldNoAccount, "the account back in the campaign's `accounts`"
		return nil
	}
	for i, t := range names.Targets {
		if t.Campaign != m.Campaign || t.Profile != m.Target {
			continue
		}
		k := slices.Index(t.Steps, m.StepName)
		if k < 0 {
			break
		}
		e := scheduler.Explain(st, i, k, now, now.Add(farAhead))
		zone := st.Account.Zone.Loc()
		w.Held, w.Kind, w.Remedy, w.Rules = e.Held, e.Kind, e.Remedy, append(w.Rules, e.Rules...)
		if e.Held == limits.HeldApproval {
			w.Remedy = fmt.Sprintf("`outpace approve %s` (`outpace preview %s --target %s` shows its text)", m.ID, m.Campaign, m.ID)
		}
		for n := range w.Rules {
			r := &w.Rules[n]
			if r.From.IsZero() && r.Held == e.Held {
				r.From = e.At // what decided lets it go at its slot
			}
			if !r.From.IsZero() {
				r.From = r.From.In(zone)
			}
		}
		if w.At == nil && !e.At.IsZero() {
			w.At = known(e.At.In(zone))
		}
		return nil
	}
	return fmt.Errorf("message %s waits, but its account %s does not plan it: `outpace verify` looks for what is wrong", m.ID, m.Account)
}

// history tells what happened: releases of the message, and what became known
// of its person.
func (a *App) history(ctx context.Context, w *Why) error {
	releases, err := a.Releases(ctx, store.ReleaseQuery{Message: w.ID})
	if err != nil {
		return err
	}
	zone := w.Zone
	if !w.approvedAt.IsZero() {
		w.History = append(w.History, Happened{w.approvedAt.In(zone), "approved", w.approvedBy})
	}
	for _, r := range releases {
		w.History = append(w.History, Happened{r.ReleasedAt.In(zone), "released", fmt.Sprintf(
			"%s through %s for the slot of %s; %d of %d used, %d credits left",
			r.Kind, r.Channel, r.SlotAt.In(zone).Format(time.RFC3339), r.UsedToday, r.CapToday, r.CreditsLeft)})
		if r.DoneAt != nil {
			w.History = append(w.History, Happened{r.DoneAt.In(zone), r.State, join(r.Verdict, r.Detail)})
		}
	}
	log, err := a.Log(ctx, store.LogQuery{Person: w.Target})
	for _, e := range log {
		h := Happened{e.At.In(zone), e.Kind, e.Detail}
		if (e.Message == "" || e.Message == w.ID) && !slices.ContainsFunc(w.History, h.again) {
			w.History = append(w.History, h)
		}
	}
	slices.SortStableFunc(w.History, func(a, b Happened) int { return a.At.Compare(b.At) })
	return err
}

// byWhom names who did something; empty if nobody was told.
func byWhom(name string) string {
	if name == "" {
		return ""
	}
	return "by " + name
}

// again says whether the release's own record told the same already.
func (h Happened) again(told Happened) bool { return h.At.Equal(told.At) && h.What == told.What }

// join puts two texts side by side; either may be empty.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}
