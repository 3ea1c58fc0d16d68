package sim

import (
	"context"
	"errors"
	"time"

	"outpace/app"
	"outpace/limits"
	"outpace/scheduler"
	"outpace/store"
)

// Prospect is what becomes of what is in force, as planned and with reactions,
// by the same instant.
type Prospect struct {
	From      time.Time          `json:"from"`
	Until     time.Time          `json:"until"`
	Seed      uint64             `json:"seed"`
	Left      int                `json:"left"` // messages with reactions still queued
	Accounts  []AccountProspect  `json:"accounts"`
	Campaigns []CampaignProspect `json:"campaigns"`
}

// AccountProspect is one account in both cases.
type AccountProspect struct {
	Account       string         `json:"account"`
	AsPlanned     AccountOutcome `json:"as_planned"`
	WithReactions AccountOutcome `json:"with_reactions"`
}

// AccountOutcome is what an account has done by Prospect.Until.
type AccountOutcome struct {
	Messages   int        `json:"messages"`
	InMails    int        `json:"inmails"`     // of them
	FinishesAt *time.Time `json:"finishes_at"` // the last message, in its zone; null: none
	// Credits used do not count those that came back because a message was
	// certainly not sent; refunded are those that came back for a reaction.
	CreditsUsed     int `json:"credits_used"`
	CreditsRefunded int `json:"credits_refunded"`
	CreditsLeft     int `json:"credits_left"`
}

// CampaignProspect is one campaign in both cases.
type CampaignProspect struct {
	Campaign      string          `json:"campaign"`
	AsPlanned     CampaignOutcome `json:"as_planned"`
	WithReactions CampaignOutcome `json:"with_reactions"`
}

// CampaignOutcome is what became of a campaign by Prospect.Until. Reactions
// count with the campaign whose message they answer.
type CampaignOutcome struct {
	Messages   int        `json:"messages"`
	FinishesAt *time.Time `json:"finishes_at"` // the last message, in its account's zone; null: none
	Accepted   int        `json:"accepted"`
	Declined   int        `json:"declined"`
	Replied    int        `json:"replied"`
	OptedOut   int        `json:"opted_out"`
}

