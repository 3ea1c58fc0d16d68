package campaign

import (
	"fmt"
	"hash/crc32"
	"io"
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
	left  bitSet // rows left out when it was loaded, from 0
	sum   uint32 // of the CSV file's bytes when it was loaded; 0: not read to its end
}

// bitSet is a set of small numbers, a bit each.
type bitSet []uint64

func (b *bitSet) set(i int) {
	for i/64 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b bitSet) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// Count is how many targets Targets gave when the campaign was loaded.
func (c *Campaign) Count() int { return c.count }

// Targets reads the campaign's targets anew, in the file's order, and gives
// them to yield one by one: a CSV file is streamed, whatever its length. Rows
// that were left out when it was loaded are left out again. It ends with
// yield's first error, or when the file is seen to have changed since it was
// loaded: with the first row that is not valid, or at its end.
func (c *Campaign) Targets(yield func(Target) error) error {
	for i := range c.Sources {
		s := &c.Sources[i]
		sum, err := s.each(nil, func(t Target, rows *csvRows, wrong []Problem) error {
			switch {
			case rows != nil && s.left.has(rows.nth):
				return nil
			case len(wrong) > 0:
				return fmt.Errorf("campaign %s: %s: %s", c.Name, wrong[0].Pos, wrong[0].Text)
			}
			return yield(t)
		})
		if err != nil {
			return err
		}
		if sum != s.sum {
			return fmt.Errorf("campaign %s: %s changed while it was being read: try again", c.Name, s.shown)
		}
	}
	return nil
}

// each gives every target of the source to yield, with the CSV file it is from
// (nil: it is not from a row) and what is wrong with it. A CSV file that cannot
// be read, or whose header is wrong, is one such call. begin, if not nil, is
// told when a CSV file is open. sum is of the bytes of a CSV file that was read
// to its end.
func (s *Source) each(begin func(*csvRows), yield func(Target, *csvRows, []Problem) error) (sum uint32, err error) {
	if s.CSV == "" {
		for _, t := range s.Inline {
			if err := yield(t, nil, nil); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	f, err := openRegular(s.CSV)
	if err != nil {
		return 0, yield(Target{}, nil, []Problem{{Pos: s.Pos, Text: fmt.Sprintf("%s: %v", s.shown, err)}})
	}
	defer f.Close()
	in := &summingReader{r: f}
	rows, wrong := newCSVRows(in, s.shown, s.Columns)
	if len(wrong) > 0 {
		return 0, yield(Target{}, nil, wrong)
	}
	if begin != nil {
		begin(rows)
	}
	for {
		t, wrong, done := rows.next()
		if len(wrong) > 0 || !done {
			if err := yield(t, rows, wrong); err != nil {
				return 0, err
			}
		}
		if done {
			return in.sum, nil
		}
	}
}

// summingReader sums what is read, to tell whether it is the same the next time.
type summingReader struct {
	r   io.Reader
	sum uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *summingReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.sum = crc32.Update(s.sum, castagnoli, p[:n])
	return n, err
}
