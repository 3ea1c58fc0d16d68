package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

func TestOutcomesOfAChannel(t *testing.T) {
	at := nine.Add(2 * time.Second)
	for name, c := range map[string]struct {
		rep     scheduler.Report
		message string // state, tries, retry
		release string
		units   string
		target  string // state, blocked, last step
	}{
		"sent":        {scheduler.Report{Outcome: scheduler.WasSent, At: at}, "sent 0 -", "sent", "0*1", "active  connect"},
		"waits":       {scheduler.Report{Outcome: scheduler.Waits}, "released 0 -", "open", "0*1", "active  connect"},
		"not sent":    {scheduler.Report{Outcome: scheduler.NotSent}, "scheduled 1 " + micros(at.Add(time.Hour)), "not_sent", "", "active  "},
		"not yet":     {scheduler.Report{Outcome: scheduler.NotSentYet}, "scheduled 0 " + micros(at.Add(5*time.Minute)), "not_sent", "", "active  "},
		"until":       {scheduler.Report{Outcome: scheduler.NotSentYet, Until: at.Add(time.Hour)}, "scheduled 0 " + micros(at.Add(time.Hour)), "not_sent", "", "active  "},
		"never":       {scheduler.Report{Outcome: scheduler.NeverSent}, "failed 0 -", "not_sent", "", "active condition "},
		"channel off": {scheduler.Report{Outcome: scheduler.ChannelIsOff, Detail: "401"}, "queued 0 -", "not_sent", "", "active  "},
		"cannot tell": {scheduler.Report{Outcome: scheduler.CannotTell}, "unknown 0 -", "unknown", "0*1", "active  connect"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ledgers(t)
			claimAt(t, s, nine)
			r := ofChannel(t, s, "out")
			c.rep.Release = r.ID
			record(t, s, at, c.rep)
			if got := message(t, s, r.Message); got != c.message {
				t.Errorf("the message is %q, want %q", got, c.message)
			}
			if got := one(t, s, `SELECT state FROM releases WHERE id = ?`, r.ID); got != c.release {
				t.Errorf("the release is %s, want %s", got, c.release)
			}
			if got := unitsAt(t, s, r); got != c.units {
				t.Errorf("units %q, want %q", got, c.units)
			}
			got := one(t, s, `SELECT state || ' ' || blocked || ' ' || last_step FROM targets WHERE id =
				(SELECT target_id FROM releases WHERE id = ?)`, r.ID)
			if got != strings.ReplaceAll(c.target, "connect", "third") {
				t.Errorf("the target is %q, want %q", got, c.target)
			}
			sound(t, s, at)
		})
	}
}

// ofChannel is the open release of a channel.
func ofChannel(t *testing.T, s *Store, channel string) scheduler.Release {
	t.Helper()
	list, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Channel == channel {
			return r
		}
	}
	t.Fatalf("nothing is open on %s", channel)
	return scheduler.Release{}
}

func TestUnknownIsDecidedByAPerson(t *testing.T) {
	for kind, want := range map[AnswerKind]string{AnswerSent: "sent", AnswerNotSent: "scheduled", AnswerSkip: "cancelled"} {
		s := ledgers(t)
		claimAt(t, s, nine)
		r := ofChannel(t, s, "out")
		record(t, s, nine, scheduler.Report{Release: r.ID, Outcome: scheduler.CannotTell})
		if got := query(t, s, `SELECT DISTINCT state FROM messages WHERE target_id = (SELECT target_id FROM releases WHERE id = ?)
			AND state = 'scheduled'`, r.ID); len(got) > 0 {
			t.Error("a person with an open question is to be written to")
		}
		answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: kind})
		if got := one(t, s, `SELECT state FROM messages WHERE id = ?`, r.Message); got != want {
			t.Errorf("%s: the message is %s, want %s", kind, got, want)
		}
		if err := s.DeskUndo(t.Context(), nine.Add(2*time.Minute), r.Message); err == nil {
			t.Errorf("%s: undone, but it was never a card", kind)
		}
		sound(t, s, nine.Add(time.Hour))
	}
}

func TestChannelOffIsResumed(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	record(t, s, nine, scheduler.Report{Release: ofChannel(t, s, "out").ID, Outcome: scheduler.ChannelIsOff, Detail: "401"})
	if got := one(t, s, `SELECT channel_off_reason FROM accounts WHERE name = 'bob'`); got != "channel out: 401" {
		t.Errorf("off because %q", got)
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'scheduled' AND account_id = 2`); n != "0" {
		t.Errorf("%s messages are planned on a channel that is off", n)
	}
	p, err := s.Resume(t.Context(), nine.Add(time.Minute), "bob")
	if err != nil || !slices.Equal(p.Lifted, []string{"channel_off"}) {
		t.Errorf("resumed %+v, %v", p, err)
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'scheduled' AND account_id = 2`); n == "0" {
		t.Error("nothing is planned after the channel is on again")
	}
}

