package scheduler_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

var companies = []string{"", "example navy", "example park", "example park"}

func drawLimit(t *rapid.T) campaign.PerCompany {
	return campaign.PerCompany{
		People: rapid.IntRange(1, 3).Draw(t, "people a company"),
		Days:   rapid.SampledFrom([]int{1, 7}).Draw(t, "days"),
	}
}

// drawTouches draws what other accounts did and will do in the companies, and
// who has an unanswered InMail.
func drawTouches(t *rapid.T, st *scheduler.State) {
	st.Touches = map[string]scheduler.Touches{}
	for range rapid.IntRange(0, 6).Draw(t, "touches") {
		x := scheduler.Touch{At: now.Add(time.Duration(rapid.IntRange(-8*24, 12*24).Draw(t, "touch")) * time.Hour)}
		if rapid.Bool().Draw(t, "limited") {
			x.Limit = drawLimit(t)
		}
		company := rapid.SampledFrom(companies[1:]).Draw(t, "company")
		st.Touches[company] = insert(st.Touches[company], x)
	}
	mailed := int64(rapid.IntRange(1, 25).Draw(t, "mailed"))
	for i := range st.Targets {
		st.Targets[i].InMailed = st.Targets[i].Person == mailed
	}
}

func insert(list scheduler.Touches, x scheduler.Touch) scheduler.Touches {
	list = append(slices.Clone(list), x)
	slices.SortStableFunc(list, func(a, b scheduler.Touch) int { return a.At.Compare(b.At) })
	return list
}

// touched notes that a target was first written to.
func touched(st *scheduler.State, target *scheduler.Target) {
	if target.Company != "" {
		x := scheduler.Touch{At: target.Begun, Limit: st.Campaigns[target.Campaign].PerCompany}
		st.Touches[target.Company] = insert(st.Touches[target.Company], x)
	}
}

// TestCompaniesKeepTheirWindows counts, by brute force, the people of a company
// in the window of every first message whose campaign limits that, and in those
// of the fixed ones that come later.
func TestCompaniesKeepTheirWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		plan := scheduler.Make(st, now, now.AddDate(0, 0, 20))
		begun := map[int]bool{}
		placed := map[string]scheduler.Touches{}
		for _, s := range plan.Slots {
			target := st.Targets[s.Target]
			if begun[s.Target] || target.Company == "" {
				continue
			}
			begun[s.Target] = true
			x := scheduler.Touch{At: s.At, Limit: st.Campaigns[target.Campaign].PerCompany}
			before := slices.Concat(placed[target.Company], st.Touches[target.Company])
			if n := within(before, x.At, x.Limit); !x.Limit.IsZero() && n >= x.Limit.People {
				t.Fatalf("%d people of %s in the window of %s, the limit is %s", n+1, target.Company, s.At, x.Limit)
			}
			placed[target.Company] = append(placed[target.Company], x)
		}
		for company, fixed := range st.Touches {
			for _, x := range fixed {
				limited := slices.DeleteFunc(slices.Clone(placed[company]), func(x scheduler.Touch) bool { return x.Limit.IsZero() })
				already := within(fixed, x.At, x.Limit)
				if n := within(slices.Concat(limited, fixed), x.At, x.Limit); !x.At.Before(now) && n > max(already, x.Limit.People) && !x.Limit.IsZero() {
					t.Fatalf("%d people of %s in the window of the fixed %s, the limit is %s", n, company, x.At, x.Limit)
				}
			}
		}
	})
}

// within counts the touches in the window that ends with t.
func within(list scheduler.Touches, t time.Time, limit campaign.PerCompany) (n int) {
	for _, x := range list {
		if !x.At.After(t) && x.At.After(t.Add(-limit.Window())) {
			n++
		}
	}
	return n
}

// TestOneInMailForEachPerson: who has an InMail of the account that nobody
// answered gets no second one, from whatever campaign or step.
func TestOneInMailForEachPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		got := map[int64]bool{}
		for _, s := range scheduler.Make(st, now, now.AddDate(0, 0, 20)).Slots {
			target := st.Targets[s.Target]
			if s.Kind != limits.InMail {
				continue
			}
			if got[target.Person] || target.InMailed {
				t.Fatalf("a second InMail to person %d at %s", target.Person, s.At)
			}
			got[target.Person] = true
		}
	})
}

// TestRoomIsSaidBefore: the instant at which there is room, as explanations and
// queues are told it, is the first one.
func TestRoomIsSaidBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		limit := drawLimit(t)
		for _, list := range st.Touches {
			last := -1
			for h := range 30 * 24 {
				at := now.Add(time.Duration(h) * time.Hour)
				room := list.Room(limit, at)
				if free := list.Next(limit, at); (room > 0) != free.Equal(at) {
					t.Fatalf("room for %d at %s, but first at %s: %v", room, at, free, list)
				}
				if last >= 0 && room != last {
					if changed := list.Changes(limit, at.Add(-time.Hour)); changed.IsZero() || changed.After(at) {
						t.Fatalf("room went from %d to %d at %s, which was said for %s", last, room, at, changed)
					}
				}
				last = room
			}
		}
	})
}
