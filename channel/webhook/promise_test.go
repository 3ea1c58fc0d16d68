package webhook

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"outpace/channel"
)

// row is a row of the table of what answers mean: how the receiver behaves, and
// what is known after that.
type row struct {
	name string
	url  func(t *testing.T) string
	want channel.Outcome
}

// says is a receiver that answers with a status, and headers by name and value.
func says(status int, header ...string) func(*testing.T) string {
	return func(t *testing.T) string { return answering(t, status, "", header...) }
}

// saying is says with a body.
func saying(status int, body string) func(*testing.T) string {
	return func(t *testing.T) string { return answering(t, status, body, "Content-Type", "application/json") }
}

// below is a receiver below HTTP; quit is closed when the call is over.
func below(handle func(c net.Conn, quit <-chan struct{})) func(*testing.T) string {
	return func(t *testing.T) string {
		quit := make(chan struct{})
		url, _ := raw(t, func(c net.Conn, _ int) { handle(c, quit) })
		t.Cleanup(func() { close(quit) })
		return url
	}
}

// promise is the table, row by row.
var promise = []row{
	// Certainly not sent: no header was written.
	{"no such name", func(*testing.T) string { return "https://nowhere.invalid/hook" }, retry},
	{"refused", func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String()
	}, retry},
	{"TLS: a certificate of nobody", func(t *testing.T) string {
		s := httptest.NewTLSServer(http.NotFoundHandler())
		s.Config.ErrorLog = nil
		t.Cleanup(s.Close)
		return s.URL
	}, retry},
	{"TLS: a handshake that hangs", func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return "https://" + l.Addr().String()
	}, retry},
	{"503 with Retry-After", says(503, "Retry-After", "120"), again(2 * time.Minute)},
	{"400", says(400), fails}, {"413", says(413), fails}, {"422", says(422), fails},
	{"429", says(429), refused(channel.Throttled, 0)},
	{"429 with Retry-After", says(429, "Retry-After", "90"), refused(channel.Throttled, 90*time.Second)},
	{"301", says(301, "Location", "/there"), off}, {"307", says(307, "Location", "/there"), off}, {"308 to elsewhere", says(308, "Location", "http://example.com/"), off},
	{"401", says(401), off}, {"403", says(403), off}, {"404", says(404), off}, {"410", says(410), off}, {"418, of the other 4xx", says(418), off},

	// Sent.
	{"200", says(200), sent}, {"201", says(201), sent}, {"204", says(204), sent}, {"202: a report follows", says(202), waiting},

	// Nobody can tell.
	{"408", says(408), unknown}, {"409", says(409), unknown}, {"425", says(425), unknown},
	{"500", says(500), unknown}, {"502", says(502), unknown}, {"503 without Retry-After", says(503), unknown}, {"504", says(504), unknown},
	{"no answer in time", below(func(_ net.Conn, quit <-chan struct{}) { <-quit }), unknown},
	{"a slow answer that stops in its body", below(func(c net.Conn, quit <-chan struct{}) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
		<-quit
	}), unknown},
	{"reset before an answer", below(func(c net.Conn, _ <-chan struct{}) { reset(c) }), unknown},
	{"reset after the headers", below(func(c net.Conn, _ <-chan struct{}) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
		reset(c)
	}), unknown},

	// What the answer says beyond its status.
	{"slow, but whole", below(func(c net.Conn, _ <-chan struct{}) {
		for _, part := range []string{"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\n", "{", "}"} {
			_, _ = io.WriteString(c, part)
			time.Sleep(20 * time.Millisecond)
		}
	}), sent},
	{"a verdict in the answer", saying(200, `{"verdict":"daily_limit"}`), refused(channel.DailyLimit, 0)},
	{"a verdict nobody knows", saying(200, `{"verdict":"monthly_limit"}`), unknown},
	{"no JSON, whatever it says of itself", saying(200, `<html>Grace</html>`), sent},
	{"half of JSON", saying(200, `{"verdict":"daily_limit"`), sent},
	{"10 MB", func(t *testing.T) string {
		return serving(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat(" ", 10<<20)) })
	}, sent},
	{"10 MB that refuse", func(t *testing.T) string {
		return serving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(422)
			_, _ = io.WriteString(w, strings.Repeat("[", 10<<20))
		})
	}, fails},
}

// Every row of the table, against a real receiver, once, and again as a call
// that is repeated because nobody knows how the one before ended: then only what
// the receiver says of this very key is certain.
func TestPromise(t *testing.T) {
	for _, r := range promise {
		t.Run(r.name, func(t *testing.T) {
			w := to(t, r.url(t), func(c *Config) { c.Timeout = 500 * time.Millisecond })
			d := delivery()
			same(t, w.Send(t.Context(), d), r.want)
			want := r.want
			if d.Repeated = true; want.State == channel.NotSent {
				want.State, want.Next = channel.CannotTell, 0
			}
			same(t, w.Send(t.Context(), d), want)
		})
	}
}
