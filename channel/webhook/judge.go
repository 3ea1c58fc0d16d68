package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"outpace/channel"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	fields map[string]any // of a JSON object; nil for anything else
	at     time.Time      // about now
}

// text is the answer in words, without what the receiver wrote, but for one field
// (see field): that may hold the message.
func (a *answer) text() string {
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", a.status, http.StatusText(a.status)))
}

// judge says what an answer means; spoken says that the receiver spoke of this
// very key. What was configured goes before a verdict in the answer, and that
// before the status. A verdict speaks of the account: that its day is full may be
// because of the call before.
func (w *Webhook) judge(a *answer) (out channel.Outcome, spoken bool) {
	success := a.status >= 200 && a.status < 300
	if w.Answer != nil {
		if out, ok := w.Answer.judge(a, success); ok {
			return out, true
		}
	}
	switch verdict, err := a.verdict(); {
	case err != nil && success:
		return channel.Outcome{Detail: a.text() + ", but " + err.Error()}, false
	case verdict != "":
		return a.refused(verdict), false
	}
	switch {
	case slices.Contains(w.NotSent, a.status):
		return channel.Outcome{State: channel.NotSent, Next: channel.Fail, Detail: a.text()}, true
	case slices.Contains(w.Sent, a.status):
		return channel.Outcome{State: channel.Sent, Detail: a.text()}, true
	case success && w.Answer != nil:
		return channel.Outcome{Detail: a.text() + ", but its " + a.field(w.Answer.Field) + " means nothing known"}, false
	case success && len(w.Sent) > 0:
		return channel.Outcome{Detail: a.text() + " means nothing known"}, false
	}
	return a.byStatus(), false
}

// byStatus is what a status means when nobody says otherwise.
func (a *answer) byStatus() channel.Outcome {
	out := channel.Outcome{State: channel.NotSent, Detail: a.text()}
	switch a.status {
	case http.StatusAccepted:
		out.State = channel.Waiting
		return out
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		out.Next = channel.Fail
		return out
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		out.State = channel.CannotTell
		return out
	case http.StatusTooManyRequests:
		return a.refused(channel.Throttled)
	case http.StatusServiceUnavailable:
		if wait, told := a.retryAfter(); told {
			out.Next, out.RetryAfter = channel.Again, wait
			return out
		}
	}
	switch a.status / 100 {
	case 2:
		out.State = channel.Sent
	case 3, 4:
		out.Next = channel.SwitchOff
	default:
		out.State = channel.CannotTell
	}
	return out
}

// refused is a certain "not sent" with what the platform says beyond it.
func (a *answer) refused(v channel.Verdict) channel.Outcome {
	wait, _ := a.retryAfter()
	return channel.Outcome{State: channel.NotSent, Verdict: v, RetryAfter: wait, Detail: a.text()}
}

// maxRetryAfter bounds what a receiver may ask for: longer is a mistake that
// would hold an account for ever.
const maxRetryAfter = 31 * 24 * time.Hour

// retryAfter reads Retry-After, in seconds or as a date. A date is read
// against the receiver's own clock, if it tells that.
func (a *answer) retryAfter() (wait time.Duration, told bool) {
	text := a.header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter), true
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	now := a.at
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), maxRetryAfter), true
}

// unreached is the outcome of a call that got no connection.
func (w *Webhook) unreached(ctx context.Context, err error) channel.Outcome {
	out := channel.Outcome{State: channel.NotSent, Next: channel.Retry, Detail: err.Error()}
	var private *PrivateError
	switch {
	case ctx.Err() != nil: // the daemon stops
		out.Next, out.Detail = channel.Again, "stopped before there was a connection"
	case errors.As(err, &private):
		out.Next, out.Detail = channel.SwitchOff, private.Error()
	case errors.Is(err, context.DeadlineExceeded):
		out.Detail = fmt.Sprintf("no connection within %s", w.Timeout)
	}
	return out
}

// broken says how a call ended that had a connection, without what the
// receiver wrote.
func (w *Webhook) broken(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "stopped before the answer was there"
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no whole answer within %s", w.Timeout)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection broke before the answer was whole"
	}
	return "no valid HTTP answer"
}
