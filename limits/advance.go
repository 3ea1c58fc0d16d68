package limits

import (
	"slices"
	"time"
)

// Advance does everything that is due in (Through, t], each at its own time,
// and returns it in that order. A refresh that was missed is granted with its
// own dates, so it may expire in the same call.
func (w *Wallet) Advance(t time.Time) []Entry {
	if !t.After(w.through) {
		return nil
	}
	var entries []Entry
	for !w.due.IsZero() && !w.due.After(t) {
		at := w.due
		w.through = at
		entries = w.expire(at, entries)
		if at.Equal(w.next) {
			entries = w.grant(at, entries)
		}
		w.arrange()
	}
	w.through = t
	return entries
}

// expire ends the lots that are over at an instant.
func (w *Wallet) expire(at time.Time, entries []Entry) []Entry {
	for _, i := range w.order {
		if l := &w.lots[i]; !l.ExpiresAt.After(at) {
			entries = w.change(at, i, -l.Left, ReasonExpiry, entries)
		}
	}
	return entries
}

// grant adds the lot of the refresh at an instant and takes off what is above
// the maximum, the soonest to expire first. (A cap before the grant as well
// would take the same credits.) Those that expire sooner than the new ones go
// before these come, so that not even between two entries the balance is above
// the maximum, unless what is lost are new credits or later ones.
func (w *Wallet) grant(at time.Time, entries []Entry) []Entry {
	most := orUnlimited(w.refreshes.credits.MaxBalance)
	lot := w.refreshes.lot(w.refreshes.last(at))
	fresh := len(w.lots)
	w.lots = append(w.lots, lot)
	w.lots[fresh].Left = 0
	place := slices.IndexFunc(w.order, func(i int) bool { return w.compare(i, fresh) > 0 })
	if place < 0 {
		place = len(w.order)
	}
	entries = w.reduce(at, most-lot.Amount, w.order[:place], ReasonMaximum, entries)
	entries = w.change(at, fresh, lot.Amount, ReasonGrant, entries)
	return w.reduce(at, most, slices.Insert(w.order, place, fresh), ReasonMaximum, entries)
}

// reduce takes credits from lots, in the order given, until no more than most
// are left in the wallet or none in the lots.
func (w *Wallet) reduce(at time.Time, most int, lots []int, reason string, entries []Entry) []Entry {
	for _, i := range lots {
		if lost := min(w.balance-most, w.lots[i].Left); lost > 0 {
			entries = w.change(at, i, -lost, reason, entries)
		}
	}
	return entries
}

// change moves credits in or out of a lot.
func (w *Wallet) change(at time.Time, lot, n int, reason string, entries []Entry) []Entry {
	if n == 0 {
		return entries
	}
	w.lots[lot].Left += n
	w.balance += n
	return append(entries, Entry{At: at, Change: n, Balance: w.balance, Reason: reason, Lot: lot})
}

// nextGrant is the first refresh after Through whose month had no grant yet;
// zero if the plan grants none.
func (w *Wallet) nextGrant() time.Time {
	if w.refreshes.credits.Monthly <= 0 {
		return time.Time{}
	}
	k := w.refreshes.last(w.through) + 1
	for w.has(k) {
		k++
	}
	return w.refreshes.granted(k)
}

// has says whether a cycle had its grant.
func (w *Wallet) has(k cycle) bool {
	name := k.String()
	return slices.ContainsFunc(w.lots, func(l Lot) bool { return l.Source == SourcePlan && l.Cycle == name })
}
