package campaign

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Whatever stands in a file, Load answers, with a set or with an *Invalid, and
// what it accepts survives storing.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml", "testdata/warn/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	file := filepath.Join(f.TempDir(), "campaigns.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set, _, err := Load(file)
		var invalid *Invalid
		if err != nil {
			if !errors.As(err, &invalid) || len(invalid.Problems) == 0 || set != nil {
				t.Fatalf("%v", err)
			}
			return
		}
		b, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &Set{}); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
	})
}

// Reading a CSV file ends, and what it accepts is canonical.
func FuzzCSV(f *testing.F) {
	files, _ := filepath.Glob("testdata/csv/*.csv")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "name", "Full Name")
	}
	f.Fuzz(func(t *testing.T, text, field, header string) {
		rows, wrong := newCSVRows(strings.NewReader(text), "x.csv", map[string]string{field: header})
		if len(wrong) > 0 {
			return
		}
		for n := 0; ; n++ {
			target, wrong, done := rows.next()
			if done {
				return
			}
			if n > len(text)+1 {
				t.Fatal("more rows than bytes")
			}
			if len(wrong) > 0 {
				continue
			}
			if again, err := Canonical(target.Profile); err != nil || again != target.Profile {
				t.Fatalf("%q: %q, %v", target.Profile, again, err)
			}
		}
	})
}

// A template that compiles renders or fails, in bounded time and size.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"Hi {{.first_name}}", "{{range 9}}x{{end}}", "{{with .company}}{{.}}{{else}}{{$.name}}{{end}}", "{{if .x}}a{{else if .y}}b{{end}}",
		"{{define \"x\"}}{{template \"x\"}}{{end}}", "{{printf \"%1000d\" 1}}", "{{.name | default \"x\" | upper}}", "{{filled \"a\" .name}}", "{{$x := 1}}", "{{/*c*/}}", "{{break}}",
	} {
		f.Add(seed, "Grace")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		template := &Template{Name: "t", Body: text}
		_, body, err := template.Render(Target{Name: name}.Fields(50))
		if err == nil && (body == "" || len(body) > maxRendered || strings.Contains(body, "{{") || strings.Contains(body, "<no value>") && !strings.Contains(text+name, "no value")) {
			t.Fatalf("%q gives %q", text, body)
		}
	})
}

// An expression that is accepted fires, later than asked, and reads itself.
func FuzzCron(f *testing.F) {
	for _, seed := range []string{"* * * * *", "*/10 9-16 * * MON-FRI", "0 0 31 2 *", "TZ=UTC 0 0 * * *", "CRON_TZ=", "@every 1s", "@daily", "0 0 29 2 *", "1-5/0 * * * *", "? ? ? ? ?", "0 0 0 1 1 0"} {
		f.Add(seed, int64(1764547200))
	}
	f.Fuzz(func(t *testing.T, expr string, unix int64) {
		c, err := ParseCron(expr)
		if err != nil {
			return
		}
		after := time.Unix(unix%(1<<32), 0)
		if next := c.Next(after, MustZone("America/New_York").Loc()); !next.After(after) {
			t.Fatalf("%q after %s: %s", expr, after, next)
		}
		again, err := ParseCron(c.String())
		if err != nil || !again.Equal(c) {
			t.Fatalf("%q reads itself as %q, %v", c, again, err)
		}
	})
}

// One spelling is its own spelling.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		"https://www.linkedin.com/in/example-grace", "de.linkedin.com/in/J%C3%9CRGEN/", "https://example.com/a%2Fb/../c?x=1&utm_source=y#z",
		"https://EXAMPLE.com:80/%C4%B0", "https://linkedin.com/in/ACoAABCdefGHIjklMNOpqrSTU", "http://xn--bcher-kva.example/x", "https://www.linkedin.com/sales/lead/A,B", "https://www.linkedin.com/in/%2541",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, profile string) {
		once, err := Canonical(profile)
		if err != nil {
			return
		}
		if twice, err := Canonical(once); err != nil || twice != once {
			t.Fatalf("%q -> %q -> %q, %v", profile, once, twice, err)
		}
		if !strings.HasPrefix(once, "https://") {
			t.Fatalf("%q -> %q", profile, once)
		}
	})
}
