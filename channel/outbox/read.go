package outbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"

	"outpace/channel"
)

// Read hands every message of the file at path to each, in their order. Lines
// that are none are passed over, and so is a last one that is not finished.
func Read(path string, each func(channel.Delivery) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(f, maxLine)
	for err == nil {
		var line []byte
		if line, err = r.ReadSlice('\n'); err != nil {
			if errors.Is(err, bufio.ErrBufferFull) { // longer than any of ours
				err = skipLine(r)
			}
			continue
		}
		var d channel.Delivery
		if json.Unmarshal(line, &d) == nil && d.ID != "" && d.Key != "" {
			err = each(d)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// skipLine reads up to the end of a line.
func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
