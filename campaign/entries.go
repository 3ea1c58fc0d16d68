package campaign

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    Pos
	value *yaml.Node
}

// resolve follows aliases and counts the visit: a file whose aliases multiply
// ends here. It answers nil once there is nothing to go on with.
func (d *document) resolve(n *yaml.Node) *yaml.Node {
	d.visits++
	if d.visits == maxNodes+1 {
		d.problem(d.pos(n), "more than %d values, counting each use of an alias", maxNodes)
	}
	if d.visits > maxNodes {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// entries reads a mapping: its own keys in their order, then what it merges
// (<<) and does not have itself. Keys that are no scalars and duplicates are
// problems.
func (d *document) entries(n *yaml.Node) (list []entry, ok bool) {
	return d.merged(n, map[string]Pos{}, 0)
}

// merged is entries with the keys seen so far; those of the mapping at depth 0
// must not repeat, merged ones give way.
func (d *document) merged(n *yaml.Node, seen map[string]Pos, depth int) (list []entry, ok bool) {
	node := d.resolve(n)
	if node == nil {
		return nil, false
	}
	if depth > maxDepth {
		d.problem(d.pos(n), "%s merges (<<) mappings too deeply, or itself", d.place())
		return nil, false
	}
	if node.Kind != yaml.MappingNode {
		d.problem(d.pos(n), "%s must be a mapping (key: value), not %s", d.place(), describe(node))
		return nil, false
	}
	var merges []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key = d.resolve(key); key == nil {
			return nil, false
		}
		if key.Kind != yaml.ScalarNode {
			d.problem(d.pos(key), "a key must be a plain name, not %s", describe(key))
			continue
		}
		if first, dup := seen[key.Value]; dup {
			if depth == 0 {
				d.problem(d.pos(key), "%q stands twice in %s (first in line %d)", key.Value, d.place(), first.Line)
			}
			continue
		}
		seen[key.Value] = d.pos(key)
		list = append(list, entry{key.Value, d.pos(key), value})
	}
	for _, merge := range merges {
		more, ok := d.mergeOne(merge, seen, depth+1)
		if !ok {
			return list, false
		}
		list = append(list, more...)
	}
	return list, true
}

// mergeOne reads what stands behind <<: a mapping or a list of them.
func (d *document) mergeOne(n *yaml.Node, seen map[string]Pos, depth int) (list []entry, ok bool) {
	node := d.resolve(n)
	if node == nil {
		return nil, false
	}
	if node.Kind != yaml.SequenceNode {
		return d.merged(n, seen, depth)
	}
	for _, child := range node.Content {
		more, ok := d.merged(child, seen, depth)
		if !ok {
			return list, false
		}
		list = append(list, more...)
	}
	return list, true
}

// place names the value being read by the keys that lead to it.
func (d *document) place() string {
	if len(d.where) == 0 {
		return "the file"
	}
	return strings.TrimSuffix(strings.ReplaceAll(strings.Join(d.where, "."), ".[", "["), ".")
}

// within reads something below a key.
func (d *document) within(key string, read func()) {
	d.where = append(d.where, key)
	read()
	d.where = d.where[:len(d.where)-1]
}

// describe says what a node is, for messages.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	}
	return "text"
}
