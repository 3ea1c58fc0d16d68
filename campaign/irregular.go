package campaign

import (
	"slices"

	"gopkg.in/yaml.v3"

	"outpace/limits"
)

// The shapes that are not plain mappings, lists or values.

// capsShape is a mapping from kinds to their caps.
type capsShape struct {
	kinds map[limits.Kind]capAt
	given bool
}

type capAt struct {
	block[capShape]
}

func (c *capsShape) read(d *document, n *yaml.Node) {
	c.given, c.kinds = true, map[limits.Kind]capAt{}
	entries, _ := d.entries(n)
	for _, e := range entries {
		kind, err := limits.ParseKind(e.key)
		if err != nil {
			d.hinted(e.at, suggest(e.key, kindNames()), "%s: %v", d.place(), err)
			continue
		}
		var item capAt
		d.within(e.key, func() { item.read(d, e.value) })
		c.kinds[kind] = item
	}
}

// elseShape is a kind's name, or a mapping with a template of its own.
type elseShape struct {
	block[otherShape]
}

func (o *elseShape) read(d *document, n *yaml.Node) {
	if node := d.resolve(n); node != nil && node.Kind == yaml.ScalarNode {
		o.given, o.ok, o.at = true, true, d.pos(n)
		o.V.Send.read(d, n)
		return
	}
	o.block.read(d, n)
}

// pairs is a mapping from text to text.
type pairs struct {
	items []pair
	at    Pos
	given bool
}

type pair struct {
	key   string
	at    Pos
	value val[string]
}

func (p *pairs) read(d *document, n *yaml.Node) {
	p.given, p.at = true, d.pos(n)
	entries, _ := d.entries(n)
	for _, e := range entries {
		item := pair{key: e.key, at: e.at}
		d.within(e.key, func() { item.value.read(d, e.value) })
		p.items = append(p.items, item)
	}
}

// targetShape is one person, or a CSV file with many.
type targetShape struct {
	at       Pos
	csv      block[csvShape] // given: the file
	fields   []cell          // else: the person
	readable bool            // it was a mapping
}

func (t *targetShape) read(d *document, n *yaml.Node) {
	t.at = d.pos(n)
	if node := d.resolve(n); node != nil && hasKey(node, "csv") {
		t.csv.read(d, n)
		return
	}
	entries, ok := d.entries(n)
	t.readable = ok
	for _, e := range entries {
		node := d.resolve(e.value)
		switch {
		case node == nil:
			return
		case node.Kind != yaml.ScalarNode:
			d.problem(d.pos(node), "%s of a target must be one value, not %s", e.key, describe(node))
		case node.ShortTag() == "!!null":
		default:
			t.fields = append(t.fields, cell{e.key, node.Value, e.at})
		}
	}
}

func hasKey(n *yaml.Node, key string) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// targetKeys are the fields of a target that mean something to outpace; every
// other one is only for templates.
var targetKeys = []string{"name", "first_name", "last_name", "company", "title", "profile", "degree", "priority", "zone", "country"}

func isTargetKey(name string) bool { return slices.Contains(targetKeys, name) }
