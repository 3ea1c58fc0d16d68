package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"
)

// outputs are the values of --output.
var outputs = []string{"table", "wide", "json", "jsonl", "csv"}

// column is one column of a table over items of type T.
type column[T any] struct {
	name string
	cell func(T) string
	kind columnKind
}

// columnKind is how a column is shown: plain, or any of the others together.
// With -o wide nothing is left out or cut.
type columnKind uint8

const (
	number columnKind = 1 << iota // aligned right
	moment                        // instants: the zone goes into the head if all have the same
	wide                          // only with -o wide
	rare                          // left out if every row has nothing in it
	spare                         // the first to be left out where a terminal is too narrow, from the right
	useful                        // left out if even cutting names does not help
	label                         // a name: cut with … where nothing else helps
	prose                         // takes several lines; with label it is one line, cut before names are
	plain  columnKind = 0
)

// listing is a list that is ready to be shown in every way.
type listing struct {
	title   string
	items   any // a slice
	headers []string
	kinds   []columnKind
	rows    [][]string
}

// list makes a listing of items. The title is printed above the table; it may
// be empty.
func list[T any](c *cli, title string, items []T, columns ...column[T]) listing {
	l := listing{title: title, items: items}
	var shown []column[T]
	for _, col := range columns {
		if col.kind&wide != 0 && c.output != "wide" {
			continue
		}
		shown = append(shown, col)
		l.headers = append(l.headers, strings.ToUpper(col.name))
		l.kinds = append(l.kinds, col.kind)
	}
	if c.output != "table" && c.output != "wide" {
		return l
	}
	for _, item := range items {
		row := make([]string, len(shown))
		for i, col := range shown {
			row[i] = inert(col.cell(item))
		}
		l.rows = append(l.rows, row)
	}
	for i := len(l.kinds) - 1; i >= 0; i-- {
		switch {
		case l.kinds[i]&rare != 0 && c.output != "wide" && l.empty(i):
			l = l.without(i)
		case l.kinds[i]&moment != 0:
			l.zoneInHead(i)
		}
	}
	return l
}

// print writes value, which is what the listings show in tables, to stdout in
// the form that -o asks for.
func (c *cli) print(value any, listings ...listing) error {
	switch c.output {
	case "json":
		return c.printJSON(value, "  ")
	case "jsonl":
		return c.printLines(value)
	case "csv":
		return c.printCSV(listings)
	}
	return c.printTables(listings...)
}

// machine says that the output is for programs.
func (c *cli) machine() bool { return c.output != "table" && c.output != "wide" }

func (c *cli) printJSON(value any, indent string) error {
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(filled(value))
}

// filled makes an empty list of one that is nil: [] and not null.
func filled(value any) any {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.IsNil() {
		return []int{}
	}
	return value
}

// printLines writes each item of a list as one line; anything else as one.
func (c *cli) printLines(value any) error {
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Slice {
		return c.printJSON(value, "")
	}
	for i := range v.Len() {
		if err := c.printJSON(v.Index(i).Interface(), ""); err != nil {
			return err
		}
	}
	return nil
}

// printCSV writes the lists under the names of their JSON fields; several
// lists with an empty line between them.
func (c *cli) printCSV(listings []listing) error {
	for i, l := range listings {
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		if err := writeCSV(c.stdout, l.items); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV(out io.Writer, items any) error {
	v := reflect.ValueOf(items)
	fields := jsonFields(v.Type().Elem())
	w := csv.NewWriter(out)
	row := make([]string, len(fields))
	for i, f := range fields {
		row[i] = f.name
	}
	if err := w.Write(row); err != nil {
		return err
	}
	for n := range v.Len() {
		for i, f := range fields {
			row[i] = f.text(v.Index(n))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// jsonField is a field of a struct under its JSON name.
type jsonField struct {
	name     string
	index    []int
	omitZero bool
}

func jsonFields(t reflect.Type) (fields []jsonField) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" && f.IsExported() {
			fields = append(fields, jsonField{name, f.Index, strings.Contains(options, "omitzero")})
		}
	}
	return fields
}

// text is the field as a cell that no spreadsheet takes for a formula.
func (f jsonField) text(item reflect.Value) string {
	v, err := reflect.Indirect(item).FieldByIndexErr(f.index)
	if err != nil || f.omitZero && v.IsZero() {
		return ""
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return ""
	}
	var text string
	if json.Unmarshal(b, &text) != nil {
		return string(b) // a number, a list, an object
	}
	return unformula(text)
}

// unformula is a cell that no spreadsheet takes for a formula.
func unformula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// inert is a text that cannot steer a terminal or turn the text around it.
func inert(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// inertText is inert for a text of several lines.
func inertText(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = inert(lines[i])
	}
	return strings.Join(lines, "\n")
}

// who is a person's name as tables show it; profile is the address, or what
// `outpace forget` put in its place.
func who(name, profile string) string {
	if name == "" && strings.HasPrefix(profile, "forgotten:") {
		return "a forgotten person"
	}
	return inert(name)
}
