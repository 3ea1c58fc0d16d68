package webhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"outpace/channel"
)

// recording answers 200 and keeps the last request.
func recording(t *testing.T) (url string, last *http.Request, body *[]byte) {
	last, body = new(http.Request), new([]byte)
	return serving(t, func(_ http.ResponseWriter, r *http.Request) {
		*body, _ = io.ReadAll(r.Body)
		*last = *r.Clone(r.Context())
	}), last, body
}

func TestRequest(t *testing.T) {
	url, got, body := recording(t)
	token := write(t, "token", "Bearer abc\n")
	w := to(t, url+"/hook?v=2", func(c *Config) {
		c.Headers = map[string]string{"X-Team": "blue"}
		c.HeaderFiles = map[string]string{"authorization": token}
	})
	same(t, w.Send(t.Context(), delivery()), sent)
	if string(*body) != line {
		t.Errorf("body\n%s\nwant\n%s", *body, line)
	}
	if got.Method != "POST" || got.RequestURI != "/hook?v=2" || !got.Close || got.ContentLength != int64(len(line)) {
		t.Errorf("%s %s, close %v, %d bytes", got.Method, got.RequestURI, got.Close, got.ContentLength)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "outpace", "Idempotency-Key": "0a1b-0", "Webhook-Id": "0a1b-0",
		"Webhook-Timestamp": "1796112001", "Webhook-Signature": "", "X-Team": "blue", "Authorization": "Bearer abc", "Accept-Encoding": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got := w.Traits(); got != (channel.Traits{Workers: 4}) {
		t.Errorf("traits %+v", got)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, w); strings.Contains(s, "abc") {
			t.Errorf("%s shows a secret: %s", verb, s)
		}
	}
}

