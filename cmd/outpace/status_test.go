package main

import (
	"bytes"
	"testing"

	"outpace/app"
)

// What many accounts lack alike is said once, what few lack of each.
func TestAssumedRemarks(t *testing.T) {
	var out bytes.Buffer
	c := &cli{stderr: &out}
	all, one := []string{"pending", "noted"}, []string{"noted"}
	c.assumedRemarks([]app.AccountStatus{
		{Account: "a", Assumed: all}, {Account: "b", Assumed: one}, {Account: "c", Assumed: all}, {Account: "d"},
		{Account: "e", Assumed: all}, {Account: "f", Assumed: all},
	})
	const want = "4 accounts: assumed, because `opening` does not tell: pending, noted\n" +
		"b: assumed, because `opening` does not tell: noted\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestPlainUsage(t *testing.T) {
	var out bytes.Buffer
	c := &cli{stdout: &out, stderr: &out, env: func(string) string { return "" }}
	code := execute(t.Context(), c, []string{"usage", "record", "ada", "--pending", "3", "--note", "x"})
	const want = "outpace: --note and --pending exclude each other: give one of them\nsee `outpace usage record --help`\n"
	if code != exitUsage || out.String() != want {
		t.Errorf("code %d, got\n%swant\n%s", code, out.String(), want)
	}
}
