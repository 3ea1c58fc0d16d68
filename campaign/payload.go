package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/template"
)

// lineFields are what the body of a webhook may show: the fields of the outbox
// line.
var lineFields = []string{
	"id", "key", "slot_at", "released_at", "account", "campaign", "target", "profile", "name", "kind", "subject", "body",
}

// hardLine is a line whose texts hold what breaks a body that does not escape
// them.
func hardLine() map[string]string {
	line := map[string]string{}
	for _, field := range lineFields {
		line[field] = field + " \"1\" & <2> 50% + \\ 'ü'\n\t}]"
	}
	return line
}

// Render fills the body of a webhook with the fields of the outbox line. There
// must be a body.
func (w *Webhook) Render(line map[string]string) (string, error) {
	p := w.prog
	if p == nil { // not from Load or JSON
		var err error
		if p, err = compilePayload(w.Body); err != nil {
			return "", err
		}
	}
	var out capped
	if err := p.body.Execute(&out, line); err != nil {
		return "", execError(err)
	}
	return out.String(), nil
}

// execError is what went wrong in a template, without the place that repeats
// its text.
func execError(err error) error {
	var exec template.ExecError
	if errors.As(err, &exec) && errors.Is(err, errTooLong) {
		return errTooLong
	}
	return err
}

// UnmarshalJSON reads a webhook and prepares its body. A body that cannot be
// parsed is an error of Render.
func (w *Webhook) UnmarshalJSON(b []byte) error {
	type plain Webhook
	if err := json.Unmarshal(b, (*plain)(w)); err != nil {
		return err
	}
	if w.Body != "" {
		w.prog, _ = compilePayload(w.Body) // Render says what is wrong
	}
	return nil
}

func compilePayload(text string) (*program, error) {
	p := &program{}
	var err error
	if p.body, err = p.parse("body", text, payloads); err != nil {
		return nil, err
	}
	return p, nil
}

// payload reads and tries the body.
func (l *loader) payload(w *Webhook, v val[string]) {
	if !v.ok {
		return
	}
	if strings.TrimSpace(v.V) == "" {
		l.problem(v.at, "body is empty: leave it out to send the outbox line")
		return
	}
	p, err := compilePayload(v.V)
	if err != nil {
		l.problem(v.at, "%v", err)
		return
	}
	w.Body, w.prog = v.V, p
	for _, field := range p.fields {
		if !slices.Contains(lineFields, field) {
			l.hinted(v.at, suggest(field, lineFields), "body uses {{.%s}}, which is no field of a message (there are %s)", field, oneOf(lineFields))
			return
		}
	}
	if !slices.Contains(p.fields, "body") {
		l.warn(v.at, "body does not show {{.body}}: the message's text does not reach the receiver")
	}
	l.unescaped(w, v)
}

// unescaped notes a body that a text with quotes or line breaks would break.
func (l *loader) unescaped(w *Webhook, v val[string]) {
	out, err := w.Render(hardLine())
	switch kind := w.ContentType(); {
	case err != nil:
		l.problem(v.at, "%v", err)
	case strings.Contains(kind, "json") && !json.Valid([]byte(out)):
		l.problem(v.at, "body is not JSON once a text holds quotes or line breaks: write {{json .body}}, without quotes around it")
	case strings.Contains(kind, "x-www-form-urlencoded"):
		if _, err := url.ParseQuery(strings.TrimSpace(out)); err != nil || strings.ContainsAny(strings.TrimSpace(out), " \n\"<>") {
			l.problem(v.at, "body is not a form once a text holds other characters: write {{urlquery .body}}")
		}
	}
}

// ContentType is the type of the body: JSON, if no header says another.
func (w *Webhook) ContentType() string {
	for name, value := range w.Headers {
		if strings.EqualFold(name, "Content-Type") {
			return strings.ToLower(value)
		}
	}
	return "application/json"
}

// jsonText is a text as JSON, with its quotes; < > & stay readable.
func jsonText(s string) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return "", fmt.Errorf("json: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
