package campaign

import (
	"fmt"
)

// Source is where targets come from: those that stand in the YAML itself, or
// one CSV file.
type Source struct {
	Inline []Target // as they stand in the YAML; nil for a CSV file
	CSV    string   // the file, absolute; empty for inline targets
	// Columns say which header holds which field, where the name differs:
	// target field -> header.
	Columns map[string]string
	Pos     Pos // where the source stands in the YAML

	shown string // the CSV file as people know it, for messages
}

// Targets reads the campaign's targets anew, in the file's order, and gives
// them to yield one by one: a CSV file is streamed, whatever its length. It
// ends with yield's first error, or with the first row that is not valid (Load
// has seen them all valid: then the file has changed since).
func (c *Campaign) Targets(yield func(Target) error) error {
	for i := range c.Sources {
		err := c.Sources[i].each(nil, func(t Target, wrong []Problem) error {
			if len(wrong) > 0 {
				return fmt.Errorf("campaign %s: %s: %s", c.Name, wrong[0].Pos, wrong[0].Text)
			}
			return yield(t)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each gives every target of the source to yield, with what is wrong with it.
// A CSV file that cannot be read, or whose header is wrong, is one such call.
// columns, if not nil, is told the target fields of the file's columns and
// where they stand.
func (s *Source) each(columns func(names []string, at func(int) Pos), yield func(Target, []Problem) error) error {
	if s.CSV == "" {
		for _, t := range s.Inline {
			if err := yield(t, nil); err != nil {
				return err
			}
		}
		return nil
	}
	f, err := openRegular(s.CSV)
	if err != nil {
		return yield(Target{}, []Problem{{Pos: s.Pos, Text: fmt.Sprintf("%s: %v", s.shown, err)}})
	}
	defer f.Close()
	rows, wrong := newCSVRows(f, s.shown, s.Columns)
	if len(wrong) > 0 {
		return yield(Target{}, wrong)
	}
	if columns != nil {
		columns(rows.names, rows.pos)
	}
	for {
		t, wrong, done := rows.next()
		if len(wrong) > 0 || !done {
			if err := yield(t, wrong); err != nil {
				return err
			}
		}
		if done {
			return nil
		}
	}
}
