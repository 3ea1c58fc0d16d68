package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"outpace/campaign"
)

// problemsFile collects the rows that are left out, to write them to a CSV file
// in which they can be mended: first what is wrong, then the cells as they
// stand. It keeps only the columns in memory.
type problemsFile struct {
	path    string
	body    *os.File // the rows so far, without header
	csv     *csv.Writer
	columns []string       // of all files, each once
	index   map[string]int // by name and how often that stands in its file
	rows    int
}

// newProblemsFile begins the file that --problems names; nil without a name.
func newProblemsFile(path string) (*problemsFile, error) {
	if path == "" {
		return nil, nil
	}
	body, err := os.CreateTemp(filepath.Dir(path), ".outpace-problems-*")
	if err != nil {
		return nil, fmt.Errorf("--problems: %w", err)
	}
	return &problemsFile{path: path, body: body, csv: csv.NewWriter(body), index: map[string]int{}}, nil
}

// add notes one row.
func (f *problemsFile) add(row campaign.LeftOut) error {
	own := campaign.LeftOutColumns()
	header, cells := row.Header, row.Cells
	if len(header) > len(own) && len(cells) >= len(own) && slices.Equal(header[:len(own)], own) {
		header, cells = header[len(own):], cells[len(own):] // one of our files, still wrong
	}
	record := []string{row.File, strconv.Itoa(row.Line), row.Column, row.Value, strings.Join(row.Problems, "; ")}
	times := map[string]int{}
	for i, cell := range cells {
		name := "" // more cells than columns
		if i < len(header) {
			name = header[i]
		}
		times[name]++
		at := len(own) + f.column(name, times[name])
		for len(record) <= at {
			record = append(record, "")
		}
		record[at] = cell
	}
	f.rows++
	return f.csv.Write(record)
}

// column is the place of a column among those of all files.
func (f *problemsFile) column(name string, times int) int {
	key := fmt.Sprint(times, " ", name)
	i, known := f.index[key]
	if !known {
		i = len(f.columns)
		f.columns, f.index[key] = append(f.columns, name), i
	}
	return i
}

// drop ends the file without writing it.
func (f *problemsFile) drop() error {
	return errors.Join(f.body.Close(), os.Remove(f.body.Name()))
}

// write puts the file in its place, also if no row was left out: it says so
// then. It does not write over what was read.
func (f *problemsFile) write(read []string) (err error) {
	for _, path := range read {
		if same(path, f.path) {
			return fmt.Errorf("--problems %s: that is a file it reads: name another one", f.path)
		}
	}
	f.csv.Flush()
	if err := f.csv.Error(); err != nil {
		return err
	}
	if _, err := f.body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(f.path), ".outpace-problems-*")
	if err != nil {
		return err
	}
	err = errors.Join(f.copy(out), out.Chmod(0o640), out.Sync(), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}

// copy writes the header and the rows, each as long as the header.
func (f *problemsFile) copy(to io.Writer) error {
	w, r := csv.NewWriter(to), csv.NewReader(f.body)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	header := append(campaign.LeftOutColumns(), f.columns...)
	if err := w.Write(header); err != nil {
		return err
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return w.Error()
		}
		if err != nil {
			return err
		}
		for len(record) < len(header) {
			record = append(record, "")
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
}

// same says whether two paths name one file.
func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}
