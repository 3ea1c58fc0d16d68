package campaign

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"

	"outpace/limits"
)

// Schema is the JSON schema (draft 2020-12) of campaigns.yaml for editors,
// made from the types that also read the file, so that both know the same
// keys. It is looser than Load: what refers to other entries is not checked.
func Schema() ([]byte, error) {
	root := schemaOf(reflect.TypeFor[block[fileShape]]())
	root.Version = jsonschema.Version
	root.Title = "campaigns.yaml of outpace"
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return append(b, '\n'), nil
}

// described is a shape that knows its schema.
type described interface {
	schema() *jsonschema.Schema
}

func schemaOf(t reflect.Type) *jsonschema.Schema {
	return reflect.New(t).Interface().(described).schema()
}

// object is the schema of a mapping with the struct's fields as its keys.
func object(t reflect.Type) *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	for i := range t.NumField() {
		field := t.Field(i)
		s := schemaOf(field.Type)
		s.Description = field.Tag.Get("doc")
		properties.Set(fieldName(field), s)
	}
	return &jsonschema.Schema{Type: "object", Properties: properties, AdditionalProperties: jsonschema.FalseSchema}
}

func (b *block[T]) schema() *jsonschema.Schema { return object(reflect.TypeFor[T]()) }

func (g *group[T]) schema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:                 "object",
		PropertyNames:        &jsonschema.Schema{Pattern: `^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$`},
		AdditionalProperties: object(reflect.TypeFor[T]()),
	}
}

func (l *list[T]) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: schemaOf(reflect.TypeFor[T]())}
}

func (m *many[T]) schema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{schemaOf(reflect.TypeFor[T]()), m.list.schema()}}
}

func (v *val[T]) schema() *jsonschema.Schema {
	if words := choices(&v.V); len(words) > 0 {
		return wordSchema(&v.V, words)
	}
	switch any(&v.V).(type) {
	case *int:
		return &jsonschema.Schema{Type: "integer"}
	case *bool:
		return &jsonschema.Schema{Type: "boolean"}
	case *amount:
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "integer", Minimum: "0"}, {Const: "none"}}}
	case *Delay:
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+(m|h|d|w|bd)$`}
	case *Clock:
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-2][0-9]:[0-5][0-9]$`}
	case *Date:
		return &jsonschema.Schema{Type: "string", Format: "date"}
	case *rollover:
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+(mo|d)$`}
	}
	return &jsonschema.Schema{Type: "string"}
}

// wordSchema is the schema of a setting with fixed words; priorities may be
// numbers too.
func wordSchema(into any, words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	if _, ok := into.(*priority); ok {
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{s, {Type: "integer", Minimum: "0", Maximum: "100"}}}
	}
	return s
}

func (c *capsShape) schema() *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	for _, k := range limits.Kinds {
		properties.Set(k.String(), object(reflect.TypeFor[capShape]()))
	}
	return &jsonschema.Schema{Type: "object", Properties: properties, AdditionalProperties: jsonschema.FalseSchema}
}

func (o *elseShape) schema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{schemaOf(reflect.TypeFor[val[limits.Kind]]()), o.block.schema()}}
}

func (p *pairs) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Type: "string"}}
}

// schema of a target: a CSV file, or a person with any further fields.
func (t *targetShape) schema() *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	for _, key := range targetKeys {
		properties.Set(key, &jsonschema.Schema{Type: "string"})
	}
	properties.Set("profile", &jsonschema.Schema{Type: "string", Description: "The address that says who it is."})
	properties.Set("degree", &jsonschema.Schema{Enum: []any{1, 2, 3, "1st", "2nd", "3rd"}})
	properties.Set("priority", schemaOf(reflect.TypeFor[val[priority]]()))
	person := &jsonschema.Schema{
		Type: "object", Properties: properties, Required: []string{"profile"},
	}
	file := t.csv.schema()
	file.Required = []string{"csv"}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{file, person}}
}
