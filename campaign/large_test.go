package campaign

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// manyTargets writes a campaign whose n targets stand in a CSV file.
func manyTargets(t testing.TB, n int, row func(i int) string) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "many.csv"))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "name,profile,company,topic")
	for i := range n {
		fmt.Fprintln(w, row(i))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "campaigns.yaml")
	text := `timezone: UTC
accounts: { ada: { plan: basic, slots: "* * * * *" } }
templates: { note: { body: "Hi {{.first_name}} of {{.company}}" } }
campaigns: { big: { accounts: [ada], targets: [{ csv: many.csv }], steps: [{ send: connect, template: note }] } }
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func sound(i int) string {
	return fmt.Sprintf("Person %d Example,https://www.linkedin.com/in/example-%d,Example %d,topic", i, i, i)
}

// Rows are streamed: what a large file leaves behind is two hashes a row.
func TestManyTargets(t *testing.T) {
	n := 20_000
	if os.Getenv("SOAK") != "" {
		n = 1_000_000
	}
	file := manyTargets(t, n, sound)
	began := time.Now()
	set, warnings, err := Load(file)
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	t.Logf("%d targets checked in %s", n, time.Since(began))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	count, peak := 0, uint64(0)
	err = set.Campaign("big").Targets(func(Target) error {
		if count++; count%10_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
		return nil
	})
	if err != nil || count != n {
		t.Fatalf("%d targets, %v; want %d", count, err, n)
	}
	if peak > before.HeapAlloc+2<<20 {
		t.Errorf("streaming took %d KiB", (peak-before.HeapAlloc)>>10)
	}
}

// A file in which every row is bad is an error of bounded size.
func TestManyBadTargets(t *testing.T) {
	for name, row := range map[string]func(int) string{
		"bad rows":   func(i int) string { return fmt.Sprintf("Person %d,nothing,x,y", i) },
		"no company": func(i int) string { return fmt.Sprintf("Person %d,https://example.com/%d,,y", i, i) },
		"one person": func(i int) string { return fmt.Sprintf("Person %d,https://example.com/1,x,y", i) },
	} {
		_, _, err := Load(manyTargets(t, 1500, row))
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		if n := strings.Count(err.Error(), "\n"); n > 3*maxProblems+10 || !strings.Contains(err.Error(), " more") {
			t.Errorf("%s: %d lines", name, n)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	file := manyTargets(b, 20_000, sound)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Load(file); err != nil {
			b.Fatal(err)
		}
	}
}
