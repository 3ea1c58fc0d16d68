package webhook

import (
	"strings"
	"testing"
)

// What an answer said that nobody understands is told, cut and quoted: it is the
// one field of the answer that is.
func TestDetailsNameTheValue(t *testing.T) {
	long := strings.Repeat("é", 30)
	for _, c := range []struct{ body, want string }{
		{`{"status":"QUEUED","to":"Grace"}`, `HTTP 200 OK, but its status "QUEUED" means nothing known`},
		{`{"status":7}`, `HTTP 200 OK, but its status "7" means nothing known`},
		{`{"status":"a\nb"}`, `HTTP 200 OK, but its status "a\nb" means nothing known`},
		{`{"status":"` + long + `"}`, `HTTP 200 OK, but its status "` + long[:40] + `…" means nothing known`},
		{`{"status":{"of":"Grace"}}`, `HTTP 200 OK, but its status means nothing known`},
		{`Grace`, `HTTP 200 OK, but its status means nothing known`},
		{`{"verdict":"dayly_limit"}`, `HTTP 200 OK, but its verdict "dayly_limit" is none that is known`},
		{`{"verdict":["Grace"]}`, `HTTP 200 OK, but its verdict is none that is known`},
	} {
		w := to(t, answering(t, 200, c.body), func(c *Config) { c.Answer = &Answer{Field: "status", Sent: []string{"ok"}} })
		got := w.Send(t.Context(), delivery())
		if same(t, got, unknown); got.Detail != c.want {
			t.Errorf("%s: detail %s, want %s", c.body, got.Detail, c.want)
		}
	}
}
