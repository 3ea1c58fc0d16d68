package sim_test

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"outpace/channel"
	"outpace/scheduler"
	"outpace/store"
)

// contextOf is the context of tests whose database outlives rapid's own one.
var contextOf = context.Background()

// fakeChannel is every channel of a world: the desk waits for a person, the
// other answers by the world's mood.
type fakeChannel struct {
	w    *world
	desk bool
}

func (*fakeChannel) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

func (c *fakeChannel) Send(_ context.Context, d channel.Delivery) channel.Outcome {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if d.Kind != channel.Withdraw { // which may come twice
		c.w.calls[d.Key]++
	}
	if c.desk && !c.w.quick {
		return channel.Outcome{State: channel.Waiting}
	}
	h := fnv.New64a()
	h.Write([]byte(d.Key))
	if mood := answers[c.w.mood]; (h.Sum64()^c.w.seed)%3 == 0 {
		return mood
	}
	return channel.Outcome{State: channel.Sent}
}

// answers are what a channel may say; the first is the usual one.
var answers = []channel.Outcome{
	{State: channel.Sent},
	{State: channel.NotSent, Next: channel.Retry},
	{State: channel.NotSent, Next: channel.Again},
	{State: channel.NotSent, Next: channel.Again, RetryAfter: 3 * time.Hour, Verdict: channel.Throttled},
	{State: channel.NotSent, Next: channel.Fail},
	{State: channel.CannotTell},
	{State: channel.NotSent, Next: channel.SwitchOff},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.DailyLimit},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.WeeklyInvitationLimit},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.NoCredit},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.Restricted},
	{State: channel.Sent, Verdict: channel.DailyLimit},
}

// witness is the store; it tells the world what is claimed and recorded, in
// the order in which it happens.
type witness struct {
	*store.Store
	w *world
}

func (s *witness) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	rs, err := s.Store.Claim(ctx, now, free)
	for i := range rs {
		if rs[i].Withdrawal != 0 {
			s.w.withdrawing(&rs[i])
			continue
		}
		s.w.claimed(&rs[i])
	}
	return rs, err
}

func (s *witness) Record(ctx context.Context, now time.Time, reports []scheduler.Report) error {
	err := s.Store.Record(ctx, now, reports)
	for i := range reports {
		if reports[i].Withdrawal != 0 {
			s.w.withdrawReported(&reports[i])
			continue
		}
		s.w.reported(&reports[i])
	}
	return err
}

// claimed checks a release against every promise and notes it.
func (w *world) claimed(r *scheduler.Release) {
	c := w.set.Campaigns[slices.IndexFunc(w.spec.campaigns, func(c wCampaign) bool { return c.name == r.Campaign })]
	h := &handed{
		id: r.Message, key: r.Key, release: r.ID, account: r.Account, campaign: r.Campaign, person: r.Target,
		step: c.Steps[r.Step-1].Name, kind: r.Kind.String(), priority: r.Priority,
		noted: r.Kind.String() == "connect" && r.Body != "", desk: r.Channel == "desk",
		slot: r.SlotAt, at: w.now, countAt: r.SlotAt, counted: true,
	}
	w.say("  %s %s %s %s %s, slot %s", h.account, h.campaign, h.person[len(h.person)-4:], h.step, h.kind, h.slot.UTC().Format("01-02T15:04"))
	w.checkPerson(h)
	w.checkTimes(h)
	w.checkSequence(h)
	w.checkLimits(h)
	w.checkCompany(h)
	w.checkInMail(h)
	w.checkText(h, r)
	w.handed = append(w.handed, h)
	if h.kind == "inmail" {
		w.accounts[h.account].credits--
	}
}

// reported notes what a channel answered.
func (w *world) reported(r *scheduler.Report) {
	i := slices.IndexFunc(w.handed, func(h *handed) bool { return h.release == r.Release })
	h := w.handed[i]
	if h.state != wOpen {
		return
	}
	if r.Outcome != scheduler.WasSent && r.Outcome != scheduler.Waits {
		w.say("  %s %s: %s %s", h.person[len(h.person)-4:], h.step, r.Outcome, r.Verdict)
	}
	switch r.Outcome {
	case scheduler.Waits:
	case scheduler.WasSent:
		h.state = wSent
	case scheduler.CannotTell:
		h.state = wUnknown
	default:
		w.unsent(h, r.Verdict)
		if r.Outcome == scheduler.ChannelIsOff {
			w.accounts[h.account].off = true
		}
	}
	if r.Verdict != "" {
		w.verdict(h, r.Verdict, r.Until)
	}
}

// unsent takes back what a delivery had taken.
func (w *world) unsent(h *handed, verdict string) {
	h.state = wUnsent
	h.counted = verdict == string(channel.DailyLimit)
	if h.kind == "inmail" {
		w.accounts[h.account].credits++
	}
}

// verdict notes what the platform said to stop.
func (w *world) verdict(h *handed, verdict string, until time.Time) {
	b, zone := w.accounts[h.account], w.zone(h.account)
	utc := w.now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	switch channel.Verdict(verdict) {
	case channel.DailyLimit:
		if slices.ContainsFunc(b.holds, func(o wHold) bool { return o.kind == "day" && w.now.Before(o.to) }) {
			return
		}
		sent := 0
		for _, u := range w.units(h.account, h) {
			if from, to := localDay(w.now, zone); !u.at.Before(from) && u.at.Before(to) && w.counts(h.account, u.kind) {
				sent++
			}
		}
		for _, o := range w.handed { // a card that lies open may have gone, too
			if from, to := localDay(w.now, zone); o != h && o.account == h.account && o.card() && !o.slot.Before(from) && o.slot.Before(to) && w.counts(o.account, o.kind) {
				sent++
			}
		}
		_, to := localDay(w.now, zone)
		again := slices.ContainsFunc(b.ceilings, func(c wCeiling) bool { return c.at.After(w.now.Add(-168 * time.Hour)) })
		b.ceilings = append(b.ceilings, wCeiling{w.now, sent})
		b.holds = append(b.holds, wHold{kind: "day", from: w.now, to: latestOf(to, utc, w.now.Add(24*time.Hour))})
		if again {
			w.paused["account:"+h.account] = true
		}
	case channel.WeeklyInvitationLimit:
		b.holds = append(b.holds, wHold{kind: "connect", from: w.now, to: w.now.Add(168 * time.Hour)})
	case channel.NoCredit:
		b.credits = 0
	case channel.Restricted:
		b.holds = append(b.holds, wHold{from: w.now, to: w.now.AddDate(99, 0, 0), byPersons: true})
	case channel.Throttled:
		if until.After(w.now) {
			utc = until
		}
		b.holds = append(b.holds, wHold{from: w.now, to: utc})
	}
}

func latestOf(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
