package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

// sharedFile has two accounts on one channel, one on another, and one of a desk.
const sharedFile = `version: 1
timezone: UTC
accounts:
  ada: { plan: basic, slots: "* 8-17 * * *", channel: crm }
  bob: { plan: basic, slots: "* 8-17 * * *", channel: crm }
  eve: { plan: basic, slots: "* 8-17 * * *", channel: out }
channels:
  crm: { type: webhook, url: "https://crm.example.com/hook", workers: 3 }
  out: { type: outbox, path: out.jsonl }
campaigns:
  a: { accounts: [ada], targets: [ { csv: a.csv } ], steps: [ { send: connect } ] }
  b: { accounts: [bob], targets: [ { csv: b.csv } ], steps: [ { send: connect } ] }
  e: { accounts: [eve], targets: [ { csv: e.csv } ], steps: [ { send: connect } ] }
`

// shared applies sharedFile, with 15 people each, an hour before the first slot.
func shared(t *testing.T) *Store {
	t.Helper()
	s := open(t)
	apply(t, s, load(t, sharedFile, fifteen("a.csv", "b.csv", "e.csv")), monday)
	return s
}

// fifteen are files of 15 people each.
func fifteen(files ...string) map[string]string {
	lists := map[string]string{}
	for _, file := range files {
		var list strings.Builder
		list.WriteString("name,profile\n")
		for i := range 15 {
			fmt.Fprintf(&list, "Person %d,https://www.linkedin.com/in/example-%s-%d\n", i, file[:1], i)
		}
		lists[file] = list.String()
	}
	return lists
}

