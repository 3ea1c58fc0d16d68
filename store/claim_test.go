package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// crowd is a CSV of n 1st-degree connections.
func crowd(n int) string {
	var b strings.Builder
	b.WriteString("name,profile,degree\n")
	for i := range n {
		fmt.Fprintf(&b, "Example Person%04d,https://www.linkedin.com/in/example-%04d,1\n", i, i)
	}
	return b.String()
}

const crowdFile = `
version: 1
timezone: Europe/Berlin
plans: { big: { daily_cap: 5000 } }
channels:
  out: { type: outbox, path: o.jsonl }
accounts:
  first: { plan: big, slots: "0 9 * * *", per_slot: 1000, channel: out }
  second: { plan: big, slots: "0 9 * * *", per_slot: 1000, channel: out }
  quick: { plan: basic, slots: "30 9 * * *" }
templates: { hello: { body: "Hi {{.first_name}}" } }
campaigns:
  c: { accounts: [first, second], targets: [ { csv: c.csv } ], steps: [ { send: message, template: hello } ] }
  d:
    accounts: [quick]
    targets: [ { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace", degree: 1 } ]
    steps: [ { send: message, template: hello } ]
`

// TestBusyChannelKeepsNobodyWaiting: more messages than one claim takes are due
// on accounts whose channel has no worker, and another account's still goes.
func TestBusyChannelKeepsNobodyWaiting(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, crowdFile, map[string]string{"c.csv": crowd(1200)}), monday)
	claim := func(at time.Time, free map[string]int) []scheduler.Release {
		t.Helper()
		rs, err := s.Claim(t.Context(), at, free)
		if err != nil {
			t.Fatal(err)
		}
		return rs
	}
	half := nine.Add(30 * time.Minute)
	if rs := claim(half, map[string]int{"out": 0, "desk": Unbounded}); len(rs) != 1 || rs[0].Account != "quick" {
		t.Fatalf("%d claimed while the channel is busy", len(rs))
	}
	for n, free := range []int{1, 3, 0} {
		rs := claim(half, map[string]int{"out": free, "desk": Unbounded})
		if len(rs) != free {
			t.Errorf("%d: %d claimed for %d workers", n, len(rs), free)
		}
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'scheduled' AND slot_at = ?`, on(nine)); n != "1196" {
		t.Errorf("%s wait for a worker", n)
	}
	// At the end of the slot's grace what found no worker is planned anew.
	over := nine.Add(4 * time.Hour)
	for range 2 {
		claim(over, map[string]int{"out": 0, "desk": Unbounded})
	}
	if n := one(t, s, `SELECT count(*) FROM messages WHERE state = 'scheduled' AND slot_at <= ?`, on(over)); n != "0" {
		t.Errorf("%s are still due after their grace", n)
	}
	sound(t, s, over)
}

// TestOldestFirst: of accounts on one channel the one that waits longest is
// served first, wherever it stands in the file.
func TestOldestFirst(t *testing.T) {
	s := open(t)
	file := strings.Replace(crowdFile, `first: { plan: big, slots: "0 9`, `first: { plan: big, slots: "30 9`, 1)
	apply(t, s, load(t, file, map[string]string{"c.csv": crowd(20)}), monday)
	rs, err := s.Claim(t.Context(), nine.Add(30*time.Minute), map[string]int{"out": 1})
	if err != nil || len(rs) != 1 || rs[0].Account != "second" {
		t.Errorf("%+v, %v", rs, err)
	}
}

const creditFile = `
version: 1
timezone: Europe/Berlin
plans:
  p: { daily_cap: 50, inmail: { monthly: 3, rollover: 1mo, pace: asap } }
accounts:
  bob: { plan: p, renewal_day: 24, slots: "*/30 9-16 * * *" }
templates:
  intro: { subject: "For {{.first_name}}", body: "Dear {{.first_name}}" }
campaigns:
  c: { accounts: [bob], targets: [ { csv: c.csv } ], steps: [ { send: inmail, template: intro } ] }
`

// TestCreditsAreNeverDueForEver: the lot that was to expire next is spent in
// between, so nothing expires then, and housekeeping still moves on.
func TestCreditsAreNeverDueForEver(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, creditFile, map[string]string{"c.csv": crowd(0) + "Grace Example,https://www.linkedin.com/in/example-grace,2\n"}), monday)
	account := func() accountRow {
		var a accountRow
		err := s.read(t.Context(), func(x *tx) error { return x.get(t.Context(), &a, `SELECT * FROM accounts`) })
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if rs := claimAt(t, s, nine); len(rs) != 1 || rs[0].Kind != limits.InMail {
		t.Fatalf("%+v", rs)
	}
	var next time.Time
	err := s.read(t.Context(), func(x *tx) error {
		a := account()
		w, err := storedWallet(t.Context(), x, &a)
		next = walletNext(w)
		return err
	})
	if err != nil || !account().WalletNextAt.Equal(next) {
		t.Errorf("after the claim credits are due at %s, not %s: %v", account().WalletNextAt, next, err)
	}
	// However it came to be too early: housekeeping sets it right.
	must(t, s, `UPDATE accounts SET wallet_next_at = ?`, on(nine.Add(-time.Hour)))
	if err := s.Housekeep(t.Context(), nine, nil); err != nil {
		t.Fatal(err)
	}
	if a := account(); !a.WalletNextAt.Equal(next) || !a.WalletThrough.Equal(nine) {
		t.Errorf("through %s, next %s", a.WalletThrough, a.WalletNextAt)
	}
	if at, err := s.NextAt(t.Context(), nine); err != nil || !at.After(nine) {
		t.Errorf("next at %s, %v", at, err)
	}
}

// TestOpenTellsWhatWasRecalled: all that is open is recalled by what overtakes
// it, but only what no person has as a card says so to the dispatcher.
func TestOpenTellsWhatWasRecalled(t *testing.T) {
	const grace = "https://www.linkedin.com/in/example-0000"
	for name, overtake := range map[string]func(*Store) error{
		"opt_out": func(s *Store) error {
			_, err := s.React(t.Context(), nine.Add(time.Minute), Reaction{Kind: OptOut, Person: grace})
			return err
		},
		"reply": func(s *Store) error {
			_, err := s.React(t.Context(), nine.Add(time.Minute), Reaction{Kind: Reply, Person: grace})
			return err
		},
		"pause": func(s *Store) error {
			_, err := s.Pause(t.Context(), nine.Add(time.Minute), "campaign:c", "")
			return err
		},
	} {
		for _, channel := range []string{"out", "desk"} {
			t.Run(name+" "+channel, func(t *testing.T) {
				s := open(t)
				file := strings.ReplaceAll(crowdFile, "channel: out", "channel: "+channel)
				apply(t, s, load(t, file, map[string]string{"c.csv": crowd(1)}), monday)
				if rs, err := s.Claim(t.Context(), nine, map[string]int{channel: Unbounded}); err != nil || len(rs) != 1 {
					t.Fatalf("%d claimed, %v", len(rs), err)
				}
				if err := overtake(s); err != nil {
					t.Fatal(err)
				}
				rs, err := s.Open(t.Context())
				if err != nil || len(rs) != 1 || rs[0].Recalled != (channel == "out") {
					t.Errorf("%+v, %v", rs, err)
				}
				if n := one(t, s, `SELECT count(*) FROM releases WHERE recalled_at IS NOT NULL`); n != "1" {
					t.Errorf("%s recalled", n)
				}
				sound(t, s, nine.Add(time.Hour))
				if name != "opt_out" {
					return
				}
				must(t, s, `UPDATE releases SET recalled_at = NULL`)
				v, err := s.Verify(t.Context(), nine.Add(time.Hour))
				if err != nil || len(v.Violations) != 1 || v.Violations[0].Promise != "I6" {
					t.Errorf("verify finds %+v, %v", v.Violations, err)
				}
			})
		}
	}
}

// TestChannelsOff: accounts without an open channel are off, once, unless the
// configuration is another one by then.
func TestChannelsOff(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, crowdFile, map[string]string{"c.csv": crowd(5)}), monday)
	version, err := s.ConfigVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	off := func(version int64, want ...string) {
		t.Helper()
		names, err := s.ChannelsOff(t.Context(), monday, version, []string{"desk"}, "no such folder")
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("off: %v, %v; want %v", names, err, want)
		}
	}
	off(version - 1)
	off(version, "first", "second")
	off(version)
	if rs := claimAt(t, s, nine.Add(30*time.Minute)); len(rs) != 1 || rs[0].Account != "quick" {
		t.Errorf("%+v", rs)
	}
	if got := one(t, s, `SELECT channel_off_reason FROM accounts WHERE name = 'first'`); got != "its channel out is not open: no such folder" {
		t.Error(got)
	}
	if _, err := s.Resume(t.Context(), nine.Add(time.Hour), "account:first"); err != nil {
		t.Error(err)
	}
	sound(t, s, nine.Add(time.Hour))
}
