// Package outbox appends messages to a file, one JSON object a line, for a
// program of the user's to take from there.
//
// A line is there and on disk, or it is not: half a line is cut, and the same
// release is never written twice. Whoever takes lines away may truncate the
// file or rename it; under flock(2) on the file he never meets a write half
// done. What is taken away between a crash and the next start cannot be seen
// any more and may be written again with the same key.
package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"outpace/channel"
)

// maxLine is the longest line that is written, in bytes with its newline. It
// is far above what templates may yield, and far below window, so that the
// window always shows the end of the line before the last.
const maxLine = 256 << 10

// Outbox is one open file. It implements channel.Batch.
type Outbox struct {
	path string
	sync func(*os.File) error

	mu   sync.Mutex
	file *os.File // nil: opened before the next write
	end  int64    // the file was read and is whole up to here, in bytes
	seen recent   // keys of the lines read and written
	// doubt are the keys answered with CannotTell: until one is written for
	// good, no failure can be a certain "not sent" any more.
	doubt map[string]bool
}

// Open makes the file if need be (0660 less the umask; its folder must be
// there), cuts a last line that was never finished and reads the keys of the
// last window bytes. A file whose last line is somebody else's is refused with
// ErrForeign, and left as it is.
func Open(path string) (*Outbox, error) {
	o := &Outbox{path: path, sync: (*os.File).Sync, doubt: make(map[string]bool)}
	unlock, err := o.ready(context.Background())
	if err != nil {
		o.drop()
		return nil, fmt.Errorf("outbox: %w", err)
	}
	unlock()
	return o, nil
}

// Close closes the file. A Send afterwards opens it again.
func (o *Outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	o.file = nil
	return err
}

// Traits: everything due is written at once, and a key is written once.
func (o *Outbox) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

// Send writes d as one line and answers when it is on disk.
func (o *Outbox) Send(ctx context.Context, d channel.Delivery) channel.Outcome {
	return o.SendAll(ctx, []channel.Delivery{d})[0]
}

// SendAll writes ds with one write and one fsync. On a disk that fills up, the
// lines that still fit are sent and the others are not. A delivery whose key is
// in the file already is Sent at its ReleasedAt, and not written again.
func (o *Outbox) SendAll(ctx context.Context, ds []channel.Delivery) []channel.Outcome {
	outcomes := make([]channel.Outcome, len(ds))
	o.mu.Lock()
	defer o.mu.Unlock()
	unlock, err := o.ready(ctx)
	if err != nil {
		for i, d := range ds {
			outcomes[i] = o.failed(d, err)
		}
		return outcomes
	}
	defer unlock()
	buf, ends := o.encode(ds, outcomes)
	if len(buf) == 0 {
		return outcomes
	}
	kept, err := o.append(buf)
	for i, end := range ends {
		switch {
		case end == 0: // decided without writing
		case end <= kept:
			outcomes[i] = channel.Outcome{State: channel.Sent}
			o.seen.add(ds[i].Key)
			delete(o.doubt, ds[i].Key)
		default:
			outcomes[i] = o.failed(ds[i], err)
		}
	}
	return outcomes
}

// already is the outcome of a delivery whose line is in the file.
func already(d channel.Delivery) channel.Outcome {
	return channel.Outcome{State: channel.Sent, At: d.ReleasedAt, Detail: "already in the file"}
}

// encode returns the lines to write and, for each delivery, where its line ends
// in them. 0: there is nothing to write for it, its outcome is in outcomes.
func (o *Outbox) encode(ds []channel.Delivery, outcomes []channel.Outcome) (buf []byte, ends []int) {
	ends = make([]int, len(ds))
	batch := make(map[string]int, len(ds)) // where the line of a key ends
	for i, d := range ds {
		if o.seen.has(d.Key) {
			outcomes[i] = already(d)
			delete(o.doubt, d.Key)
			continue
		}
		if end, twice := batch[d.Key]; twice {
			ends[i] = end
			continue
		}
		line, err := encodeLine(d)
		if err != nil {
			outcomes[i] = channel.Outcome{State: channel.NotSent, Next: channel.Fail, Detail: err.Error()}
			continue
		}
		buf = append(buf, line...)
		ends[i], batch[d.Key] = len(buf), len(buf)
	}
	return buf, ends
}

// encodeLine is d as one line with its newline. The text stays readable: < > &
// are not escaped.
func encodeLine(d channel.Delivery) ([]byte, error) {
	if d.Key == "" {
		return nil, errors.New("delivery without a key")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	if b.Len() > maxLine {
		return nil, fmt.Errorf("line of %d bytes, at most %d", b.Len(), maxLine)
	}
	return b.Bytes(), nil
}

// failed is the outcome for d of a write that err ended. Open has read the file
// and every write since is remembered, so what is neither seen nor in doubt is
// certainly not there. A line that a process before this one wrote may have been
// moved away with its file: who is called again cannot tell.
func (o *Outbox) failed(d channel.Delivery, err error) channel.Outcome {
	if o.seen.has(d.Key) {
		return already(d)
	}
	var unsure *unsureError
	if errors.As(err, &unsure) {
		o.doubt[d.Key] = true
	}
	if o.doubt[d.Key] || d.Repeated {
		return channel.Outcome{State: channel.CannotTell, Detail: err.Error()}
	}
	return channel.Outcome{State: channel.NotSent, Next: next(err), Detail: err.Error()}
}

// next says how to go on after err: a full disk or a locked file passes by
// itself, anything else (a missing folder, rights, a foreign file, a broken
// disk) needs a person.
func next(err error) channel.Next {
	for _, passing := range []error{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EMFILE, syscall.ENFILE,
		errLocked, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, passing) {
			return channel.Again
		}
	}
	return channel.SwitchOff
}
