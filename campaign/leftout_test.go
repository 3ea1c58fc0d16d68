package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// leaving loads a file and notes what is left out as "line column value problem".
func leaving(t *testing.T, file string) (*Set, []string, error) {
	t.Helper()
	var out []string
	set, _, err := LoadWith(t.Context(), file, Options{LeftOut: func(r LeftOut) error {
		out = append(out, fmt.Sprintf("%d %s %q %s", r.Line, r.Column, r.Value, r.Problems[0]))
		return nil
	}})
	return set, out, err
}

// profiles are the targets a set gives.
func profiles(t *testing.T, set *Set) (list []string) {
	t.Helper()
	if err := set.Campaigns[0].Targets(func(t Target) error {
		list = append(list, t.Profile[len("https://www.linkedin.com/in/example-"):])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestLeftOut(t *testing.T) {
	rows := []string{
		"A Example,https://www.linkedin.com/in/example-a,Example A,x",
		"B Example,nowhere,Example B,x",
		"C Example,https://www.linkedin.com/in/example-c,,x", // its text has an empty place
		"D Example,,Example D,x",
		"C Example,https://www.linkedin.com/in/example-c,Example C,x", // the first good one
		"C again,https://www.linkedin.com/in/example-c,Example D,x",
		"E Example,https://www.linkedin.com/in/example-e,Example E,x,too many",
		"A again,https://www.linkedin.com/in/EXAMPLE-a/,Example A,x",
		"F Example,https://www.linkedin.com/in/example-f,Example F,x",
	}
	file := manyTargets(t, len(rows), func(i int) string { return rows[i] })
	set, out, err := leaving(t, file)
	if err != nil {
		t.Fatal(err)
	}
	if set.LeftOut != 6 || len(out) != 6 {
		t.Errorf("%d left out, %d told: %q", set.LeftOut, len(out), out)
	}
	if diff := cmp.Diff([]string{"a", "c", "f"}, profiles(t, set)); diff != "" {
		t.Error(diff)
	}
	again, outAgain, err := leaving(t, file)
	if err != nil || !slices.Equal(out, outAgain) || !slices.Equal(profiles(t, set), profiles(t, again)) {
		t.Errorf("the second time %q, %v; the first %q", outAgain, err, out)
	}
	want := []string{
		`3 profile "nowhere" profile: `, `4 company "" {{.company}} of template note is empty`, `5 profile "" a target without profile`,
		`8  "" 5 cells`, `7 profile "https://www.linkedin.com/in/example-c" C again`, `9 profile "https://www.linkedin.com/in/EXAMPLE-a/" A again`,
	}
	for i, text := range want {
		if i < len(out) && (len(out[i]) < len(text) || out[i][:len(text)] != text) {
			t.Errorf("left out %q, want %q…", out[i], text)
		}
	}
	if _, _, err := Load(file); err == nil {
		t.Error("without anybody to tell, the rows are left out as well")
	}
}

// What is wrong with the file, and not with a row, is no reason to leave rows out.
func TestNotLeftOut(t *testing.T) {
	for name, text := range map[string]string{
		"open quote":   "name,profile,company\nA,https://example.com/a,\"x\nB,https://example.com/b,y\n",
		"bare quote":   "name,profile,company\nA,https://example.com/a,x\"y\n",
		"another code": "name,profile,company\nA\xe4,https://example.com/a,x\n",
		"no profile":   "name,company\nA,x\n",
		"empty":        "",
	} {
		file := manyTargets(t, 0, sound)
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), "many.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var invalid *Invalid
		if _, _, err := leaving(t, file); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file of rows that were left out is read without what stands in front.
func TestMended(t *testing.T) {
	file := manyTargets(t, 0, sound)
	text := "file,line,column,value,problem,name,profile,company,value\n" +
		"many.csv,3,company,,is empty,A Example,https://www.linkedin.com/in/example-a,Example A,v\n"
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "many.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Campaigns[0].Targets(func(t Target) error {
		if diff := fmt.Sprint(t.Extra); diff != "map[value:v]" {
			return errors.New(diff)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestLoadIsInterrupted(t *testing.T) {
	file := manyTargets(t, 3000, sound)
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	_, _, err := LoadWith(ctx, file, Options{Progress: func(p Progress) {
		if told++; p.Rows >= tellRows {
			cancel()
		}
		if p.Read > p.Bytes || p.Bytes == 0 {
			t.Errorf("progress %+v", p)
		}
	}})
	if !errors.Is(err, context.Canceled) || told != 2 {
		t.Errorf("told %d times, then %v", told, err)
	}
	full := errors.New("no space left")
	if _, _, err := LoadWith(t.Context(), manyTargets(t, 3, func(int) string { return "A,nowhere,x,y" }), Options{
		LeftOut: func(LeftOut) error { return full }}); !errors.Is(err, full) {
		t.Errorf("the file of problems is full: %v", err)
	}
}

// Rows left out are not kept: many of them take no more memory than few.
func TestManyLeftOut(t *testing.T) {
	n := 50_000
	if os.Getenv("SOAK") != "" {
		n = 1_000_000
	}
	for name, row := range map[string]func(int) string{
		"bad rows":   func(i int) string { return fmt.Sprintf("Person %d,nothing,x,y", i) },
		"no company": func(i int) string { return fmt.Sprintf("Person %d,https://example.com/%d,,y", i, i) },
		"one person": func(i int) string { return fmt.Sprintf("Person %d,https://example.com/1,x,y", i) },
	} {
		file := manyTargets(t, n, row)
		var start, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&start)
		count, peak := 0, uint64(0)
		_, _, err := LoadWith(t.Context(), file, Options{LeftOut: func(LeftOut) error {
			if count++; count%10_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc)
			}
			return nil
		}})
		if err != nil || count < n-1 {
			t.Fatalf("%s: %d left out, %v", name, count, err)
		}
		if most := uint64(24*n + 4<<20); peak > start.HeapAlloc+most {
			t.Errorf("%s: %d rows took %d KiB", name, n, (peak-start.HeapAlloc)>>10)
		}
	}
}
