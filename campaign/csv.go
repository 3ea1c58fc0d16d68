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

// The bounds of a CSV file. Its length is not bounded: it is streamed.
const (
	maxRecord  = 256 << 10 // bytes of one row
	maxColumns = 200
)

// csvRows reads the targets of one CSV file.
type csvRows struct {
	file    string // as it is shown in messages
	in      *countingReader
	csv     *csv.Reader
	names   []string // target field of each column; empty: not used
	headers []string
	record  []string // the row read last; shares its memory with the next
	nth     int      // its number, from 0
}

// countingReader ends a row that does not end: an open quote would otherwise
// pull the rest of the file into memory.
type countingReader struct {
	r     io.Reader
	read  int64
	until int64
}

var errRecordTooLong = fmt.Errorf("a row of more than %d KiB: is a quote left open?", maxRecord>>10)

func (c *countingReader) Read(p []byte) (int, error) {
	if c.read > c.until {
		return 0, errRecordTooLong
	}
	n, err := c.r.Read(p)
	c.read += int64(n)
	return n, err
}

// newCSVRows reads the header. columns say which header holds which field,
// where the names differ.
func newCSVRows(r io.Reader, file string, columns map[string]string) (*csvRows, []Problem) {
	buf := bufio.NewReaderSize(r, 64<<10)
	head, _ := buf.Peek(64 << 10)
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		_, _ = buf.Discard(len("\ufeff")) // it was peeked: it is there
		head = head[len("\ufeff"):]
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, []Problem{{Pos: Pos{File: file}, Text: "the file is UTF-16: save it as CSV with the encoding UTF-8"}}
	}
	in := &countingReader{r: buf, until: 2 * maxRecord}
	rows := &csvRows{file: file, in: in, csv: csv.NewReader(in), nth: -1}
	rows.csv.Comma = separator(head)
	rows.csv.ReuseRecord = true
	header, err := rows.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, []Problem{{Pos: Pos{File: file, Line: 1, Col: 1}, Text: "the file is empty: its first row names the columns"}}
	case err != nil:
		return nil, []Problem{rows.problem(err)}
	}
	rows.headers = append(rows.headers, header...)
	return rows, rows.nameColumns(columns)
}

// separator is the comma, or what the header uses instead: spreadsheets of
// many countries write semicolons.
func separator(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, count := ',', bytes.Count(line, []byte(","))
	for _, s := range ";\t" {
		if n := bytes.Count(line, []byte(string(s))); n > count && count == 0 {
			best, count = s, n
		}
	}
	return best
}

// nameColumns finds the target field of each column.
func (c *csvRows) nameColumns(columns map[string]string) (wrong []Problem) {
	if len(c.headers) > maxColumns {
		return []Problem{{Pos: c.pos(0), Text: fmt.Sprintf("more than %d columns", maxColumns)}}
	}
	c.names = make([]string, len(c.headers))
	used := map[string]int{}
	for field, header := range columns {
		i := c.column(header)
		if i < 0 {
			wrong = append(wrong, Problem{Pos: c.pos(0), Text: fmt.Sprintf("no column %q for %s", header, field), Hint: suggest(header, c.headers)})
			continue
		}
		c.names[i], used[field] = field, i
	}
	for i, header := range c.headers {
		id := fieldID(header)
		if c.names[i] != "" || id == "" || i < len(leftOutColumns) && c.mended() {
			continue
		}
		if first, taken := used[id]; taken {
			if _, mapped := columns[id]; !mapped { // a mapped column wins over one of the field's name
				wrong = append(wrong, Problem{Pos: c.pos(i), Text: fmt.Sprintf("the column %q stands twice (first as %q)", header, c.headers[first])})
			}
			continue
		}
		c.names[i], used[id] = id, i
	}
	if _, ok := used["profile"]; !ok && len(wrong) == 0 {
		hint := suggest("profile", c.headers)
		wrong = append(wrong, Problem{Pos: c.pos(0), Text: "no column profile: name it with columns: {profile: …}", Hint: hint})
	}
	return wrong
}

// mended says whether the file is one of rows that were left out, with what was
// wrong with them in front.
func (c *csvRows) mended() bool {
	return len(c.headers) > len(leftOutColumns) && slices.Equal(c.headers[:len(leftOutColumns)], leftOutColumns)
}

func (c *csvRows) column(header string) int {
	for i, h := range c.headers {
		if strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(header)) {
			return i
		}
	}
	return -1
}

// pos is where a column of the row read last begins.
func (c *csvRows) pos(column int) Pos {
	line, col := c.csv.FieldPos(column)
	return Pos{File: c.file, Line: line, Col: col}
}

// next reads one target, or says what is wrong with its row. done is the end
// of the file, or of what can be read of it.
func (c *csvRows) next() (t Target, wrong []Problem, done bool) {
	for {
		c.in.until = c.csv.InputOffset() + 2*maxRecord
		record, err := c.csv.Read()
		if c.record = record; !errors.Is(err, io.EOF) {
			c.nth++
		}
		switch {
		case errors.Is(err, io.EOF):
			return t, nil, true
		case errors.Is(err, csv.ErrFieldCount):
			text := fmt.Sprintf("%d cells, but the header has %d columns", len(record), len(c.headers))
			return t, []Problem{{Pos: c.pos(0), Text: text, ofRow: true}}, false
		case err != nil:
			var parse *csv.ParseError
			return t, []Problem{c.problem(err)}, !errors.As(err, &parse) || errors.Is(err, errRecordTooLong)
		case strings.TrimSpace(strings.Join(record, "")) == "":
			continue // spreadsheets leave rows of empty cells behind
		}
		cells := make([]cell, 0, len(record))
		for i, value := range record {
			if c.names[i] != "" && value != "" {
				// The reader's record shares one text; what is kept of it must not.
				cells = append(cells, cell{c.names[i], strings.Clone(value), c.pos(i)})
			}
		}
		t, wrong = newTarget(cells, c.pos(0))
		return t, wrong, false
	}
}

// problem is the reader's error with its place.
func (c *csvRows) problem(err error) Problem {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return Problem{Pos: Pos{File: c.file}, Text: plainError(err).Error()}
	}
	text := parse.Err.Error()
	switch {
	case errors.Is(err, csv.ErrQuote):
		text = `a quote is not closed, or not doubled inside its cell`
		if parse.StartLine != parse.Line { // where the row begins is nearer to the fault than where it ends
			return Problem{Pos: Pos{File: c.file, Line: parse.StartLine, Col: 1}, Text: text}
		}
	case errors.Is(err, csv.ErrBareQuote):
		text = `a quote (") inside a cell that does not begin with one`
	}
	return Problem{Pos: Pos{File: c.file, Line: parse.Line, Col: parse.Column}, Text: text}
}
