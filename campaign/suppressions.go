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
	"unicode/utf8"
)

// SuppressionRow is a row of a list of who shall not be written to, as it
// stands in the file. What is "" if the file does not say.
type SuppressionRow struct {
	Pos                        Pos
	What, Value, Cause, Reason string
}

// suppressionColumns are the columns that are read; every other is passed over.
var suppressionColumns = []string{"what", "value", "cause", "reason", "removed_at"}

// suppressionLists are headers of a list that holds one thing only.
var suppressionLists = map[string]string{
	"profile": "person", "person": "person", "url": "person", "company": "company", "domain": "domain",
}

// suppressionFile reads such a list.
type suppressionFile struct {
	csvRows
	what string // of every row; "": the column says, or the value itself
}

// ReadSuppressions reads a CSV file with the columns what, value, cause and
// reason, or with one column: profiles and domains, or what its header says
// (profile, company, domain). Rows that were taken back (removed_at) are passed
// over. It calls fn for every row, with what is wrong with it, and stops at
// the error fn returns. The error of a file that cannot be read to its end is
// a *Invalid.
func ReadSuppressions(r io.Reader, file string, fn func(SuppressionRow, []Problem) error) error {
	f, wrong := openSuppressions(r, file)
	for wrong == nil {
		f.in.until = f.csv.InputOffset() + 2*maxRecord
		record, err := f.csv.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			p := f.problem(err)
			if !errors.As(err, &parse) || errors.Is(err, errRecordTooLong) {
				wrong = []Problem{p}
				continue
			}
			err = fn(SuppressionRow{Pos: p.Pos}, []Problem{p})
		case strings.TrimSpace(strings.Join(record, "")) != "" && !f.header(record):
			row, removed, wrong := f.row(record)
			if !removed {
				err = fn(row, wrong)
			}
		}
		if err != nil {
			return err
		}
	}
	return &Invalid{Problems: wrong}
}

func openSuppressions(r io.Reader, file string) (*suppressionFile, []Problem) {
	buf := bufio.NewReaderSize(r, 64<<10)
	head, _ := buf.Peek(64 << 10) // an error shows when it is read
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		_, _ = buf.Discard(len("\ufeff")) // it was peeked: it is there
		head = head[len("\ufeff"):]
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, []Problem{{Pos: Pos{File: file}, Text: "the file is UTF-16: save it as CSV with the encoding UTF-8"}}
	}
	in := &countingReader{r: buf, until: 2 * maxRecord}
	f := &suppressionFile{csvRows: csvRows{file: file, in: in, csv: csv.NewReader(in)}}
	f.csv.Comma, f.csv.FieldsPerRecord, f.csv.ReuseRecord = separator(head), -1, true
	return f, nil
}

// header reads the first record, if it names columns.
func (f *suppressionFile) header(record []string) bool {
	if f.names != nil {
		return false
	}
	f.names = []string{"value"}
	ids := make([]string, len(record))
	for i, cell := range record {
		ids[i] = fieldID(cell)
	}
	switch {
	case slices.Contains(ids, "value"):
		f.names = ids
		return true
	case suppressionLists[ids[0]] != "" && (suppressionLists[ids[0]] != ids[0] || len(ids) == 1 || namesColumns(ids[1:])):
		f.what, f.names = suppressionLists[ids[0]], append([]string{"value"}, ids[1:]...)
		return true
	case len(ids) > 1:
		f.names = []string{"what", "value", "reason"}
	}
	return false
}

// namesColumns says that cells are a header: company,reason is a header, and
// company,Example Navy a row without one.
func namesColumns(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(suppressionColumns, id) })
}

// row reads a record under the columns.
func (f *suppressionFile) row(record []string) (row SuppressionRow, removed bool, wrong []Problem) {
	row = SuppressionRow{Pos: f.pos(0), What: f.what}
	row.Pos.Col = 0
	fail := func(format string, args ...any) (SuppressionRow, bool, []Problem) {
		return row, false, []Problem{{Pos: row.Pos, Text: fmt.Sprintf(format, args...)}}
	}
	if len(record) > len(f.names) {
		return fail("%d cells, but there are %d columns", len(record), len(f.names))
	}
	for i, cell := range record {
		cell = strings.TrimSpace(strings.Clone(cell)) // the reader's record shares one text
		if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@", rune(cell[1])) {
			cell = cell[1:] // as export wrote it for spreadsheets
		}
		if !slices.Contains(suppressionColumns, f.names[i]) {
			continue
		}
		if !utf8.ValidString(cell) || strings.ContainsFunc(cell, badControl) || len(cell) > maxExtra {
			return fail("%s: too long, not UTF-8, or with a control character", f.names[i])
		}
		switch f.names[i] {
		case "what":
			row.What = strings.ToLower(cell)
		case "value":
			row.Value = cell
		case "cause":
			row.Cause = strings.ToLower(cell)
		case "reason":
			row.Reason = cell
		case "removed_at":
			removed = cell != ""
		}
	}
	if row.Value == "" {
		return fail("no value: a profile, a company or a domain")
	}
	return row, removed, nil
}
