package campaign

import "context"

// Options say how to load. The zero Options leave nothing out and tell nobody.
type Options struct {
	// LeftOut, if not nil, is given each row of a CSV file that is wrong by
	// itself; the set is loaded without it. Without LeftOut such a row makes the
	// whole file invalid. Which rows are left out depends on the files alone.
	LeftOut func(LeftOut) error
	// Progress, if not nil, is told now and then how far a CSV file is read.
	Progress func(Progress)
}

// Progress is how far a CSV file is read.
type Progress struct {
	File        string // as it is shown
	Rows        int
	Read, Bytes int64 // of the file
}

// LeftOut is a row of a CSV file that was left out. Its slices hold only until
// the call returns.
type LeftOut struct {
	File     string
	Line     int
	Column   string // the header of the cell that is wrong; empty: the whole row
	Value    string // what stands in it
	Problems []string
	Header   []string // of the file
	Cells    []string // of the row, as they stand there
}

// leftOutColumns stand in front of a row that was left out. A file that begins
// with them is read without them.
var leftOutColumns = []string{"file", "line", "column", "value", "problem"}

// LeftOutColumns are the headers that stand in front of rows that were left
// out: what LeftOut says of the row, its cells behind. A CSV file that begins
// with these columns is read without them, so that mended rows are a source.
func LeftOutColumns() []string { return leftOutColumns[:len(leftOutColumns):len(leftOutColumns)] }

// LoadWith is Load, by the options. It ends with ctx's error when that is
// cancelled, and with the first error of LeftOut.
func LoadWith(ctx context.Context, path string, o Options) (*Set, []Problem, error) {
	l := newLoader(ctx, path, o)
	l.load()
	return l.finish(path)
}

// Files are the CSV files targets come from, absolute, in the file's order.
func (s *Set) Files() (paths []string) {
	for _, c := range s.Campaigns {
		for i := range c.Sources {
			if file := c.Sources[i].CSV; file != "" {
				paths = append(paths, file)
			}
		}
	}
	return paths
}

// leaves says whether a row can go without: everything that is wrong with it is
// of that row alone.
func leaves(wrong []Problem) bool {
	for i := range wrong {
		if !wrong[i].ofRow {
			return false
		}
	}
	return true
}

// leaveOut leaves out the row read last.
func (k *targetCheck) leaveOut(rows *csvRows, wrong []Problem) error {
	out := LeftOut{File: rows.file, Line: rows.pos(0).Line, Header: rows.headers, Cells: rows.record}
	for _, p := range wrong {
		out.Problems = append(out.Problems, p.Text)
	}
	for i, name := range rows.names {
		if name != "" && name == wrong[0].field {
			out.Column = rows.headers[i]
			if i < len(rows.record) {
				out.Value = rows.record[i]
			}
		}
	}
	k.source.left.set(rows.nth)
	k.l.set.LeftOut++
	k.left++
	return k.l.options.LeftOut(out)
}
