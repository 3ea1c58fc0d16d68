package store

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// history runs three days: claims, answers, a reply, usage, a pack, a pause.
func history(t *testing.T) (*Store, time.Time) {
	t.Helper()
	s := ledgers(t)
	now := nine
	for ; now.Before(nine.Add(3 * 24 * time.Hour)); now = now.Add(10 * time.Minute) {
		for i, r := range claimAt(t, s, now) {
			switch {
			case r.Channel == "out":
				record(t, s, now, scheduler.Report{Release: r.ID, Outcome: scheduler.WasSent, At: now})
			case i%3 == 2:
				answer(t, s, now, r.Message, Answer{Kind: AnswerNotSent})
			default:
				answer(t, s, now.Add(time.Minute), r.Message, Answer{Kind: AnswerSent})
			}
		}
		if now.Equal(nine.Add(time.Hour)) {
			if err := s.UsageRecord(t.Context(), now, "ada", Usage{Kind: limits.Message, N: 3}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.CreditsAdd(t.Context(), now, "ada", 5, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Pause(t.Context(), now.Add(time.Minute), "bob", "lunch"); err != nil {
				t.Fatal(err)
			}
		}
		if now.Equal(nine.Add(3 * time.Hour)) {
			if _, err := s.Resume(t.Context(), now.Add(time.Minute), "bob"); err != nil {
				t.Fatal(err)
			}
			react(t, s, now.Add(2*time.Minute), Reaction{Kind: OptOut, Person: alan})
		}
	}
	return s, now
}

func TestVerifyCleanDatabase(t *testing.T) {
	s, now := history(t)
	v := sound(t, s, now)
	if !v.OK || v.Checked.Releases < 5 || v.Checked.Days < 3 || v.Checked.People != 3 || v.Checked.Lots < 2 || v.Violations == nil {
		t.Errorf("%+v", v)
	}
	empty, err := open(t).Verify(t.Context(), now)
	if err != nil || !empty.OK {
		t.Errorf("an empty database: %+v, %v", empty, err)
	}
}

func TestVerifyFindsWhatIsPlanted(t *testing.T) {
	original, now := history(t)
	const inMail = `(SELECT min(id) FROM releases WHERE kind = 'inmail')`
	for _, c := range []struct {
		name, promise, detail string
		plant                 []string
	}{
		{"over the recorded cap", "I1", "daily_cap", []string{`UPDATE releases SET limits = '[{"ok":false,"held":"daily_cap","used":31,"cap":30}]' WHERE id = ` + inMail}},
		{"over the day's number", "I1", "number 31", []string{`UPDATE releases SET used = 31, cap = 30 WHERE id = ` + inMail}},
		{"a hidden unit", "I1", "the ledger has", []string{
			`DELETE FROM units WHERE manual = 1`,
			`INSERT INTO units (id, account_id, at, kind, manual, amount, recorded_at) SELECT -1, account_id, slot_at, kind, 1, 40, slot_at FROM releases WHERE id = ` + inMail}},
		{"a hidden unit of the week", "I1", "weekly_cap", []string{
			`INSERT INTO units (id, account_id, at, kind, manual, amount, recorded_at)
			SELECT -1, account_id, slot_at - 2 * 86400000000, kind, 1, 200, slot_at FROM releases WHERE kind = 'connect' LIMIT 1`}},
		{"no unit", "I1", "without a unit", []string{`DELETE FROM units WHERE release_id = ` + inMail}},
		{"during a hold", "I1", "said stop", []string{`UPDATE releases SET limits = '[{"ok":false,"held":"cool_off"}]' WHERE id = ` + inMail}},
		{"an expired credit", "I2", "outside its life", []string{`UPDATE lots SET expires_at = granted_at + 1 WHERE id = (SELECT lot_id FROM releases WHERE id = ` + inMail + `)`}},
		{"a credit too many", "I2", "credits left", []string{`UPDATE lots SET remaining = remaining + 1, amount = amount + 1 WHERE id = (SELECT min(id) FROM lots)`}},
		{"an unpaid InMail", "I2", "holds 0 credits", []string{`UPDATE entries SET release_id = NULL WHERE release_id = ` + inMail}},
		{"sent twice", "I3", "more than once", []string{`DROP INDEX releases_one`, copyOf(inMail, "key || 'x', message_id")}},
		{"two open", "I3", "more than one open", []string{`DROP INDEX releases_one`, copyOf(inMail, "key || 'x', message_id"),
			`UPDATE releases SET state = 'open', done_at = NULL WHERE message_id = (SELECT message_id FROM releases WHERE id = ` + inMail + `)`}},
		{"a step twice", "I3", "same person", []string{copyOf(inMail, "key || 'x', (SELECT min(id) FROM messages WHERE id NOT IN (SELECT message_id FROM releases))")}},
		{"a message missing", "I4", "0 messages for step", []string{`DELETE FROM messages WHERE id = (SELECT m.id FROM messages m JOIN targets t ON t.id = m.target_id
			WHERE t.state = 'active' AND m.state IN ('queued', 'scheduled') LIMIT 1)`}},
		{"a state without a release", "I4", "is missing", []string{`UPDATE messages SET state = 'sent', slot_at = 1, kind = 'message', reason = ''
			WHERE id = (SELECT id FROM messages WHERE state IN ('queued', 'scheduled') LIMIT 1)`}},
		{"a step that is not there", "I4", "does not have", []string{`UPDATE messages SET step = 'elsewhere' WHERE id = (SELECT m.id FROM messages m
			JOIN targets t ON t.id = m.target_id WHERE t.state = 'active' AND m.state IN ('queued', 'scheduled') LIMIT 1)`}},
		{"no slot", "I5", "no slot", []string{`UPDATE releases SET slot_at = slot_at - 1000000 WHERE id = ` + inMail}},
		{"before its slot", "I5", "before its slot", []string{`UPDATE releases SET released_at = slot_at - 1 WHERE id = ` + inMail}},
		{"after the grace", "I5", "grace ended", []string{`UPDATE releases SET released_at = slot_at + 700000000 WHERE id = ` + inMail}},
		{"hours late", "I5", "after its slot", []string{`UPDATE releases SET config_version = 0, released_at = slot_at + 18000000000 WHERE id = ` + inMail}},
		{"in the future", "I5", "future", []string{`UPDATE releases SET released_at = slot_at + 864000000000 WHERE id = ` + inMail}},
		{"on a holiday", "I5", "holiday", []string{`UPDATE account_defs SET def = json_set(def, '$.holidays', json('["2026-11-23"]'))`}},
		{"before the campaign", "I5", "began", []string{`UPDATE campaign_defs SET def = json_set(def, '$.start', '2027-01-01')`}},
		{"after the campaign", "I5", "ended", []string{`UPDATE campaign_defs SET def = json_set(def, '$.end', '2026-01-01')`}},
		{"outside the hours", "I5", "hours", []string{`UPDATE campaign_defs SET def = json_set(def, '$.hours', json('{"days":"mon-fri","from":"03:00","to":"04:00","zone":"recipient"}'))`}},
		{"paused in the file", "I5", "paused in the file", []string{`UPDATE campaign_defs SET def = json_set(def, '$.paused', json('true'))`}},
		{"under no configuration", "I5", "configuration 0", []string{`UPDATE releases SET config_version = 0 WHERE id = ` + inMail}},
		{"in a pause that is over", "I5", "while account ada was paused", []string{
			`INSERT INTO events (at, kind, account, account_id) SELECT released_at - 1, 'paused', 'ada', account_id FROM releases WHERE id = ` + inMail,
			`INSERT INTO events (at, kind, account, account_id) SELECT released_at + 1, 'resumed', 'ada', account_id FROM releases WHERE id = ` + inMail}},
		{"in a pause", "I5", "while campaign founders was paused", []string{`UPDATE campaigns SET paused_at = 1, pause_reason = 'x' WHERE name = 'founders'`}},
		{"to somebody suppressed", "I6", "after the person's", []string{`UPDATE people SET suppressed_at = 1, suppress_reason = 'opt_out' WHERE id = (SELECT person_id FROM releases WHERE id = ` + inMail + `)`}},
		{"a wrong balance", "I9", "shows a balance", []string{`UPDATE entries SET balance = balance + 1 WHERE id = (SELECT max(id) FROM entries)`}},
		{"a lost unit", "I9", "holds 0 units", []string{`INSERT INTO units (account_id, at, kind, noted, amount, release_id, recorded_at)
			SELECT account_id, at, kind, noted, -1, release_id, recorded_at FROM units WHERE release_id = ` + inMail + ` ORDER BY id DESC LIMIT 1`}},
		{"fewer than none", "I9", "-3 units", []string{`INSERT INTO units (account_id, at, kind, amount, recorded_at) VALUES (1, 5, 'message', -3, 5)`}},
		{"credits nobody counted", "I9", "the lots hold", []string{
			`INSERT INTO lots (account_id, source, granted_at, expires_at, amount, remaining) VALUES (1, 'pack', 1, 2, 4, 4)`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "copy.db")
			if err := original.CopyTo(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), path, Options{Volatile: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			plant(t, s, c.plant)
			v, err := s.Verify(t.Context(), now)
			if err != nil {
				t.Fatal(err)
			}
			found := slices.ContainsFunc(v.Violations, func(v Violation) bool {
				return v.Promise == c.promise && strings.Contains(v.Detail, c.detail)
			})
			if v.OK || !found {
				t.Errorf("found only %+v", v.Violations)
			}
		})
	}
}

// copyOf doubles a release with another key and message.
func copyOf(id, keyAndMessage string) string {
	return `INSERT INTO releases (key, message_id, account_id, person_id, target_id, campaign_id, channel, slot_at,
		released_at, kind, step, step_no, priority, state, done_at, config_version, used, cap)
		SELECT ` + keyAndMessage + `, account_id, person_id, target_id, campaign_id, channel, slot_at,
		released_at, kind, step, step_no, priority, 'sent', released_at, config_version, used, cap FROM releases WHERE id = ` + id
}

// plant runs statements that the database would refuse.
func plant(t *testing.T, s *Store, statements []string) {
	t.Helper()
	for _, name := range query(t, s, `SELECT name FROM sqlite_master WHERE type = 'trigger'`) {
		must(t, s, `DROP TRIGGER `+name)
	}
	if _, err := s.writer.Exec(`PRAGMA foreign_keys = off`); err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		must(t, s, statement)
	}
}
