package campaign

import (
	"net/netip"
	"time"
)

// Webhook is an endpoint of the user's and how to talk to it. It says where
// secrets stand, and holds none.
type Webhook struct {
	URL     string            `json:"url"`
	Method  string            `json:"method"` // POST, PUT or PATCH
	Headers map[string]string `json:"headers,omitempty"`
	// HeaderFiles are headers whose value is secret: name -> file. Files are
	// absolute, or begin with CredentialsDir or Environment and a slash.
	HeaderFiles        map[string]string `json:"header_files,omitempty"`
	SecretFile         string            `json:"secret_file,omitempty"`          // empty: not signed
	PreviousSecretFile string            `json:"previous_secret_file,omitempty"` // while rotating: both sign
	Body               string            `json:"body,omitempty"`                 // a template, see Render; empty: the outbox line
	Sent               []int             `json:"sent,omitempty"`                 // statuses; empty: as usual
	NotSent            []int             `json:"not_sent,omitempty"`             // statuses that fail the message
	Answer             *Answer           `json:"answer,omitempty"`
	Timeout            Duration          `json:"timeout"`
	Workers            int               `json:"workers"` // at least 1
	Idempotent         bool              `json:"idempotent,omitempty"`
	AllowPrivate       []netip.Prefix    `json:"allow_private,omitempty"`

	prog *program // of the body; nil: parsed by Render
}

// Answer is what the values of one field of a webhook's JSON answer mean. A
// value is compared as it would stand in the text: ok, 3, true.
type Answer struct {
	Field    string            `json:"field"` // with dots into objects
	Sent     []string          `json:"sent,omitempty"`
	Waiting  []string          `json:"waiting,omitempty"`  // accepted; a report follows
	NotSent  []string          `json:"not_sent,omitempty"` // the message fails
	Verdicts map[string]string `json:"verdicts,omitempty"` // value -> the platform's verdict
}

// CredentialsDir stands at the beginning of a file that is a systemd
// credential: whoever opens the channel puts the folder of that name there.
// Environment stands there if it is no file, but a variable of the daemon.
const (
	CredentialsDir = "$CREDENTIALS_DIRECTORY"
	Environment    = "$ENVIRONMENT"
)

// webhook reads a channel of type webhook.
func (l *loader) webhook(c *Channel, item *named[channelShape]) *Webhook {
	shape := &item.V
	w := &Webhook{URL: shape.URL.V, Method: methods[0], Idempotent: shape.Idempotent.V}
	w.Timeout, w.Workers = l.called(shape, Duration(20*time.Second), 4)
	if shape.Method.ok {
		w.Method = string(shape.Method.V)
	}
	for _, n := range valuesOf(shape.Private) {
		w.AllowPrivate = append(w.AllowPrivate, netip.Prefix(n))
	}
	l.required(shape.URL.given, item.at, "url", "channel "+c.Name)
	if shape.URL.ok {
		l.address(shape.URL, shape.AllowHTTP.V, w.AllowPrivate)
	}
	l.headers(w, shape)
	l.secrets(w, shape)
	if !shape.Secret.given && !shape.Credential.given && !shape.SecretEnv.given && !shape.HeaderFile.given && !shape.HeaderEnv.given {
		l.warn(item.at, "channel %s has no secret_file: its receiver cannot tell who calls", c.Name)
	}
	l.payload(w, shape.Body)
	w.Sent, w.NotSent = l.statuses(shape.Sent, "sent"), l.statuses(shape.NotSent, "not_sent")
	for _, status := range w.NotSent {
		for _, sent := range w.Sent {
			if status == sent {
				l.problem(shape.NotSent.at, "the status %d cannot mean both sent and not_sent", status)
			}
		}
	}
	if shape.Answer.ok {
		w.Answer = l.answer(&shape.Answer)
	}
	return w
}

// answer reads what the answer's field means.
func (l *loader) answer(b *block[answerShape]) *Answer {
	shape := &b.V
	a := &Answer{Field: shape.Field.V, Verdicts: map[string]string{}}
	l.required(shape.Field.given, b.at, "field", "answer")
	if shape.Field.ok && !fieldPath.MatchString(a.Field) {
		l.problem(shape.Field.at, "field %q is not a field of an answer: write one like status, or result.status", a.Field)
	}
	seen := map[string]bool{}
	once := func(at Pos, value string) {
		if seen[value] {
			l.problem(at, "the value %q of %s means two things", value, a.Field)
		}
		seen[value] = true
	}
	for _, list := range []struct {
		from many[val[word]]
		to   *[]string
	}{{shape.Sent, &a.Sent}, {shape.Waiting, &a.Waiting}, {shape.NotSent, &a.NotSent}} {
		for _, item := range list.from.items {
			if item.ok {
				once(item.at, string(item.V))
				*list.to = append(*list.to, string(item.V))
			}
		}
	}
	for _, p := range shape.Verdicts.items {
		if !p.value.ok {
			continue
		}
		if err := oneWord(p.value.V, "verdict", verdicts); err != nil {
			l.hinted(p.value.at, suggest(p.value.V, verdicts), "%v", err)
		}
		once(p.at, p.key)
		a.Verdicts[p.key] = p.value.V
	}
	if len(a.Sent) == 0 && len(a.Waiting) == 0 {
		l.problem(b.at, "answer says of no value that it means sent, or waiting: every message would be unknown")
	}
	return a
}
