package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"outpace/campaign"
	"outpace/channel"
)

// A webhook of the file calls its endpoint as the file says.
func TestWebhookOfTheFile(t *testing.T) {
	calls := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- fmt.Sprintf("%s %s %s", r.Method, r.Header.Get("X-Team"), body)
		fmt.Fprint(w, `{"state": "parked"}`)
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "campaigns.yaml")
	yaml := fmt.Sprintf(`version: 1
channels:
  crm:
    type: webhook
    url: %q
    allow_http: true
    allow_private: ["127.0.0.0/8"]
    method: PUT
    headers: { X-Team: blue }
    body: '{"to": {{json .name}}}'
    answer: { field: state, waiting: parked }
accounts: { ada: { plan: basic, timezone: UTC, slots: "0 9 * * *", channel: crm } }
campaigns:
  c:
    accounts: [ada]
    targets: [ { name: Grace Example, profile: "https://www.linkedin.com/in/example-grace" } ]
    steps: [ { send: connect } ]
`, server.URL)
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _, err := campaign.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	cs, err := (&opener{}).open(set.Channels)
	if err != nil {
		t.Fatal(err)
	}
	defer cs.close()
	now := time.Now()
	out := cs["crm"].Send(t.Context(), channel.Delivery{ID: "m", Key: "k", Name: "Grace Example", SlotAt: now, ReleasedAt: now})
	if got := <-calls; got != "PUT blue {\"to\": \"Grace Example\"}" || out.State != channel.Waiting {
		t.Errorf("called %q, answered %+v", got, out)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, def := range map[string]*campaign.Channel{
		"type":   {Name: "x", Type: "pigeon"},
		"outbox": {Name: "x", Type: "outbox", Path: "/nowhere/at/all.jsonl"},
		"exec":   {Name: "x", Type: "exec", Exec: &campaign.Exec{Command: []string{"/bin/true"}, Timeout: 1, Workers: 1}},
	} {
		if _, err := (&opener{}).open([]*campaign.Channel{def}); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
