package sim_test

import (
	"strings"
	"testing"

	"outpace/store"
)

const (
	stepA = "send: message, template: a"
	stepB = "send: message, template: b, after: 1d"
	stepC = "send: message, template: c, after: 1d"
)

// TestEditedSequence: an edit reaches what has not been released, and nothing
// else. All begin with A at 08:00 on Nov 23, then B and C, a day apart.
func TestEditedSequence(t *testing.T) {
	for _, c := range []struct {
		name, at string
		texts    string
		steps    []string
		want     []string
		stands   string
	}{
		{"text", "2026-11-24 09:00", `a: { body: Anew }, b: { body: Bnew }, c: { body: Cnew }`, []string{stepA, stepB, stepC},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-25 08:00 Cnew"}, "a sent, b sent, c sent"},
		{"a longer delay of what is to come", "2026-11-24 09:00", abc, []string{stepA, stepB, "send: message, template: c, after: 3d"},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-27 08:00 C"}, "a sent, b sent, c sent"},
		{"a shorter delay", "2026-11-24 09:00", abc, []string{stepA, stepB, "send: message, template: c, after: 2h"},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-24 10:00 C"}, "a sent, b sent, c sent"},
		{"a delay that is over already", "2026-11-24 12:05", abc, []string{stepA, stepB, "send: message, template: c, after: 2h"},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-24 12:10 C"}, "a sent, b sent, c sent"},
		{"a delay of what has gone", "2026-11-24 09:00", abc, []string{stepA, "send: message, template: b, after: 5d", stepC},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-25 08:00 C"}, "a sent, b sent, c sent"},
		{"inserted before what has gone", "2026-11-24 09:00", abc, []string{stepA, "send: message, template: d, after: 1d", stepB, stepC},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-25 08:00 C"}, "a sent, b sent, c sent, d cancelled skipped"},
		{"inserted after it", "2026-11-23 09:00", abc, []string{stepA, "send: message, template: d, after: 2h", stepB, stepC},
			[]string{"11-23 08:00 A", "11-23 10:00 D", "11-24 10:00 B", "11-25 10:00 C"}, "a sent, b sent, c sent, d sent"},
		{"added at the end", "2026-11-26 09:00", abc, []string{stepA, stepB, stepC, "send: message, template: d, after: 1d"},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-25 08:00 C", "11-26 09:00 D"}, "a sent, b sent, c sent, d sent"},
		{"removed", "2026-11-23 09:00", abc, []string{stepA, stepC},
			[]string{"11-23 08:00 A", "11-24 08:00 C"}, "a sent, b cancelled edit, c sent"},
		{"the last one removed", "2026-11-23 09:00", abc, []string{stepA},
			[]string{"11-23 08:00 A"}, "a sent, b cancelled edit, c cancelled edit"},
		{"what has gone removed", "2026-11-24 09:00", abc, []string{stepA, stepC},
			[]string{"11-23 08:00 A", "11-24 08:00 B", "11-25 08:00 C"}, "a sent, b sent, c sent"},
		{"reordered", "2026-11-23 09:00", abc, []string{stepA, stepC, stepB},
			[]string{"11-23 08:00 A", "11-24 08:00 C", "11-25 08:00 B"}, "a sent, b sent, c sent"},
		{"reordered over what has gone", "2026-11-24 09:00", abc, []string{stepA, stepC, stepB},
			[]string{"11-23 08:00 A", "11-24 08:00 B"}, "a sent, b sent, c cancelled skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, "Europe/Berlin", "2026-11-23 07:55", sequence(1, abc, stepA, stepB, stepC), map[string]string{})
			s.run("2026-11-23 08:00", c.at)
			s.edit(c.at, sequence(1, c.texts, c.steps...))
			s.run(c.at, "2026-12-05 00:00")
			s.wants("said", s.said(), c.want)
			s.wants("stands", s.stands(), c.stands)
			s.sound(s.at("2026-12-05 00:00"))
		})
	}
}

// TestStepComesBack: a step that was taken out and comes back is the same
// message, and its delay counts from where the sequence stands.
func TestStepComesBack(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 07:55", sequence(1, abc, stepA, stepB, stepC), map[string]string{})
	id := func() string {
		s.t.Helper()
		list, err := s.db.Messages(t.Context(), store.MessageQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.StepName == "b" {
				return m.ID
			}
		}
		t.Fatalf("no message b: %s", s.stands())
		return ""
	}
	was := id()
	s.run("2026-11-23 08:00", "2026-11-23 09:00")
	s.edit("2026-11-23 09:00", sequence(1, abc, stepA))
	s.run("2026-11-23 09:00", "2026-11-25 09:05")
	s.wants("taken out", s.stands(), "a sent, b cancelled edit, c cancelled edit")
	s.edit("2026-11-25 09:05", sequence(1, abc, stepA, stepB, stepC))
	s.wants("the message", id(), was)
	s.run("2026-11-25 09:05", "2026-11-30 00:00")
	s.wants("said", s.said(), []string{"11-23 08:00 A", "11-25 09:10 B", "11-26 09:10 C"})
	s.wants("stands", s.stands(), "a sent, b sent, c sent")
	s.sound(s.at("2026-11-30 00:00"))
}

// TestStoredSlotMoves: the slot a message has moves with its delay at once, not
// only when it would be due.
func TestStoredSlotMoves(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 07:55", sequence(1, abc, stepA, stepB, stepC), map[string]string{})
	slots := func() (list []string) {
		all, err := s.db.Messages(t.Context(), store.MessageQuery{States: []string{"scheduled"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			list = append(list, m.StepName+m.SlotAt.In(s.zone).Format(" 01-02 15:04"))
		}
		return list
	}
	s.run("2026-11-23 08:00", "2026-11-23 09:00")
	s.wants("planned", slots(), "[b 11-24 08:00 c 11-25 08:00]")
	s.edit("2026-11-23 09:00", sequence(1, abc, stepA, "send: message, template: b, after: 3bd", stepC))
	s.wants("edited", slots(), "[b 11-26 08:00 c 11-27 08:00]")
}

// TestInsertedBefore: a step put before what somebody has had goes to those who
// begin later, not to them.
func TestInsertedBefore(t *testing.T) {
	s := tell(t, "Europe/Berlin", "2026-11-23 07:55", sequence(1, abc, "send: message, template: b", stepC), map[string]string{})
	s.run("2026-11-23 08:00", "2026-11-23 09:00")
	alan := strings.NewReplacer("Grace", "Alan", "example-grace", "example-alan").Replace
	edited := sequence(1, abc, stepA, stepB, stepC)
	targets := edited[strings.Index(edited, "[{ name:")+1 : strings.Index(edited, "}]\n")+1]
	s.edit("2026-11-23 09:00", strings.Replace(edited, targets, targets+", "+alan(targets), 1))
	s.run("2026-11-23 09:00", "2026-11-30 00:00")
	var said []string
	for i, line := range s.said() {
		said = append(said, s.got[i].Name+" "+line)
	}
	s.wants("said", said, []string{
		"Grace Example 11-23 08:00 B", "Alan Example 11-23 09:00 A",
		"Grace Example 11-24 08:00 C", "Alan Example 11-24 09:00 B", "Alan Example 11-25 09:00 C",
	})
	s.wants("stands", s.stands(), "a sent, a cancelled skipped, b sent, b sent, c sent, c sent")
	s.sound(s.at("2026-11-30 00:00"))
}
