package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outpace/campaign"
)

// After any number of targets each account has its exact share, rounded down or
// up, whoever of the others they went to and however often the dealer was asked
// to go on.
func TestSharesAreExactAfterEveryTarget(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := &campaign.Campaign{Name: "c", Assign: campaign.Weighted, Weights: map[string]int{}}
		d := &dealer{hands: map[string]*hand{}, dealt: map[string]map[string]int{}, fresh: map[string]map[string]int{}}
		sum := 0
		for i := range rapid.IntRange(1, 9).Draw(rt, "accounts") {
			name := strconv.Itoa(i)
			c.Accounts = append(c.Accounts, name)
			c.Weights[name] = rapid.IntRange(0, 40).Draw(rt, "weight")
			sum += c.Weights[name]
			d.hands[name] = &hand{still: map[string]int{}}
		}
		if sum == 0 {
			c.Weights["0"], sum = 1, 1
		}
		for n := 1; n <= rapid.IntRange(1, 300).Draw(rt, "targets"); n++ {
			d.deal(c)
			for name, w := range c.Weights {
				got := d.dealt["c"][name]
				if low, high := n*w/sum, (n*w+sum-1)/sum; got < low || got > high {
					rt.Fatalf("after %d targets %s has %d, its share of %v is %d to %d", n, name, got, c.Weights, low, high)
				}
			}
		}
	})
}

// rotations is a database at whose applies, pauses and claims a test throws dice.
type rotations struct {
	t   *testing.T
	rt  *rapid.T
	s   *Store
	dir string
	now time.Time
	n   int // targets in the file

	assign, accounts  string
	reassign, approve bool
	begun             map[string]string // target: the account it had when it began
}

// However accounts are listed, paused, resumed and claimed from: nobody moves
// who has begun, everybody who has not has an account of the list, a message
// is where its target is, and with reassign nobody new waits on an account
// that stands still while another one runs. Nothing goes unapproved.
func TestAnyOrderOfDealsAndPauses(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		s, err := Open(t.Context(), filepath.Join(dir, fmt.Sprintf("%d.db", n)), Options{Migrate: true, Volatile: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		w := &rotations{t: t, rt: rt, s: s, dir: dir, now: monday, begun: map[string]string{}}
		w.edit()
		for range rapid.IntRange(3, 6).Draw(rt, "steps") {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 26 * time.Hour}).Draw(rt, "wait"))
			w.step()
			w.check()
		}
		v, err := s.Verify(t.Context(), w.now)
		if err != nil || !v.OK {
			rt.Fatalf("%+v, %v", v.Violations, err)
		}
	})
}

func (w *rotations) step() {
	ctx := w.t.Context()
	account := rapid.SampledFrom([]string{"ada", "bob", "cyd"}).Draw(w.rt, "account")
	var err error
	switch rapid.IntRange(0, 6).Draw(w.rt, "what") {
	case 0, 1:
		w.edit()
	case 2:
		_, err = w.s.Pause(ctx, w.now, account, "")
	case 3:
		_, err = w.s.Resume(ctx, w.now, account)
	case 4:
		o := ApproveOptions{Step: rapid.SampledFrom([]string{"", "hello", "again"}).Draw(w.rt, "step"), Revoke: rapid.IntRange(0, 3).Draw(w.rt, "revoke") == 0}
		_, err = w.s.Approve(ctx, w.now, "founders", o)
		if unasked := new(NoApprovalError); errors.As(err, &unasked) {
			err = nil
		}
	default:
		if err = w.s.Housekeep(ctx, w.now, nil); err == nil {
			w.claim()
		}
	}
	if err != nil {
		w.rt.Fatal(err)
	}
}

