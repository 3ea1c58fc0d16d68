package campaign

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxQuoted is how much of a line of a CSV file is kept for an excerpt, in
// bytes.
const maxQuoted = 1000

// quoteLines fills in the lines of problems in CSV files, which nobody
// remembered while streaming: each file is read once more, up to its last
// problem. main is the YAML file, whose problems have their lines.
func quoteLines(main string, found []Problem) {
	byFile := map[string][]*Problem{}
	for i := range found {
		if p := &found[i]; p.Line == "" && p.Pos.Line > 0 && p.Pos.File != main {
			byFile[p.Pos.File] = append(byFile[p.Pos.File], p)
		}
	}
	for file, list := range byFile {
		slices.SortStableFunc(list, func(a, b *Problem) int { return a.Pos.Line - b.Pos.Line })
		quoteFile(file, list)
	}
}

// quoteFile reads the lines of one file's problems, in their order. A file
// that cannot be read leaves them without excerpt.
func quoteFile(file string, list []*Problem) {
	f, err := openRegular(file)
	if err != nil {
		return
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 64<<10)
	for line := 1; len(list) > 0; line++ {
		text, err := readLine(r)
		for len(list) > 0 && list[0].Pos.Line == line {
			list[0].quote(text)
			list = list[1:]
		}
		if err != nil {
			return
		}
	}
}

// quote keeps a line of a CSV file and turns the column from bytes, as the
// reader counts, into characters.
func (p *Problem) quote(line string) {
	if p.Pos.Line == 1 {
		line = strings.TrimPrefix(line, "\ufeff")
	}
	p.Line = strings.ToValidUTF8(line, "�")
	if n := p.Pos.Col - 1; n > 0 && n <= len(line) {
		p.Pos.Col = utf8.RuneCountInString(line[:n]) + 1
	}
}

// readLine reads a line and keeps at most maxQuoted bytes of it.
func readLine(r *bufio.Reader) (string, error) {
	var kept []byte
	for {
		part, more, err := r.ReadLine()
		if room := maxQuoted - len(kept); room > 0 {
			kept = append(kept, part[:min(room, len(part))]...)
		}
		if err != nil {
			if err == io.EOF && len(kept) == 0 {
				return "", err
			}
			return string(kept), err
		}
		if !more {
			return string(kept), nil
		}
	}
}
