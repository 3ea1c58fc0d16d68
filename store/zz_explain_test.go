package store

import (
	"fmt"
	"testing"
)

func TestZZExplain(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, founders, nil), monday)
	for _, q := range []string{
		`SELECT u.at, u.kind, u.noted, u.manual, sum(u.amount) AS n, (r.id IS NOT NULL) AS open
		FROM units u LEFT JOIN (` + openCards + `) r ON r.id = u.release_id
		WHERE u.account_id = 1 AND u.at >= 1 GROUP BY u.at, u.kind, u.noted, u.manual, (r.id IS NOT NULL) HAVING sum(u.amount) <> 0 ORDER BY u.at`,
		`SELECT count(*) FROM releases r JOIN targets t ON t.id = r.target_id
		WHERE r.account_id = 1 AND r.kind = 'connect' AND r.state <> 'not_sent'
		AND t.accepted_at IS NULL AND t.state <> 'stopped'
		AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.account_id = r.account_id AND c.person_id = r.person_id)`,
		`SELECT slot_at, count(*) AS n FROM releases WHERE account_id = 1 AND slot_at >= 1 GROUP BY slot_at`,
		`SELECT t.* FROM targets t JOIN campaigns c ON c.id = t.campaign_id WHERE t.account_id = 1 AND t.state = 'active' ORDER BY c.position, t.position, t.id`,
		`SELECT m.* FROM targets t JOIN messages m ON m.target_id = t.id WHERE t.account_id = 1 AND t.state = 'active' AND m.state IN ('queued', 'scheduled', 'released', 'unknown')`,
		`SELECT t.id AS target_id FROM targets t JOIN targets o ON o.person_id = t.person_id AND o.id <> t.id
		JOIN campaigns c ON c.id = o.campaign_id WHERE t.account_id = 1 AND t.state = 'active' AND o.account_id IS NOT NULL ORDER BY o.id`,
		`SELECT t.id FROM connections n JOIN targets t ON t.person_id = n.person_id WHERE n.account_id = 1 AND t.account_id = n.account_id AND t.state = 'active'`,
		`SELECT t.id FROM releases r JOIN targets t ON t.person_id = r.person_id WHERE r.state = 'unknown' AND t.account_id = 1 AND t.state = 'active'`,
		`SELECT m.slot_at FROM messages m JOIN accounts a ON a.id = m.account_id WHERE m.state = 'scheduled' AND a.dirty = 0 ORDER BY m.slot_at LIMIT 1`,
		`SELECT min(wallet_next_at) FROM accounts WHERE state = 'active'`,
		`SELECT min(planned_until) FROM accounts WHERE state = 'active' AND dirty = 0`,
		`SELECT id FROM accounts WHERE dirty = 1 AND state = 'active' ORDER BY position, id`,
		`SELECT count(*) > 0 FROM accounts WHERE dirty = 1 AND state = 'active'`,
		`SELECT id FROM accounts WHERE state = 'active' AND dirty = 0 AND planned_until <= 4 ORDER BY planned_until, id`,
		`SELECT slot_at FROM releases WHERE account_id = 1 AND slot_at > 1 AND lot_id IS NOT NULL AND state <> 'not_sent' ORDER BY slot_at`,
		`SELECT count(*) FROM releases WHERE person_id = 1 AND (state = 'unknown' OR state = 'open' AND target_id = 1)`,
		`SELECT r.id FROM releases r WHERE r.state = 'open' ORDER BY r.id`,
		`SELECT * FROM lots WHERE account_id = 1 AND (remaining > 0 OR granted_at > 1) ORDER BY id`,
		`SELECT s.seq FROM staged_targets s JOIN campaigns c ON c.key = s.campaign LEFT JOIN people p ON p.profile = s.profile
		LEFT JOIN targets t ON t.campaign_id = c.id AND t.person_id = p.id WHERE s.stage = 'x' ORDER BY s.seq LIMIT 5`,
	} {
		var rows []struct {
			ID      int    `db:"id"`
			Parent  int    `db:"parent"`
			Notused int    `db:"notused"`
			Detail  string `db:"detail"`
		}
		if err := s.read(t.Context(), func(x *tx) error { return x.all(t.Context(), &rows, "EXPLAIN QUERY PLAN "+q) }); err != nil {
			t.Fatal(err)
		}
		fmt.Println("--", q[:60])
		for _, r := range rows {
			fmt.Println("     ", r.Detail)
		}
	}
}
