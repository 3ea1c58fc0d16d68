package campaign

import (
	"encoding"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// What a YAML file may hold is written as Go types (shape.go) made of the
// building blocks below. Each reads itself from a node and notes everything
// that is wrong, so that nothing reads the file but these.

// shape reads itself from a node.
type shape interface {
	read(d *document, n *yaml.Node)
}

// val is one scalar.
type val[T any] struct {
	V     T
	at    Pos
	given bool // it stands in the file
	ok    bool // and V holds it
}

func (v *val[T]) read(d *document, n *yaml.Node) {
	v.given, v.at = true, d.pos(n)
	node := d.resolve(n)
	if node == nil {
		return
	}
	if node.Kind != yaml.ScalarNode {
		d.problem(v.at, "%s must be one value, not %s", d.place(), describe(node))
		return
	}
	if node.ShortTag() == "!!null" {
		d.problem(v.at, "%s has no value", d.place())
		return
	}
	if v.at = d.pos(node); !knownTags[node.ShortTag()] {
		return // noted when the file was parsed
	}
	v.ok = d.scalar(node, &v.V)
}

// scalar reads a scalar node into a string, int, bool or anything that reads
// itself from text.
func (d *document) scalar(n *yaml.Node, into any) bool {
	switch p := into.(type) {
	case *string:
		return d.text(n, p)
	case *int:
		return d.number(n, p)
	case *bool:
		*p = n.Value == "true"
		if n.ShortTag() == "!!bool" && (*p || n.Value == "false") {
			return true
		}
		d.problem(d.pos(n), "%s must be true or false, not %q", d.place(), n.Value)
		return false
	}
	if err := into.(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		d.hinted(d.pos(n), suggest(n.Value, choices(into)), "%s: %v", d.place(), err)
		return false
	}
	if n.Value == "" {
		d.problem(d.pos(n), "%s is empty", d.place())
		return false
	}
	return true
}

func (d *document) text(n *yaml.Node, into *string) bool {
	if n.ShortTag() != "!!str" {
		d.problem(d.pos(n), "%s must be text, not %s: put it in quotes", d.place(), describe(n))
		return false
	}
	if i := strings.IndexFunc(n.Value, badControl); i >= 0 {
		d.problem(d.pos(n), "%s holds the control character %+q", d.place(), n.Value[i:i+1])
		return false
	}
	*into = n.Value
	return true
}

// badControl says whether a character must not stand in any text.
func badControl(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
}

func (d *document) number(n *yaml.Node, into *int) bool {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		d.problem(d.pos(n), "%s must be a whole number, without quotes", d.place())
		return false
	}
	i, err := strconv.Atoi(n.Value)
	if err != nil || n.Value != strconv.Itoa(i) {
		d.problem(d.pos(n), "%s must be a whole number, not %q", d.place(), n.Value)
		return false
	}
	*into = i
	return true
}

// block is a mapping with fixed keys: the json names of T's fields.
type block[T any] struct {
	V     T
	at    Pos
	given bool
	ok    bool // it was a mapping; its values may still be missing
}

func (b *block[T]) read(d *document, n *yaml.Node) {
	b.given, b.at = true, d.pos(n)
	b.ok = d.fields(n, reflect.ValueOf(&b.V).Elem())
}

// fields reads a mapping into the fields of a struct, all of which are shapes.
func (d *document) fields(n *yaml.Node, into reflect.Value) bool {
	entries, ok := d.entries(n)
	if !ok {
		return false
	}
	byName := map[string]shape{}
	for i := range into.NumField() {
		byName[fieldName(into.Type().Field(i))] = into.Field(i).Addr().Interface().(shape)
	}
	for _, e := range entries {
		field, known := byName[e.key]
		if !known {
			d.unknownKey(e, keysOf(into.Type()))
			continue
		}
		d.within(e.key, func() { field.read(d, e.value) })
	}
	return true
}

func (d *document) unknownKey(e entry, known []string) {
	hint := suggest(e.key, known)
	text := "unknown key %q in %s"
	if hint == "" {
		text += " (it may hold " + strings.ReplaceAll(oneOf(known), "%", "%%") + ")"
	}
	d.hinted(e.at, hint, text, e.key, d.place())
}

// keysOf are the keys a mapping of the struct type may have.
func keysOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		names = append(names, fieldName(t.Field(i)))
	}
	return names
}

func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// group is a mapping whose keys are names people chose.
type group[T any] struct {
	items []named[T]
	at    Pos
	given bool
}

// named is one entry of a group.
type named[T any] struct {
	name string
	at   Pos // of the name
	block[T]
}

// nameSyntax is what a name may look like: names stand in commands, file
// names and tables.
var nameSyntax = regexp.MustCompile(`^[\pL\pN][\pL\pM\pN._-]*$`)

// maxName is the length of a name in bytes.
const maxName = 64

func (g *group[T]) read(d *document, n *yaml.Node) {
	g.given, g.at = true, d.pos(n)
	entries, _ := d.entries(n)
	for _, e := range entries {
		if !nameSyntax.MatchString(e.key) || len(e.key) > maxName {
			d.problem(e.at, "%q is not a name: use letters, digits, - _ and . (at most %d)", e.key, maxName)
		}
		item := named[T]{name: e.key, at: e.at}
		d.within(e.key, func() { item.read(d, e.value) })
		g.items = append(g.items, item)
	}
}

// find is the entry of that name; nil if there is none.
func (g *group[T]) find(name string) *named[T] {
	for i := range g.items {
		if g.items[i].name == name {
			return &g.items[i]
		}
	}
	return nil
}

func (g *group[T]) names() (names []string) {
	for _, item := range g.items {
		names = append(names, item.name)
	}
	return names
}

// list is a list of shapes; many accepts a single one without brackets too.
type list[T any] struct {
	items []T
	at    Pos
	given bool
	ok    bool // it was a list
}

func (l *list[T]) read(d *document, n *yaml.Node) { l.readItems(d, n, false) }

func (l *list[T]) readItems(d *document, n *yaml.Node, single bool) {
	l.given, l.at = true, d.pos(n)
	node := d.resolve(n)
	if node == nil {
		return
	}
	nodes := node.Content
	if node.Kind != yaml.SequenceNode {
		if !single || node.Kind != yaml.ScalarNode {
			d.problem(l.at, "%s must be a list, not %s", d.place(), describe(node))
			return
		}
		nodes = []*yaml.Node{n}
	}
	l.ok = true
	for i, child := range nodes {
		var item T
		key := "[" + strconv.Itoa(i+1) + "]"
		if single && node.Kind != yaml.SequenceNode {
			key = ""
		}
		d.within(key, func() { any(&item).(shape).read(d, child) })
		l.items = append(l.items, item)
	}
}

// many is one value or a list of them.
type many[T any] struct{ list[T] }

func (m *many[T]) read(d *document, n *yaml.Node) { m.readItems(d, n, true) }
