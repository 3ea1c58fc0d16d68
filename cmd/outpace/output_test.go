package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"
)

type thing struct {
	Name string     `json:"name"`
	N    int        `json:"n"`
	At   time.Time  `json:"at"`
	Till *time.Time `json:"till"`
	Tags []string   `json:"tags"`
}

func TestCSVIsInert(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.FixedZone("", 3600))
	var out bytes.Buffer
	err := writeCSV(&out, []thing{
		{"=1+1", -1, at, &at, []string{"a"}}, {"+x", 2, at, nil, nil}, {"-x", 3, at, nil, nil}, {"@x", 4, at, nil, nil},
		{"\tx", 5, at, nil, nil}, {"\rx", 6, at, nil, nil}, {`plain, "quoted"`, 7, at, nil, nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	const stamp = "2026-12-01T09:00:00+01:00"
	want := "name,n,at,till,tags\n" +
		"'=1+1,-1," + stamp + "," + stamp + ",\"[\"\"a\"\"]\"\n" +
		"'+x,2," + stamp + ",,\n'-x,3," + stamp + ",,\n'@x,4," + stamp + ",,\n" +
		"'\tx,5," + stamp + ",,\n\"'\rx\",6," + stamp + ",,\n" +
		"\"plain, \"\"quoted\"\"\",7," + stamp + ",,\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

func TestPrint(t *testing.T) {
	for _, test := range []struct {
		output string
		value  []thing
		want   string
	}{
		{"json", nil, "[]\n"},
		{"jsonl", nil, ""},
		{"csv", nil, "name,n,at,till,tags\n"},
		{"table", nil, "NAME  N\n"},
		{"table", []thing{{Name: "a\x1b[31m\u202eb\n", N: 10}, {Name: "c", N: 2}}, "NAME        N\na\ufffd[31m\ufffdb   10\nc           2\n"},
		{"wide", []thing{{Name: "a", Tags: []string{"x"}}}, "NAME  N  TAGS\na     0  x\n"},
	} {
		var out bytes.Buffer
		c := &cli{stdout: &out, output: test.output, env: func(string) string { return "" }}
		err := c.print(test.value, list(c, "", test.value,
			column[thing]{"name", func(x thing) string { return x.Name }, plain},
			column[thing]{"n", func(x thing) string { return strconv.Itoa(x.N) }, number},
			column[thing]{"tags", func(x thing) string { return strings.Join(x.Tags, " ") }, wide}))
		if err != nil || out.String() != test.want {
			t.Errorf("%s of %d: %v, got\n%q\nwant\n%q", test.output, len(test.value), err, out.String(), test.want)
		}
	}
}
