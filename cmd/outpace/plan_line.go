package main

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"outpace/app"
)

// changeCells are the columns of a message that changes: when, account, step,
// priority. What follows them is as wide as it is.
type changeCells [4]string

func (c *cli) cellsOf(m *app.MessageDiff) changeCells {
	when := "without a slot yet"
	switch {
	case m.Change == "-":
		when = "was " + c.before(m)
	case m.At != nil:
		when = c.at(*m.At)
	}
	account := m.Account
	if m.From != "" {
		account = m.From + " -> " + m.Account
	}
	return changeCells{when, inert(account), fmt.Sprintf("step %d %s", m.Step, m.Kind), fmt.Sprintf("priority %d", m.Priority)}
}

// changeColumns are the widths that stand below each other what changes alike.
func (c *cli) changeColumns(messages []app.MessageDiff) (widths [4]int) {
	for i := range messages {
		for n, cell := range c.cellsOf(&messages[i]) {
			widths[n] = max(widths[n], lipgloss.Width(cell))
		}
	}
	return widths
}

// changeLine is one message that changes. On a terminal that is too narrow
// the profile is left out, then the priority, and at last the name is cut.
func (c *cli) changeLine(m *app.MessageDiff, widths [4]int) string {
	end := ""
	switch m.Change {
	case "-":
		end = ": " + m.Reason
	case "~":
		if (m.At == nil) != (m.Was == nil) || m.At != nil && !m.At.Equal(*m.Was) {
			end = ", was " + c.before(m)
		}
	}
	cells := c.cellsOf(m)
	for n := range cells {
		cells[n] = fmt.Sprintf("%-*s  ", widths[n], cells[n])
	}
	line, priority := m.Change+" "+cells[0]+cells[1]+cells[2], cells[3]
	name, profile := inert(m.Name), inert(" ("+m.Target+")")
	if width, terminal := c.terminal(); terminal {
		room := width - lipgloss.Width("  "+line+end)
		if lipgloss.Width(priority+name+profile) > room {
			profile = ""
		}
		if lipgloss.Width(priority)+leastLabel > room {
			priority = ""
		}
		name = cut(name, max(room-len(priority), leastLabel))
	}
	return line + priority + name + profile + end
}
