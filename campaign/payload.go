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

// safeFields are the fields that hold nothing a body must escape as JSON: words,
// names of the file, hexadecimal digits and instants. In a form the + of an instant
// would be a blank.
var safeFields = map[string]string{
	"id": "3f2a9c0b", "key": "3f2a9c0b-0", "slot_at": "2026-12-01T09:00:00+01:00", "released_at": "2026-12-01T09:00:01+01:00",
	"account": "ada", "campaign": "founders", "kind": "message",
}

// plainLine is a line of which nothing must be escaped.
func plainLine() map[string]string {
	line := map[string]string{}
	for _, field := range lineFields {
		if line[field] = safeFields[field]; line[field] == "" {
			line[field] = field
		}
	}
	return line
}

// hard is a text that breaks a body that does not escape it.
func hard(field string) string { return field + " \"1\" & <2> 50% + \\ 'ü'\n\t}]" }

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

// unescaped notes a body that is none of its type, or that a text with quotes or
// line breaks would break, and which text that is.
func (l *loader) unescaped(w *Webhook, v val[string]) {
	kind := w.ContentType()
	isJSON, isForm := strings.Contains(kind, "json"), strings.Contains(kind, "x-www-form-urlencoded")
	line := plainLine()
	if out, err := w.Render(line); err != nil {
		l.problem(v.at, "%v", err)
		return
	} else if isJSON && !json.Valid([]byte(out)) {
		l.problem(v.at, "body is not JSON: a text is written {{json .body}}, without quotes around it")
		return
	} else if isForm && !escapedForm(out) {
		l.problem(v.at, "body is not a form: other characters than those of a form are written like {{urlquery .body}} or %%20")
		return
	}
	for _, field := range w.prog.fields {
		if _, safe := safeFields[field]; safe && !(isForm && strings.HasSuffix(field, "_at")) {
			continue
		}
		plain := line[field]
		line[field] = hard(field)
		out, err := w.Render(line)
		line[field] = plain
		switch {
		case err != nil:
			l.problem(v.at, "%v", err)
		case isJSON && !json.Valid([]byte(out)):
			l.problem(v.at, "body is not JSON once {{.%s}} holds quotes or line breaks: write {{json .%s}}, without quotes around it", field, field)
		case isForm && !escapedForm(out):
			l.problem(v.at, "body is not a form once {{.%s}} holds other characters: write {{urlquery .%s}}", field, field)
		default:
			continue
		}
		return
	}
}

// escapedForm says whether a form has nothing in it that must be escaped.
func escapedForm(out string) bool {
	_, err := url.ParseQuery(strings.TrimSpace(out))
	return err == nil && !strings.ContainsAny(strings.TrimSpace(out), " \n\"<>")
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