// Ahead runs a copy of the database at path ahead from o.From with the
// reactions of o, until nothing is left that could be sent, for at most o.Days,
// and sets it beside the plain forecast f of the same database and instant.
// Cards on the desk count as sent at once. progress (may be nil) is told how
// many days are done.
func Ahead(ctx context.Context, path string, f *app.Forecast, o Options, progress func(days, most int)) (p *Prospect, err error) {
	a, drop, err := app.Copy(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	if err := a.CatchUp(ctx, o.From); err != nil {
		return nil, err
	}
	h := &ahead{app: a, accounts: map[string]*AccountProspect{}, campaigns: map[string]*CampaignProspect{}, zones: map[string]*time.Location{}}
	p = &Prospect{From: o.From, Seed: o.Seed}
	if err := h.name(ctx, p); err != nil {
		return nil, err
	}
	wallets, err := h.wallets(ctx, o.From)
	if err != nil {
		return nil, err
	}
	if h.run, err = begin(ctx, a.Store, o, h.count); err != nil {
		return nil, err
	}
	before := h.lastEntry
	if err := h.walk(ctx, h.end(), func(ctx context.Context) (bool, error) {
		if progress != nil {
			progress(int(h.now.Sub(h.From).Hours()/24), o.Days)
		}
		return h.over(ctx)
	}); err != nil {
		return nil, err
	}
	p.Until = h.commonEnd(f)
	if err := h.walk(ctx, p.Until, nil); err != nil {
		return nil, err
	}
	h.plan(f, wallets, p.Until)
	return p, h.close(ctx, p, before)
}

// ahead is a run with what it has counted.
type ahead struct {
	*run
	app       *app.App
	zones     map[string]*time.Location // of accounts
	accounts  map[string]*AccountProspect
	campaigns map[string]*CampaignProspect
}

// name makes room for the accounts and campaigns that are in force.
func (h *ahead) name(ctx context.Context, p *Prospect) error {
	accounts, err := h.app.AccountDefs(ctx)
	if err != nil {
		return err
	}
	p.Accounts = make([]AccountProspect, len(accounts))
	for i, def := range accounts {
		p.Accounts[i].Account = def.Name
		h.accounts[def.Name], h.zones[def.Name] = &p.Accounts[i], def.Zone.Loc()
	}
	campaigns, err := h.app.CampaignDefs(ctx)
	p.Campaigns = make([]CampaignProspect, len(campaigns))
	for i, def := range campaigns {
		p.Campaigns[i].Campaign = def.Name
		h.campaigns[def.Name] = &p.Campaigns[i]
	}
	return err
}

// wallets are the accounts' credits at the start.
func (h *ahead) wallets(ctx context.Context, now time.Time) (map[string]*limits.Wallet, error) {
	wallets := map[string]*limits.Wallet{}
	for name := range h.accounts {
		st, _, err := h.app.State(ctx, name, now)
		if err != nil {
			return nil, err
		}
		wallets[name] = st.Wallet
	}
	return wallets, nil
}

// over says that nothing more will happen before the end: nobody is going to
// react, and no message would get a slot.
func (h *ahead) over(ctx context.Context) (bool, error) {
	if len(h.reactions) > 0 {
		return false, nil
	}
	accounts, err := h.db.AccountsStatus(ctx, h.now)
	if err != nil {
		return false, err
	}
	for i := range accounts {
		switch {
		case accounts[i].Scheduled > 0:
			return false, nil
		case accounts[i].Queued == 0:
			continue
		}
		st, _, err := h.app.State(ctx, accounts[i].Account, h.now)
		if err != nil {
			return false, err
		}
		if len(scheduler.Make(st, h.now, h.end()).Slots) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// commonEnd is when both cases are through, or the days allowed are over.
func (h *ahead) commonEnd(f *app.Forecast) time.Time {
	until := h.now
	if n := len(f.Slots); n > 0 && !f.Slots[n-1].At.Before(until) {
		until = f.Slots[n-1].At.Add(time.Second)
	}
	if end := h.end(); until.After(end) {
		return end
	}
	return until
}

// count is told of every event.
func (h *ahead) count(e Event) error {
	a, c := h.accounts[e.Account], h.campaigns[e.Campaign]
	if a == nil || c == nil {
		return nil // credits, or an answer to what is in the file no more
	}
	switch e.Event {
	case "released":
		message(&a.WithReactions, &c.WithReactions, e.At.In(h.zones[e.Account]), *e.Kind)
	case told[store.AcceptedBy]:
		c.WithReactions.Accepted++
	case told[store.Declined]:
		c.WithReactions.Declined++
	case told[store.Reply]:
		c.WithReactions.Replied++
	case told[store.OptOut]:
		c.WithReactions.OptedOut++
	}
	return nil
}

func message(a *AccountOutcome, c *CampaignOutcome, at time.Time, kind limits.Kind) {
	a.Messages++
	c.Messages++
	a.FinishesAt, c.FinishesAt = &at, &at
	if kind == limits.InMail {
		a.InMails++
	}
}

// plan counts what the forecast has before an instant.
func (h *ahead) plan(f *app.Forecast, wallets map[string]*limits.Wallet, until time.Time) {
	for _, s := range f.Slots {
		a, c := h.accounts[s.Account], h.campaigns[s.Campaign]
		if a == nil || c == nil || !s.At.Before(until) {
			continue
		}
		message(&a.AsPlanned, &c.AsPlanned, s.At, s.Kind)
		if s.Kind == limits.InMail {
			wallets[s.Account].Advance(s.At)
			if _, err := wallets[s.Account].Spend(s.At); err == nil {
				a.AsPlanned.CreditsUsed++
			}
		}
	}
	for name, a := range h.accounts {
		wallets[name].Advance(until)
		a.AsPlanned.CreditsLeft = wallets[name].Balance()
	}
}

// close reads what became of the credits, and what is left.
func (h *ahead) close(ctx context.Context, p *Prospect, before int64) error {
	entries, err := h.db.CreditEntries(ctx, before)
	if err != nil {
		return err
	}
	for _, e := range entries {
		a := h.accounts[e.Account]
		switch {
		case a == nil:
		case e.Reason == limits.ReasonSpend || e.Reason == limits.ReasonReturn:
			a.WithReactions.CreditsUsed -= e.Change
		case e.Reason == limits.ReasonRefund:
			a.WithReactions.CreditsRefunded += e.Change
		}
	}
	accounts, err := h.db.AccountsStatus(ctx, p.Until)
	for i := range accounts {
		if a := h.accounts[accounts[i].Account]; a != nil {
			a.WithReactions.CreditsLeft = accounts[i].Credits
		}
		p.Left += accounts[i].Queued + accounts[i].Scheduled
	}
	return err
}
