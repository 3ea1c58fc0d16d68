package store

import (
	"strings"
	"testing"
	"time"

	"outpace/scheduler"
)

const withdrawFile = `
version: 1
timezone: Europe/Berlin
channels: { out: { type: outbox, path: out.jsonl } }
accounts:
  ada: { plan: basic, slots: "0 9-16 * * *", channel: out }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c:
    accounts: [ada]
    targets: [{ name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }]
    steps:
      - { send: connect, withdraw_after: 21d }
      - { send: message, template: hello, after: 1d }
`

// withdrawals lists every withdrawal as "state due ask reason".
func withdrawals(t *testing.T, s *Store) []string {
	t.Helper()
	return query(t, s, `SELECT w.state || ' ' || w.due_at || ' ' || coalesce(w.ask_at, '-') || ' ' || w.reason FROM withdrawals w ORDER BY id`)
}

// invited applies the file on monday and sends Grace's request at nine.
func invited(t *testing.T, file string) (*Store, scheduler.Release) {
	t.Helper()
	s := open(t)
	apply(t, s, load(t, file, nil), monday)
	rs := claimAt(t, s, nine)
	if len(rs) != 1 {
		t.Fatalf("%d releases at nine", len(rs))
	}
	record(t, s, nine, scheduler.Report{Release: rs[0].ID, Outcome: scheduler.WasSent})
	return s, rs[0]
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// TestWithdrawal: a request without an answer is handed over at the first slot
// of the account from its time on, takes nothing of any limit, and when it is
// taken back the sequence ends and nobody is invited for 21 days.
func TestWithdrawal(t *testing.T) {
	s, r := invited(t, withdrawFile)
	due := nine.Add(days(21))
	if got, want := withdrawals(t, s), "waiting "+micros(due)+" "+micros(due)+" "; len(got) != 1 || got[0] != want {
		t.Fatalf("after the request: %q, want %q", got, want)
	}
	if next, err := s.NextAt(t.Context(), due.Add(-time.Minute)); err != nil || next.After(due) {
		t.Errorf("NextAt = %s, %v", next, err)
	}
	replan(t, s, due.Add(-time.Hour))
	if rs := claimAt(t, s, due.Add(-time.Minute)); len(rs) != 0 {
		t.Fatalf("a minute before: %+v", rs)
	}
	rs := claimAt(t, s, due)
	if len(rs) != 1 || rs[0].Withdrawal == 0 || rs[0].Key != r.Key+"-withdraw" || rs[0].Message != r.Message || rs[0].Body != "" || !rs[0].SlotAt.Equal(due) {
		t.Fatalf("when it is due: %+v", rs)
	}
	if again := claimAt(t, s, due); len(again) != 0 {
		t.Errorf("handed over twice: %+v", again)
	}
	open, err := s.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].Withdrawal != rs[0].Withdrawal || open[0].Key != rs[0].Key {
		t.Errorf("open: %+v, %v", open, err)
	}
	record(t, s, due, scheduler.Report{Release: rs[0].ID, Withdrawal: rs[0].Withdrawal, Outcome: scheduler.WasSent})
	if got := query(t, s, `SELECT withdrawn_at FROM releases`); got[0] != micros(due) {
		t.Errorf("withdrawn_at %v", got)
	}
	if got := one(t, s, `SELECT until_at FROM no_invites WHERE reason = 'withdrawn'`); got != micros(due.Add(days(21))) {
		t.Errorf("invited again at %s", got)
	}
	if got := states(t, s); got[1] != "c Grace Example hello cancelled end" {
		t.Errorf("the message that waited for acceptance: %v", got)
	}
	if got := one(t, s, `SELECT count(*) FROM units`); got != "1" {
		t.Errorf("%s units", got)
	}
	if got := one(t, s, `SELECT count(*) FROM events WHERE kind = 'withdrawn'`); got != "1" {
		t.Errorf("%s events", got)
	}
	sound(t, s, due)
}

