package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// verdictFile has an account that sends connection requests with a note and one
// that sends InMails, both through a channel that reports by itself.
const verdictFile = `version: 1
timezone: Europe/Berlin
accounts:
  ada: { plan: linkedin-sales-navigator, renewal_day: 1, opening: { credits: 20 }, slots: "* * * * *", per_slot: 3, channel: out }
channels:
  out: { type: outbox, path: out.jsonl }
templates:
  note: { body: "Hello {{.first_name}}" }
  mail: { subject: "A question", body: "Hello {{.first_name}}" }
campaigns:
  asks: { accounts: [ada], targets: [ { csv: a.csv } ], steps: [ { send: connect, template: note } ] }
  bare: { accounts: [ada], targets: [ { csv: b.csv } ], steps: [ { send: connect } ] }
  mails: { accounts: [ada], priority: high, targets: [ { csv: e.csv } ], steps: [ { send: inmail, template: mail } ] }
`

// verdictCase is what a verdict must do (LIMITS' table, docs/scheduling.md).
type verdictCase struct {
	verdict string
	on      string // the campaign whose message is refused
	held    string // campaigns that stand still, joined by a space
	until   time.Time
	again   time.Time // until when a second one, a minute later, holds
	why     limits.Held
}

// Every verdict: what it holds and nothing else, until when, what status and
// why say of it, that it ends then and not before, and what a second one does.
func TestEveryVerdict(t *testing.T) {
	at := nine.Add(30 * time.Minute) // 09:30 in Berlin
	berlin := func(d int) time.Time { return time.Date(2026, 11, d, 23, 0, 0, 0, time.UTC) }
	next := at.Add(time.Minute)
	cases := []verdictCase{
		{verdictDaily, "asks", "asks bare mails", at.Add(24 * time.Hour), at.Add(24 * time.Hour), limits.HeldCoolOff},
		{verdictWeekly, "asks", "asks bare", at.Add(week), next.Add(week), limits.HeldCoolOff},
		{verdictNotes, "asks", "asks", berlin(30), berlin(30), limits.HeldCoolOff},
		{verdictPending, "bare", "asks bare", time.Time{}, time.Time{}, limits.HeldCoolOff},
		{verdictCredit, "mails", "mails", time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), time.Time{}, limits.HeldNoCredit},
		{verdictPolicy, "mails", "mails", at.Add(week), next.Add(week), limits.HeldCoolOff},
		{verdictResend, "bare", "", time.Time{}, time.Time{}, limits.Ready},
		{verdictRestricted, "asks", "asks bare mails", time.Time{}, time.Time{}, limits.HeldCoolOff},
		{verdictThrottled, "bare", "asks bare mails", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), limits.HeldCoolOff},
	}
	if len(cases) != len(Verdicts) {
		t.Errorf("%d of %d verdicts are tested", len(cases), len(Verdicts))
	}
	for _, c := range cases {
		t.Run(c.verdict, func(t *testing.T) { c.run(t, at) })
	}
}

func (c *verdictCase) run(t *testing.T, at time.Time) {
	s := open(t)
	apply(t, s, load(t, verdictFile, fifteen("a.csv", "b.csv", "e.csv")), monday)
	first, second := c.release(t, s), c.release(t, s)
	record(t, s, at, scheduler.Report{Release: first, Outcome: scheduler.NotSent, Verdict: c.verdict, Detail: "refused"})
	if got := one(t, s, `SELECT tries FROM messages m JOIN releases r ON r.message_id = m.id WHERE r.id = ?`, first); got != "0" {
		t.Errorf("%s tries were used", got)
	}
	for _, campaign := range []string{"asks", "bare", "mails"} {
		held := strings.Contains(c.held, campaign)
		if from := c.from(t, s, campaign); held && !from.IsZero() && from.Before(c.until) || held && c.until.IsZero() && !from.IsZero() {
			t.Errorf("%s goes on at %s, held until %s", campaign, from, c.until)
		} else if !held && (from.IsZero() || from.Sub(at) > 24*time.Hour) {
			t.Errorf("%s, which is not held, goes on at %s", campaign, from)
		} else if held && !c.until.IsZero() && from.IsZero() {
			t.Errorf("%s has no slot after %s", campaign, c.until)
		}
	}
	c.told(t, s, at)
	sound(t, s, at)
	// A second one of the same day.
	record(t, s, at.Add(time.Minute), scheduler.Report{Release: second, Outcome: scheduler.NotSent, Verdict: c.verdict})
	if n := one(t, s, `SELECT count(*) FROM accounts WHERE paused_at IS NOT NULL`); n != "0" {
		t.Error("a second one of the day paused the account")
	}
	if from := c.from(t, s, c.on); !c.again.IsZero() && from.Before(c.again) {
		t.Errorf("after a second one %s goes on at %s, not from %s", c.on, from, c.again)
	}
	sound(t, s, at.Add(time.Minute))
	if c.until.IsZero() && c.held != "" {
		p, err := s.Resume(t.Context(), at.Add(time.Hour), "ada")
		if err != nil || !slices.Equal(p.Lifted, []string{c.verdict}) || c.from(t, s, c.on).IsZero() {
			t.Errorf("a person lifts it: %+v, %v; %s", p, err, c.from(t, s, c.on))
		}
	}
}

