package campaign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// The bounds of a YAML file. Larger ones are slow to read long before they
// are useful: many targets belong in a CSV file.
const (
	maxYAML  = 1 << 20 // bytes
	maxDepth = 40      // levels of nesting
	maxNodes = 100_000 // values, each use of an alias counted anew
	maxKeys  = 500     // keys of one mapping
)

// document is the YAML file while it is read.
type document struct {
	path     string // as it was given, for messages
	lines    []string
	problems problems
	warnings problems
	where    []string // the keys down to the value being read
	visits   int
}

// readFile reads a regular file of at most limit bytes that is UTF-8, without
// its byte order mark.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, plainError(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d KiB", limit>>10)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8: save it with that encoding")
	}
	return data, nil
}

// openRegular opens a file that can be read to its end: no folder, pipe or
// device.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, plainError(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plainError(err)
	}
	return f, nil
}

// plainError drops the operation and the path from a file error: the message
// around it names them already.
func plainError(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// parse reads the one YAML document and checks its bounds. It answers nil,
// with the problem noted, if there is nothing to go on with.
func (d *document) parse(data []byte) *yaml.Node {
	d.lines = strings.Split(string(data), "\n")
	for i, line := range d.lines {
		d.lines[i] = strings.TrimSuffix(line, "\r")
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	root, err := decodeNode(dec)
	switch {
	case errors.Is(err, io.EOF) || err == nil && isNull(root):
		d.problem(Pos{File: d.path}, "the file is empty")
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	if second, err := decodeNode(dec); !errors.Is(err, io.EOF) {
		pos := Pos{File: d.path}
		if second != nil {
			pos = d.pos(second)
		}
		d.problem(pos, "a second document: one file holds one")
	}
	if !d.bounded(root, 0) {
		return nil
	}
	return root.Content[0]
}

func isNull(root *yaml.Node) bool {
	return len(root.Content) == 0 || root.Content[0].Kind == yaml.ScalarNode && root.Content[0].ShortTag() == "!!null"
}

// decodeNode reads the next document. The library panics on some malformed
// input.
func decodeNode(dec *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("yaml: %v", r)
		}
	}()
	root = new(yaml.Node)
	if err := dec.Decode(root); err != nil {
		return nil, err
	}
	return root, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax notes the library's error with its line, which it counts from 0 in
// some of its messages; the excerpt is left to people.
func (d *document) syntax(err error) {
	pos, text := Pos{File: d.path}, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			pos.Line = min(line, len(d.lines))
		}
	}
	d.problem(pos, "not YAML: %s", text)
}

// bounded checks depth, number of nodes and keys, tags and keys that are not
// scalars. It does not follow aliases.
func (d *document) bounded(n *yaml.Node, depth int) bool {
	d.visits++
	switch {
	case d.visits > maxNodes:
		d.problem(d.pos(n), "more than %d values: many targets belong in a CSV file", maxNodes)
		return false
	case depth > maxDepth:
		d.problem(d.pos(n), "nested deeper than %d levels", maxDepth)
		return false
	case n.Kind == yaml.MappingNode && len(n.Content)/2 > maxKeys:
		d.problem(d.pos(n), "a mapping with more than %d keys", maxKeys)
		return false
	case n.Kind != yaml.AliasNode && !knownTags[n.ShortTag()]:
		d.problem(d.pos(n), "the tag %s means nothing here", n.ShortTag())
	}
	for _, child := range n.Content {
		if !d.bounded(child, depth+1) {
			return false
		}
	}
	return true
}

var knownTags = map[string]bool{
	"": true, "!!map": true, "!!seq": true, "!!str": true, "!!int": true, "!!float": true,
	"!!bool": true, "!!null": true, "!!timestamp": true, "!!merge": true,
}

func (d *document) pos(n *yaml.Node) Pos {
	return Pos{File: d.path, Line: n.Line, Col: n.Column}
}

// problem notes what is wrong at a place of this file.
func (d *document) problem(pos Pos, format string, args ...any) {
	d.problems.add(Problem{Pos: pos, Text: fmt.Sprintf(format, args...), Line: d.line(pos)})
}

// hinted is problem with a hint.
func (d *document) hinted(pos Pos, hint, format string, args ...any) {
	d.problems.add(Problem{Pos: pos, Text: fmt.Sprintf(format, args...), Hint: hint, Line: d.line(pos)})
}

// warn notes what is odd at a place of this file.
func (d *document) warn(pos Pos, format string, args ...any) {
	d.warnings.add(Problem{Pos: pos, Text: fmt.Sprintf(format, args...), Line: d.line(pos)})
}

func (d *document) line(pos Pos) string {
	if pos.File != d.path || pos.Line < 1 || pos.Line > len(d.lines) {
		return ""
	}
	return d.lines[pos.Line-1]
}
