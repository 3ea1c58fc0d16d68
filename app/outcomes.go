package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"outpace/dispatch"
)

// OutcomesSuffix makes the name of the journal of outcomes of that of the
// database.
const OutcomesSuffix = "-outcomes"

// reserved is how much of the journal is there from the start, in bytes: when
// the disk is full is when it is needed. A line takes about 200 bytes; a claim
// has at most 1000 messages.
const reserved = 256 << 10

// Outcomes is a small file beside the database: what became of releases while
// that could not be written. A line is a CRC-32 in 8 hexadecimal digits, a space
// and a dispatch.Outcome in JSON; behind the last one are zeros. It implements
// dispatch.Journal.
type Outcomes struct {
	file *os.File
	end  int64 // of the last line
}

// OpenOutcomes opens the journal of the database at path, and makes it if need
// be. A last line that was never finished is cut. It has room reserved, if the
// disk has any.
func OpenOutcomes(path string) (*Outcomes, error) {
	f, err := os.OpenFile(path+OutcomesSuffix, os.O_CREATE|os.O_RDWR, 0o660)
	if err != nil {
		return nil, err
	}
	o := &Outcomes{file: f}
	if _, o.end, err = o.read(); err == nil {
		err = o.reserve()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.Name(), err), f.Close())
	}
	return o, nil
}

// reserve fills the file with zeros behind its last line, durably. A disk
// without room is not an error: the journal then tries when it is needed.
func (o *Outcomes) reserve() error {
	if err := o.file.Chmod(0o660); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	if err := o.zero(o.end, max(info.Size(), reserved)); err != nil {
		return nil
	}
	if err := o.file.Sync(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(o.file.Name()))
}

// zero writes zeros from one offset to another.
func (o *Outcomes) zero(from, to int64) error {
	zeros := make([]byte, 32<<10)
	for ; from < to; from += int64(len(zeros)) {
		if _, err := o.file.WriteAt(zeros[:min(int64(len(zeros)), to-from)], from); err != nil {
			return err
		}
	}
	return nil
}

// Keep appends outcomes, and returns when they are on disk. If it fails, none
// of them is in the journal.
func (o *Outcomes) Keep(list []dispatch.Outcome) error {
	var b bytes.Buffer
	for i := range list {
		line, err := json.Marshal(&list[i])
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%08x %s\n", crc32.ChecksumIEEE(line), line)
	}
	_, err := o.file.WriteAt(b.Bytes(), o.end)
	if err == nil {
		err = o.file.Sync()
	}
	if err != nil {
		info, e := o.file.Stat()
		if e == nil { // half of them must not be read
			e = o.zero(o.end, min(o.end+int64(b.Len()), info.Size()))
		}
		return errors.Join(err, e)
	}
	o.end += int64(b.Len())
	return nil
}

// Kept are the outcomes in the journal. Lines that cannot be read are passed
// over: nobody has reported on their releases, then.
func (o *Outcomes) Kept() ([]dispatch.Outcome, error) {
	list, _, err := o.read()
	return list, err
}

// read reads the lines, and tells where the last whole one ends.
func (o *Outcomes) read() (list []dispatch.Outcome, end int64, err error) {
	all, err := io.ReadAll(io.NewSectionReader(o.file, 0, 1<<40))
	if err != nil {
		return nil, 0, err
	}
	list, n := parseOutcomes(all)
	return list, int64(n), nil
}

// parseOutcomes reads the lines of a journal up to its zeros; n is where the
// last line that could be read ends.
func parseOutcomes(b []byte) (list []dispatch.Outcome, n int) {
	for at := 0; at < len(b) && b[at] != 0; {
		length := bytes.IndexByte(b[at:], '\n')
		if length < 0 {
			break
		}
		var out dispatch.Outcome
		if line := b[at : at+length]; parseOutcome(line, &out) {
			list, n = append(list, out), at+length+1
		}
		at += length + 1
	}
	return list, n
}

func parseOutcome(line []byte, out *dispatch.Outcome) bool {
	if len(line) < 9 || line[8] != ' ' {
		return false
	}
	text := line[9:]
	return string(line[:8]) == fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) &&
		json.Unmarshal(text, out) == nil && (out.Release != 0 || out.Withdrawal != 0)
}

// Clear forgets every outcome, durably.
func (o *Outcomes) Clear() error {
	if err := o.zero(0, o.end); err != nil {
		return err
	}
	o.end = 0
	return o.file.Sync()
}

// Close closes the file, and takes it away if nothing is in it.
func (o *Outcomes) Close() error {
	if o.end > 0 {
		return o.file.Close()
	}
	return errors.Join(os.Remove(o.file.Name()), o.file.Close())
}

// syncDir makes the names of a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
