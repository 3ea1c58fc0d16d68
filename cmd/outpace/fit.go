package main

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
)

// gap is what stands between two columns without lines.
const gap = "  "

// Names are not cut, and prose is not folded, to less than this.
const (
	leastLabel = 12
	leastProse = 24
)

// fit makes a listing as narrow as a terminal: it folds prose, leaves columns
// out, and at last cuts names. What still does not fit stays too wide: the
// terminal breaks its lines.
func (l listing) fit(width int) listing {
	for i := len(l.kinds) - 1; i >= 0 && l.total(prose) > width; i-- {
		if l.kinds[i]&spare != 0 {
			l = l.without(i)
		}
	}
	for i := len(l.kinds) - 1; i >= 0 && l.total(prose|label) > width; i-- {
		if l.kinds[i]&useful != 0 {
			l = l.without(i)
		}
	}
	widths := l.shrunk(width)
	rows := make([][]string, len(l.rows))
	for n, row := range l.rows {
		rows[n] = slices.Clone(row)
		for i, cell := range row {
			switch {
			case l.kinds[i]&label != 0:
				rows[n][i] = cut(cell, widths[i])
			case l.kinds[i]&prose != 0:
				rows[n][i] = lipgloss.Wrap(cell, widths[i], "")
			}
		}
	}
	l.rows = rows
	return l
}

// shrunk are the widths of the columns, with prose and then the widest names
// made narrower until all of them fit into width, if they can.
func (l listing) shrunk(width int) []int {
	widths := l.widths()
	over := len(gap)*(len(widths)-1) - width
	for _, w := range widths {
		over += w
	}
	for i, w := range widths {
		if l.kinds[i]&prose != 0 && over > 0 {
			widths[i] = max(w-over, l.least(i, w))
			over -= w - widths[i]
		}
	}
	for over > 0 {
		widest := -1
		for i, w := range widths {
			if l.kinds[i]&label != 0 && w > l.least(i, w) && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		over--
	}
	return widths
}

// total is how wide the listing is without lines, if columns of these kinds
// are as narrow as can be.
func (l listing) total(narrow columnKind) int {
	sum := len(gap) * (len(l.headers) - 1)
	for i, w := range l.widths() {
		if l.kinds[i]&narrow != 0 {
			w = l.least(i, w)
		}
		sum += w
	}
	return sum
}

// least is the width to which a column that is w wide can be brought.
func (l listing) least(col, w int) int {
	floor := leastLabel
	if l.kinds[col]&prose != 0 {
		floor = leastProse
	}
	return min(w, max(floor, lipgloss.Width(l.headers[col])))
}

// widths are how wide the columns are by themselves.
func (l listing) widths() []int {
	widths := make([]int, len(l.headers))
	for i, head := range l.headers {
		widths[i] = lipgloss.Width(head)
	}
	for _, row := range l.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	return widths
}

// cut is a name that is at most width wide.
func cut(name string, width int) string {
	if lipgloss.Width(name) <= width {
		return name
	}
	runes := []rune(name)
	for len(runes) > 0 && lipgloss.Width(string(runes)) >= width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// empty says that no row has anything in a column.
func (l listing) empty(col int) bool {
	return !slices.ContainsFunc(l.rows, func(row []string) bool {
		return row[col] != "" && row[col] != "0" && row[col] != "-"
	})
}

// without is the listing less one column.
func (l listing) without(col int) listing {
	l.headers = slices.Delete(slices.Clone(l.headers), col, col+1)
	l.kinds = slices.Delete(slices.Clone(l.kinds), col, col+1)
	rows := make([][]string, len(l.rows))
	for n, row := range l.rows {
		rows[n] = slices.Delete(slices.Clone(row), col, col+1)
	}
	l.rows = rows
	return l
}