// Both secrets sign while they rotate: each receiver verifies with its own.
func TestSignature(t *testing.T) {
	url, got, body := recording(t)
	newFile, newText := secret(t, "new", "n")
	oldFile, oldText := secret(t, "old", "o")
	now := time.Now()
	w := to(t, url, func(c *Config) {
		c.SecretFile, c.PreviousSecretFile, c.Now = newFile, oldFile, func() time.Time { return now }
	})
	same(t, w.Send(t.Context(), delivery()), sent)
	for _, text := range []string{newText, oldText} {
		receiver, err := standardwebhooks.NewWebhook(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := receiver.Verify(*body, got.Header); err != nil {
			t.Error(err)
		}
		if receiver.Verify(append(*body, ' '), got.Header) == nil {
			t.Error("a changed body is verified")
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", w.signers, w.signers[0], w.signers); strings.Contains(s, "nnn") || !strings.Contains(s, "***") {
		t.Errorf("shows a secret: %s", s)
	}
}

// The vector of the specification's libraries.
func TestSignatureVector(t *testing.T) {
	c := Config{}
	s, err := c.readSigner(write(t, "s", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestBodyTemplate(t *testing.T) {
	url, got, body := recording(t)
	fill := func(line map[string]string) (string, error) {
		return fmt.Sprintf(`{"to":%q,"at":%q,"n":%d}`, line["profile"], line["slot_at"], len(line)), nil
	}
	w := to(t, url, func(c *Config) { c.Body, c.Method = fill, "PUT" })
	same(t, w.Send(t.Context(), delivery()), sent)
	if want := `{"to":"https://www.linkedin.com/in/example-grace","at":"2026-12-01T09:00:00+01:00","n":12}`; string(*body) != want || got.Method != "PUT" {
		t.Errorf("%s %s", got.Method, *body)
	}
	form := map[string]string{"content-type": "application/x-www-form-urlencoded"}
	plain := func(map[string]string) (string, error) { return "a=b", nil }
	same(t, to(t, url, func(c *Config) { c.Body, c.Headers = plain, form }).Send(t.Context(), delivery()), sent)
	if ct := got.Header.Get("Content-Type"); ct != "application/x-www-form-urlencoded" || string(*body) != "a=b" {
		t.Errorf("%s: %s", ct, *body)
	}
}

// What cannot be written is not called with.
func TestBodyThatCannotBeWritten(t *testing.T) {
	var called atomic.Bool
	url := serving(t, func(http.ResponseWriter, *http.Request) { called.Store(true) })
	broken := func(map[string]string) (string, error) { return "", errors.New("no") }
	notJSON := func(map[string]string) (string, error) { return `{"a": "b" c"}`, nil }
	same(t, to(t, url, func(c *Config) { c.Body = broken }).Send(t.Context(), delivery()), fails)
	same(t, to(t, url, func(c *Config) { c.Body = notJSON }).Send(t.Context(), delivery()), fails)
	d := delivery()
	d.Key = ""
	same(t, to(t, url).Send(t.Context(), d), fails)
	d = delivery()
	d.SlotAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	same(t, to(t, url).Send(t.Context(), d), fails)
	if called.Load() {
		t.Error("it was called")
	}
}

// Secrets may stand in the environment of the daemon.
func TestSecretsOfTheEnvironment(t *testing.T) {
	_, newText := secret(t, "new", "n")
	_, oldText := secret(t, "old", "o")
	env := map[string]string{"NEW": newText, "OLD": " " + oldText + "\n", "TOKEN": "Bearer abc", "TWO": "a\nb"}
	url, got, body := recording(t)
	from := func(c *Config) {
		c.Env = func(name string) string { return env[name] }
		c.SecretFile, c.PreviousSecretFile = environment+"NEW", environment+"OLD"
		c.HeaderFiles = map[string]string{"Authorization": environment + "TOKEN"}
	}
	same(t, to(t, url, from).Send(t.Context(), delivery()), sent)
	if got.Header.Get("Authorization") != "Bearer abc" || strings.Count(got.Header.Get("Webhook-Signature"), "v1,") != 2 || string(*body) != line {
		t.Errorf("called with %v", got.Header)
	}
	for name, wrong := range map[string]string{"MISSING": "MISSING is not set", "TWO": "more than one line", "TOKEN": "not a signing secret"} {
		c := Config{Timeout: 1, Workers: 1, SecretFile: environment + name}
		c.Env = func(name string) string { return env[name] }
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "abc") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := New(Config{Timeout: 1, Workers: 1, SecretFile: environment + name}); err == nil {
			t.Errorf("%s: no error without an environment", name)
		}
	}
}

func TestSecretsThatAreNone(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"empty": " \n", "no-prefix": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "short": "whsec_c2VjcmV0", "not-base64": "whsec_!!!!MfKQ9r8GKYqrTwjUPD8ILPZI",
		"two-lines": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nx", "large": strings.Repeat("x", maxSecret+1),
		"long": "whsec_" + strings.Repeat("AAAA", 30), "good": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, wrong := range map[string]string{
		folder + "/empty": "empty", folder + "/no-prefix": "not a signing secret", folder + "/short": "not a signing secret",
		folder + "/not-base64": "not a signing secret", folder + "/two-lines": "more than one line", folder + "/large": "larger than",
		folder + "/long": "not a signing secret", folder + "/missing": "no such file", folder: "not a regular file",
		"$CREDENTIALS_DIRECTORY/missing": "no such file", "$CREDENTIALS_DIRECTORY/good": "",
	} {
		c := Config{URL: "https://crm.example", Method: "POST", Timeout: time.Second, Workers: 1, SecretFile: file, Credentials: folder}
		_, err := New(c)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "MfKQ")) {
			t.Errorf("%s: %v, want %q", file, err, wrong)
		}
		c.SecretFile, c.HeaderFiles = "", map[string]string{"Authorization": file}
		if _, err := New(c); err == nil && (strings.Contains(file, "missing") || strings.Contains(file, "empty") || strings.Contains(file, "two")) {
			t.Errorf("header from %s: no error", file)
		}
	}
	c := Config{Workers: 1, Timeout: 1, SecretFile: "$CREDENTIALS_DIRECTORY/good"}
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "LoadCredential") {
		t.Errorf("without credentials: %v", err)
	}
	if _, err := New(Config{Timeout: 1}); err == nil {
		t.Error("no workers: no error")
	}
}
