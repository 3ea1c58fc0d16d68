package campaign

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// eventCSV reads the rows of a CSV file of events or connections.
type eventCSV struct {
	csvRows
	skip int                                            // lines before the header
	row  func(*eventCSV, *EventRow, []string) []Problem // reads one record
}

// openEventCSV reads the header; skip lines of the file were passed before.
func openEventCSV(in *bufio.Reader, file string, skip int) (*eventCSV, []Problem) {
	head, _ := in.Peek(eventHead) // an error shows when it is read
	counting := &countingReader{r: in, until: 2 * maxRecord}
	c := &eventCSV{csvRows: csvRows{file: file, in: counting, csv: csv.NewReader(counting)}, skip: skip}
	c.csv.Comma = separator(head)
	c.csv.ReuseRecord = true
	header, err := c.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, []Problem{{Pos: Pos{File: file, Line: 1}, Text: "the file is empty: its first row names the columns"}}
	case err != nil:
		return nil, []Problem{c.moved(c.problem(err))}
	case len(header) > maxColumns:
		return nil, []Problem{{Pos: c.at(), Text: fmt.Sprintf("more than %d columns", maxColumns)}}
	}
	for _, name := range header {
		c.headers = append(c.headers, strings.Clone(name))
	}
	return c, nil
}

// newEventCSV reads events under a header of ours.
func newEventCSV(in *bufio.Reader, file string) (eventRows, []Problem) {
	c, wrong := openEventCSV(in, file, 0)
	if wrong != nil {
		return nil, wrong
	}
	c.row = (*eventCSV).event
	seen := map[string]int{}
	for i, header := range c.headers {
		id := fieldID(header)
		name := eventColumn(id)
		switch first, twice := seen[id]; {
		case id == "line" || id == "problem" || id == "": // of a file of problems; spreadsheets leave empty columns
		case name == "":
			wrong = append(wrong, Problem{Pos: c.columnAt(i), Hint: eventHint(id), Text: fmt.Sprintf(
				"the column %q means nothing here: %s; person may also be called profile, url or message", header, strings.Join(EventColumns, ", "))})
		case twice:
			wrong = append(wrong, Problem{Pos: c.columnAt(i), Text: fmt.Sprintf("the column %q stands twice (first as %q)", header, c.headers[first])})
		default:
			seen[id] = i
		}
		c.names = append(c.names, name)
	}
	for _, need := range []string{"kind", "person"} {
		if !slices.Contains(c.names, need) && len(wrong) == 0 {
			wrong = append(wrong, Problem{Pos: c.at(), Text: "no column " + need + ": the first row names the columns kind and person, and any of " + strings.Join(EventColumns[2:], ", ")})
		}
	}
	return c, wrong
}

// at is the line of the row read last.
func (c *eventCSV) at() Pos {
	p := c.columnAt(0)
	p.Col = 0
	return p
}

func (c *eventCSV) columnAt(i int) Pos {
	p := c.pos(i)
	p.Line += c.skip
	return p
}

// moved is a problem of the reader at the line of the file.
func (c *eventCSV) moved(p Problem) Problem {
	if p.Pos.Line > 0 {
		p.Pos.Line += c.skip
	}
	p.Pos.Col = 0
	return p
}

func (c *eventCSV) next() (row EventRow, wrong []Problem, done bool) {
	for {
		c.in.until = c.csv.InputOffset() + 2*maxRecord
		record, err := c.csv.Read()
		switch {
		case errors.Is(err, io.EOF):
			return row, nil, true
		case errors.Is(err, csv.ErrFieldCount):
			row.Pos = c.at()
			_ = c.row(c, &row, record[:min(len(record), len(c.headers))]) // its cells, for mending
			return row, []Problem{{Pos: row.Pos, Text: fmt.Sprintf("%d cells, but the header has %d columns", len(record), len(c.headers))}}, false
		case err != nil:
			var parse *csv.ParseError
			p := c.moved(c.problem(err))
			row.Pos = p.Pos
			return row, []Problem{p}, !errors.As(err, &parse) || errors.Is(err, errRecordTooLong)
		case strings.TrimSpace(strings.Join(record, "")) == "":
			continue // spreadsheets leave rows of empty cells behind
		}
		row.Pos = c.at()
		return row, c.row(c, &row, record), false
	}
}

// event reads a record of events.
func (c *eventCSV) event(row *EventRow, record []string) (wrong []Problem) {
	row.Cells = make([]string, len(EventColumns))
	for i, value := range record {
		name := c.names[i]
		if name == "" || value == "" {
			continue
		}
		value = strings.Clone(value) // the reader's record shares one text
		if k := slices.Index(EventColumns, name); row.Cells[k] == "" {
			row.Cells[k] = value
		}
		if err := row.set(name, value); err != nil {
			wrong = append(wrong, Problem{Pos: row.Pos, Text: strings.TrimSpace(c.headers[i]) + ": " + err.Error()})
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return row.complete()
}

// firstLines calls fn with the lines at the beginning of a file, until it
// answers true or n are over, and returns where that line begins and how many
// are before it; -1 if it never did.
func firstLines(head []byte, n int, fn func(line []byte) bool) (offset, before int) {
	for ; before < n && offset < len(head); before++ {
		line, _, _ := bytes.Cut(head[offset:], []byte("\n"))
		if fn(line) {
			return offset, before
		}
		offset += len(line) + 1
	}
	return -1, 0
}
