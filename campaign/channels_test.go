package campaign

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What the file says of channels is what is loaded, and it survives storing.
func TestChannelsLoaded(t *testing.T) {
	set, _, err := Load("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(set.Dir, "crm.secret")
	want := map[string]*Channel{
		"crm": {Name: "crm", Type: "webhook", Webhook: &Webhook{
			URL: "https://crm.example/hook", Method: "POST", SecretFile: secret, Timeout: Duration(20 * time.Second), Workers: 4,
		}},
		"api": {Name: "api", Type: "webhook", Webhook: &Webhook{
			URL: "http://10.1.2.3:8080/messages?v=2", Method: "PUT",
			Headers:     map[string]string{"Content-Type": "application/json; charset=utf-8", "X-Team": "blue"},
			HeaderFiles: map[string]string{"Authorization": secret, "X-Api-Key": "$CREDENTIALS_DIRECTORY/api.key"},
			SecretFile:  "$CREDENTIALS_DIRECTORY/api.secret", PreviousSecretFile: secret,
			Body: `{"to": {{json .profile}}, "text": {{json .body}}{{with .subject}}, "title": {{json .}}{{end}}}`,
			Sent: []int{200, 201}, NotSent: []int{409},
			Answer: &Answer{
				Field: "result.status", Sent: []string{"ok", "1", "true"}, Waiting: []string{"queued"}, NotSent: []string{"refused"},
				Verdicts: map[string]string{"LIMIT": "daily_limit", "SLOW": "throttled"},
			},
			Timeout: Duration(30 * time.Second), Workers: 8, Idempotent: true,
			AllowPrivate: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		}},
		"program": {Name: "program", Type: "exec", Exec: &Exec{
			Command: []string{filepath.Join(set.Dir, "send.sh"), "--quiet"}, Timeout: Duration(2 * time.Minute), Workers: 2, Idempotent: true,
		}},
		"tool": {Name: "tool", Type: "exec", Exec: &Exec{Command: []string{"sh", "-c", "true"}, Timeout: Duration(time.Minute), Workers: 1}},
	}
	for name, want := range want {
		got := set.Channel(name)
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		stored := new(Channel)
		if err := json.Unmarshal(b, stored); err != nil {
			t.Fatal(err)
		}
		same := []cmp.Option{cmpopts.IgnoreUnexported(Webhook{}), cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}
		if diff := cmp.Diff(want, got, same...); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(want, stored, same...); diff != "" {
			t.Errorf("%s stored (-want +got):\n%s", name, diff)
		}
	}
}

func TestPayloads(t *testing.T) {
	line := map[string]string{"body": "He said \"hi\"\n<&> — ü", "subject": "", "name": "grace example", "kind": "message"}
	for _, c := range []struct{ body, want, wrong string }{
		{`{"text": {{json .body}}}`, `{"text": "He said \"hi\"\n<&> — ü"}`, ""},
		{`a={{urlquery .body}}`, `a=He+said+%22hi%22%0A%3C%26%3E+%E2%80%94+%C3%BC`, ""},
		{`{{json .subject}} {{.subject}}|`, `"" |`, ""}, // nothing to show is nothing, unlike in a message
		{`{{with .subject}}no{{else}}{{.kind | upper}}{{end}} {{title .name}} {{.account | default "x"}}`, "MESSAGE Grace Example x", ""},
		{`{{json (trim .name)}}`, `"grace example"`, ""},
		{`{{index . "body"}}`, "", "index is not a function"},
		{`{{call .body}}`, "", "call is not a function"},
		{`{{range .}}{{end}}`, "", "is not allowed"},
		{`{{template "x"}}`, "", "is not allowed"},
		{`{{json .body .name}}`, "", "json takes 1"},
		{`{{nothing}}`, "", "there are json, urlquery"},
		{`{{`, "", "unclosed"},
		{strings.Repeat(`{{.body}}`, 4000), "", "larger than 64 KiB"},
	} {
		got, err := (&Webhook{Body: c.body}).Render(line)
		switch {
		case c.wrong == "" && (err != nil || got != c.want):
			t.Errorf("%s: %q, %v; want %q", c.body, got, err, c.want)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%.40s: %v, want %q", c.body, err, c.wrong)
		}
	}
	// What a message's template may not call.
	if _, _, err := (&Template{Name: "t", Body: `{{json .name}}`}).Render(line); err == nil || !strings.Contains(err.Error(), "json is not a function") {
		t.Errorf("json in a message: %v", err)
	}
}

// The channel of the manual loads; that its secret is not there yet is said,
// and is no error.
func TestManualsWebhook(t *testing.T) {
	text, err := os.ReadFile("testdata/bad/exec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "accounts:")
	file := filepath.Join(t.TempDir(), "campaigns.yaml")
	head := "version: 1\ntimezone: Europe/Berlin\nchannels:\n  crm: { type: webhook, url: \"https://crm.example/hook\", secret_file: crm.secret }\naccounts:"
	if err := os.WriteFile(file, []byte(head+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	set, warnings, err := Load(file)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].Text, "run will not start without it") {
		t.Fatalf("%v, %v", warnings, err)
	}
	if got, want := set.Channel("crm").Webhook.SecretFile, filepath.Join(filepath.Dir(file), "crm.secret"); got != want {
		t.Errorf("secret in %s, want %s", got, want)
	}
}

// No body makes rendering run on, or write without end.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{`{"a": {{json .body}}}`, `{{range 9}}x{{end}}`, `{{with .name}}{{json .}}{{end}}`, `{{urlquery .body | upper}}`} {
		f.Add(seed, "Hi")
	}
	f.Fuzz(func(t *testing.T, body, text string) {
		out, err := (&Webhook{Body: body}).Render(map[string]string{"body": text, "name": text})
		if err == nil && len(out) > maxRendered {
			t.Fatalf("%q writes %d bytes", body, len(out))
		}
	})
}
