package campaign

import (
	"regexp"
	"slices"
	"strings"
)

// resolveTemplates reads the texts, parses and checks them.
func (l *loader) resolveTemplates() {
	for i := range l.file.Templates.items {
		item := &l.file.Templates.items[i]
		if item.ok {
			l.set.Templates = append(l.set.Templates, l.template(item))
		}
	}
}

func (l *loader) template(item *named[templateShape]) *Template {
	shape := &item.V
	t := &Template{Name: item.name, Subject: shape.Subject.V, Body: shape.Body.V}
	at := shape.Body.at
	switch {
	case shape.Body.given && shape.File.given:
		l.problem(shape.File.at, "template %s has body and file: one of them is enough", t.Name)
	case shape.File.ok:
		at = shape.File.at
		data, err := readFile(l.abs(shape.File.V), maxTemplate)
		if err != nil {
			l.problem(at, "%s: %v", l.shown(shape.File.V), err)
			return t
		}
		t.Body = strings.ReplaceAll(string(data), "\r\n", "\n")
	case !shape.Body.given && !shape.File.given:
		l.problem(item.at, "template %s has neither body nor file", t.Name)
		return t
	}
	if shape.Body.given && !shape.Body.ok || shape.Subject.given && !shape.Subject.ok {
		return t
	}
	if strings.TrimSpace(t.Body) == "" && (shape.Body.ok || shape.File.ok) {
		l.problem(at, "template %s is empty", t.Name)
	}
	l.compile(t, shape, at)
	return t
}

// compile parses subject and body apart, so that each error has its place.
func (l *loader) compile(t *Template, shape *templateShape, bodyAt Pos) {
	subject, err := compile(t.Subject, "")
	if err != nil {
		l.problem(shape.Subject.at, "template %s: %v", t.Name, err)
	}
	body, err := compile("", t.Body)
	if err != nil {
		l.problem(bodyAt, "template %s: %v", t.Name, err)
	}
	if subject == nil || body == nil {
		return
	}
	t.prog = &program{subject: subject.subject, body: body.body}
	t.prog.fields = slices.Compact(slices.Sorted(slices.Values(append(subject.fields, body.fields...))))
	l.foreignPlaceholders(t, bodyAt)
}

// foreign matches placeholders as other tools write them.
var foreign = regexp.MustCompile(`[\[{<%]+ ?([A-Za-z]+[_ ]?[A-Za-z]+) ?[\]}>%]+`)

// foreignPlaceholders warns of [company] and its like: it would go out as it
// stands.
func (l *loader) foreignPlaceholders(t *Template, at Pos) {
	for _, m := range foreign.FindAllStringSubmatch(t.Subject+" "+t.Body, -1) {
		if field := fieldID(m[1]); isTargetKey(field) && !strings.HasPrefix(m[0], "{{") {
			l.warn(at, "template %s: %s goes out as it stands: a field is written {{.%s}}", t.Name, m[0], field)
		}
	}
}
