package webhook

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"outpace/channel"
)

var (
	sent    = channel.Outcome{State: channel.Sent}
	waiting = channel.Outcome{State: channel.Waiting}
	unknown = channel.Outcome{State: channel.CannotTell}
	fails   = channel.Outcome{State: channel.NotSent, Next: channel.Fail}
	off     = channel.Outcome{State: channel.NotSent, Next: channel.SwitchOff}
	retry   = channel.Outcome{State: channel.NotSent, Next: channel.Retry}
)

func again(after time.Duration) channel.Outcome {
	return channel.Outcome{State: channel.NotSent, Next: channel.Again, RetryAfter: after}
}

func refused(v channel.Verdict, after time.Duration) channel.Outcome {
	return channel.Outcome{State: channel.NotSent, Verdict: v, RetryAfter: after}
}

// same compares all but the detail, which must not be empty nor hold what the
// receiver wrote.
func same(t *testing.T, got, want channel.Outcome) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(channel.Outcome{}, "Detail")); diff != "" {
		t.Errorf("outcome (-want +got), detail %q:\n%s", got.Detail, diff)
	}
	if got.Detail == "" || strings.Contains(got.Detail, "Grace") {
		t.Errorf("detail %q", got.Detail)
	}
}

// Every row of the table of answers.
func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		status int
		header []string
		want   channel.Outcome
	}{
		{200, nil, sent}, {201, nil, sent}, {204, nil, sent}, {202, nil, waiting},
		{300, nil, off}, {301, []string{"Location", "/there"}, off}, {302, []string{"Location", "/there"}, off},
		{304, nil, off}, {307, []string{"Location", "/there"}, off}, {308, []string{"Location", "/there"}, off},
		{400, nil, fails}, {413, nil, fails}, {422, nil, fails},
		{401, nil, off}, {402, nil, off}, {403, nil, off}, {404, nil, off}, {405, nil, off}, {407, nil, off}, {410, nil, off}, {418, nil, off},
		{408, nil, unknown}, {409, nil, unknown}, {425, nil, unknown},
		{429, nil, refused(channel.Throttled, 0)},
		{429, []string{"Retry-After", "90"}, refused(channel.Throttled, 90*time.Second)},
		{429, []string{"Retry-After", "soon"}, refused(channel.Throttled, 0)},
		{500, nil, unknown}, {502, nil, unknown}, {504, nil, unknown}, {599, nil, unknown}, {777, nil, unknown},
		{500, []string{"Retry-After", "5"}, unknown},
		{503, nil, unknown},
		{503, []string{"Retry-After", "120"}, again(2 * time.Minute)},
		{503, []string{"Retry-After", "0"}, again(0)},
		{503, []string{"Retry-After", "-5"}, unknown},
		{503, []string{"Retry-After", "4000000000"}, again(maxRetryAfter)},
		{503, []string{"Retry-After", "99999999999999999999"}, unknown},
		{503, []string{"Retry-After", "Tue, 01 Dec 2026 10:00:00 GMT", "Date", "Tue, 01 Dec 2026 09:30:00 GMT"}, again(30 * time.Minute)},
		{503, []string{"Retry-After", "Tue, 01 Dec 2026 09:00:00 GMT", "Date", "Tue, 01 Dec 2026 09:30:00 GMT"}, again(0)},
	} {
		calls := 0
		url := serving(t, func(w http.ResponseWriter, r *http.Request) {
			calls++
			for i := 0; i < len(c.header); i += 2 {
				w.Header().Set(c.header[i], c.header[i+1])
			}
			w.WriteHeader(c.status)
		})
		got := to(t, url).Send(t.Context(), delivery())
		same(t, got, c.want)
		if t.Failed() || calls != 1 {
			t.Fatalf("status %d %v: %d calls", c.status, c.header, calls)
		}
	}
}

// A date in Retry-After is read against the delivery's time where the receiver
// does not tell its own.
func TestRetryAfterWithoutDate(t *testing.T) {
	a := &answer{header: http.Header{"Retry-After": {"Tue, 01 Dec 2026 09:00:01 GMT"}}, at: released}
	if wait, ok := a.retryAfter(); wait != time.Hour || !ok {
		t.Errorf("%s, %v", wait, ok)
	}
}

func TestVerdictsInAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   channel.Outcome
	}{
		{200, `{"verdict":"daily_limit"}`, refused(channel.DailyLimit, 0)},
		{429, `{"verdict":"daily_limit"}`, refused(channel.DailyLimit, 0)},
		{500, `{"verdict":"restricted","message":"Grace"}`, refused(channel.Restricted, 0)},
		{409, `{"verdict":"cannot_resend_yet"}`, refused(channel.CannotResendYet, 0)},
		{200, `{"verdict":""}`, sent},
		{200, `{"verdict":null}`, sent},
		{200, `{"ok":true}`, sent},
		{200, `{"verdict":"dayly_limit"}`, unknown},
		{200, `{"verdict":7}`, unknown},
		{400, `{"verdict":"Grace"}`, fails},
		// Lies about being JSON, and other shapes: the status says it.
		{200, `{"verdict":"daily_limit"`, sent},
		{200, `{"verdict":"daily_limit"} {}`, sent},
		{200, `[{"verdict":"daily_limit"}]`, sent},
		{200, `"daily_limit"`, sent},
		{200, `<html>Grace</html>`, sent},
		{200, "\x00\xff\xfe", sent},
		{202, strings.Repeat("[", 20000), waiting},
		{422, `{`, fails},
	} {
		same(t, to(t, answering(t, c.status, c.body, "Content-Type", "application/json")).Send(t.Context(), delivery()), c.want)
		if t.Failed() {
			t.Fatalf("%d %.60s", c.status, c.body)
		}
	}
}

