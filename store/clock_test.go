package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outpace/limits"
	"outpace/scheduler"
)

// firstSlot is the first one of ada, who sends founders.
var firstSlot = monday.Add(time.Hour)

func jump(t *testing.T, s *Store, now time.Time, by time.Duration) scheduler.ClockHold {
	t.Helper()
	hold, err := s.ClockJumped(t.Context(), now, by)
	if err != nil {
		t.Fatal(err)
	}
	return hold
}

func clock(t *testing.T, s *Store, now time.Time) scheduler.ClockHold {
	t.Helper()
	hold, err := s.Clock(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return hold
}

// releasedNow does what a daemon does at an instant, and counts what it claims.
func releasedNow(t *testing.T, s *Store, now time.Time) int {
	t.Helper()
	if err := s.Housekeep(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.Claim(t.Context(), now, map[string]int{"desk": Unbounded})
	if err != nil {
		t.Fatal(err)
	}
	return len(got)
}

func lots(t *testing.T, s *Store) string { return one(t, s, `SELECT count(*) FROM lots`) }

// A leap of a hundred days releases nothing, grants nothing, ends nothing and
// expires nothing; what people report is done all the same. When the clock is
// set back, everything goes on as if nothing had been.
func TestClockSetAheadAndBack(t *testing.T) {
	const leap = 100 * 24 * time.Hour
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	before := states(t, s)
	wrong := firstSlot.Add(leap)
	hold := jump(t, s, wrong, leap)
	if hold.Ahead != leap || !hold.Since.Equal(wrong) || !hold.Present(wrong).Equal(firstSlot) || !strings.Contains(hold.String(), "2400h0m0s") {
		t.Fatalf("hold %+v %s", hold, hold)
	}
	for _, at := range []time.Time{wrong, wrong.Add(time.Hour), hold.Present(wrong)} {
		if n := releasedNow(t, s, at); n != 0 || !clock(t, s, at).Held() {
			t.Errorf("%d released at %s", n, at)
		}
		if err := s.CatchUp(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
	apply(t, s, load(t, edited(t, founders, "priority: 95", "priority: 94"), nil), wrong)
	if diff := cmp.Diff(before, states(t, s)); diff != "" || lots(t, s) != "1" {
		t.Errorf("%s lots; %s", lots(t, s), diff)
	}
	accounts, err := s.AccountsStatus(t.Context(), wrong)
	if err != nil || accounts[0].State != "clock" || accounts[0].Reason != hold.String() || accounts[0].Credits != 25 {
		t.Errorf("%+v, %v", accounts[0], err)
	}
	st, _, err := s.State(t.Context(), "ada", wrong)
	if err != nil || st.Stopped != limits.HeldClock {
		t.Errorf("stopped %v, %v", st.Stopped, err)
	}
	react(t, s, wrong, Reaction{Kind: OptOut, Person: "https://www.linkedin.com/in/example-alan"})
	if got := states(t, s); !slices.Contains(got, "founders Alan Example hello cancelled opt_out") {
		t.Errorf("an opt-out while the clock is not trusted: %q", got)
	}
	if hold = jump(t, s, firstSlot.Add(time.Minute), -leap); hold.Held() {
		t.Fatalf("set back: %s", hold)
	}
	if n := releasedNow(t, s, firstSlot.Add(time.Minute)); n != 1 || lots(t, s) != "1" {
		t.Errorf("%d released, %s lots", n, lots(t, s))
	}
	log, err := s.Log(t.Context(), LogQuery{})
	said := 0
	for _, e := range log {
		if e.Kind == "clock" {
			said++
		}
	}
	if err != nil || said != 2 {
		t.Errorf("the log tells %d times of the clock: %v", said, err)
	}
}

// A person who says that the clock is right makes up for what was left out, at
// the normal spacing.
func TestResumeClock(t *testing.T) {
	const leap = 40 * 24 * time.Hour
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	now := firstSlot.Add(leap)
	jump(t, s, now, leap)
	was, err := s.ResumeClock(t.Context(), now)
	if err != nil || was.Ahead != leap || clock(t, s, now).Held() {
		t.Fatalf("was %+v, %v", was, err)
	}
	if n := releasedNow(t, s, now); n > 1 || lots(t, s) != "2" {
		t.Errorf("%d released at once, %s lots", n, lots(t, s))
	}
	if was, err = s.ResumeClock(t.Context(), now); err != nil || was.Held() {
		t.Errorf("again: %+v, %v", was, err)
	}
	if hold := jump(t, s, now.Add(-leap), -leap); hold.Ahead != 0 {
		t.Errorf("a leap back after that: %s", hold)
	}
}

// What a daemon sees of the clock, in turn.
func TestClockJumps(t *testing.T) {
	type seen struct {
		by   time.Duration
		want time.Duration // it is held to be ahead by
	}
	for name, c := range map[string][]seen{
		"a small leap":              {{mostAhead, 0}},
		"a leap":                    {{mostAhead + time.Second, mostAhead + time.Second}},
		"farther":                   {{time.Hour, time.Hour}, {time.Hour, 2 * time.Hour}},
		"half of it back":           {{2 * time.Hour, 2 * time.Hour}, {-time.Hour, time.Hour}},
		"all but a bit of it back":  {{time.Hour, time.Hour}, {10*time.Second - time.Hour, 0}},
		"farther back":              {{time.Hour, time.Hour}, {-2 * time.Hour, 0}},
		"back first":                {{-time.Hour, 0}, {time.Hour, time.Hour}},
		"a start later":             {{time.Hour, time.Hour}, {0, time.Hour}},
		"two small ones, no leap":   {{50 * time.Second, 0}, {50 * time.Second, 0}},
		"a start with nothing else": {{0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			now := monday
			for _, seen := range c {
				now = now.Add(time.Minute + seen.by)
				if hold := jump(t, s, now, seen.by); hold.Ahead != seen.want || hold != clock(t, s, now) {
					t.Errorf("by %s: %+v", seen.by, hold)
				}
			}
		})
	}
}

// A daemon that starts before the leap happened, by the clock, finds it taken
// back; a machine that was off for long does not ask.
func TestClockAtStart(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	if hold := jump(t, s, monday.Add(300*24*time.Hour), 0); hold.Held() {
		t.Errorf("a machine that was off: %s", hold)
	}
	jump(t, s, monday.Add(time.Hour), time.Hour)
	if hold := jump(t, s, monday.Add(10*time.Minute), 0); hold.Held() {
		t.Errorf("set back while it was off: %s", hold)
	}
	if n := one(t, s, `SELECT count(*) FROM events WHERE kind = 'clock'`); n != "2" {
		t.Errorf("%s entries in the log", n)
	}
}

// A clock behind the ledgers holds everything until it has caught up with them,
// or a person says that it is right; then it is compared with what is recorded
// from then on.
func TestClockBehindTheLedgers(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	if n := releasedNow(t, s, firstSlot); n != 1 {
		t.Fatalf("%d released", n)
	}
	for at, want := range map[time.Time]bool{
		firstSlot.Add(-time.Second): false, firstSlot.Add(-2 * time.Second): false, firstSlot.Add(-3 * time.Second): true,
		monday: true, monday.Add(-24 * time.Hour): true, firstSlot.Add(time.Hour): false,
	} {
		if hold := clock(t, s, at); hold.Held() != want || want && !hold.Last.Equal(firstSlot) {
			t.Errorf("at %s: %+v", at, hold)
		}
	}
	must(t, s, `UPDATE accounts SET dirty = 1`)
	early := firstSlot.Add(-24 * time.Hour)
	if n := releasedNow(t, s, early); n != 0 || one(t, s, `SELECT dirty FROM accounts WHERE name = 'ada'`) != "1" {
		t.Errorf("%d released, or planned", n)
	}
	if n := releasedNow(t, s, firstSlot.Add(time.Hour)); n != 1 {
		t.Errorf("%d released once it has caught up", n)
	}
	now := firstSlot.Add(-2 * time.Hour)
	if was, err := s.ResumeClock(t.Context(), now); err != nil || was.Last.IsZero() || clock(t, s, now).Held() {
		t.Fatalf("%+v, %v", was, err)
	}
	if err := s.UsageRecord(t.Context(), now, "ada", Usage{Kind: limits.Message, N: 1}); err != nil {
		t.Fatal(err)
	}
	if hold := clock(t, s, now.Add(-time.Hour)); !hold.Last.Equal(now) {
		t.Errorf("back again: %+v", hold)
	}
}