// edit applies a file that differs, and the same again.
func (w *rotations) edit() {
	w.n += rapid.IntRange(0, 5).Draw(w.rt, "more")
	w.accounts = rapid.SampledFrom([]string{"[ada, bob, cyd]", "[ada, bob]", "[bob, ada, cyd]", "[cyd, bob]"}).Draw(w.rt, "accounts")
	w.assign = rapid.SampledFrom([]string{"earliest", "round_robin", "weighted"}).Draw(w.rt, "assign")
	w.reassign, w.approve = rapid.Bool().Draw(w.rt, "reassign"), rapid.IntRange(0, 2).Draw(w.rt, "approve") == 0
	hello := rapid.SampledFrom([]string{"Hello", "Hallo"}).Draw(w.rt, "text")
	lines := fmt.Sprintf("    assign: %s\n    reassign: %v\n    approve: %v\n", w.assign, w.reassign, w.approve)
	if w.assign == "weighted" {
		lines += "    weights: { " + strings.ReplaceAll(strings.Trim(w.accounts, "[]"), ",", ": 2,") + ": 1 }\n"
	}
	yaml := rotating(w.accounts, lines, max(w.n, 1)) + "      - { send: reminder, template: again }\n"
	yaml = strings.Replace(yaml, "templates:\n", "  cyd: { plan: basic, slots: \"30 9-12 * * *\" }\ntemplates:\n", 1)
	yaml = strings.Replace(yaml, `"Hello {{`, `"`+hello+` {{`, 1)
	path := filepath.Join(w.dir, "campaigns.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		w.rt.Fatal(err)
	}
	set, _, err := campaign.Load(path)
	if err != nil {
		w.rt.Fatal(err)
	}
	applyAt(w.rt, w.s, set, w.now)
	if staged := applyAt(w.rt, w.s, set, w.now); staged.Changes {
		w.rt.Fatalf("the same file again changes something: %+v", staged)
	}
}

// claim lets what is due go, and looks at what went.
func (w *rotations) claim() {
	released, err := w.s.Claim(w.t.Context(), w.now, map[string]int{"desk": Unbounded})
	if err != nil {
		w.rt.Fatal(err)
	}
	for _, r := range released {
		if was, ok := w.begun[r.Target]; ok && was != r.Account {
			w.rt.Fatalf("%s began with %s and is written to by %s", r.Target, was, r.Account)
		}
		w.begun[r.Target] = r.Account
		if w.approve && len(query(w.t, w.s, `SELECT id FROM messages WHERE id = ? AND approved_at IS NOT NULL`, r.Message)) == 0 {
			w.rt.Fatalf("message %s goes unapproved", r.Message)
		}
		if err := w.s.DeskAnswer(w.t.Context(), w.now, r.Message, Answer{Kind: AnswerSent, At: w.now}); err != nil {
			w.rt.Fatal(err)
		}
	}
}

func (w *rotations) check() {
	for _, line := range query(w.t, w.s, `SELECT p.profile || ' ' || a.name FROM targets t JOIN people p ON p.id = t.person_id
		JOIN accounts a ON a.id = t.account_id WHERE t.begun_at IS NOT NULL`) {
		target, account, _ := strings.Cut(line, " ")
		if w.begun[target] != account {
			w.rt.Fatalf("%s began with %s and is %s's now", target, w.begun[target], account)
		}
	}
	for _, account := range query(w.t, w.s, `SELECT DISTINCT a.name FROM targets t JOIN accounts a ON a.id = t.account_id
		WHERE t.begun_at IS NULL AND t.state = 'active'`) {
		if !strings.Contains(w.accounts, account) {
			w.rt.Fatalf("somebody new is %s's, and the list is %s", account, w.accounts)
		}
	}
	halted := strings.Join(query(w.t, w.s, `SELECT name FROM accounts WHERE paused_at IS NOT NULL ORDER BY name`), " ")
	running := false
	for _, name := range strings.Split(strings.Trim(w.accounts, "[]"), ", ") {
		running = running || !strings.Contains(halted, name)
	}
	for what, q := range map[string]string{
		"an account is dirty":                       `SELECT count(*) FROM accounts WHERE dirty = 1`,
		"a message is not with its target":          `SELECT count(*) FROM messages m JOIN targets t ON t.id = m.target_id WHERE m.state IN ('queued', 'scheduled') AND m.account_id <> t.account_id`,
		"somebody new waits on who stands still":    `SELECT count(*) FROM targets t JOIN accounts a ON a.id = t.account_id WHERE t.state = 'active' AND t.begun_at IS NULL AND a.paused_at IS NOT NULL`,
		"a message without approval is scheduled":   `SELECT count(*) FROM messages WHERE state = 'scheduled' AND approved_at IS NULL`,
		"a rotation counts fewer targets than none": `SELECT count(*) FROM deals WHERE n < 0`,
	} {
		if strings.Contains(what, "stands still") && (!w.reassign || !running) || strings.Contains(what, "approval") && !w.approve {
			continue
		}
		if got := one(w.t, w.s, q); got != "0" {
			w.rt.Fatalf("%s: %s", what, got)
		}
	}
}
