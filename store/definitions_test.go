package store

import (
	"strings"
	"testing"
	"time"
)

func TestOpening(t *testing.T) {
	s := open(t)
	yaml := edited(t, founders, "renewal_day: 14,", "renewal_day: 14, opening: { credits: 12, sent_today: 4, connects_7d: 30, pending: 40, noted: 3 },")
	apply(t, s, load(t, yaml, nil), monday)
	units := strings.Join(query(t, s, `SELECT (at - ?) || ' ' || kind || ' ' || noted || ' ' || amount FROM units ORDER BY kind DESC, noted`,
		monday.Add(-8*time.Hour).UnixMicro()), ", ")
	// Midnight in Berlin was 8 hours ago.
	if want := "0 message 0 4, -1 connect 0 27, -1 connect 1 3"; units != want {
		t.Errorf("units %q, want %q", units, want)
	}
	if got := one(t, s, `SELECT pending_opening FROM accounts WHERE name = 'ada'`); got != "40" {
		t.Errorf("pending %s", got)
	}
	if got := one(t, s, `SELECT sum(change) || ' ' || max(balance) || ' ' || (SELECT sum(remaining) FROM lots) FROM entries`); got != "12 12 12" {
		t.Errorf("credits %s", got)
	}
	st, err := s.AccountsStatus(t.Context(), monday)
	if err != nil {
		t.Fatal(err)
	}
	if a := st[0]; a.UsedToday != 4 || a.CapToday != 100 || a.Credits != 12 || len(a.Assumed) != 0 || a.State != "active" {
		t.Errorf("status %+v", a)
	}
}

func TestAccountChanges(t *testing.T) {
	midnight := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC) // the next one in Berlin
	for _, tt := range []struct {
		name  string
		edits []string
		want  string // held_cap, held_until, strict_until, in minutes after monday
	}{
		{"lower cap", []string{"plan: premium-business,", "plan: premium-business, daily_cap: 60,"}, "0 - -"},
		{"other slots", []string{"*/10 9-16", "*/20 9-16"}, "0 - -"},
		{"other zone", []string{"renewal_day: 14,", "renewal_day: 14, timezone: America/New_York,"}, "0 - 2880"},
		{"lower plan", []string{"plan: premium-business, renewal_day: 14,", "plan: basic,"}, "0 - -"},
	} {
		s := open(t)
		apply(t, s, load(t, founders, nil), monday)
		apply(t, s, load(t, edited(t, founders, tt.edits...), nil), monday)
		const held = `SELECT held_cap || ' ' || coalesce((held_until - ?1) / 60000000, '-') || ' ' ||
			coalesce((strict_until - ?1) / 60000000, '-') FROM accounts WHERE name = 'ada'`
		if got := one(t, s, held, monday.UnixMicro()); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		// Back up again: the higher cap waits for a full day.
		apply(t, s, load(t, founders, nil), monday.Add(time.Hour))
		a := one(t, s, `SELECT held_cap || ' ' || coalesce(held_until, '') FROM accounts WHERE name = 'ada'`)
		switch {
		case strings.HasPrefix(tt.name, "lower"):
			cap := map[string]string{"lower cap": "60 ", "lower plan": "30 "}[tt.name]
			if a != cap+text(midnight.UnixMicro()) {
				t.Errorf("%s and back: %s", tt.name, a)
			}
		case a != "0 ":
			t.Errorf("%s and back: %s", tt.name, a)
		}
	}
}

