package campaign

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	grace := Target{Name: "Grace Example", Company: "Example Navy", Degree: 2, Extra: map[string]string{"topic": "compilers"}}.Fields(95)
	tests := []struct{ body, want string }{
		{"Hi {{.first_name}} {{.last_name}}", "Hi Grace Example"},
		{"{{.degree}} {{.priority}} {{.topic}}", "2 95 compilers"},
		{"{{.title | default \"you\"}}", "you"},
		{"{{default \"you\" .company}}", "Example Navy"},
		{"{{upper .name}} {{lower .name}} {{title .topic}} {{trim \" x \"}}", "GRACE EXAMPLE grace example Compilers x"},
		{"{{upper (default \"a\" .title)}}", "A"},
		{"{{if .title}}{{.title}}{{else if .company}}of {{.company}}{{else}}-{{end}}", "of Example Navy"},
		{"{{with .company}}of {{.}}, {{$.first_name}}{{end}}", "of Example Navy, Grace"},
		{"{{with .title}}of {{.}}{{else}}{{.first_name}}{{end}}", "Grace"},
		{"{{/* a word to the author */}}Hi", "Hi"},
		{"  Hi {{- \" you\" }}\n\n", "Hi you"},
	}
	for _, tt := range tests {
		text := &Template{Name: "t", Subject: "For {{.company}}", Body: tt.body}
		subject, body, err := text.Render(grace)
		if err != nil || subject != "For Example Navy" || body != tt.want {
			t.Errorf("Render(%q) = %q, %q, %v; want %q", tt.body, subject, body, err, tt.want)
		}
	}
}

func TestRenderFails(t *testing.T) {
	fields := Target{Name: "Grace {{x}}", Title: "\t"}.Fields(50)
	tests := map[string]struct {
		template Template
		want     string
	}{
		"empty field":    {Template{Body: "a {{.company}} b"}, "{{.company}} is empty"},
		"missing field":  {Template{Body: "{{.nothing | upper}}"}, "{{.nothing | upper}} is empty"},
		"blank field":    {Template{Body: "{{.title}}"}, "{{.title}} is empty"},
		"empty default":  {Template{Body: "{{.title | default \" \"}}"}, "is empty"},
		"empty text":     {Template{Body: "{{if .company}}x{{end}}"}, "the text is empty"},
		"open braces":    {Template{Body: "{{.name}}"}, "a placeholder nobody filled"},
		"line break":     {Template{Subject: "a\nb", Body: "x"}, "the subject has a line break"},
		"syntax":         {Template{Body: "{{.name"}, "unclosed action"},
		"forbidden":      {Template{Body: "{{range .name}}{{end}}"}, "is not allowed"},
		"too much":       {Template{Body: strings.Repeat("{{.last_name}}", 4000)}, "larger than"},
		"subject's hole": {Template{Subject: "{{.company}}", Body: "x"}, "subject: {{.company}} is empty"},
	}
	fields["last_name"] = strings.Repeat("x", 400)
	for name, tt := range tests {
		if _, _, err := tt.template.Render(fields); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	var empty *EmptyError
	if _, _, err := (&Template{Body: "{{.company}}"}).Render(fields); !errors.As(err, &empty) || empty.Place != "{{.company}}" {
		t.Errorf("%v is no EmptyError of {{.company}}", err)
	}
}

// A set restored from a database renders as the loaded one did.
func TestSetAsJSON(t *testing.T) {
	set, _, err := Load("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	once, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	var restored Set
	if err := json.Unmarshal(once, &restored); err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(restored)
	if err != nil || string(once) != string(twice) {
		t.Errorf("restored: %s, %v\nwant: %s", twice, err, once)
	}
	fields := Target{Name: "Grace Example", Company: "Example Navy", Title: "Admiral"}.Fields(50)
	for _, text := range set.Templates {
		subject, body, err := text.Render(fields)
		if err != nil {
			t.Fatal(err)
		}
		again := restored.Template(text.Name)
		if s, b, err := again.Render(fields); err != nil || s != subject || b != body || again.prog == nil {
			t.Errorf("%s: %q, %q, %v; want %q, %q", text.Name, s, b, err, subject, body)
		}
	}
	ada := restored.Account("ada")
	if got := ada.Slots[1].Next(instant(t, "Europe/London", "2026-12-01 12:00:00"), ada.Zone.Loc()); !got.Equal(instant(t, "Europe/London", "2026-12-01 18:00:30")) {
		t.Error("the restored slots fire at other times")
	}
}
