package webhook

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outpace/channel"
)

// raw is a receiver below HTTP: handle gets each connection once its request
// was read, and how many came before it.
func raw(t *testing.T, handle func(c net.Conn, n int)) (url string, calls *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	calls = new(atomic.Int32)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				req, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				handle(c, int(calls.Add(1)))
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return "http://" + l.Addr().String(), calls
}

func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

func say(text string) func(net.Conn, int) {
	return func(c net.Conn, _ int) { _, _ = io.WriteString(c, text) }
}

// What breaks once the request is out leaves the effect unknown, and is never
// sent again: Go's transport repeats a POST with an Idempotency-Key whose
// reused connection breaks.
func TestBrokenAnswersAreSentOnce(t *testing.T) {
	for name, c := range map[string]struct {
		handle func(net.Conn, int)
		want   channel.Outcome
	}{
		"reset":                   {func(c net.Conn, _ int) { reset(c) }, unknown},
		"closed":                  {func(net.Conn, int) {}, unknown},
		"reset within the header": {func(c net.Conn, _ int) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Le"); reset(c) }, unknown},
		"closed within the body":  {say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"verdict\":"), unknown},
		"refused, then closed":    {say("HTTP/1.1 422 No\r\nContent-Length: 100\r\n\r\n{"), fails},
		"not HTTP":                {say("SSH-2.0-Grace\r\n"), unknown},
		"zeros":                   {say(strings.Repeat("\x00", 100)), unknown},
		"endless header":          {say("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)), unknown},
		"only informational":      {say(strings.Repeat("HTTP/1.1 103 Early\r\n\r\n", 20)), unknown},
		"switching protocols":     {say("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), unknown},
		"no length, closed":       {say("HTTP/1.0 200 OK\r\n\r\n{}"), sent},
	} {
		t.Run(name, func(t *testing.T) {
			url, calls := raw(t, c.handle)
			w := to(t, url)
			same(t, w.Send(t.Context(), delivery()), c.want)
			if n := calls.Load(); n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// The second call on a connection that the receiver keeps open and then resets
// is the one the transport would repeat.
func TestNoConnectionIsReused(t *testing.T) {
	url, calls := raw(t, func(c net.Conn, n int) {
		if n > 1 {
			reset(c)
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}")
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			t.Error("a second request came on the same connection")
		}
	})
	w := to(t, url)
	same(t, w.Send(t.Context(), delivery()), sent)
	same(t, w.Send(t.Context(), delivery()), unknown)
	if n := calls.Load(); n != 2 {
		t.Errorf("2 deliveries were called %d times", n)
	}
	req, err := w.request(delivery())
	if err != nil || req.GetBody != nil || !w.transport.DisableKeepAlives || w.transport.Proxy != nil {
		t.Error("the transport could send twice, or around the guard")
	}
}

func TestSlowReceivers(t *testing.T) {
	quick := func(c *Config) { c.Timeout = 100 * time.Millisecond }
	for name, handle := range map[string]func(net.Conn, chan struct{}){
		"no answer":     func(_ net.Conn, end chan struct{}) { <-end },
		"half a header": func(c net.Conn, end chan struct{}) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"); <-end },
		"half a body": func(c net.Conn, end chan struct{}) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
			<-end
		},
		"a byte at a time": func(c net.Conn, end chan struct{}) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				if _, err := io.WriteString(c, " "); err != nil {
					return
				}
				select {
				case <-end:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			end := make(chan struct{})
			url, calls := raw(t, func(c net.Conn, _ int) { handle(c, end) })
			began := time.Now()
			same(t, to(t, url, quick).Send(t.Context(), delivery()), unknown)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %s", took)
			}
			close(end)
			if n := calls.Load(); n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// An answer of any length is read up to a bound; its status counts.
func TestLongAnswer(t *testing.T) {
	var wrote atomic.Int64
	url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 64<<10))
		for range 160 { // 10 MiB
			n, err := w.Write(chunk)
			if wrote.Add(int64(n)); err != nil {
				return
			}
		}
	})
	same(t, to(t, url).Send(t.Context(), delivery()), sent)
	mapped := func(c *Config) { c.Answer = &Answer{Field: "a", Sent: []string{"ok"}} }
	same(t, to(t, url, mapped).Send(t.Context(), delivery()), unknown)
}

// A redirect is an answer, not a way to go.
func TestRedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Bool
	other := serving(t, func(http.ResponseWriter, *http.Request) { followed.Store(true) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		same(t, to(t, answering(t, status, "", "Location", other)).Send(t.Context(), delivery()), off)
	}
	if followed.Load() {
		t.Error("a redirect was followed")
	}
}

func TestNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") }))
	secure.Config.ErrorLog = nil
	defer secure.Close()
	plain := answering(t, 200, "")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []struct {
		name string
		ctx  context.Context
		url  string
		want channel.Outcome
	}{
		{"refused", t.Context(), "http://" + address, retry},
		{"no such name", t.Context(), "https://nowhere.invalid/hook", retry},
		{"certificate of nobody", t.Context(), secure.URL, retry},
		{"TLS to what speaks none", t.Context(), strings.Replace(plain, "http:", "https:", 1), retry},
		{"stopped before", stopped, plain, again(0)},
	} {
		t.Run(c.name, func(t *testing.T) { same(t, to(t, c.url).Send(c.ctx, delivery()), c.want) })
	}
	t.Run("stopped while waiting", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		end := make(chan struct{})
		url, _ := raw(t, func(net.Conn, int) { stop(); <-end })
		same(t, to(t, url).Send(ctx, delivery()), unknown)
		close(end)
	})
}

// A handshake that hangs has written no header.
func TestSlowHandshake(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := to(t, "https://"+l.Addr().String(), func(c *Config) { c.Timeout = 100 * time.Millisecond })
	same(t, w.Send(t.Context(), delivery()), retry)
}

// An environment with a proxy does not lead around the guard.
func TestNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", answering(t, 200, ""))
	t.Setenv("http_proxy", answering(t, 200, ""))
	same(t, to(t, "http://nowhere.invalid/hook").Send(t.Context(), delivery()), retry)
}