func TestVerdictsHold(t *testing.T) {
	utc := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	at := nine.Add(time.Hour)
	for verdict, want := range map[string]string{
		verdictDaily:      "/0/" + micros(at.Add(24*time.Hour)),
		verdictWeekly:     "connect/0/" + micros(at.Add(week)),
		verdictNotes:      "connect/1/" + micros(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)),
		verdictPending:    "connect/0/-",
		verdictPolicy:     "inmail/0/" + micros(at.Add(week)),
		verdictRestricted: "/0/-",
		verdictThrottled:  "/0/" + micros(utc),
	} {
		t.Run(verdict, func(t *testing.T) {
			s := ledgers(t)
			r := released(t, s, "Grace Example")
			before := states(t, s)
			answer(t, s, at, r.Message, Answer{Kind: AnswerNotSent, Verdict: verdict})
			got := one(t, s, `SELECT kinds || '/' || noted_only || '/' || coalesce(until_at, '-') FROM holds WHERE reason = 'cool_off'`)
			if got != want {
				t.Errorf("the hold is %s, want %s", got, want)
			}
			if got := one(t, s, `SELECT tries FROM messages WHERE id = ?`, r.Message); got != "0" {
				t.Errorf("%s tries were used for what is not the message's fault", got)
			}
			kept := map[bool]string{true: "0*1", false: ""}[verdict == verdictDaily]
			if got := unitsAt(t, s, r); got != kept {
				t.Errorf("units %q, want %q", got, kept)
			}
			sound(t, s, at)
			if err := s.DeskUndo(t.Context(), at.Add(time.Minute), r.Message); err != nil {
				t.Fatal(err)
			}
			if n := one(t, s, `SELECT count(*) FROM holds WHERE lifted_at IS NULL`); n != "0" {
				t.Errorf("%s holds after the undo", n)
			}
			if after := states(t, s); !slices.Equal(before, after) {
				t.Errorf("after the undo\n%s\nbefore\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
			}
			sound(t, s, at.Add(time.Minute))
		})
	}
}

func TestDailyLimitIsLearntOnceADay(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	second := claimAt(t, s, nine.Add(10*time.Minute))
	if len(second) != 1 {
		t.Fatalf("released %+v", second)
	}
	answer(t, s, nine.Add(time.Hour), r.Message, Answer{Kind: AnswerNotSent, Verdict: verdictDaily})
	answer(t, s, nine.Add(time.Hour), second[0].Message, Answer{Kind: AnswerNotSent, Verdict: verdictDaily})
	if got := query(t, s, `SELECT count FROM ceilings`); !slices.Equal(got, []string{"1"}) {
		t.Errorf("ceilings %v", got)
	}
	if n := one(t, s, `SELECT count(*) FROM accounts WHERE paused_at IS NOT NULL`); n != "0" {
		t.Error("two cards of one day paused the account")
	}
	claimAt(t, s, nine.Add(25*time.Hour+10*time.Minute)) // what bob missed makes ada wait to be planned
	next := claimAt(t, s, nine.Add(25*time.Hour+10*time.Minute))
	if len(next) == 0 {
		t.Fatal("nothing was released after the hold")
	}
	answer(t, s, nine.Add(26*time.Hour), next[0].Message, Answer{Kind: AnswerNotSent, Verdict: verdictDaily})
	if got := one(t, s, `SELECT pause_reason FROM accounts WHERE name = 'ada'`); !strings.Contains(got, "twice") {
		t.Errorf("a second day within a week paused for %q", got)
	}
	sound(t, s, nine.Add(27*time.Hour))
}

func TestNoCreditEmptiesTheBalance(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Minute), r.Message, Answer{Kind: AnswerNotSent, Verdict: verdictCredit})
	if got := credits(t, s, "ada"); got != "0" {
		t.Errorf("%s credits", got)
	}
	if err := s.DeskUndo(t.Context(), nine.Add(2*time.Minute), r.Message); err != nil {
		t.Fatal(err)
	}
	if got := credits(t, s, "ada"); got != "1" {
		t.Errorf("%s credits after the undo, one is with the card", got)
	}
	sound(t, s, nine.Add(time.Hour))
}

func TestCannotResendYet(t *testing.T) {
	s := ledgers(t)
	claimAt(t, s, nine)
	r := ofChannel(t, s, "out")
	at := nine.Add(time.Minute)
	record(t, s, at, scheduler.Report{Release: r.ID, Outcome: scheduler.NotSent, Verdict: verdictResend})
	if got := message(t, s, r.Message); got != "queued 0 "+micros(at.Add(resendAfter)) {
		t.Errorf("the message is %s", got)
	}
	sound(t, s, at)
}

func TestExpiredCreditIsGone(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	if err := s.write(t.Context(), func(x *tx) error {
		_, err := x.exec(t.Context(), `UPDATE lots SET expires_at = ?`, on(nine.Add(time.Hour)))
		if err == nil {
			_, err = x.exec(t.Context(), `UPDATE accounts SET wallet_next_at = ? WHERE name = 'ada'`, on(nine.Add(time.Hour)))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	answer(t, s, nine.Add(2*time.Hour), r.Message, Answer{Kind: AnswerNotSent})
	if got := credits(t, s, "ada"); got != "0" {
		t.Errorf("%s credits out of an expired lot", got)
	}
	sound(t, s, nine.Add(2*time.Hour))
}

func TestEveryVerdictOfLimitsIsKnown(t *testing.T) {
	if len(Verdicts) != 9 || limits.HeldCoolOff.String() != "cool_off" {
		t.Errorf("verdicts %v", Verdicts)
	}
}
