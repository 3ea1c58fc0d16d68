package sim

import (
	"cmp"
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"outpace/limits"
	"outpace/scheduler"
	"outpace/store"
)

// reaction is what a simulated person will do.
type reaction struct {
	at      time.Time
	kind    string // a kind of event
	release scheduler.Release
}

// reactions are those to come, soonest first.
type reactions []reaction

func (rs reactions) next() (time.Time, bool) {
	if len(rs) == 0 {
		return time.Time{}, false
	}
	return rs[0].at, true
}

// add puts a reaction in its place. Those of one instant go by what they
// answer, not by the order in which accounts released.
func (rs *reactions) add(r reaction) {
	i, _ := slices.BinarySearchFunc(*rs, r, func(a, b reaction) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.release.Key, b.release.Key), cmp.Compare(a.kind, b.kind))
	})
	*rs = slices.Insert(*rs, i, r)
}

// dice are the throws for one purpose and one release: they depend on the
// seed and the release alone, not on the order of events.
func (r *run) dice(purpose, key string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose + "\x00" + key + "\x00" + strconv.FormatUint(r.Seed, 10)))
	return rand.New(rand.NewPCG(r.Seed, h.Sum64()))
}

func (r *run) chance(purpose, key string) float64 { return r.dice(purpose, key).Float64() }

// How long people take: a reaction comes from a minute up to this after its
// release's slot, every instant equally likely.
const (
	answersWithin = 5 * 24 * time.Hour // a request or an InMail is accepted or declined
	writesWithin  = 3 * 24 * time.Hour // a reply or an opt-out
)

// expect draws what the person written to will do about a release. One throw
// decides between accepting and declining, and who declines does not reply.
func (r *run) expect(rel scheduler.Release) {
	declined := false
	if rel.Kind == limits.Connect || rel.Kind == limits.InMail {
		dice := r.dice(store.AcceptedBy, rel.Key)
		switch throw := dice.Float64(); {
		case throw < r.AcceptRate:
			r.later(rel, store.AcceptedBy, dice, answersWithin)
		case throw < r.AcceptRate+r.DeclineRate:
			declined = true
			r.later(rel, store.Declined, dice, answersWithin)
		}
	}
	if rel.Kind != limits.Connect && !declined {
		if dice := r.dice(store.Reply, rel.Key); dice.Float64() < r.ReplyRate {
			r.later(rel, store.Reply, dice, writesWithin)
		}
	}
	if dice := r.dice(store.OptOut, rel.Key); dice.Float64() < r.OptOutRate {
		r.later(rel, store.OptOut, dice, writesWithin)
	}
}

// later draws when a reaction comes.
func (r *run) later(rel scheduler.Release, kind string, dice *rand.Rand, within time.Duration) {
	if r.ReactionDelay > 0 {
		within = r.ReactionDelay
	}
	after := time.Minute + time.Duration(dice.Int64N(max(int64(within/time.Second), 1)))*time.Second
	r.reactions.add(reaction{rel.SlotAt.Add(after), kind, rel})
}

// told is what reactions are called in the output.
var told = map[string]string{
	store.Reply: "replied", store.AcceptedBy: "accepted", store.Declined: "declined", store.OptOut: "opted_out",
}

// react does what people do up to now.
func (r *run) react(ctx context.Context, now time.Time) error {
	for len(r.reactions) > 0 && !r.reactions[0].at.After(now) {
		do := r.reactions[0]
		r.reactions = r.reactions[1:]
		if r.silent[do.release.Target] {
			continue
		}
		if r.withdrawn[do.release.ID] && (do.kind == store.AcceptedBy || do.kind == store.Declined) {
			continue // there is nothing to answer any more
		}
		r.silent[do.release.Target] = do.kind == store.OptOut // who opted out says no more
		_, err := r.db.React(ctx, do.at, store.Reaction{
			Kind: do.kind, Person: do.release.Target, Account: do.release.Account, At: do.at,
		})
		if err != nil {
			return err
		}
		if err := r.emit(Event{
			Event: told[do.kind], At: do.at.In(do.release.SlotAt.Location()), Account: do.release.Account,
			Campaign: do.release.Campaign, Target: do.release.Target,
		}); err != nil {
			return err
		}
	}
	return nil
}

// tell emits what a step did: credits first, then releases.
func (r *run) tell(ctx context.Context) error {
	if err := r.tellEntries(ctx); err != nil {
		return err
	}
	for _, rel := range r.released {
		if rel.SlotAt.Before(r.From) {
			continue // a slot missed before, made good: not of these days
		}
		if rel.Withdrawal != 0 {
			r.withdrawn[rel.ID] = true
			err := r.emit(Event{Event: "withdrawn", At: rel.SlotAt, Account: rel.Account, Campaign: rel.Campaign, Target: rel.Target})
			if err != nil {
				return err
			}
			continue
		}
		if err := r.emit(Event{
			Event: "released", At: rel.SlotAt, Account: rel.Account, Campaign: rel.Campaign, Target: rel.Target,
			Step: rel.Step, Kind: &rel.Kind, Priority: &rel.Priority,
			UsedToday: &rel.UsedToday, CapToday: &rel.CapToday, CreditsLeft: &rel.CreditsLeft,
		}); err != nil {
			return err
		}
		r.sum.Releases++
		if rel.Kind == limits.InMail {
			r.sum.InMails++
		}
		if r.chance("fail", rel.Key) < r.FailRate {
			err := r.emit(Event{
				Event: "failed", At: rel.SlotAt, Account: rel.Account, Campaign: rel.Campaign, Target: rel.Target,
			})
			if err != nil {
				return err
			}
			continue
		}
		r.expect(rel)
	}
	return nil
}

// skipEntries passes over the credit entries of before the simulation.
func (r *run) skipEntries(ctx context.Context) error {
	entries, err := r.db.CreditEntries(ctx, 0)
	if err == nil && len(entries) > 0 {
		r.lastEntry = entries[len(entries)-1].ID
	}
	return err
}

// tellEntries emits the grants and expiries since the last call.
func (r *run) tellEntries(ctx context.Context) error {
	entries, err := r.db.CreditEntries(ctx, r.lastEntry)
	if err != nil {
		return err
	}
	for _, e := range entries {
		r.lastEntry = e.ID
		event, credits := "granted", e.Change
		switch e.Reason {
		case limits.ReasonGrant:
		case limits.ReasonExpiry, limits.ReasonMaximum:
			event, credits = "expired", -e.Change
		default:
			continue
		}
		if err := r.emit(Event{Event: event, At: e.At, Account: e.Account, Credits: &credits, CreditsLeft: &e.Balance}); err != nil {
			return err
		}
	}
	return nil
}
