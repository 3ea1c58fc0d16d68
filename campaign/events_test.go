package campaign

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var updateEvents = flag.Bool("update-events", false, "write the golden answers of testdata/events anew")

// readAll tells every row of a file of events, one a line, as it was read or
// what is wrong with it.
func readAll(text, file string, format EventFormat) string {
	var b strings.Builder
	f, err := ReadEvents(strings.NewReader(text), file, format)
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	fmt.Fprintf(&b, "%s\n", f.Format)
	zone := MustZone("Europe/Berlin").Loc()
	for {
		row, wrong, done := f.Next()
		for _, p := range wrong {
			fmt.Fprintf(&b, "%s\n", p)
		}
		if done {
			return b.String()
		}
		if len(wrong) > 0 {
			continue
		}
		at := ""
		if !row.At.IsZero() {
			at = row.At.In(zone).Format(time.RFC3339)
		}
		fmt.Fprintf(&b, "%s: %s %q %q at=%s account=%q id=%q auto=%v note=%q\n",
			row.Pos, row.Kind, row.Person, row.Name, at, row.Account, row.ID, row.Auto, row.Note)
	}
}

// Every file of testdata/events is read as its golden file says.
func TestEventFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/events/*")
	n := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		n++
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := readAll(string(text), filepath.Base(file), "")
			golden := file + ".golden"
			if *updateEvents {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	if n < 8 {
		t.Errorf("%d files", n)
	}
}

func TestConnectedOn(t *testing.T) {
	for text, want := range map[string]string{
		"23 Nov 2026": "2026-11-23", "2 Nov 2026": "2026-11-02", "02 Nov 2026": "2026-11-02", "2026-11-23": "2026-11-23",
		"11/23/26": "2026-11-23", "23/11/2026": "2026-11-23", "5/5/26": "2026-05-05", "Nov 23, 2026": "2026-11-23", "23-Nov-26": "2026-11-23",
		"11/12/26": "", "1/2/2026": "", "31/31/26": "", "0/0/26": "", "13/13/26": "", "11/23/026": "", "11/23/-6": "", "": "", "yesterday": "", "11/23": "", "30 Feb 2026": "", "1.2.2026": "",
	} {
		d, err := parseConnectedOn(text)
		if d.String() != want || (err == nil) != (want != "") {
			t.Errorf("%q: %s, %v", text, d, err)
		}
	}
}

func TestWhen(t *testing.T) {
	zone := MustZone("America/New_York").Loc()
	for text, want := range map[string]string{
		"2026-12-01T09:05:00+01:00": "2026-12-01T09:05:00+01:00", "2026-12-01 09:05:00Z": "2026-12-01T09:05:00Z",
		"2026-12-01": "2026-12-01T00:00:00-05:00", "2026-12-01 09:05": "2026-12-01T09:05:00-05:00", "2026-12-01T09:05:30": "2026-12-01T09:05:30-05:00",
		"2026-13-01": "", "1926-12-01": "", "9:05": "", "01.12.2026": "",
	} {
		w, err := ParseWhen(text)
		got := ""
		if err == nil {
			got = w.In(zone).Format(time.RFC3339)
		}
		if got != want || (err == nil) == w.IsZero() {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	if w, _ := ParseWhen("2025-09-07"); !w.In(MustZone("America/Santiago").Loc()).Equal(time.Date(2025, 9, 7, 4, 0, 0, 0, time.UTC)) {
		t.Error("a day without midnight does not begin at its first instant")
	}
}

func TestEventsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "the file is empty",
		"\xff\xfek\x00":      "UTF-16",
		"PK\x03\x04\x00":     "not text",
		"kind,persno\n":      `did you mean "person"?`,
		"kind\n":             "no column person",
		"kind,person,Kind\n": `the column "Kind" stands twice (first as "kind")`,
	} {
		_, err := ReadEvents(strings.NewReader(text), "x.csv", "")
		var invalid *Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, format := range []EventFormat{"xml", EventConnections} {
		if _, err := ReadEvents(strings.NewReader("kind,person\n"), "x.csv", format); err == nil {
			t.Errorf("%s was read", format)
		}
	}
}

// A row that does not end, or a line, ends the reading and not the memory.
func TestEventsWithoutEnd(t *testing.T) {
	for name, text := range map[string]string{
		"csv":   "kind,person\nreply,\"" + strings.Repeat("x\n", 2*maxRecord),
		"jsonl": `{"kind":"` + strings.Repeat("x", 2*maxRecord),
	} {
		f, err := ReadEvents(strings.NewReader(text), name, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong, done := f.Next(); !done || len(wrong) == 0 {
			t.Errorf("%s: %v, done %v", name, wrong, done)
		}
	}
}

// Reading ends, and what is accepted names somebody.
func FuzzEvents(f *testing.F) {
	files, _ := filepath.Glob("testdata/events/*")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	zone := MustZone("America/Santiago").Loc()
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range append([]EventFormat{""}, EventFormats...) {
			file, err := ReadEvents(strings.NewReader(text), "x", format)
			var invalid *Invalid
			if err != nil {
				if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
					t.Fatal(err)
				}
				continue
			}
			for n := 0; ; n++ {
				row, wrong, done := file.Next()
				if done {
					break
				}
				if n > len(text)+1 {
					t.Fatal("more rows than bytes")
				}
				if row.Pos.Line < 1 || row.Pos.Line > strings.Count(text, "\n")+1 {
					t.Fatalf("row %d at %s", n, row.Pos)
				}
				if len(wrong) > 0 {
					continue
				}
				if row.Kind == "" || row.Person == "" && file.Format != EventConnections || len(row.Cells) != len(file.Columns) {
					t.Fatalf("%+v", row)
				}
				if !row.At.IsZero() && row.At.In(zone).Year() < 1969 {
					t.Fatalf("%+v", row)
				}
			}
		}
	})
}
