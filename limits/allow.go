package limits

import "time"

// SlotDays is the number of an account's local dates that have a slot at an
// instant in [from, to).
type SlotDays func(from, to time.Time) int

// Allow is how many credits a message of the priority may spend at t, before it
// spends one; if 0, HeldNoCredit, HeldPace or HeldReserve says why. The wallet
// must have been advanced to t, and days must be the same at every call.
//
// By the pace, ⌈credits·d/n⌉ may have been spent on the d-th of the n days with
// a slot, where credits are those spent in the cycle plus those live. The
// reserve is kept from lower priorities. Neither holds back credits that would
// be lost at or before the next grant. Without grants there is no cycle:
// everything may be spent.
func (w *Wallet) Allow(t time.Time, priority int, days SlotDays) (n int, held Held) {
	f := w.fundsAt(t)
	switch {
	case f.live == 0:
		return 0, HeldNoCredit
	case w.next.IsZero():
		return f.live, Ready
	}
	s := w.window(t, days)
	n, held = f.live, HeldPace
	if !s.free {
		credits := s.spent + f.live
		n = min(n, max(0, (credits*s.done+s.all-1)/s.all-s.spent))
	}
	if r := w.refreshes.credits.Reserve; r != nil && s.reserved && priority < r.MinPriority {
		if unreserved := max(0, f.live-r.Credits); unreserved < n {
			n, held = unreserved, HeldReserve
		}
	}
	if n = max(n, f.atRisk); n == 0 {
		return 0, held
	}
	return n, Ready
}

// AtRisk is how many of the credits live at t would be lost at or before the
// next grant if none were spent.
func (w *Wallet) AtRisk(t time.Time) int { return w.fundsAt(t).atRisk }

// funds are the credits live in [from, to), and how many of them would be lost
// at or before the next grant if none were spent.
type funds struct {
	from, to     time.Time
	live, atRisk int
}

// fundsAt are the funds of t, remembered until a credit comes or goes.
func (w *Wallet) fundsAt(t time.Time) *funds {
	f := &w.funds
	if !f.to.IsZero() && !t.Before(f.from) && t.Before(f.to) {
		return f
	}
	*f = funds{to: t.Add(time.Duration(day))}
	lasting := 0
	for _, i := range w.order {
		l := &w.lots[i]
		f.bound(t, l.GrantedAt)
		f.bound(t, l.ExpiresAt)
		switch {
		case !l.live(t):
		case !w.next.IsZero() && !l.ExpiresAt.After(w.next):
			f.atRisk += l.Left
			f.live += l.Left
		default:
			lasting += l.Left
			f.live += l.Left
		}
	}
	if c := &w.refreshes.credits; c.MaxBalance != None && !w.next.IsZero() {
		f.atRisk += min(lasting, max(0, lasting+c.Monthly-c.MaxBalance))
	}
	return f
}

// bound narrows the stretch around t to one side of an instant.
func (f *funds) bound(t, at time.Time) {
	switch {
	case at.After(t):
		if at.Before(f.to) {
			f.to = at
		}
	case at.After(f.from):
		f.from = at
	}
}

// spent brings what is remembered up to date with a credit spent at t.
func (w *Wallet) spent(t time.Time) {
	w.funds = funds{}
	if !t.Before(w.stretch.cycle) {
		w.stretch.spent++
	}
}

// forget drops what is remembered.
func (w *Wallet) forget() { w.funds, w.stretch = funds{}, stretch{} }
