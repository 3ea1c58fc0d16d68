package sim

import (
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

func (rs *reactions) add(r reaction) {
	i, _ := slices.BinarySearchFunc(*rs, r, func(a, b reaction) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return -1 // behind those of the same instant
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

// expect draws what the person written to will do about a release.
func (r *run) expect(rel scheduler.Release) {
	draw := func(kind string, rate float64, within time.Duration) {
		dice := r.dice(kind, rel.Key)
		if dice.Float64() >= rate {
			return
		}
		after := time.Minute + time.Duration(dice.Int64N(int64(within/time.Second)))*time.Second
		r.reactions.add(reaction{rel.SlotAt.Add(after), kind, rel})
	}
	if rel.Kind == limits.Connect || rel.Kind == limits.InMail {
		draw("accepted", r.AcceptRate, 5*24*time.Hour)
	}
	if rel.Kind != limits.Connect {
		draw("reply", r.ReplyRate, 3*24*time.Hour)
	}
}

// react does what people do up to now.
func (r *run) react(ctx context.Context, now time.Time) error {
	for len(r.reactions) > 0 && !r.reactions[0].at.After(now) {
		do := r.reactions[0]
		r.reactions = r.reactions[1:]
		_, err := r.db.React(ctx, do.at, store.Reaction{
			Kind: do.kind, Person: do.release.Target, Account: do.release.Account, At: do.at,
		})
		if err != nil {
			return err
		}
		name := do.kind
		if name == "reply" {
			name = "replied"
		}
		if err := r.emit(Event{
			Event: name, At: do.at.In(do.release.SlotAt.Location()), Account: do.release.Account,
			Campaign: do.release.Campaign, Target: do.release.Target,
		}); err != nil {
			return err
		}
	}
	return nil
}

// tell emits what a step did: credits first, then releases.
func (r *run) tell(ctx context.Context, now time.Time) error {
	if err := r.tellEntries(ctx); err != nil {
		return err
	}
	for _, rel := range r.released {
		if rel.SlotAt.Before(r.From) {
			continue // a slot missed before, made good: not of these days
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
