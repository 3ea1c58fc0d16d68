package app

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// CapDays is on how many days one cap delays work.
type CapDays struct {
	Reason limits.Held `json:"reason"` // daily_cap, warm_up, kind_cap, weekly_cap, monthly_cap
	Kind   string      `json:"kind"`   // that the cap counts; "": all
	Days   int         `json:"days"`
}

// cappedBy finds the days that began with work a cap had held back: those
// after the message that used the cap up, to the day of the first one that had
// waited for room. all is the number of different ones. Days without a slot
// delay nothing by themselves and do not count.
func (v *view) cappedBy() (list []CapDays, all int) {
	type limit struct {
		reason limits.Held
		kind   limits.Kind // 0: all
	}
	days, union := map[limit]map[campaign.Date]bool{}, map[campaign.Date]bool{}
	last := map[limits.Kind]time.Time{} // a message went; by kind, 0 for those the daily cap counts
	for i := range v.plan.Slots {
		s := &v.plan.Slots[i]
		by := limit{reason: s.Held, kind: s.Kind}
		switch s.Held {
		case limits.HeldDailyCap, limits.HeldWarmUp:
			by.kind = 0
		case limits.HeldKindCap, limits.HeldWeeklyCap, limits.HeldMonthlyCap:
		default:
			by = limit{}
		}
		if by != (limit{}) {
			since, ok := last[by.kind]
			if !ok {
				since = v.now
			}
			if days[by] == nil {
				days[by] = map[campaign.Date]bool{}
			}
			for _, day := range v.slotDays(since, s) {
				days[by][day], union[day] = true, true
			}
		}
		last[s.Kind] = s.At
		if v.st.Rules.Plan.Counts(s.Kind) {
			last[0] = s.At
		}
	}
	list = []CapDays{}
	for by := range maps.Keys(days) {
		list = append(list, CapDays{Reason: by.reason, Kind: by.kind.String(), Days: len(days[by])})
	}
	slices.SortFunc(list, func(a, b CapDays) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Kind, b.Kind))
	})
	return list, len(union)
}

// slotDays are the local dates with a slot after that of since, up to and with
// that of a message.
func (v *view) slotDays(since time.Time, s *scheduler.Slot) []campaign.Date {
	zone := v.zone()
	days := []campaign.Date{campaign.DateOf(s.At, zone)}
	for t := limits.NextDay(since, zone); t.Before(s.At); {
		var first time.Time
		for _, spec := range v.st.Account.Slots {
			if at := spec.Next(t.Add(-1), zone); !at.IsZero() && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
		if first.IsZero() || !first.Before(s.At) {
			break
		}
		if !v.st.Account.Holidays.On(first.In(zone).Date()) {
			days = append(days, campaign.DateOf(first, zone))
		}
		t = limits.NextDay(first, zone)
	}
	return days
}
