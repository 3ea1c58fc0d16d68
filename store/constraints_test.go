package store

import (
	"fmt"
	"strings"
	"testing"
)

// TestDatabaseRefuses holds the database to what must never be, whoever writes
// to it.
func TestDatabaseRefuses(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	id := one(t, s, `SELECT m.id FROM messages m JOIN targets t ON t.id = m.target_id JOIN people p ON p.id = t.person_id
		WHERE p.name = 'Grace Example' AND m.step = 'hello'`)
	target := one(t, s, `SELECT target_id FROM messages WHERE id = ?`, id)
	release := func(key, state string) string {
		return fmt.Sprintf(`INSERT INTO releases (message_id, account_id, person_id, target_id, campaign_id, channel, slot_at,
			released_at, kind, key, step, step_no, priority, config_version, used, cap, state, done_at)
			SELECT '%s', t.account_id, t.person_id, t.id, t.campaign_id, 'desk', 1, 1, 'connect', '%s', 'hello', 1, 50, 1, 1, 30, '%s',
			CASE WHEN '%[3]s' = 'open' THEN NULL ELSE 1 END FROM targets t WHERE t.id = %s`, id, key, state, target)
	}
	for _, setup := range []string{
		release("k1", "open"),
		`INSERT INTO units (account_id, at, kind, amount, recorded_at) VALUES (1, 1, 'connect', 1, 1)`,
		`INSERT INTO lots (account_id, source, cycle, granted_at, expires_at, amount, remaining) VALUES (1, 'plan', '2026-10', 1, 2, 5, 5)`,
	} {
		must(t, s, setup)
	}
	for _, tt := range []struct{ what, sql string }{
		{"a second open release", release("k2", "open")},
		{"a release beside an open one", release("k3", "sent")},
		{"a key used twice", release("k1", "not_sent")},
		{"what a release recorded changes", `UPDATE releases SET slot_at = 2`},
		{"deleting a release", `DELETE FROM releases`},
		{"deleting a message", `DELETE FROM messages`},
		{"a message born released", `INSERT INTO messages (id, target_id, account_id, step, state, slot_at, kind)
			VALUES ('00000000000000000000', ` + target + `, 1, 'x', 'released', 1, 'connect')`},
		{"a step twice for one target", `INSERT INTO messages (id, target_id, account_id, step, state)
			VALUES ('00000000000000000000', ` + target + `, 1, 'hello', 'queued')`},
		{"a person twice in a campaign", `INSERT INTO targets (campaign_id, person_id, position, priority, fields, digest, added_at)
			SELECT campaign_id, person_id, 9, 50, '{}', '', 1 FROM targets`},
		{"a message that changes its step", `UPDATE messages SET step = step || 'x'`},
		{"scheduled without a slot", `UPDATE messages SET slot_at = NULL WHERE id = '` + id + `'`},
		{"cancelled without a reason", `UPDATE messages SET state = 'cancelled', slot_at = NULL WHERE id = '` + id + `'`},
		{"a unit changed", `UPDATE units SET amount = 2`},
		{"a unit deleted", `DELETE FROM units`},
		{"a unit of nothing", `INSERT INTO units (account_id, at, kind, amount, recorded_at) VALUES (1, 1, 'connect', 0, 1)`},
		{"an entry changed", `UPDATE entries SET change = 2`},
		{"an entry deleted", `DELETE FROM entries`},
		{"a negative balance", `INSERT INTO entries (account_id, at, change, balance, reason, recorded_at) VALUES (1, 1, -1, -1, 'spend', 1)`},
		{"a negative lot", `UPDATE lots SET remaining = -1`},
		{"more left than granted", `UPDATE lots SET remaining = amount + 1`},
		{"two grants of one month", `INSERT INTO lots (account_id, source, cycle, granted_at, expires_at, amount, remaining)
			VALUES (1, 'plan', '2026-10', 1, 2, 5, 5)`},
		{"an account that is not there", `INSERT INTO units (account_id, at, kind, amount, recorded_at) VALUES (99, 1, 'connect', 1, 1)`},
		{"a text where a number belongs", `UPDATE messages SET slot_at = 'soon' WHERE id = '` + id + `'`},
		{"a priority above 100", `UPDATE targets SET priority = 101`},
		{"suppressed without a reason", `UPDATE people SET suppressed_at = 1`},
	} {
		if err := do(t, s, tt.sql); err == nil {
			t.Errorf("the database takes %s", tt.what)
		}
	}
}

// TestTransitions tries every move between two states of a message.
func TestTransitions(t *testing.T) {
	legal := map[string]string{
		"queued": "scheduled cancelled", "scheduled": "queued released cancelled",
		"released": "sent queued failed unknown", "unknown": "sent queued failed",
		"failed": "queued", "cancelled": "queued", "sent": "",
	}
	// How a message comes to each state.
	ways := map[string]string{
		"queued": "", "scheduled": "scheduled", "released": "scheduled released", "sent": "scheduled released sent",
		"failed": "scheduled released failed", "unknown": "scheduled released unknown", "cancelled": "cancelled",
	}
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	target := one(t, s, `SELECT min(id) FROM targets`)
	move := func(id, state string) error {
		slot, reason := "1", ""
		if state == "queued" || state == "cancelled" {
			slot = "NULL"
		}
		if state == "cancelled" {
			reason = "edit"
		}
		return do(t, s, `UPDATE messages SET state = ?, slot_at = `+slot+`, kind = 'connect', reason = ? WHERE id = ?`, state, reason, id)
	}
	n := 0
	for from, way := range ways {
		for to := range ways {
			if n++; from == to {
				continue
			}
			id := fmt.Sprintf("%020d", n)
			must(t, s, `INSERT INTO messages (id, target_id, account_id, step, state) VALUES (?, ?, 1, ?, 'queued')`, id, target, id)
			for _, state := range strings.Fields(way) {
				if err := move(id, state); err != nil {
					t.Fatalf("on the way to %s: %v", from, err)
				}
			}
			allowed := strings.Contains(" "+legal[from]+" ", " "+to+" ")
			if err := move(id, to); (err == nil) != allowed {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}
