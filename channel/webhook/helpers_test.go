package webhook

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outpace/channel"
)

var (
	released = time.Date(2026, 12, 1, 9, 0, 1, 0, time.FixedZone("CET", 3600))
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
)

func delivery() channel.Delivery {
	return channel.Delivery{
		ID: "0a1b", Key: "0a1b-0", SlotAt: released.Add(-time.Second), ReleasedAt: released,
		Account: "ada", Campaign: "founders", Target: "https://www.linkedin.com/in/example-grace",
		Profile: "https://www.linkedin.com/in/example-grace", Name: "Grace Example", Kind: "message",
		Body: "Hi Grace,\n\"ships\" & <harbours> — grüße",
	}
}

const line = `{"id":"0a1b","key":"0a1b-0","slot_at":"2026-12-01T09:00:00+01:00","released_at":"2026-12-01T09:00:01+01:00",` +
	`"account":"ada","campaign":"founders","target":"https://www.linkedin.com/in/example-grace",` +
	`"profile":"https://www.linkedin.com/in/example-grace","name":"Grace Example","kind":"message",` +
	`"subject":"","body":"Hi Grace,\n\"ships\" & <harbours> — grüße"}`

// to is a webhook that calls url and may call this machine.
func to(t testing.TB, url string, change ...func(*Config)) *Webhook {
	t.Helper()
	c := Config{URL: url, Method: "POST", Timeout: 5 * time.Second, Workers: 4, AllowPrivate: loopback}
	for _, f := range change {
		f(&c)
	}
	w, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// answering is a receiver that always answers the same.
func answering(t testing.TB, status int, body string, header ...string) string {
	return serving(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func serving(t testing.TB, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// secret writes a signing secret to a file and returns both.
func secret(t testing.TB, name, key string) (file, text string) {
	t.Helper()
	text = "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(key, 32)[:32]))
	return write(t, name, text+"\n"), text
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
