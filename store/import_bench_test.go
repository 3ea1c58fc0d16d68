package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"outpace/campaign"
)

// importRows is how many targets BenchmarkImport brings in: make bench
// TARGETS=1000000.
func importRows(b *testing.B) int {
	text := os.Getenv("TARGETS")
	if text == "" {
		return 50_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("TARGETS=%q is not a number of targets", text)
	}
	return n
}

// writeImport writes a file of 10 accounts and one campaign with n targets.
func writeImport(tb testing.TB, dir string, n int) string {
	tb.Helper()
	var y strings.Builder
	y.WriteString("timezone: UTC\naccounts:\n")
	for i := range 10 {
		fmt.Fprintf(&y, "  a%d: { plan: basic, slots: \"*/10 9-16 * * MON-FRI\" }\n", i)
	}
	y.WriteString("templates: { note: { body: \"Hi {{.first_name}} of {{.company}}\" } }\ncampaigns:\n" +
		"  big: { accounts: [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9], targets: [{ csv: many.csv }], steps: [{ send: connect, template: note }] }\n")
	file := filepath.Join(dir, "campaigns.yaml")
	if err := os.WriteFile(file, []byte(y.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "many.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "name,profile,company,title,priority,topic")
	for i := range n {
		fmt.Fprintf(w, "Person%d Example,https://www.linkedin.com/in/example-%d,Example %d,Head of %d,%d,topic %d\n", i, i*7919%n, i/3, i%50, i%101, i%9)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return file
}

// The yardsticks: the CSV read, and each row put into one table that holds the
// same; or into the tables the queue needs, with their keys and indexes, but
// without any check. Durability is the same.
var (
	oneTable = []string{
		`CREATE TABLE raw (id INTEGER PRIMARY KEY, profile TEXT NOT NULL UNIQUE, name TEXT, company TEXT,
			title TEXT, priority INTEGER, topic TEXT) STRICT`,
		`INSERT INTO raw (id, profile, name, company, title, priority, topic) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
	}
	threeTables = []string{
		`CREATE TABLE people (id INTEGER PRIMARY KEY, profile TEXT NOT NULL UNIQUE, name TEXT, company TEXT, company_key TEXT) STRICT;
		CREATE INDEX people_company ON people (company_key) WHERE company_key <> '';
		CREATE TABLE targets (id INTEGER PRIMARY KEY, campaign_id INTEGER, person_id INTEGER, account_id INTEGER, position INTEGER,
			priority INTEGER, fields TEXT, digest TEXT, added_at INTEGER, state TEXT, UNIQUE (campaign_id, person_id)) STRICT;
		CREATE INDEX targets_active ON targets (account_id) WHERE state = 'active';
		CREATE INDEX targets_person ON targets (person_id);
		CREATE TABLE messages (id TEXT PRIMARY KEY, target_id INTEGER, account_id INTEGER, step TEXT, state TEXT, UNIQUE (target_id, step)) STRICT`,
		`INSERT INTO people VALUES (?1, ?2, ?3, ?4, ?4)`,
		`INSERT INTO targets VALUES (?1, 1, ?1, ?1 % 10, ?1, ?6, ?3 || ?4 || ?5 || ?7, ?8, 1, 'active')`,
		`INSERT INTO messages VALUES (substr(?8, 1, 20), ?1, ?1 % 10, 'note', 'queued')`,
	}
)

// rawImport runs a yardstick: its tables, then its statements for each row.
func rawImport(tb testing.TB, dir, name string, sqls []string) time.Duration {
	tb.Helper()
	began := time.Now()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, name)+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_cache_size=-65536")
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(sqls[0]); err != nil {
		tb.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "many.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows := csv.NewReader(bufio.NewReaderSize(f, 64<<10))
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		tb.Fatal(err)
	}
	for n, more := 0, true; more; {
		t, err := db.Begin()
		if err != nil {
			tb.Fatal(err)
		}
		inserts := make([]*sql.Stmt, len(sqls)-1)
		for i, text := range sqls[1:] {
			if inserts[i], err = t.Prepare(text); err != nil {
				tb.Fatal(err)
			}
		}
		for range 10_000 {
			r, err := rows.Read()
			if errors.Is(err, io.EOF) {
				more = false
				break
			}
			if err != nil {
				tb.Fatal(err)
			}
			n++
			p, _ := strconv.Atoi(r[4])
			args := []any{n, r[1], r[0], r[2], r[3], p, r[5], MessageID("big", r[1], "note") + "0123456789ab"}
			for i, insert := range inserts {
				used := len(args)
				for !strings.Contains(sqls[i+1], fmt.Sprint("?", used)) {
					used--
				}
				if _, err := insert.Exec(args[:used]...); err != nil {
					tb.Fatal(err)
				}
			}
		}
		if err := t.Commit(); err != nil {
			tb.Fatal(err)
		}
	}
	return time.Since(began)
}

// peak is the most memory the process held since the last call, in MiB; 0
// where Linux does not tell.
func peak() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kb int
	_, _ = fmt.Sscan(string(rest), &kb)
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200)
	return kb >> 10
}

// BenchmarkImport prints the phases of an import, each with its rate and its
// peak memory, beside the yardstick of the same minute.
func BenchmarkImport(b *testing.B) {
	n := importRows(b)
	for b.Loop() {
		dir := b.TempDir()
		file := writeImport(b, dir, n)
		report := func(phase string, took time.Duration, rss int) {
			// Not b.Logf, which keeps ten lines.
			fmt.Printf("%-12s %9d rows %7.2f s %8.0f rows/s  peak %4d MiB\n", phase, n, took.Seconds(), float64(n)/took.Seconds(), rss)
		}
		peak()
		raw := rawImport(b, dir, "raw.db", oneTable)
		report("one table", raw, peak())
		raw3 := rawImport(b, dir, "raw3.db", threeTables)
		report("three tables", raw3, peak())
		ctx := context.Background()
		s, err := Open(ctx, filepath.Join(dir, "outpace.db"), Options{Migrate: true})
		if err != nil {
			b.Fatal(err)
		}
		var began time.Time
		var total time.Duration
		most := 0
		phase := func(name string, fn func() error) {
			began = time.Now()
			if err := fn(); err != nil {
				b.Fatal(err)
			}
			took := time.Since(began)
			total += took
			rss := peak()
			most = max(most, rss)
			report(name, took, rss)
		}
		now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		var set *campaign.Set
		var staged *Staged
		phase("load", func() (err error) { set, _, err = campaign.Load(file); return err })
		phase("stage", func() (err error) { staged, err = s.Stage(ctx, set, now); return err })
		phase("commit", func() error { return s.Commit(ctx, staged, now) })
		phase("merge", func() error { return s.merge(ctx, now, nil) })
		report("imported", total, most)
		b.ReportMetric(total.Seconds()/raw.Seconds(), "x-one-table")
		b.ReportMetric(total.Seconds()/raw3.Seconds(), "x-three-tables")
		phase("plan", func() error { return s.PlanDirty(ctx, now, nil) })
		phase("load again", func() (err error) { set, _, err = campaign.Load(file); return err })
		phase("stage again", func() (err error) { staged, err = s.Stage(ctx, set, now); return err })
		if staged.Changes {
			b.Fatal("the same file changes something")
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
