package limits

import (
	"slices"
	"time"
)

// Set makes the balance at t what the platform says it is: our own number never
// beats it. Credits too many go, the soonest to expire first; missing ones come
// as an adjustment that expires with the current cycle's credits. What was due
// up to t happens before, and is returned with it.
func (w *Wallet) Set(t time.Time, n int) []Entry {
	entries := w.Advance(t)
	n = max(0, n)
	entries = w.reduce(t, n, w.order, ReasonSet, entries)
	if missing := n - w.balance; missing > 0 {
		return w.add(t, missing, w.refreshes.lasts(t), SourceAdjustment, ReasonSet, entries)
	}
	w.arrange()
	return entries
}

// Add books a pack of n credits bought at t, usable at once. The zero expires
// means PackExpiry; nothing is booked unless it is after t. What was due up to t
// happens before, and is returned with it.
func (w *Wallet) Add(t time.Time, n int, expires time.Time) []Entry {
	if expires.IsZero() {
		expires = PackExpiry(t, w.refreshes.zone)
	}
	return w.add(t, n, expires, SourcePack, ReasonPack, w.Advance(t))
}

// Refund gives one credit back at t for an InMail that was answered. It expires
// with the current cycle's credits. What was due up to t happens before, and is
// returned with it.
func (w *Wallet) Refund(t time.Time) []Entry {
	return w.add(t, 1, w.refreshes.lasts(t), SourceRefund, ReasonRefund, w.Advance(t))
}

// Drop ends the plan's own lots at t because the plan changed: they do not
// survive it. Their months keep their grant, so that changing back and forth
// mints nothing. What was due up to t happens before, and is returned with it.
func (w *Wallet) Drop(t time.Time) []Entry {
	entries := w.Advance(t)
	for i := range w.lots {
		if l := &w.lots[i]; l.Source == SourcePlan {
			entries = w.change(t, i, -l.Left, ReasonPlanChange, entries)
		}
	}
	w.arrange()
	return entries
}

// ChangePlan puts the credits of another plan in the place of this one's at t:
// what is left of the old plan's lots is gone, and refreshes follow the new
// anchor. If the month of the new plan's current cycle had no grant yet, its
// credits come at once (none during the hours by which a refresh of today is
// late: it brings its own). A month that had its grant has no second one,
// whatever is edited. What was due up to t happens before, and is returned with
// it.
func (w *Wallet) ChangePlan(t time.Time, c Credits, anchor int, zone *time.Location) []Entry {
	entries := w.Drop(t)
	// An account told of no credits at all has no lot for the month whose
	// credits were spent before; an empty one remembers that.
	if k := w.refreshes.last(t); w.refreshes.credits.Monthly > 0 && !w.has(k) {
		spent := w.refreshes.lot(k)
		spent.Amount, spent.Left = 0, 0
		w.lots = append(w.lots, spent)
	}
	w.refreshes = newRefreshes(c, anchor, zone)
	w.arrange()
	r := &w.refreshes
	if k := r.last(t); c.Monthly > 0 && !w.has(k) && t.Before(r.begins(k+1)) && r.expires(k).After(t) {
		entries = w.grant(t, entries)
		w.arrange()
	}
	return entries
}

// add books a lot that the plan did not grant.
func (w *Wallet) add(t time.Time, n int, expires time.Time, source Source, reason string, entries []Entry) []Entry {
	if n <= 0 || !expires.After(t) {
		return entries
	}
	w.lots = append(w.lots, Lot{GrantedAt: t, ExpiresAt: expires, Amount: n, Source: source})
	entries = w.change(t, len(w.lots)-1, n, reason, entries)
	w.arrange()
	return entries
}

// OpeningLots are the credits an account starts with at an instant, oldest
// first. Not told how many (nil), they are those of its last refresh; on a
// refresh date whose credits, coming late, are still some hours away there are
// none, or the first day would have those of two months. Told a number, they
// are taken to be the newest possible: a cycle's credits granted at the last
// refresh, as many at the one before, and so on; more than all live cycles can
// hold are an adjustment that expires with the newest. Under a plan without
// credits, all it was told of are an adjustment that expires like a pack.
func OpeningLots(c Credits, anchor int, zone *time.Location, at time.Time, credits *int) []Lot {
	r := newRefreshes(c, anchor, zone)
	left, latest := c.Monthly, r.last(at)
	switch {
	case credits != nil:
		left = *credits
	case !at.Before(r.begins(latest + 1)):
		return nil
	}
	var lots []Lot
	for k := latest; c.Monthly > 0 && left > 0 && r.expires(k).After(at); k-- {
		lot := r.lot(k)
		lot.Amount = min(left, lot.Amount)
		lot.Left = lot.Amount
		left -= lot.Left
		lots = append(lots, lot)
	}
	slices.Reverse(lots)
	if credits != nil && left > 0 {
		lots = append(lots, Lot{GrantedAt: at, ExpiresAt: r.lasts(at), Amount: left, Left: left, Source: SourceAdjustment})
	}
	return lots
}