func TestStatusMapping(t *testing.T) {
	url := map[int]string{}
	for _, status := range []int{200, 201, 204, 409, 500, 503} {
		url[status] = answering(t, status, "")
	}
	mapped := func(c *Config) { c.Sent, c.NotSent = []int{201, 503}, []int{409, 204} }
	for status, want := range map[int]channel.Outcome{200: unknown, 201: sent, 204: fails, 409: fails, 500: unknown, 503: sent} {
		t.Run(http.StatusText(status), func(t *testing.T) { same(t, to(t, url[status], mapped).Send(t.Context(), delivery()), want) })
	}
}

func TestAnswerMapping(t *testing.T) {
	mapped := func(c *Config) {
		c.Answer = &Answer{Field: "result.status", Sent: []string{"ok", "1", "true"}, Waiting: []string{"queued"},
			NotSent: []string{"refused"}, Verdicts: map[string]channel.Verdict{"LIMIT": channel.DailyLimit}}
	}
	for _, c := range []struct {
		status int
		body   string
		want   channel.Outcome
	}{
		{200, `{"result":{"status":"ok"}}`, sent},
		{200, `{"result":{"status":1}}`, sent},
		{200, `{"result":{"status":true}}`, sent},
		{202, `{"result":{"status":"queued"}}`, waiting},
		{200, `{"result":{"status":"refused"}}`, fails},
		{200, `{"result":{"status":"LIMIT"}}`, refused(channel.DailyLimit, 0)},
		{500, `{"result":{"status":"LIMIT"}}`, refused(channel.DailyLimit, 0)},
		{500, `{"result":{"status":"ok"}}`, unknown},
		{200, `{"result":{"status":"else"}}`, unknown},
		{200, `{"result":{"status":1.0}}`, unknown},
		{200, `{"result":{"status":{}}}`, unknown},
		{200, `{"result":"ok"}`, unknown},
		{200, `{}`, unknown},
		{200, `ok`, unknown},
		{202, ``, unknown},
		{200, `{"verdict":"no_credit"}`, refused(channel.NoCredit, 0)},
		{404, `{}`, off},
		{429, `{}`, refused(channel.Throttled, 0)},
	} {
		same(t, to(t, answering(t, c.status, c.body), mapped).Send(t.Context(), delivery()), c.want)
		if t.Failed() {
			t.Fatalf("%d %s", c.status, c.body)
		}
	}
}

// Of a key that was handed over before, only the receiver's own word about it
// is a certain "not sent"; what it says of the account holds all the same.
func TestRepeated(t *testing.T) {
	d := delivery()
	d.Repeated = true
	for _, c := range []struct {
		status int
		body   string
		want   channel.Outcome
	}{
		{200, "", sent}, {202, "", waiting},
		{400, "", unknown}, {401, "", unknown}, {302, "", unknown}, {500, "", unknown},
		{429, "", channel.Outcome{Verdict: channel.Throttled}},
		{200, `{"verdict":"daily_limit"}`, channel.Outcome{Verdict: channel.DailyLimit}},
		{451, "", fails},
	} {
		w := to(t, answering(t, c.status, c.body), func(c *Config) { c.NotSent = []int{451} })
		same(t, w.Send(t.Context(), d), c.want)
	}
	same(t, to(t, "http://127.0.0.1:1/hook").Send(t.Context(), d), unknown)
	d.Key = ""
	same(t, to(t, "http://127.0.0.1:1/hook").Send(t.Context(), d), unknown)
}

// Whatever an answer holds, judging it ends, and sent is never said of what is
// neither a success nor configured.
func FuzzJudge(f *testing.F) {
	f.Add(200, `{"verdict":"daily_limit"}`, "5")
	f.Add(503, `{"result":{"status":"ok"}}`, "Tue, 01 Dec 2026 09:00:01 GMT")
	f.Add(299, `{"a":[[[{}]]],"verdict":{}}`, "-1")
	f.Add(100, `[`, "1e9")
	m := &Webhook{Config: Config{Answer: &Answer{Field: "result.status", Sent: []string{"ok"}}}}
	f.Fuzz(func(t *testing.T, status int, body, retryAfter string) {
		a := answer{status: status, header: http.Header{"Retry-After": {retryAfter}}, fields: fieldsOf([]byte(body)), at: released}
		for _, w := range []*Webhook{{}, m} {
			out, _ := w.judge(&a)
			if out.State == channel.Sent && (status < 200 || status > 299) {
				t.Fatalf("%d %q: %+v", status, body, out)
			}
			if out.RetryAfter < 0 || out.RetryAfter > maxRetryAfter {
				t.Fatalf("%q: %s", retryAfter, out.RetryAfter)
			}
		}
	})
}
