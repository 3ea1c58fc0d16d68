package campaign

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// eventLines reads events as JSON, an object a line.
type eventLines struct {
	file  string
	lines *bufio.Scanner
	line  int
}

func newEventLines(in io.Reader, file string) *eventLines {
	l := &eventLines{file: file, lines: bufio.NewScanner(in)}
	l.lines.Buffer(nil, maxRecord)
	return l
}

func (l *eventLines) next() (row EventRow, wrong []Problem, done bool) {
	for l.lines.Scan() {
		l.line++
		text := bytes.TrimSpace(l.lines.Bytes())
		if len(text) == 0 {
			continue
		}
		row.Pos = Pos{File: l.file, Line: l.line}
		if wrong = row.object(text); len(wrong) == 0 {
			wrong = row.complete()
		}
		return row, wrong, false
	}
	err := l.lines.Err()
	if err == nil {
		return row, nil, true
	}
	row.Pos = Pos{File: l.file, Line: l.line + 1}
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("a line of more than %d KiB: an event is an object on one line", maxRecord>>10)
	}
	return row, []Problem{{Pos: row.Pos, Text: plainError(err).Error()}}, true
}

// object reads one line. Every key may stand once.
func (e *EventRow) object(text []byte) (wrong []Problem) {
	add := func(format string, args ...any) []Problem {
		return append(wrong, Problem{Pos: e.Pos, Text: fmt.Sprintf(format, args...)})
	}
	e.Cells = make([]string, len(EventColumns))
	if !utf8.Valid(text) {
		return add("not UTF-8: save the file with that encoding")
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return add(`an event is an object on one line: {"kind": "reply", "person": "https://…"}`)
	}
	seen := map[string]bool{}
	for in.More() {
		token, err := in.Token()
		key, _ := token.(string)
		if err != nil {
			return add("not JSON: %s", err)
		}
		var value any
		if err := in.Decode(&value); err != nil {
			return add("not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
		}
		column := eventColumn(key)
		once := column
		if column == "person" {
			once = key // who is named twice is told below
		}
		switch {
		case column == "":
			wrong = append(wrong, Problem{Pos: e.Pos, Hint: eventHint(key), Text: fmt.Sprintf("the key %q means nothing here: %s", key, strings.Join(EventColumns, ", "))})
			continue
		case seen[once]:
			wrong = add("the %s stands twice", column)
			continue
		}
		seen[once] = true
		if err := e.value(column, value); err != nil {
			wrong = add("%s: %s", key, err)
		}
	}
	if _, err := in.Token(); err != nil {
		return add("not JSON: the object does not end")
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return add("more than one object on the line")
	}
	return wrong
}

// value reads what a key holds: a text, or yes and no of auto.
func (e *EventRow) value(column string, value any) error {
	text := ""
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		text = v
	case json.Number: // ids are numbers elsewhere
		text = v.String()
	case bool:
		text = fmt.Sprint(v)
	default:
		return errors.New("a list or an object: a text is expected")
	}
	if _, yes := value.(bool); yes && column != "auto" {
		return fmt.Errorf("%s is no text", text)
	}
	if k := slices.Index(EventColumns, column); e.Cells[k] == "" {
		e.Cells[k] = text
	}
	return e.set(column, text)
}
