package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

// The sizes of a template and of what it renders, in bytes.
const (
	maxTemplate = 64 << 10
	maxRendered = 64 << 10
)

// program is a template's text parsed and checked.
type program struct {
	subject, body *template.Template
	fields        []string // the target's fields it uses, sorted
}

// EmptyError says that a placeholder has nothing to show for a target. It is
// never released that way.
type EmptyError struct {
	Place string // the placeholder, like {{.company}}
}

func (e *EmptyError) Error() string {
	return fmt.Sprintf("%s is empty", e.Place)
}

// Render fills the template with a target's fields (see Target.Fields). A
// placeholder with nothing to show is an *EmptyError, unless it has a default
// or stands within an if or with that leaves it out. Leading and trailing
// blanks go.
func (t *Template) Render(fields map[string]string) (subject, body string, err error) {
	p := t.prog
	if p == nil { // not from Load or JSON
		if p, err = compile(t.Subject, t.Body); err != nil {
			return "", "", fmt.Errorf("template %s: %w", t.Name, err)
		}
	}
	if subject, err = execute(p.subject, fields); err != nil {
		return "", "", fmt.Errorf("template %s, subject: %w", t.Name, err)
	}
	if body, err = execute(p.body, fields); err != nil {
		return "", "", fmt.Errorf("template %s: %w", t.Name, err)
	}
	if strings.ContainsAny(subject, "\n\r") {
		return "", "", fmt.Errorf("template %s: the subject has a line break", t.Name)
	}
	if body == "" {
		return "", "", fmt.Errorf("template %s: the text is empty", t.Name)
	}
	return subject, body, nil
}

// UnmarshalJSON reads a template and prepares it for rendering. A text that
// cannot be parsed is an error of Render.
func (t *Template) UnmarshalJSON(b []byte) error {
	type plain Template
	if err := json.Unmarshal(b, (*plain)(t)); err != nil {
		return err
	}
	t.prog, _ = compile(t.Subject, t.Body) // Render says what is wrong
	return nil
}

// Equal compares what the templates say.
func (t *Template) Equal(other *Template) bool {
	if t == nil || other == nil {
		return t == other
	}
	return t.Name == other.Name && t.Subject == other.Subject && t.Body == other.Body
}

// compile parses and checks both texts.
func compile(subject, body string) (*program, error) {
	p := &program{}
	var err error
	if p.subject, err = p.parse("subject", subject, texts); err != nil {
		return nil, err
	}
	if p.body, err = p.parse("body", body, texts); err != nil {
		return nil, err
	}
	slices.Sort(p.fields)
	p.fields = slices.Compact(p.fields)
	return p, nil
}

func (p *program) parse(name, text string, in *dialect) (*template.Template, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("larger than %d KiB", maxTemplate>>10)
	}
	t, err := template.New(name).Option("missingkey=zero").Funcs(functions).Parse(text)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "template: ")
		if strings.HasSuffix(text, "not defined") {
			text += ": there are " + in.names
		}
		return nil, errors.New(text)
	}
	if len(t.Templates()) > 1 || t.Tree == nil && text != "" {
		return nil, errors.New("define and block are not allowed")
	}
	if t.Tree == nil { // an empty text
		return t, nil
	}
	w := walker{program: p, tree: t.Tree, dialect: in}
	if err := w.list(t.Root, false, 0); err != nil {
		return nil, err
	}
	return t, nil
}

// functions are all that a template may call. filled is added behind each
// placeholder by the walker and cannot be written.
var functions = template.FuncMap{
	"default": func(fallback, s string) string {
		if strings.TrimSpace(s) == "" {
			return fallback
		}
		return s
	},
	"title": titleCase,
	"upper": strings.ToUpper,
	"lower": strings.ToLower,
	"trim":  strings.TrimSpace,
	"json":  jsonText,
	filled: func(place, s string) (string, error) {
		if strings.TrimSpace(s) == "" {
			return "", &EmptyError{place}
		}
		return s, nil
	},
}

const filled = "filled"

// titleCase begins each word with a capital and leaves the rest.
func titleCase(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = unicode.IsSpace(r) || r == '-'
		if was {
			return unicode.ToTitle(r)
		}
		return r
	}, s)
}

func execute(t *template.Template, fields map[string]string) (string, error) {
	if t.Tree == nil {
		return "", nil
	}
	out := capped{}
	if err := t.Execute(&out, fields); err != nil {
		var empty *EmptyError
		if errors.As(err, &empty) {
			return "", empty
		}
		return "", err
	}
	text := strings.TrimSpace(out.String())
	switch {
	case !utf8.ValidString(text):
		return "", errors.New("not UTF-8")
	case strings.ContainsFunc(text, badControl):
		return "", errors.New("the text holds a control character")
	case strings.Contains(text, "{{") || strings.Contains(text, "}}"):
		return "", errors.New("the filled text still holds {{ or }}: a placeholder nobody filled")
	}
	return text, nil
}

// capped is a writer that ends a template which writes too much.
type capped struct{ strings.Builder }

var errTooLong = fmt.Errorf("the filled text is larger than %d KiB", maxRendered>>10)

func (c *capped) Write(b []byte) (int, error) {
	if c.Len()+len(b) > maxRendered {
		return 0, errTooLong
	}
	return c.Builder.Write(b)
}

// WriteString keeps the cap where io.WriteString finds this method.
func (c *capped) WriteString(s string) (int, error) {
	if c.Len()+len(s) > maxRendered {
		return 0, errTooLong
	}
	return c.Builder.WriteString(s)
}
