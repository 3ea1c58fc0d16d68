package campaign

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// connectionColumns are what outpace reads of the platform's list of
// connections; the file has more: Email Address, Company, Position.
var connectionColumns = []string{"First Name", "Last Name", "URL", "Connected On"}

// notesBefore is how many lines of notes may stand before the header.
const notesBefore = 12

// connectionsHeader is where the header of a list of connections begins, and
// how many lines stand before it; -1 if there is none.
func connectionsHeader(head []byte) (offset, before int) {
	return firstLines(head, notesBefore, func(line []byte) bool {
		r := csv.NewReader(strings.NewReader(string(line)))
		r.Comma = separator(line)
		cells, err := r.Read()
		if err != nil {
			return false
		}
		for _, want := range connectionColumns {
			if !slices.ContainsFunc(cells, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), want) }) {
				return false
			}
		}
		return true
	})
}

// newConnections reads a list of connections from its header on; skip lines
// stood before it.
func newConnections(in *bufio.Reader, file string, skip int) (eventRows, []Problem) {
	c, wrong := openEventCSV(in, file, skip)
	if wrong != nil {
		return nil, wrong
	}
	c.row = (*eventCSV).connection
	c.names = make([]string, len(c.headers))
	for _, name := range connectionColumns {
		i := c.column(name)
		if i < 0 {
			return nil, []Problem{{Pos: c.at(), Text: "no column " + name}}
		}
		c.names[i] = name
	}
	return c, nil
}

// connection reads a record of connections: an event accepted on a day.
func (c *eventCSV) connection(row *EventRow, record []string) (wrong []Problem) {
	row.Kind, row.Cells = "accepted", make([]string, len(connectionColumns))
	for i, value := range record {
		if c.names[i] == "" {
			continue
		}
		row.Cells[slices.Index(connectionColumns, c.names[i])] = strings.Clone(strings.TrimSpace(value))
	}
	row.Name = strings.TrimSpace(row.Cells[0] + " " + row.Cells[1])
	row.Person = row.Cells[2]
	if row.Person == "" {
		return nil // nobody knows who this is
	}
	for i, value := range row.Cells {
		if err := checkEventText("", value); err != nil {
			return append(wrong, Problem{Pos: row.Pos, Text: connectionColumns[i] + ": " + err.Error()})
		}
	}
	if _, err := Canonical(row.Person); err != nil {
		wrong = append(wrong, Problem{Pos: row.Pos, Text: "URL: " + err.Error()})
	}
	d, err := parseConnectedOn(row.Cells[3])
	if err != nil {
		return append(wrong, Problem{Pos: row.Pos, Text: "Connected On: " + err.Error()})
	}
	row.At = OnDate(d)
	return wrong
}

// parseConnectedOn reads the day of a connection: 23 Nov 2026 as the platform
// writes it, 2026-11-23, or 11/23/26 as spreadsheets make of it, unless that
// may be two days.
func parseConnectedOn(s string) (Date, error) {
	for _, layout := range []string{"2 Jan 2006", "2 January 2006", "2-Jan-06", "2-Jan-2006", "Jan 2, 2006"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 {
			return DateOf(t, time.UTC), nil
		}
	}
	if d, err := ParseDate(s); err == nil {
		return d, nil
	}
	parts := slashed.FindStringSubmatch(s)
	if parts == nil {
		return Date{}, fmt.Errorf("%q is no date: write one like 23 Nov 2026 or 2026-11-23", s)
	}
	a, _ := strconv.Atoi(parts[1]) // digits, by the pattern
	b, _ := strconv.Atoi(parts[2])
	if a <= 12 && b <= 12 && a != b {
		return Date{}, fmt.Errorf("%q may be two days: write the month as a name, 23 Nov 2026, or the date as 2026-11-23", s)
	}
	if a > 12 {
		a, b = b, a
	}
	year := parts[3]
	if len(year) == 2 {
		year = "20" + year
	}
	return ParseDate(fmt.Sprintf("%s-%02d-%02d", year, a, b))
}

// slashed is a date as spreadsheets write it.
var slashed = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})$`)
