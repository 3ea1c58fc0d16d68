package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
)

// window is how much of the file's end is read, in bytes: some thousand
// messages, where a crash leaves at most the lines of one write in doubt.
const window = 1 << 20

// ErrForeign is returned for a file whose last line outpace did not write. To
// cut it could destroy what is none of ours.
var ErrForeign = errors.New("the last line is not of an outbox: take it out, end it with a newline, or choose another file")

// ending is what the end of the file looks like.
type ending uint8

const (
	whole   ending = iota // it ends with a newline, or is empty
	unended               // all of a line but its newline
	torn                  // the beginning of a line, or zeros left by a power cut
	foreign               // something else
)

// tail is what scan finds.
type tail struct {
	keys []string // of the lines, in their order; of an unended one, too
	rest int      // bytes behind the last newline
	last ending
}

// opening is how every line begins: the first field of channel.Delivery.
const opening = `{"id":"`

// scan reads the end of an outbox, beginning at the start of a line. Lines that
// are not ours are passed over.
func scan(b []byte) tail {
	var t tail
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		if key := keyOf(b[:i]); key != "" {
			t.keys = append(t.keys, key)
		}
		b = b[i+1:]
	}
	t.rest = len(b)
	if t.rest == 0 {
		return t
	}
	switch key := keyOf(b); {
	case key != "":
		t.keys, t.last = append(t.keys, key), unended
	case bytes.HasPrefix(b, []byte(opening)), bytes.HasPrefix([]byte(opening), b), len(bytes.Trim(b, "\x00")) == 0:
		t.last = torn
	default:
		t.last = foreign
	}
	return t
}

// keyOf returns the release key of a whole line, "" for anything else.
func keyOf(line []byte) string {
	var l struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	if json.Unmarshal(line, &l) != nil || l.ID == "" {
		return ""
	}
	return l.Key
}
