package limits

import (
	"fmt"
	"strings"
	"time"
)

// frontLoadDays are the first local dates of a cycle in which front_load
// spends its credits (docs/scheduling.md, rule 4).
const frontLoadDays = 14

var paceNames = [...]string{"front_load", "even", "asap"}

// String is the pace's name as it stands in YAML and output.
func (p Pace) String() string {
	if int(p) < len(paceNames) {
		return paceNames[p]
	}
	return fmt.Sprintf("pace(%d)", uint8(p))
}

// ParsePace reads a pace's name.
func ParsePace(s string) (Pace, error) {
	for i, name := range paceNames {
		if name == s {
			return Pace(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a pace (one of %s)", s, strings.Join(paceNames[:], ", "))
}

// MarshalText writes the pace's name.
func (p Pace) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a pace's name; the empty text is the default.
func (p *Pace) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*p = FrontLoad
		return nil
	}
	*p, err = ParsePace(string(b))
	return err
}

// stretch is what the pace knows of one local day within one cycle [from, to):
// of the window's days with a slot, today is number done of all. If free, the
// pace holds nothing.
type stretch struct {
	from, to  time.Time
	free      bool
	done, all int
	cycle     time.Time // when the cycle began
	spent     int       // in the cycle
	reserved  bool      // the reserve is still kept
}

// window is the stretch of t, remembered until something other than spending
// changes (a grant does).
func (w *Wallet) window(t time.Time, days SlotDays) *stretch {
	s := &w.stretch
	if !t.Before(s.from) && t.Before(s.to) {
		return s
	}
	zone := w.refreshes.zone
	today, tomorrow := DayStart(t, zone), NextDay(t, zone)
	*s = stretch{from: today, to: tomorrow, cycle: w.cycleStart(t)}
	if s.cycle.After(s.from) {
		s.from = s.cycle
	}
	for _, at := range w.spends {
		if !at.Before(s.cycle) {
			s.spent++
		}
	}
	refresh := DayStart(w.next, zone)
	if r := w.refreshes.credits.Reserve; r != nil {
		y, m, d := refresh.Date()
		s.reserved = t.Before(DateStart(y, m, d-r.UntilDays, zone))
	}
	from, end := w.paced(s.cycle, refresh)
	if s.free = w.refreshes.credits.Pace == ASAP || !t.Before(end); s.free {
		return s
	}
	s.all = days(from, end)
	if from.Before(tomorrow) {
		s.done = days(from, tomorrow)
	}
	s.free = s.all == 0
	return s
}

// paced is the stretch of a cycle over which its credits are spread, between
// starts of local days; only the account's first begins in the middle of one.
func (w *Wallet) paced(cycle, refresh time.Time) (from, end time.Time) {
	zone := w.refreshes.zone
	from = DayStart(cycle, zone)
	if w.paceFrom.After(cycle) && w.paceFrom.Before(w.next) {
		from = w.paceFrom
	}
	if w.refreshes.credits.Pace == Even {
		return from, refresh
	}
	y, m, d := DayStart(from, zone).Date()
	end = DateStart(y, m, d+frontLoadDays, zone)
	if refresh.Before(end) {
		end = refresh
	}
	return from, end
}

// cycleStart is when the cycle of t began: at the latest grant, or at the
// latest refresh if the wallet was not told of its grant.
func (w *Wallet) cycleStart(t time.Time) time.Time {
	var start time.Time
	for i := range w.lots {
		l := &w.lots[i]
		if l.Source == SourcePlan && !l.GrantedAt.After(t) && l.GrantedAt.After(start) {
			start = l.GrantedAt
		}
	}
	if k := w.refreshes.last(t); start.IsZero() || !w.has(k) {
		return w.refreshes.granted(k)
	}
	return start
}