// due claims as a dispatcher with all its workers free would.
func due(t *testing.T, s *Store, now time.Time) (crm, others []scheduler.Release) {
	t.Helper()
	if err := s.Housekeep(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	list, err := s.Claim(t.Context(), now, map[string]int{"desk": Unbounded, "out": Unbounded, "crm": 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Channel == "crm" {
			crm = append(crm, r)
		} else {
			others = append(others, r)
		}
	}
	return crm, others
}

// all reports the same of every release.
func all(t *testing.T, s *Store, now time.Time, list []scheduler.Release, rep scheduler.Report) {
	t.Helper()
	for _, r := range list {
		rep.Release = r.ID
		record(t, s, now, rep)
	}
}

func channelNow(t *testing.T, s *Store, name string, now time.Time) ChannelStatus {
	t.Helper()
	list, err := s.ChannelsStatus(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(c ChannelStatus) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no channel %s in %+v", name, list)
	}
	return list[i]
}

var cannotTell = scheduler.Report{Outcome: scheduler.CannotTell, Detail: "no answer within 20s", Fault: true}

// A channel that answers nothing is left alone after five calls, by every
// account; one message tries it after 5 minutes, 15 minutes, and then every
// hour. What is unknown by then is bounded. A channel beside it goes on.
func TestChannelThatDoesNotAnswer(t *testing.T) {
	s := shared(t)
	at, calls, beside := nine, 0, 0
	tried := []time.Time{}
	for ; at.Before(nine.Add(3 * time.Hour)); at = at.Add(time.Minute) {
		crm, others := due(t, s, at)
		if calls >= breakAfter && len(crm) > 0 {
			tried = append(tried, at)
			if len(crm) > 1 {
				t.Errorf("%d messages try a channel that is off", len(crm))
			}
			if again, _ := due(t, s, at); len(again) > 0 {
				t.Error("another one is handed over while the first is under way")
			}
		}
		calls, beside = calls+len(crm), beside+len(others)
		all(t, s, at.Add(20*time.Second), crm, cannotTell)
		all(t, s, at, others, scheduler.Report{Outcome: scheduler.WasSent})
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'unknown'`); n != text(int64(calls)) || calls > breakAfter+2+4 {
		t.Errorf("%s unknown of %d calls", n, calls)
	}
	var waits []time.Duration
	for i := 1; i < len(tried); i++ {
		waits = append(waits, tried[i].Sub(tried[i-1]))
	}
	if len(waits) != 3 || waits[0] != 16*time.Minute || waits[1] != 61*time.Minute || waits[2] != 61*time.Minute {
		t.Errorf("tried at %v, after %v", tried, waits)
	}
	if beside != 15 {
		t.Errorf("%d of 15 went through the channel beside it", beside)
	}
	sound(t, s, at)
}

// Off is off for whoever uses the channel, over a restart too, and held as
// channel_off; the first message that gets through ends it.
func TestChannelAnswersAgain(t *testing.T) {
	s := shared(t)
	at := nine
	for n := 0; n < breakAfter; at = at.Add(time.Minute) {
		crm, _ := due(t, s, at)
		n += len(crm)
		all(t, s, at, crm, scheduler.Report{Outcome: scheduler.NotSent, Detail: "connection refused", Fault: true})
	}
	st := channelNow(t, s, "crm", at)
	if st.State != ChannelWaiting || st.Reason != "connection refused" || !slices.Equal(st.Accounts, []string{"ada", "bob"}) {
		t.Errorf("%+v", st)
	}
	if next := one(t, s, `SELECT min(slot_at) FROM messages m JOIN accounts a ON a.id = m.account_id
		WHERE m.state = 'scheduled' AND a.name IN ('ada', 'bob')`); next < micros(st.ProbeAt) {
		t.Errorf("planned at %s, before the channel is tried at %s", next, micros(st.ProbeAt))
	}
	accounts, err := s.AccountsStatus(t.Context(), at)
	if err != nil || len(accounts[0].Holds) != 1 || accounts[0].Holds[0].Why != "channel crm: connection refused" || len(accounts[2].Holds) != 0 {
		t.Errorf("%+v, %v", accounts, err)
	}
	// A failure that was under way when the others failed moves nothing.
	late := scheduler.Report{Outcome: scheduler.CannotTell, Fault: true}
	last := query(t, s, `SELECT max(id) FROM releases WHERE channel = 'crm'`)
	must(t, s, `UPDATE releases SET state = 'open', done_at = NULL WHERE id = ?`, last[0])
	must(t, s, `UPDATE messages SET state = 'scheduled', slot_at = ?1, retry_at = NULL, kind = 'connect' WHERE id = (SELECT message_id FROM releases WHERE id = ?2)
		AND state = 'queued'`, on(at), last[0])
	must(t, s, `UPDATE messages SET state = 'released' WHERE id = (SELECT message_id FROM releases WHERE id = ?)`, last[0])
	late.Release = number(t, last[0])
	record(t, s, at, late)
	if again := channelNow(t, s, "crm", at); again.ProbeAt != st.ProbeAt || again.Failures != breakAfter {
		t.Errorf("%+v", again)
	}
	probe, _ := due(t, s, st.ProbeAt)
	if len(probe) != 1 || channelNow(t, s, "crm", st.ProbeAt).State != ChannelProbing {
		t.Fatalf("%d messages try it", len(probe))
	}
	all(t, s, st.ProbeAt, probe, scheduler.Report{Outcome: scheduler.WasSent})
	if st := channelNow(t, s, "crm", at); st.State != ChannelOn {
		t.Errorf("%+v", st)
	}
	if more, _ := due(t, s, st.ProbeAt.Add(time.Minute)); len(more) < 2 {
		t.Errorf("%d are handed over after it answered", len(more))
	}
	if got := query(t, s, `SELECT kind || ' ' || detail FROM events WHERE kind LIKE 'channel_%' ORDER BY id`); !slices.Equal(got, []string{
		"channel_off crm: 5 calls in a row failed, the last: connection refused", "channel_on crm: it answers again",
	}) {
		t.Errorf("the log: %q", got)
	}
}

// What a channel answers of single messages does not switch it off, and one
// good answer between failures begins the count anew.
func TestChannelThatWorks(t *testing.T) {
	for name, reps := range map[string][]scheduler.Report{
		"refuses messages": {{Outcome: scheduler.NeverSent}},
		"asks to wait":     {{Outcome: scheduler.NotSentYet}},
		"verdicts":         {{Outcome: scheduler.NotSent, Verdict: verdictPolicy}},
		"a dead process":   {{Outcome: scheduler.CannotTell}},
		"mixed":            {cannotTell, cannotTell, cannotTell, cannotTell, {Outcome: scheduler.WasSent}},
	} {
		s := shared(t)
		n := 0
		for at := nine; n < 12; at = at.Add(time.Minute) {
			if at.After(nine.Add(time.Hour)) {
				t.Fatalf("%s: only %d handed over", name, n)
			}
			crm, _ := due(t, s, at)
			for _, r := range crm {
				rep := reps[n%len(reps)]
				rep.Release = r.ID
				record(t, s, at, rep)
				n++
			}
		}
		if st := channelNow(t, s, "crm", nine); !st.OffAt.IsZero() {
			t.Errorf("%s: %+v", name, st)
		}
	}
}

// A token expires over the weekend: no message is used up, nothing is handed
// over by any account of the channel, and a person lets them go on.
func TestTokenExpiresOverTheWeekend(t *testing.T) {
	s := shared(t)
	friday := nine.Add(4 * 24 * time.Hour)
	crm, _ := due(t, s, friday)
	if len(crm) == 0 {
		t.Fatal("nothing was due")
	}
	all(t, s, friday, crm, scheduler.Report{Outcome: scheduler.ChannelIsOff, Detail: "HTTP 401 Unauthorized"})
	var others int
	for at := friday; at.Before(friday.Add(72 * time.Hour)); at = at.Add(time.Hour) {
		more, beside := due(t, s, at)
		if len(more) > 0 {
			t.Fatalf("%d handed over at %s", len(more), at)
		}
		others += len(beside)
		all(t, s, at, beside, scheduler.Report{Outcome: scheduler.WasSent})
	}
	if got := query(t, s, `SELECT DISTINCT m.state || ' ' || m.tries FROM messages m JOIN accounts a ON a.id = m.account_id
		WHERE a.name IN ('ada', 'bob')`); !slices.Equal(got, []string{"queued 0"}) || others == 0 {
		t.Errorf("messages are %v; %d went through the channel beside it", got, others)
	}
	accounts, err := s.AccountsStatus(t.Context(), friday)
	if err != nil || accounts[1].State != "channel_off" || accounts[1].Reason != "channel crm: HTTP 401 Unauthorized" {
		t.Errorf("%+v, %v", accounts[1], err)
	}
	monday := friday.Add(72 * time.Hour)
	if st := channelNow(t, s, "crm", monday); st.State != ChannelOff || !st.OffAt.Equal(friday) || !st.ProbeAt.IsZero() {
		t.Errorf("%+v", st)
	}
	p, err := s.ResumeChannel(t.Context(), monday, "crm")
	if err != nil || !p.Changed {
		t.Fatalf("%+v, %v", p, err)
	}
	if more, _ := due(t, s, monday.Add(time.Minute)); len(more) < 2 {
		t.Errorf("%d handed over after it was resumed", len(more))
	}
	if p, err := s.ResumeChannel(t.Context(), monday, "crm"); err != nil || p.Changed {
		t.Errorf("resumed twice: %+v, %v", p, err)
	}
	if _, err := s.ResumeChannel(t.Context(), monday, "nothing"); err == nil {
		t.Error("a channel that is not there was resumed")
	}
	sound(t, s, monday.Add(time.Hour))
}

// An account that comes to a channel that is off waits, too; one that leaves
// it goes on; and resuming one account resumes its channel.
func TestAccountsComeAndLeaveAChannelThatIsOff(t *testing.T) {
	s := shared(t)
	crm, _ := due(t, s, nine)
	all(t, s, nine, crm, scheduler.Report{Outcome: scheduler.ChannelIsOff, Detail: "HTTP 404"})
	moved := strings.Replace(sharedFile, `bob: { plan: basic, slots: "* 8-17 * * *", channel: crm }`,
		`bob: { plan: basic, slots: "* 8-17 * * *", channel: out }`, 1)
	moved = strings.Replace(moved, `eve: { plan: basic, slots: "* 8-17 * * *", channel: out }`,
		`eve: { plan: basic, slots: "* 8-17 * * *", channel: crm }`, 1)
	apply(t, s, load(t, moved, fifteen("a.csv", "b.csv", "e.csv")), nine.Add(time.Minute))
	off := func() []string {
		return query(t, s, `SELECT name FROM accounts WHERE channel_off_reason <> '' ORDER BY name`)
	}
	if got := off(); !slices.Equal(got, []string{"ada", "eve"}) {
		t.Errorf("off are %v", got)
	}
	p, err := s.Resume(t.Context(), nine.Add(2*time.Minute), "eve")
	if err != nil || !slices.Equal(p.Lifted, []string{"channel_off"}) {
		t.Errorf("%+v, %v", p, err)
	}
	if got := off(); len(got) > 0 {
		t.Errorf("off are %v after the resume", got)
	}
}

func number(t *testing.T, s string) (n int64) {
	t.Helper()
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
