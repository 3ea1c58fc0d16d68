package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/sim"
	"outpace/store"
)

// grace is the one person of these sequences, and ada can write to her every
// ten minutes, day and night.
const grace = "https://www.linkedin.com/in/example-grace"

// sequence writes a file of one campaign: each step as it stands in YAML, and
// the texts as name: text.
func sequence(degree int, texts string, steps ...string) string {
	return sprintf(`
accounts: { ada: { plan: basic, slots: "*/10 * * * *" } }
templates: { %s }
campaigns:
  c:
    accounts: [ada]
    targets: [{ name: Grace Example, profile: "%s", degree: %d }]
    steps:
      - { %s }
`, texts, grace, degree, strings.Join(steps, " }\n      - { "))
}

const abc = `a: { body: A }, b: { body: B }, c: { body: C }, d: { body: D }`

// edit applies another file.
func (s *story) edit(clock, yaml string) {
	s.t.Helper()
	set := load(s.t, "version: 1\ntimezone: "+s.zone.String()+yaml, map[string]string{})
	if err := sim.Apply(s.t.Context(), s.db, set, s.at(clock)); err != nil {
		s.t.Fatal(err)
	}
}

// does records what grace does.
func (s *story) does(clock, kind string) {
	s.t.Helper()
	if _, err := s.db.React(s.t.Context(), s.at(clock), store.Reaction{Kind: kind, Person: grace, At: s.at(clock)}); err != nil {
		s.t.Fatal(err)
	}
}

// said lists what was released as "month-day clock text"; a request without a
// note is its kind.
func (s *story) said() (lines []string) {
	for _, r := range s.got {
		text := r.Body
		if text == "" {
			text = r.Kind.String()
		}
		lines = append(lines, r.SlotAt.In(s.zone).Format("01-02 15:04 ")+text)
	}
	return lines
}

// stands lists the messages as "step state reason" in the order of steps.
func (s *story) stands() string {
	s.t.Helper()
	list, err := s.db.Messages(s.t.Context(), store.MessageQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b store.MessageInfo) int { return strings.Compare(a.StepName, b.StepName) })
	var lines []string
	for _, m := range list {
		lines = append(lines, strings.TrimSpace(m.StepName+" "+m.State+" "+m.Reason))
	}
	return strings.Join(lines, ", ")
}

func (s *story) wants(what string, got any, want any) {
	s.t.Helper()
	if g, w := sprintf("%v", got), sprintf("%v", want); g != w {
		s.t.Errorf("%s: %s\nwant %s", what, g, w)
	}
}

// TestWithinGivesUp: a message waits for acceptance for so long after the step
// before, and no longer: who accepts a minute before is written to, who accepts
// a minute after is not.
func TestWithinGivesUp(t *testing.T) {
	for _, c := range []struct{ within, ends string }{
		{"", "2026-12-23 08:00"}, // 30 days
		{"within: 3d", "2026-11-26 08:00"},
		{"within: 50h", "2026-11-25 10:00"},
		{"within: 5bd", "2026-11-30 08:00"},
		{"within: 2w", "2026-12-07 08:00"},
	} {
		steps := []string{"send: connect", strings.TrimSuffix("send: message, template: b, after: 1d, "+c.within, ", ")}
		for _, early := range []bool{true, false} {
			s := tell(t, "Europe/Berlin", "2026-11-23 07:55", sequence(2, abc, steps...), map[string]string{})
			end := s.at(c.ends)
			before, after := end.Add(-time.Minute), end.Add(time.Minute)
			s.run("2026-11-23 08:00", before.Format("2006-01-02 15:04"))
			s.step(before)
			s.wants("before the end", s.stands(), "b queued, connect sent")
			if early {
				s.does(before.Format("2006-01-02 15:04"), store.AcceptedBy)
				s.step(before)
				s.step(end)
				s.wants(c.within, s.said(), []string{"11-23 08:00 connect", end.Format("01-02 15:04 B")})
			} else {
				s.step(end)
				s.does(after.Format("2006-01-02 15:04"), store.AcceptedBy)
				s.step(after)
				s.step(end.Add(20 * time.Minute))
				s.wants(c.within, s.said(), []string{"11-23 08:00 connect"})
				s.wants("after the end", s.stands(), "b cancelled end, connect sent")
			}
			s.sound(end.Add(time.Hour))
		}
	}
}