// TestNoWithdrawalAfterAnAnswer: an acceptance, an answer, the event itself or
// a person who leaves the file end it, whether it waits or is with a person.
func TestNoWithdrawalAfterAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		react      Reaction
		file, want string
	}{
		"accepted":  {react: Reaction{Kind: AcceptedBy, Person: grace}, want: "accepted"},
		"reply":     {react: Reaction{Kind: Reply, Person: grace}, want: "answered"},
		"declined":  {react: Reaction{Kind: Declined, Person: grace}, want: "answered"},
		"opt-out":   {react: Reaction{Kind: OptOut, Person: grace}, want: "answered"},
		"withdrawn": {react: Reaction{Kind: Withdrawn, Person: grace}, want: "withdrawn"},
		"no key":    {file: strings.Replace(withdrawFile, ", withdraw_after: 21d", "", 1), want: "edit"},
		"no step":   {file: strings.Replace(withdrawFile, "connect, withdraw", "connect, name: other, withdraw", 1), want: "edit"},
	} {
		for when, at := range map[string]time.Time{"before": nine.Add(days(3)), "with a person": nine.Add(days(21) + time.Minute)} {
			t.Run(name+" "+when, func(t *testing.T) {
				s, _ := invited(t, withdrawFile)
				if at.After(nine.Add(days(21))) {
					replan(t, s, nine.Add(days(20)))
					if rs := claimAt(t, s, nine.Add(days(21))); len(rs) != 1 {
						t.Fatalf("not handed over: %+v", rs)
					}
				}
				if c.file != "" {
					apply(t, s, load(t, c.file, nil), at)
				} else {
					react(t, s, at, c.react)
				}
				got := query(t, s, `SELECT state || ' ' || reason FROM withdrawals`)
				want := "cancelled " + c.want
				if c.want == "withdrawn" && when == "with a person" {
					want = "done "
				}
				if len(got) != 1 || got[0] != want {
					t.Errorf("%q, want %q", got, want)
				}
				if next := query(t, s, `SELECT coalesce(min(ask_at), 0) FROM withdrawals WHERE state = 'waiting'`); next[0] != "0" {
					t.Errorf("still asked at %s", next)
				}
				sound(t, s, at)
			})
		}
	}
}

// TestWithdrawalIsAskedAgain: what failed, or nobody can tell, is handed over
// again with the same key, three times; then it is given up, and said.
func TestWithdrawalIsAskedAgain(t *testing.T) {
	s, r := invited(t, withdrawFile)
	now, key := nine.Add(days(21)), r.Key+"-withdraw"
	replan(t, s, now.Add(-time.Hour))
	for try, outcome := range []scheduler.Outcome{scheduler.CannotTell, scheduler.NotSent, scheduler.CannotTell, scheduler.NotSent} {
		rs := claimAt(t, s, now)
		if len(rs) != 1 || rs[0].Key != key {
			t.Fatalf("try %d at %s: %+v", try, now, rs)
		}
		record(t, s, now, scheduler.Report{Release: rs[0].ID, Withdrawal: rs[0].Withdrawal, Outcome: outcome, Detail: "down"})
		sound(t, s, now)
		if try == 3 {
			break
		}
		var at Instant
		if err := s.read(t.Context(), func(x *tx) error { return x.get(t.Context(), &at, `SELECT ask_at FROM withdrawals`) }); err != nil {
			t.Fatal(err)
		}
		if at.Before(now.Add(backoffs[try])) {
			t.Fatalf("try %d again at %s, want at least %s later", try, at, backoffs[try])
		}
		now = at.Time
	}
	if got := one(t, s, `SELECT state || ' ' || detail FROM withdrawals`); got != "failed down" {
		t.Errorf("in the end: %s", got)
	}
	if got := one(t, s, `SELECT count(*) FROM events WHERE kind = 'withdraw_failed'`); got != "1" {
		t.Errorf("%s events", got)
	}
	st, err := s.AccountsStatus(t.Context(), now)
	if err != nil || st[0].Withdrawals != (Withdrawals{Failed: 1}) {
		t.Errorf("status %+v, %v", st[0].Withdrawals, err)
	}
	replan(t, s, now.Add(days(3)))
	if got := one(t, s, `SELECT state FROM withdrawals`); got != "failed" {
		t.Errorf("planned again: %s", got)
	}
}

// TestWithdrawalStandsStill: while the account or its campaign is paused, or its
// channel is off, nothing is handed over, and nothing is asked for; the end of
// the campaign stops nothing.
func TestWithdrawalStandsStill(t *testing.T) {
	due := nine.Add(days(21))
	for _, name := range []string{"account:ada", "campaign:c"} {
		s, _ := invited(t, withdrawFile)
		if _, err := s.Pause(t.Context(), due.Add(-time.Hour), name, ""); err != nil {
			t.Fatal(err)
		}
		if rs := claimAt(t, s, due); len(rs) != 0 {
			t.Errorf("%s paused: %+v", name, rs)
		}
		if got := query(t, s, `SELECT id FROM withdrawals WHERE ask_at IS NOT NULL`); len(got) != 0 {
			t.Errorf("%s paused, and it has a slot", name)
		}
		if _, err := s.Resume(t.Context(), due.Add(days(2)+time.Minute), name); err != nil {
			t.Fatal(err)
		}
		if rs := claimAt(t, s, due.Add(days(2)+time.Hour)); len(rs) != 1 {
			t.Errorf("%s resumed: %+v, %v", name, rs, withdrawals(t, s))
		}
	}
	s, _ := invited(t, strings.Replace(withdrawFile, "accounts: [ada]", "accounts: [ada]\n    end: 2026-11-25", 1))
	replan(t, s, due.Add(-time.Hour))
	if rs := claimAt(t, s, due); len(rs) != 1 {
		t.Errorf("the campaign is over: %+v", rs)
	}
}

