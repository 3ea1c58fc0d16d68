package soak

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// desk is the person who sends what lies there, in processes of their own. They
// never send a card twice, and tell the truth.
type desk struct {
	p       *program
	mu      sync.Mutex
	sent    map[string]card // by message: what has gone out
	told    map[string]bool // outpace has taken note of it
	doubles []string
	answers int
}

type card struct {
	ID         string    `json:"id"`
	Account    string    `json:"account"`
	Target     string    `json:"target"`
	Due        time.Time `json:"due"`
	ReleasedAt time.Time `json:"released_at"`
	Recalled   bool      `json:"recalled"`
}

// work takes what lies there once: most cards are sent and reported, some are
// sent and reported in the next round, some cannot be sent. It says how many
// cards there were.
func (k *desk) work(t *testing.T, random *rand.Rand, late bool) int {
	out, told, code := k.p.ask("", "desk", "list", "-o", "json")
	var cards []card
	if busy(code, told) {
		return 1
	}
	if err := json.Unmarshal([]byte(out), &cards); code != 0 || err != nil {
		t.Errorf("desk list: exit %d, %v: %s", code, err, told)
		return 0
	}
	var sent, unsent []string
	k.mu.Lock()
	for _, c := range cards {
		_, did := k.sent[c.ID]
		switch luck := random.IntN(100); {
		case k.told[c.ID]:
			k.doubles = append(k.doubles, c.ID)
		case did:
			sent = append(sent, c.ID)
		case c.Recalled || luck < 3:
			unsent = append(unsent, c.ID)
		case luck < 10 && late:
			k.sent[c.ID] = c
		default:
			k.sent[c.ID] = c
			sent = append(sent, c.ID)
		}
	}
	k.mu.Unlock()
	k.report(t, "sent", sent)
	k.report(t, "not-sent", unsent)
	return len(cards)
}

// busy says that a command gave up, with some of what it was to do or all of it,
// because others kept the database from it: on a slow machine that happens, and
// nothing was acknowledged.
func busy(code int, told string) bool {
	return code != 0 && strings.Contains(told, "database is locked")
}

// report tells outpace. What it does not take note of is told again.
func (k *desk) report(t *testing.T, answer string, ids []string) {
	if len(ids) == 0 {
		return
	}
	_, told, code := k.p.ask(strings.Join(ids, "\n"), "desk", answer, "-")
	if busy(code, told) {
		return
	}
	if code != 0 {
		t.Errorf("desk %s: exit %d: %s", answer, code, told)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answers += len(ids)
	for _, id := range ids {
		k.told[id] = answer == "sent"
	}
}

// stopped is a person who must not be written to any more.
type stopped struct {
	profile string
	kind    string
	last    int64 // the newest release when outpace had acknowledged it
}

// crowd are the people who answer, in processes of their own.
type crowd struct {
	p       *program
	stopped []stopped
	done    map[string]bool
}

// answer lets somebody out of list reply or opt out, and notes what had been
// released when the command returned.
func (c *crowd) answer(t *testing.T, random *rand.Rand, list []string) {
	profile := list[random.IntN(len(list))]
	if c.done[profile] {
		return
	}
	kind := "opt_out"
	if random.IntN(2) == 0 {
		kind = "reply"
	}
	_, told, code := c.p.ask("", "event", kind, profile)
	if busy(code, told) {
		return
	}
	if code != 0 {
		if kind == "reply" && strings.Contains(told, "never") {
			return
		}
		t.Errorf("event %s %s: exit %d: %s", kind, profile, code, told)
		return
	}
	c.done[profile] = true
	c.stopped = append(c.stopped, stopped{profile, kind, newest(t, c.p)})
}

// newest is the id of the newest release.
func newest(t *testing.T, p *program) (id int64) {
	read(t, p, func(db *sql.DB) error {
		return db.QueryRow("SELECT coalesce(max(id), 0) FROM releases").Scan(&id)
	})
	return id
}

// read reads the database. It stays open no longer than that: a connection
// would keep a killed daemon's log from being recovered as after a crash.
func read(t *testing.T, p *program, fn func(*sql.DB) error) {
	db, err := sql.Open("sqlite3", "file:"+p.file("outpace.db")+"?mode=rw&_query_only=on&_busy_timeout=10000")
	if err == nil {
		err = fn(db)
	}
	if err != nil {
		t.Errorf("reading the database: %v", err)
	}
	if db != nil {
		db.Close()
	}
}

// live lets the desk and the crowd go on until ctx ends.
func live(ctx context.Context, t *testing.T, k *desk, c *crowd, seed uint64, list []string) {
	var wg sync.WaitGroup
	wg.Go(func() {
		random := rand.New(rand.NewPCG(seed, 1))
		for pause(ctx, 200*time.Millisecond) {
			k.work(t, random, true)
		}
	})
	wg.Go(func() {
		random := rand.New(rand.NewPCG(seed, 2))
		for pause(ctx, time.Duration(random.IntN(800))*time.Millisecond) && len(c.done) < len(list)/5 {
			c.answer(t, random, list)
		}
	})
	wg.Wait()
}

// pause waits, and says whether to go on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