func TestPlanChangeMintsNothing(t *testing.T) {
	s := open(t)
	basic := edited(t, founders, "plan: premium-business, renewal_day: 14,", "plan: basic,")
	apply(t, s, load(t, founders, nil), monday)
	balance := func() string {
		return one(t, s, `SELECT (SELECT coalesce(sum(remaining), 0) FROM lots) || ' ' || (SELECT sum(change) FROM entries)`)
	}
	if got := balance(); got != "25 25" {
		t.Fatalf("opening balance %s", got)
	}
	now := monday
	for range 3 {
		for _, yaml := range []string{basic, founders} {
			now = now.Add(time.Hour)
			apply(t, s, load(t, yaml, nil), now)
			if got := balance(); got != "0 0" {
				t.Errorf("after a change of plan: %s", got)
			}
		}
	}
	// The next refresh is the 14th of December: one grant.
	refresh := time.Date(2026, 12, 14, 0, 0, 0, 0, time.UTC)
	if err := s.Housekeep(t.Context(), refresh, nil); err != nil {
		t.Fatal(err)
	}
	if got := balance(); got != "25 25" {
		t.Errorf("after the refresh: %s", got)
	}
	if err := s.Housekeep(t.Context(), refresh.Add(time.Hour), nil); err != nil {
		t.Fatal(err)
	}
	if got := balance(); got != "25 25" {
		t.Errorf("an hour after the refresh: %s", got)
	}
}

// A month without a grant has it at the change of plan, any other month none.
func TestPlanChangeGrantsOnceAMonth(t *testing.T) {
	const business, free = "plan: premium-business, renewal_day: 14,", "plan: basic,"
	december := time.Date(2026, 12, 3, 8, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, first string
		then        []string
		now         time.Time
		want        string // balance, sum of entries
	}{
		{"from the free plan", free, []string{business}, monday, "25 25"},
		{"there and back", free, []string{business, free, business}, monday, "0 0"},
		{"from another plan, same month", business, []string{"plan: linkedin-premium-career, renewal_day: 20,"}, monday, "0 0"},
		{"from another plan, next month", business, []string{"plan: linkedin-sales-navigator,"}, december, "50 50"},
		{"its refresh still to come", business, []string{"plan: linkedin-premium-career, renewal_day: 20,"}, december, "0 0"},
		{"all spent before outpace", "plan: premium-business, renewal_day: 14, opening: { credits: 0 },", []string{free, business}, monday, "0 0"},
	} {
		s := open(t)
		plan := func(p string) string { return edited(t, founders, business, p) }
		apply(t, s, load(t, plan(tt.first), nil), monday)
		now := tt.now
		for _, p := range tt.then {
			now = now.Add(time.Hour)
			apply(t, s, load(t, plan(p), nil), now)
		}
		got := one(t, s, `SELECT (SELECT coalesce(sum(remaining), 0) FROM lots) || ' ' || (SELECT coalesce(sum(change), 0) FROM entries)`)
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		sound(t, s, now)
	}
}

func TestEndDateExtended(t *testing.T) {
	s := open(t)
	ended := edited(t, founders, "    accounts: [ada]\n", "    accounts: [ada]\n    start: 2026-11-01\n    end: 2026-11-20\n")
	apply(t, s, load(t, ended, nil), monday)
	if got := strings.Join(query(t, s, `SELECT state || ' ' || reason FROM messages GROUP BY 1`), ", "); got != "cancelled end" {
		t.Errorf("a campaign that is over: %s", got)
	}
	apply(t, s, load(t, founders, nil), monday)
	if got := one(t, s, `SELECT count(*) FROM messages WHERE state = 'cancelled'`); got != "0" {
		t.Errorf("%s messages stay cancelled after the end was extended", got)
	}
}

func TestSuppressedPerson(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	must(t, s, `UPDATE people SET suppressed_at = 1, suppress_reason = 'opt_out' WHERE name = 'Grace Example'`)
	second := founders + "  second:\n    accounts: [bob]\n" + people + "    steps: [{ send: connect, template: hello }]\n"
	apply(t, s, load(t, second, nil), monday)
	if got := one(t, s, `SELECT m.state || ' ' || m.reason || ' ' || t.state FROM messages m JOIN targets t ON t.id = m.target_id
		JOIN people p ON p.id = t.person_id JOIN campaigns c ON c.id = t.campaign_id
		WHERE p.name = 'Grace Example' AND c.name = 'second'`); got != "cancelled opt_out stopped" {
		t.Errorf("a new campaign's message to a suppressed person: %s", got)
	}
}