// TestConditions: what acceptance does to the steps that ask for it, and to
// those that ask for the opposite.
func TestConditions(t *testing.T) {
	after := "send: message, template: b, after: 1d"
	unless := "send: reminder, template: b, after: 2d, only_if: not_accepted"
	for _, c := range []struct {
		name    string
		steps   []string
		accepts string
		want    []string
		stands  string
	}{
		{"a message waits", []string{"send: connect", after}, "2026-11-26 09:14",
			[]string{"11-23 08:00 connect", "11-26 09:20 B"}, "b sent, connect sent"},
		{"for its delay, too", []string{"send: connect", after}, "2026-11-23 09:14",
			[]string{"11-23 08:00 connect", "11-24 08:00 B"}, "b sent, connect sent"},
		{"only_if: accepted of another kind", []string{"send: connect", "send: reminder, template: b, after: 1d, only_if: accepted"}, "2026-11-26 09:14",
			[]string{"11-23 08:00 connect", "11-26 09:20 B"}, "b sent, connect sent"},
		{"not_accepted, and nobody has", []string{"send: connect", unless, "send: reminder, template: c, after: 1d"}, "",
			[]string{"11-23 08:00 connect", "11-25 08:00 B", "11-26 08:00 C"}, "b sent, c sent, connect sent"},
		{"not_accepted is dropped", []string{"send: connect", unless, "send: message, template: c, after: 3d"}, "2026-11-24 09:14",
			[]string{"11-23 08:00 connect", "11-26 08:00 C"}, "b cancelled skipped, c sent, connect sent"},
		{"accepted after it went", []string{"send: connect", unless, "send: message, template: c, after: 3d"}, "2026-11-25 09:14",
			[]string{"11-23 08:00 connect", "11-25 08:00 B", "11-28 08:00 C"}, "b sent, c sent, connect sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, "Europe/Berlin", "2026-11-23 07:55", sequence(2, abc, c.steps...), map[string]string{})
			from := "2026-11-23 08:00"
			if c.accepts != "" {
				s.run(from, c.accepts)
				s.does(c.accepts, store.AcceptedBy)
				from = c.accepts
			}
			s.run(from, "2026-12-01 00:00")
			s.wants("said", s.said(), c.want)
			s.wants("stands", s.stands(), c.stands)
			s.sound(s.at("2026-12-01 00:00"))
		})
	}
}

// TestSequenceOverNights: a day is a day on the clock, also over the nights in
// which clocks change.
func TestSequenceOverNights(t *testing.T) {
	for _, c := range []struct {
		zone, start, after string
		want               []string
	}{
		{"Europe/Berlin", "2026-03-28 02:30", "1d", []string{"03-28 02:30 A", "03-29 03:00 B", "03-30 03:00 C"}},
		{"Europe/Berlin", "2026-03-27 09:00", "1d", []string{"03-27 09:00 A", "03-28 09:00 B", "03-29 09:00 C"}},
		{"Europe/Berlin", "2026-03-27 09:00", "2bd", []string{"03-27 09:00 A", "03-31 09:00 B", "04-02 09:00 C"}},
		{"Europe/Berlin", "2026-03-28 09:00", "24h", []string{"03-28 09:00 A", "03-29 10:00 B", "03-30 10:00 C"}},
		{"Europe/Berlin", "2026-10-24 02:30", "1d", []string{"10-24 02:30 A", "10-25 02:30 B", "10-26 02:30 C"}},
		{"Europe/Berlin", "2026-10-23 09:00", "2bd", []string{"10-23 09:00 A", "10-27 09:00 B", "10-29 09:00 C"}},
		{"Europe/Berlin", "2026-10-24 09:00", "24h", []string{"10-24 09:00 A", "10-25 08:00 B", "10-26 08:00 C"}},
		{"America/New_York", "2026-03-07 02:30", "1d", []string{"03-07 02:30 A", "03-08 03:00 B", "03-09 03:00 C"}},
		{"America/New_York", "2026-10-31 01:30", "1d", []string{"10-31 01:30 A", "11-01 01:30 B", "11-02 01:30 C"}},
		{"America/Santiago", "2025-09-06 00:30", "1d", []string{"09-06 00:30 A", "09-07 01:00 B", "09-08 01:00 C"}},
		{"Australia/Lord_Howe", "2026-10-03 02:10", "1d", []string{"10-03 02:10 A", "10-04 02:30 B", "10-05 02:30 C"}},
	} {
		files := sequence(1, abc, "send: message, template: a", "send: message, template: b, after: "+c.after, "send: message, template: c, after: "+c.after)
		s := tell(t, c.zone, c.start, files, map[string]string{})
		s.run(c.start, s.at(c.start).AddDate(0, 0, 9).Format("2006-01-02 15:04"))
		s.wants(c.zone+" "+c.start+" "+c.after, s.said(), c.want)
		s.sound(s.at(c.start).AddDate(0, 0, 9))
	}
}
