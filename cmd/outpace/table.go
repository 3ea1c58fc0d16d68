package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/term"
)

// printTable writes a listing as a table: plain columns into a pipe, with lines
// and a bold head on a terminal. Where that is too narrow, first the lines go,
// then the columns that can be spared, and at last cells take several lines.
func (c *cli) printTable(l listing) error {
	if l.title != "" {
		fmt.Fprintln(c.stdout, l.title)
	}
	if len(l.headers) == 0 {
		return nil
	}
	width, terminal := c.terminal()
	if !terminal {
		return c.writeTrimmed(columns(l, false).String())
	}
	bold := !c.colorless()
	if text := lined(l, bold).String(); lipgloss.Width(text) <= width {
		_, err := fmt.Fprintln(c.stdout, text)
		return err
	}
	for i := len(l.kinds) - 1; i >= 0 && lipgloss.Width(columns(l, bold).String()) > width; i-- {
		if l.kinds[i]&spare != 0 {
			l = l.without(i)
		}
	}
	t := columns(l, bold)
	if lipgloss.Width(t.String()) > width {
		t.Width(width).Wrap(true)
	}
	return c.writeTrimmed(t.String())
}

// without is the listing less one column.
func (l listing) without(i int) listing {
	l.headers = slices.Delete(slices.Clone(l.headers), i, i+1)
	l.kinds = slices.Delete(slices.Clone(l.kinds), i, i+1)
	rows := make([][]string, len(l.rows))
	for n, row := range l.rows {
		rows[n] = slices.Delete(slices.Clone(row), i, i+1)
	}
	l.rows = rows
	return l
}

// columns is the table without lines.
func columns(l listing, bold bool) *table.Table {
	return styled(l, bold, lipgloss.NewStyle().PaddingRight(2)).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderHeader(false).BorderColumn(false)
}

// lined is the table with lines around its cells.
func lined(l listing, bold bool) *table.Table {
	return styled(l, bold, lipgloss.NewStyle().Padding(0, 1)).Border(lipgloss.RoundedBorder())
}

func styled(l listing, bold bool, cell lipgloss.Style) *table.Table {
	t := table.New().Headers(l.headers...).Rows(l.rows...).Wrap(false)
	return t.StyleFunc(func(row, col int) lipgloss.Style {
		style := cell
		if l.kinds[col]&number != 0 {
			style = style.AlignHorizontal(lipgloss.Right)
		}
		if row == table.HeaderRow && bold {
			style = style.Bold(true)
		}
		return style
	})
}

// writeTrimmed writes lines without the blanks that fill up their ends.
func (c *cli) writeTrimmed(text string) error {
	for line := range strings.Lines(text) {
		if _, err := fmt.Fprintln(c.stdout, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// terminal is the width of the terminal behind stdout, if there is one.
func (c *cli) terminal() (width int, ok bool) {
	f, isFile := c.stdout.(*os.File)
	if !isFile || !term.IsTerminal(f.Fd()) {
		return 0, false
	}
	width, _, err := term.GetSize(f.Fd())
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}

// colorless says that somebody does not want colours or weights.
func (c *cli) colorless() bool {
	return c.noColor || c.env("NO_COLOR") != "" || c.env("TERM") == "dumb"
}