// TestWithdrawAfterAddedLater: requests that are overdue when the file begins to
// ask for it are spread over the coming slots, and no holiday is one.
func TestWithdrawAfterAddedLater(t *testing.T) {
	targets := `targets:
      - { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }
      - { name: Alan Example, profile: "https://www.linkedin.com/in/example-alan" }
      - { name: Joan Example, profile: "https://www.linkedin.com/in/example-joan" }
`
	with := strings.Replace(withdrawFile, `targets: [{ name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" }]`+"\n", targets, 1)
	without := strings.Replace(with, ", withdraw_after: 21d", "", 1)
	s := open(t)
	apply(t, s, load(t, without, nil), monday)
	for i := range 3 {
		at := nine.Add(time.Duration(i) * time.Hour)
		for _, r := range claimAt(t, s, at) {
			record(t, s, at, scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent})
		}
	}
	now := nine.Add(days(30) + time.Minute)
	apply(t, s, load(t, strings.Replace(with, "plan: basic,", `plan: basic, holidays: ["2026-12-23"],`, 1), nil), now)
	asks := query(t, s, `SELECT ask_at FROM withdrawals ORDER BY ask_at`)
	want := []string{micros(nine.Add(days(31))), micros(nine.Add(days(31) + time.Hour)), micros(nine.Add(days(31) + 2*time.Hour))}
	if strings.Join(asks, " ") != strings.Join(want, " ") {
		t.Errorf("asked at %v, want %v", asks, want)
	}
	apply(t, s, load(t, without, nil), now.Add(time.Minute))
	if got := one(t, s, `SELECT count(*) FROM withdrawals WHERE state <> 'cancelled' OR reason <> 'edit'`); got != "0" {
		t.Errorf("%s go on without the key", got)
	}
	apply(t, s, load(t, with, nil), now.Add(2*time.Minute))
	if got := one(t, s, `SELECT count(*) FROM withdrawals WHERE state = 'waiting'`); got != "3" {
		t.Errorf("%s come back with the key", got)
	}
	sound(t, s, now.Add(2*time.Minute))
}

// TestWithdrawalAtTheDesk: a person gets a card, answers it, and takes the
// answer back.
func TestWithdrawalAtTheDesk(t *testing.T) {
	file := strings.Replace(withdrawFile, ", channel: out", "", 1)
	due := nine.Add(days(21) + time.Hour)
	for kind, want := range map[AnswerKind]string{
		AnswerSent: "done ", AnswerSkip: "cancelled skipped", AnswerConnected: "cancelled accepted", AnswerNotSent: "waiting ",
		AnswerProfileGone: "cancelled answered",
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := open(t)
			apply(t, s, load(t, file, nil), monday)
			r := released(t, s, "Grace Example")
			answer(t, s, nine.Add(30*time.Minute), r.Message, Answer{Kind: AnswerSent, At: nine.Add(20 * time.Minute)})
			replan(t, s, due.Add(-time.Hour))
			if rs := claimAt(t, s, due.Add(-time.Minute)); len(rs) != 0 {
				t.Fatalf("counted from the slot, not from what was reported: %+v", rs)
			}
			if rs := claimAt(t, s, due); len(rs) != 1 {
				t.Fatalf("%+v, %v", rs, withdrawals(t, s))
			}
			cards, err := s.DeskCards(t.Context(), due, "ada")
			if err != nil || len(cards) != 1 || cards[0].Task != TaskWithdraw || cards[0].ID != r.Message || !cards[0].Due.Equal(due) {
				t.Fatalf("cards %+v, %v", cards, err)
			}
			before := strings.Join(states(t, s), "\n")
			at := due.Add(time.Minute)
			answer(t, s, at, r.Message[:6], Answer{Kind: kind})
			if got := one(t, s, `SELECT state || ' ' || reason FROM withdrawals`); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			sound(t, s, at)
			if err := s.DeskUndo(t.Context(), at.Add(time.Minute), r.Message); err != nil {
				t.Fatal(err)
			}
			if got := one(t, s, `SELECT state FROM withdrawals`); got != "open" {
				t.Errorf("after the undo: %s", got)
			}
			if got := strings.Join(states(t, s), "\n"); got != before {
				t.Errorf("after the undo:\n%s\nbefore:\n%s", got, before)
			}
			if got := one(t, s, `SELECT count(*) FROM no_invites WHERE lifted_at IS NULL`); got != "0" {
				t.Errorf("%s holds after the undo", got)
			}
			sound(t, s, at.Add(time.Minute))
		})
	}
}
