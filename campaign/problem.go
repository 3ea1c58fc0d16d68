package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a file, or, as a warning, odd.
type Problem struct {
	Pos  Pos
	Text string // what is wrong, without a full stop
	Hint string // what was probably meant; may be empty
	Line string // the line it stands in; may be empty

	ofRow bool   // of one row of a CSV file, that can be left out
	field string // the target field that is wrong; may be empty
}

// String is file:line:col: what is wrong; then the line, a caret below the
// place, and the hint.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.Pos, p.Text)
	if p.Line != "" {
		line, caret := excerpt(p.Line, p.Pos.Col)
		fmt.Fprintf(&b, "\n    %s\n    %s^", line, caret)
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n    did you mean %s?", p.Hint)
	}
	return b.String()
}

// String is file:line:col, as far as known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// excerptWidth is how much of a long line is shown, in characters.
const excerptWidth = 120

// excerpt cuts a long line around the column (from 1) and gives the blanks
// that stand before the caret. Characters that would garble a terminal become
// a replacement mark.
func excerpt(line string, col int) (shown, blanks string) {
	runes := []rune(line)
	at := min(max(col-1, 0), len(runes))
	from := 0
	if at > excerptWidth-20 {
		from = at - excerptWidth/2
	}
	runes = runes[from:min(len(runes), from+excerptWidth)]
	before := make([]rune, 0, at-from)
	for i, r := range runes {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || isBidi(r) {
			runes[i] = '�'
		}
		if i < at-from {
			if r != '\t' {
				r = ' '
			}
			before = append(before, r)
		}
	}
	return string(runes), string(before)
}

// isBidi says whether the character reorders the text around it.
func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// Invalid is the error of a file that cannot be used. It holds everything
// that is wrong with it.
type Invalid struct {
	Problems []Problem
	More     int // problems beyond those kept
}

// shownRows is how many problems of rows of CSV files are printed: with more,
// nobody reads on.
const shownRows = 20

// Error prints the problems, one below the other: all of the file itself, and
// the first of the rows of its CSV files.
func (e *Invalid) Error() string {
	var b strings.Builder
	rows, more := 0, e.More
	for _, p := range e.Problems {
		if p.ofRow {
			if rows++; rows > shownRows {
				more++
				continue
			}
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	if more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// Rows says whether some problems are of single rows of CSV files, which
// LoadWith can leave out.
func (e *Invalid) Rows() bool {
	return slices.ContainsFunc(e.Problems, func(p Problem) bool { return p.ofRow })
}

// maxProblems is how many problems are kept: a CSV file of a million bad rows
// shall not fill the memory.
const maxProblems = 1000

// problems collects what is found.
type problems struct {
	list []Problem
	more int
}

// maxText is how long a problem's text may be, in characters: values are
// quoted in it, and foreign.
const maxText = 500

func (ps *problems) add(p Problem) {
	if runes := []rune(p.Text); len(runes) > maxText {
		p.Text = string(runes[:maxText]) + "…"
	}
	if len(ps.list) >= maxProblems {
		ps.more++
		return
	}
	ps.list = append(ps.list, p)
}

// sorted puts the problems into the order of the files, the main one first,
// and drops what is said twice of one place (an aliased value is read more
// than once).
func (ps *problems) sorted(main string) []Problem {
	slices.SortStableFunc(ps.list, func(a, b Problem) int {
		switch {
		case a.Pos.File != b.Pos.File && a.Pos.File == main:
			return -1
		case a.Pos.File != b.Pos.File && b.Pos.File == main:
			return 1
		case a.Pos.File != b.Pos.File:
			return strings.Compare(a.Pos.File, b.Pos.File)
		case a.Pos.Line != b.Pos.Line:
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Col - b.Pos.Col
	})
	return slices.CompactFunc(ps.list, func(a, b Problem) bool { return a.Pos == b.Pos && a.Text == b.Text })
}
