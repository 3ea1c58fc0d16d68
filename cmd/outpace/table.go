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

// printTable is printTables for one listing.
func (c *cli) printTable(l listing) error { return c.printTables(l) }

// printTables writes listings as tables: plain columns into a pipe, with lines
// and a bold head on a terminal. Where that is too narrow for one of them, the
// lines go, and each is fitted; with -o wide they are left as they are.
func (c *cli) printTables(listings ...listing) error {
	width, terminal := c.terminal()
	bold := terminal && !c.colorless()
	lines := terminal && !slices.ContainsFunc(listings, func(l listing) bool {
		return lipgloss.Width(lined(l, bold)) > width
	})
	for i, l := range listings {
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		if l.title != "" {
			fmt.Fprintln(c.stdout, l.title)
		}
		text := ""
		switch {
		case len(l.headers) == 0:
		case lines:
			text = lined(l, bold) + "\n"
		case terminal && c.output != "wide":
			text = columns(l.fit(width), bold)
		default:
			text = columns(l, bold)
		}
		if _, err := fmt.Fprint(c.stdout, text); err != nil {
			return err
		}
	}
	return nil
}

// columns is the table without lines. Cells may have several lines.
func columns(l listing, bold bool) string {
	var out strings.Builder
	widths, head := l.widths(), make([]string, len(l.headers))
	for i, h := range l.headers {
		head[i] = pad(h, widths[i], l.kinds[i])
	}
	style := lipgloss.NewStyle().Bold(bold)
	out.WriteString(style.Render(strings.TrimRight(strings.Join(head, gap), " ")) + "\n")
	for _, row := range l.rows {
		cells, height := make([][]string, len(row)), 1
		for i, cell := range row {
			cells[i] = strings.Split(cell, "\n")
			height = max(height, len(cells[i]))
		}
		for n := range height {
			line := make([]string, len(row))
			for i := range row {
				if n < len(cells[i]) {
					line[i] = cells[i][n]
				}
				line[i] = pad(line[i], widths[i], l.kinds[i])
			}
			out.WriteString(strings.TrimRight(strings.Join(line, gap), " ") + "\n")
		}
	}
	return out.String()
}

// pad fills a cell up to the width of its column.
func pad(cell string, width int, kind columnKind) string {
	blanks := strings.Repeat(" ", max(0, width-lipgloss.Width(cell)))
	if kind&number != 0 {
		return blanks + cell
	}
	return cell + blanks
}

// lined is the table with lines around its cells.
func lined(l listing, bold bool) string {
	t := table.New().Headers(l.headers...).Rows(l.rows...).Wrap(false).Border(lipgloss.RoundedBorder())
	return t.StyleFunc(func(row, col int) lipgloss.Style {
		style := lipgloss.NewStyle().Padding(0, 1)
		if l.kinds[col]&number != 0 {
			style = style.AlignHorizontal(lipgloss.Right)
		}
		if row == table.HeaderRow && bold {
			style = style.Bold(true)
		}
		return style
	}).String()
}

// folded is a sentence with its lines broken between words where the terminal
// ends; into a pipe it is one line.
func (c *cli) folded(text string) string {
	if width, terminal := c.terminal(); terminal {
		return lipgloss.Wrap(text, width, "")
	}
	return text
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
