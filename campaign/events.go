package campaign

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// EventFormat is how a file of events is written.
type EventFormat string

// The formats. Connections is the list of connections of the platform's own
// data export.
const (
	EventCSV         EventFormat = "csv"
	EventJSONL       EventFormat = "jsonl"
	EventConnections EventFormat = "connections"
)

// EventFormats lists them in the order in which they are printed.
var EventFormats = []EventFormat{EventCSV, EventJSONL, EventConnections}

// EventColumns are what a row of events may say, by the first name of each.
// CSV takes them as headers in any case and order, JSON as keys.
var EventColumns = []string{"kind", "person", "account", "at", "id", "auto", "note"}

// eventNames are the other names of columns. What names a person is one thing
// to us and several to those who export it.
var eventNames = map[string]string{
	"event": "kind", "profile": "person", "url": "person", "message": "person", "target": "person",
}

// EventRow is one row of a file of events: somebody did something.
type EventRow struct {
	Pos     Pos
	Kind    string // lower case, with _; not checked otherwise
	Person  string // a profile in any spelling, a message's id or its beginning; of a connection "": none is told
	Name    string // of a connection, for people
	Account string // "": not told
	At      When
	ID      string
	Auto    bool
	Note    string
	Cells   []string // as they stand in the file, in the order of Columns
}

// EventFile reads a file of events row by row, in constant memory.
type EventFile struct {
	Format EventFormat
	// Columns name the cells of a row, so that wrong ones can be written to a
	// file that is read again when it is mended.
	Columns []string

	rows eventRows
}

// eventRows is one format's way of reading.
type eventRows interface {
	// next reads one row, or says what is wrong with it. done is the end of
	// the file, or of what can be read of it.
	next() (row EventRow, wrong []Problem, done bool)
}

// eventHead is how much of a file is looked at to tell its format.
const eventHead = 64 << 10

// ReadEvents begins to read a file of events; file is what it is called in
// messages. The format is found by the content if it is "". The error of a
// file that is none is an *Invalid.
func ReadEvents(r io.Reader, file string, format EventFormat) (*EventFile, error) {
	in := bufio.NewReaderSize(r, eventHead)
	head, err := in.Peek(eventHead)
	if err != nil && err != io.EOF {
		return nil, &Invalid{Problems: []Problem{{Pos: Pos{File: file}, Text: plainError(err).Error()}}}
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		_, _ = in.Discard(len("\ufeff")) // it was peeked: it is there
		head = head[len("\ufeff"):]
	}
	header, skip := connectionsHeader(head)
	if format == "" {
		format = eventFormat(head, header >= 0)
	}
	if text := noText(head); text != "" {
		return nil, &Invalid{Problems: []Problem{{Pos: Pos{File: file}, Text: text}}}
	}
	f := &EventFile{Format: format, Columns: EventColumns}
	var wrong []Problem
	switch format {
	case EventJSONL:
		if bytes.TrimSpace(head)[0] == '[' {
			wrong = []Problem{{Pos: Pos{File: file}, Text: "a JSON array: an object on each line is expected, as `jq -c '.[]'` makes them of it"}}
		}
		f.rows = newEventLines(in, file)
	case EventCSV:
		f.rows, wrong = newEventCSV(in, file)
	case EventConnections:
		if header < 0 {
			wrong = []Problem{{Pos: Pos{File: file}, Text: "no line with the columns " + strings.Join(connectionColumns, ", ") + ": this is no export of connections"}}
			break
		}
		f.Columns = connectionColumns
		_, _ = in.Discard(header)
		f.rows, wrong = newConnections(in, file, skip)
	default:
		wrong = []Problem{{Pos: Pos{File: file}, Text: fmt.Sprintf("%q is not a format: csv, jsonl or connections", string(format))}}
	}
	if len(wrong) > 0 {
		return nil, &Invalid{Problems: wrong}
	}
	return f, nil
}

// Next reads one row, or says what is wrong with it; row has its place and its
// cells then too, as far as they could be read. done is the end of the file, or
// of what can be read of it: then wrong says why the rest cannot.
func (f *EventFile) Next() (row EventRow, wrong []Problem, done bool) {
	return f.rows.next()
}

// eventFormat tells the format by the first lines.
func eventFormat(head []byte, connections bool) EventFormat {
	switch trimmed := bytes.TrimSpace(head); {
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '['):
		return EventJSONL
	case connections:
		return EventConnections
	}
	return EventCSV
}

// noText says why a file cannot be one of ours at all.
func noText(head []byte) string {
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return "the file is empty: a row each event, the first one names the columns"
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "the file is UTF-16: save it with the encoding UTF-8"
	case bytes.IndexByte(head, 0) >= 0:
		return "the file is not text: save it as CSV"
	}
	return ""
}

// set reads one cell of a row. column is one of EventColumns.
func (e *EventRow) set(column, value string) (err error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	if err := checkEventText(column, value); err != nil {
		return err
	}
	switch column {
	case "kind":
		e.Kind = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(value))
	case "person":
		if e.Person != "" {
			return fmt.Errorf("%q, but the row names %q already: a row is about one person", value, e.Person)
		}
		e.Person = value
	case "account":
		e.Account = value
	case "at":
		e.At, err = ParseWhen(value)
	case "id":
		e.ID = value
	case "auto":
		e.Auto, err = parseYes(value)
	case "note":
		e.Note = value
	}
	return err
}

// complete says what a row lacks.
func (e *EventRow) complete() []Problem {
	var wrong []Problem
	if e.Kind == "" {
		wrong = append(wrong, Problem{Pos: e.Pos, Text: "no kind: say what happened, such as reply, accepted or opt_out"})
	}
	if e.Person == "" {
		wrong = append(wrong, Problem{Pos: e.Pos, Text: "nobody is named: give a profile address or a message's id"})
	}
	return wrong
}

// checkEventText refuses what no cell may hold.
func checkEventText(column, value string) error {
	limit := maxField
	if column == "note" {
		limit = maxExtra
	}
	switch {
	case len(value) > limit:
		return fmt.Errorf("longer than %d bytes", limit)
	case !utf8.ValidString(value):
		return fmt.Errorf("not UTF-8: save the file with that encoding")
	case strings.ContainsFunc(value, badControl):
		return fmt.Errorf("holds a control character")
	case column != "note" && strings.ContainsAny(value, "\n\r"):
		return fmt.Errorf("holds a line break")
	}
	return nil
}

// parseYes reads what spreadsheets and people write for yes and no.
func parseYes(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "y", "1", "x":
		return true, nil
	case "false", "no", "n", "0", "-":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", s)
}

// eventColumn is the column of a header or key; "" if there is none.
func eventColumn(name string) string {
	if other, ok := eventNames[name]; ok {
		return other
	}
	if slices.Contains(EventColumns, name) {
		return name
	}
	return ""
}

// eventHint is the column that was probably meant.
func eventHint(name string) string {
	names := slices.Clone(EventColumns)
	for other := range eventNames {
		names = append(names, other)
	}
	slices.Sort(names)
	return suggest(name, names)
}
