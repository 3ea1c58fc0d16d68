package campaign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tooSlow leaves room for the race detector and a busy machine: these files
// take a third of a second, and read naively a minute.
const tooSlow = 3 * time.Second * slowdown

// Files too large or too cunning for testdata: each must be refused, quickly.
func TestHostileFiles(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"too large":          {"x: " + strings.Repeat("y", maxYAML), "larger than 1024 KiB"},
		"flat mapping":       {flatMapping(256 << 10), "a mapping with more than 500 keys"},
		"flat mapping, 1 MB": {flatMapping(maxYAML - 10), "a mapping with more than 500 keys"},
		"deep flow list":     {"x: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested deeper than 40 levels"},
		"deeper flow list":   {"x: " + strings.Repeat("[", 400_000), "not YAML"},
		"deep blocks":        {strings.Repeat("- ", 20_000) + "x", ""},
		"long list":          {"campaigns: [" + strings.Repeat("a,", 200_000) + "]", "more than 100000 values"},
		"alias bomb":         {aliasBomb(), "counting each use of an alias"},
		"merge bomb":         {mergeBomb(), "counting each use of an alias"},
		"anchors":            {"x: [" + strings.Repeat("&a b,", 90_000) + "]", ""},
		"huge number":        {"version: " + strings.Repeat("9", 500_000), "must be a whole number"},
		"long key":           {"? " + strings.Repeat("k", 500_000) + "\n: 1", "unknown key"},
		"long slot":          {"timezone: UTC\naccounts: {a: {plan: basic, slots: \"" + strings.Repeat("1,", 200_000) + " * * * *\"}}", "more than 500 characters"},
		"nested ifs":         {withTemplate(strings.Repeat("{{if .name}}", 3000) + strings.Repeat("{{end}}", 3000)), "nested too deeply"},
		"parentheses":        {withTemplate("{{" + strings.Repeat("(", 20_000) + ".name" + strings.Repeat(")", 20_000) + "}}"), "template"},
		"large template":     {withTemplate(strings.Repeat("a", maxTemplate+1)), "larger than 64 KiB"},
		"many comments":      {strings.Repeat("# c\n", 200_000), "the file is empty"},
		"directive":          {"%YAML 9.9\n---\na: 1", "not YAML"},
		"tag directive":      {"%TAG ! tag:example.com,2026:\n---\n!a b: 1", "means nothing here"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "campaigns.yaml")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, _, err := Load(file)
			if took := time.Since(began); took > tooSlow {
				t.Errorf("took %s", took)
			}
			var invalid *Invalid
			if !errors.As(err, &invalid) {
				t.Fatalf("Load: %v, want an *Invalid", err)
			}
			if text := err.Error(); !strings.Contains(text, tt.want) || len(text) > 100_000 {
				t.Errorf("Load: %.300s (%d bytes)\nwant it to hold %q", text, len(text), tt.want)
			}
		})
	}
}

func flatMapping(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size-20; i++ {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

func aliasBomb() string {
	var b strings.Builder
	b.WriteString("campaigns:\n  c0: &c0 {name: a}\n")
	for i := range 240 {
		fmt.Fprintf(&b, "  d%d: {steps: [%s]}\n", i, strings.Repeat("*c0,", 300))
	}
	return b.String()
}

// mergeBomb merges nine mappings that merge nine mappings that …
func mergeBomb() string {
	var b strings.Builder
	b.WriteString("accounts:\n  a0: &a0 {plan: basic}\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d {<<: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return b.String()
}

func withTemplate(body string) string {
	return "timezone: UTC\naccounts: {}\ntemplates:\n  t: {body: \"" + body + "\"}\n"
}

func TestNotRegularFiles(t *testing.T) {
	for _, path := range []string{t.TempDir(), "/dev/zero", filepath.Join(t.TempDir(), "missing.yaml")} {
		if _, _, err := Load(path); err == nil {
			t.Errorf("Load(%s): no error", path)
		}
	}
}