// release claims a message of the case's campaign and returns the release.
func (c *verdictCase) release(t *testing.T, s *Store) int64 {
	t.Helper()
	id := one(t, s, `SELECT min(m.id) FROM messages m JOIN targets t ON t.id = m.target_id JOIN campaigns c ON c.id = t.campaign_id
		WHERE c.name = ? AND m.state = 'scheduled'`, c.on)
	slot := nine.Add(time.Minute)
	must(t, s, `UPDATE messages SET slot_at = ? WHERE id = ?`, on(slot), id)
	for _, r := range claimAt(t, s, slot) {
		if r.Message == id {
			return r.ID
		}
	}
	t.Fatalf("message %s was not released", id)
	return 0
}

// from is the first slot a campaign has; zero: none.
func (c *verdictCase) from(t *testing.T, s *Store, campaign string) time.Time {
	t.Helper()
	at := one(t, s, `SELECT coalesce(min(m.slot_at), 0) FROM messages m JOIN targets t ON t.id = m.target_id
		JOIN campaigns c ON c.id = t.campaign_id WHERE c.name = ? AND m.state = 'scheduled'`, campaign)
	if at == "0" {
		return time.Time{}
	}
	return time.UnixMicro(number(t, at)).UTC()
}

// told is what status and why say.
func (c *verdictCase) told(t *testing.T, s *Store, at time.Time) {
	t.Helper()
	accounts, err := s.AccountsStatus(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	holds := accounts[0].Holds
	switch c.verdict {
	case verdictCredit:
		if accounts[0].Credits != 0 || len(holds) > 0 {
			t.Errorf("status: %d credits, holds %+v", accounts[0].Credits, holds)
		}
	case verdictResend:
		if len(holds) > 0 {
			t.Errorf("status: holds %+v", holds)
		}
		got := one(t, s, `SELECT count(*) FROM no_invites WHERE until_at = ?`, on(at.Add(resendAfter)))
		if got != "1" {
			t.Errorf("%s people cannot be invited for 21 days", got)
		}
		return
	default:
		if len(holds) != 1 || holds[0].Why != c.verdict || !holds[0].Until.Equal(c.until) || holds[0].Reason != c.why {
			t.Errorf("status: holds %+v", holds)
		}
	}
	st, names, err := s.State(t.Context(), "ada", at)
	if err != nil {
		t.Fatal(err)
	}
	for i, target := range names.Targets {
		if target.Campaign != c.on || len(target.Steps) == 0 {
			continue
		}
		e := scheduler.Explain(st, i, 0, at, at.Add(60*24*time.Hour))
		ok := slices.ContainsFunc(e.Rules, func(r scheduler.Rule) bool {
			return r.Held == c.why && !r.OK && (c.verdict == verdictCredit || r.Detail == c.verdict)
		})
		if !ok {
			t.Errorf("why says %s, %+v", e.Held, e.Rules)
		}
		return
	}
	t.Error("nobody is left to explain")
}

// A second daily limit within 7 days pauses for a person, what is on the desk
// is recalled, and the ceilings stand in a list until they are forgotten.
func TestCeilingsAreListedAndForgotten(t *testing.T) {
	s := ledgers(t)
	r := released(t, s, "Grace Example")
	answer(t, s, nine.Add(time.Hour), r.Message, Answer{Kind: AnswerNotSent, Verdict: verdictDaily})
	list, err := s.Ceilings(t.Context(), nine.Add(2*time.Hour), "ada")
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	c := list[0]
	// 0 went through; 100 a day is 10 a day more from the 7th day on, so all of it 9 days later.
	if c.Count != 0 || c.Now != 0 || *c.Cap != 100 || !c.Binding || !c.Until.Equal(nine.Add(time.Hour+week)) ||
		!c.Over.Equal(nine.Add(time.Hour+week+9*24*time.Hour)) {
		t.Errorf("%+v, cap %d, over %s", c, *c.Cap, c.Over)
	}
	for after, want := range map[time.Duration]int{week - time.Second: 0, week: 10, week + 24*time.Hour: 20} {
		list, err := s.Ceilings(t.Context(), nine.Add(time.Hour+after), "")
		if err != nil || list[0].Now != want {
			t.Errorf("%s later: %+v, %v; want %d", after, list, err, want)
		}
	}
	if list, err := s.Ceilings(t.Context(), *c.Over, ""); err != nil || len(list) != 0 {
		t.Errorf("when it has risen to the cap: %+v, %v", list, err)
	}
	n, err := s.ForgetCeilings(t.Context(), nine.Add(3*time.Hour), "ada")
	if err != nil || n != 1 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if list, err := s.Ceilings(t.Context(), nine.Add(3*time.Hour), "ada"); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	accounts, err := s.AccountsStatus(t.Context(), nine.Add(25*time.Hour))
	if err != nil || accounts[0].CapToday != 100 {
		t.Errorf("the cap is %d, %v", accounts[0].CapToday, err)
	}
	if _, err := s.ForgetCeilings(t.Context(), nine, "nobody"); err == nil {
		t.Error("an account that is not there")
	}
	sound(t, s, nine.Add(26*time.Hour))
}
