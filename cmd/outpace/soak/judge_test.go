package soak

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// release is what the database says of one, beside what its receiver says.
type release struct {
	id       int64
	message  string
	key      string
	account  string
	channel  string
	profile  string
	state    string
	recalled bool
}

// open counts the releases on all channels but the desk that nobody has
// reported, and those among them that cannot be asked again.
func (s *soak) open(t *testing.T) (all, once int) {
	read(t, s.program, func(db *sql.DB) error {
		return db.QueryRow(`SELECT count(*), coalesce(sum(channel IN ('once', 'own')), 0)
			FROM releases WHERE state = 'open' AND channel <> 'desk'`).Scan(&all, &once)
	})
	return all, once
}

func (s *soak) releases(t *testing.T) (all []release) {
	read(t, s.program, func(db *sql.DB) error {
		rows, err := db.Query(`SELECT r.id, r.message_id, r.key, a.name, r.channel, p.profile, r.state, r.recalled_at IS NOT NULL
			FROM releases r JOIN accounts a ON a.id = r.account_id JOIN people p ON p.id = r.person_id ORDER BY r.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r release
			if err := rows.Scan(&r.id, &r.message, &r.key, &r.account, &r.channel, &r.profile, &r.state, &r.recalled); err != nil {
				return err
			}
			all = append(all, r)
		}
		return rows.Err()
	})
	return all
}

// lines are the deliveries in a file, one a line and none of them torn.
func (s *soak) lines(t *testing.T, name string) (list []delivery) {
	text, err := os.ReadFile(s.file(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for line := range bytes.Lines(text) {
		var d delivery
		if err := json.Unmarshal(line, &d); err != nil || !bytes.HasSuffix(line, []byte("\n")) {
			t.Errorf("%s has a torn line: %q", name, line)
			continue
		}
		list = append(list, d)
	}
	return list
}

// judge compares what receivers saw with what outpace says it did.
func (s *soak) judge(t *testing.T, took time.Duration, seed uint64) {
	got := s.gather(t)
	releases := s.releases(t)
	s.nothingTwice(t, got)
	states := s.nothingLost(t, got, releases)
	unknown := s.littleUnknown(t, releases)
	s.nothingAfter(t, releases)
	s.withinCaps(t, got)
	s.everyMessageOnce(t)
	if out, told, code := s.ask("", "verify"); code != 0 {
		t.Errorf("verify: exit %d\n%s%s", code, out, told)
	}
	log, _ := os.ReadFile(s.log.Name())
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:"} {
		if bytes.Contains(log, []byte(bad)) {
			t.Errorf("a daemon said %s, see -artifacts daemons.log\n%s", bad, s.tail())
		}
	}
	s.did["steps that failed"] = bytes.Count(log, []byte("step failed"))
	repeats := 0
	for _, n := range s.receivers.again.calls {
		repeats += n - 1
	}
	t.Logf("%.0f s with SEED=%d: %d kills, %d stops; %d releases: %v; %d unknown by a kill of at most %d; %d calls repeated with the same key; %d cards answered, %d people who answered; %v",
		took.Seconds(), seed, s.kills, s.stops, len(releases), states, unknown, s.kills*(onceWorkers+ownWorkers),
		repeats, s.desk.answers, len(s.crowd.stopped), s.did)
}

// gather is what has gone out, by channel and release key; the desk knows
// messages only.
func (s *soak) gather(t *testing.T) map[string][]delivery {
	got := map[string][]delivery{"file": s.lines(t, "outbox.jsonl"), "own": s.lines(t, "own.jsonl")}
	for name, r := range map[string]*received{"once": &s.receivers.once, "again": &s.receivers.again} {
		for _, d := range r.effects {
			got[name] = append(got[name], d)
		}
	}
	for _, c := range s.desk.sent {
		got["desk"] = append(got["desk"], delivery{ID: c.ID, Account: c.Account, Target: c.Target, SlotAt: c.Due, ReleasedAt: c.ReleasedAt})
	}
	for _, lane := range lanes {
		if len(got[lane]) == 0 {
			t.Errorf("nothing went out through %s", lane)
		}
	}
	return got
}

// nothingTwice: one effect a message on every channel, one call a key where it
// must not be repeated.
func (s *soak) nothingTwice(t *testing.T, got map[string][]delivery) {
	for lane, list := range got {
		seen := map[string]string{}
		for _, d := range list {
			if before, twice := seen[d.ID]; twice {
				t.Errorf("%s: message %s went out twice, with keys %s and %s", lane, d.ID, before, d.Key)
			}
			seen[d.ID] = d.Key
		}
	}
	for key, n := range s.receivers.once.calls {
		if n > 1 {
			t.Errorf("the webhook that is not idempotent was called %d times with key %s", n, key)
		}
	}
	if twice := slices.Concat(s.receivers.once.doubles, s.receivers.again.doubles); len(twice) > 0 {
		t.Errorf("keys with two effects: %v", twice)
	}
	if len(s.desk.doubles) > 0 {
		t.Errorf("cards that were answered with sent and lay there again: %v", s.desk.doubles)
	}
}

// nothingLost: what the database calls sent was received, and what was received
// is sent or unknown there, never "not sent". It counts releases by state.
func (s *soak) nothingLost(t *testing.T, got map[string][]delivery, releases []release) map[string]int {
	effects, byMessage := map[string]bool{}, map[string]bool{}
	for lane, list := range got {
		for _, d := range list {
			effects[d.Key] = true
			byMessage[d.ID] = lane == "desk"
		}
	}
	states, known := map[string]int{}, map[string]bool{}
	cards := map[string]bool{} // desk messages that are sent
	for _, r := range releases {
		states[r.state]++
		known[r.key] = true
		switch {
		case r.channel == "desk":
			cards[r.message] = cards[r.message] || r.state == "sent"
		case r.state == "sent" && !effects[r.key]:
			t.Errorf("%s is sent in the database, but %s never got it", r.key, r.channel)
		case effects[r.key] && r.state != "sent" && r.state != "unknown":
			t.Errorf("%s got %s, which is %s in the database", r.channel, r.key, r.state)
		}
	}
	for id, sent := range cards {
		if sent != byMessage[id] {
			t.Errorf("desk message %s: sent is %v in the database, %v at the desk", id, sent, byMessage[id])
		}
	}
	for lane, list := range got {
		for _, d := range list {
			if lane != "desk" && !known[d.Key] {
				t.Errorf("%s got %s, which was never released", lane, d.Key)
			}
		}
	}
	return states
}

// littleUnknown counts the unknown releases no receiver is to blame for: no more
// than calls were under way at the kills. Those of the channels that may be
// asked again, of which there are none, unless they were recalled meanwhile.
func (s *soak) littleUnknown(t *testing.T, releases []release) (n int) {
	for _, r := range releases {
		if r.state != "unknown" || r.recalled || s.receivers.once.unclear[r.key] || r.channel == "own" && strings.HasPrefix(r.key, "1") {
			continue
		}
		if n++; r.channel != "once" && r.channel != "own" {
			t.Errorf("%s is unknown, although %s can be asked again", r.key, r.channel)
		}
	}
	if most := s.kills * (onceWorkers + ownWorkers); n > most {
		t.Errorf("%d releases are unknown for no fault of a receiver, more than %d kills × %d workers", n, s.kills, onceWorkers+ownWorkers)
	}
	return n
}

// nothingAfter: who stopped is released nothing to.
func (s *soak) nothingAfter(t *testing.T, releases []release) {
	last := map[string]stopped{}
	for _, p := range s.crowd.stopped {
		last[p.profile] = p
	}
	for _, r := range releases {
		if p, ok := last[r.profile]; ok && r.id > p.last {
			t.Errorf("release %d to %s, after %s was acknowledged at release %d", r.id, r.profile, p.kind, p.last)
		}
	}
}

// withinCaps: the receivers' own count of each account and day.
func (s *soak) withinCaps(t *testing.T, got map[string][]delivery) {
	counts, most := map[string]int{}, map[string]int{}
	for lane, list := range got {
		for _, d := range list {
			if strings.HasSuffix(d.Account, "-tight") {
				counts[d.Account+d.SlotAt.UTC().Format(" 2006-01-02")]++
			}
		}
		most[lane] = 0
	}
	for day, n := range counts {
		lane, _, _ := strings.Cut(day, "-")
		if most[lane] = max(most[lane], n); n > s.world.tightCap {
			t.Errorf("%s: %d messages, its cap is %d", day, n, s.world.tightCap)
		}
	}
	t.Logf("the most a day of the accounts whose cap is %d: %v", s.world.tightCap, most)
}

// everyMessageOnce: everybody in the file has one message a step.
func (s *soak) everyMessageOnce(t *testing.T) {
	counts := map[string]int{}
	read(t, s.program, func(db *sql.DB) error {
		rows, err := db.Query(`SELECT p.profile, count(*) FROM messages m JOIN targets t ON t.id = m.target_id
			JOIN people p ON p.id = t.person_id GROUP BY p.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var profile string
			var n int
			if err := rows.Scan(&profile, &n); err != nil {
				return err
			}
			counts[profile] = n
		}
		return rows.Err()
	})
	for _, profile := range s.world.everybody() {
		if counts[profile] != stepCount {
			t.Errorf("%s has %d messages, not %d", profile, counts[profile], stepCount)
		}
	}
}
