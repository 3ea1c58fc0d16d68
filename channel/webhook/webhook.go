// Package webhook hands messages over by calling an HTTP endpoint of the
// user's, once each, and says what its answer means.
//
// Calls are signed as Standard Webhooks asks (standardwebhooks.com): the id is
// the release's key, so that a receiver drops a repetition.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"outpace/channel"
)

// maxAnswer is how much of an answer is read, in bytes; its header may be as
// long.
const maxAnswer = 64 << 10

// Config is an endpoint and how to talk to it.
type Config struct {
	URL     string
	Method  string            // POST, PUT or PATCH
	Headers map[string]string // Content-Type is application/json unless it stands here
	// HeaderFiles are headers whose value is read from a file: name -> file.
	// All files may begin with $CREDENTIALS_DIRECTORY/, or be $ENVIRONMENT/NAME: the
	// variable of that name.
	HeaderFiles        map[string]string
	SecretFile         string // whsec_ and base64; empty: calls are not signed
	PreviousSecretFile string // signs, too
	Credentials        string // the folder of systemd's credentials; empty: there is none
	// Env looks a variable of the environment up, "" if it is not set; nil: none is.
	Env func(name string) string
	// Body fills the body with the fields of the outbox line; nil: the body is
	// that line.
	Body         func(line map[string]string) (string, error)
	Sent         []int // statuses that mean sent; empty: 2xx
	NotSent      []int // statuses that fail the message
	Answer       *Answer
	Timeout      time.Duration // of one call, all in all
	Workers      int           // at least 1
	Idempotent   bool
	AllowPrivate []netip.Prefix
	// Now is the time of the signature, which receivers compare with their own
	// clock; nil: the delivery's ReleasedAt.
	Now func() time.Time
}

// Webhook is one endpoint. It implements channel.Channel.
type Webhook struct {
	Config
	header    http.Header
	signers   []signer
	transport *http.Transport
}

// New reads the secrets and makes a webhook. A secret that is missing or no
// secret is an error: nothing goes out unsigned by mistake.
func New(c Config) (*Webhook, error) {
	w := &Webhook{Config: c, header: http.Header{}}
	if c.Workers < 1 || c.Timeout <= 0 {
		return nil, errors.New("a webhook needs a timeout and at least one worker")
	}
	w.header.Set("Content-Type", "application/json")
	w.header.Set("User-Agent", "outpace")
	for name, value := range c.Headers {
		w.header.Set(name, value)
	}
	var errs []error
	for name, file := range c.HeaderFiles {
		value, err := c.readSecret(file)
		errs = append(errs, err)
		w.header.Set(name, value)
	}
	for _, file := range []string{c.SecretFile, c.PreviousSecretFile} {
		if file == "" {
			continue
		}
		s, err := c.readSigner(file)
		errs = append(errs, err)
		w.signers = append(w.signers, s)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Control: guard(c.AllowPrivate)}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // one connection a call, which ends with it
	w.transport = &http.Transport{
		DialContext:            dialer.DialContext,
		DisableKeepAlives:      true, // a reused connection that breaks makes the transport send again
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxAnswer,
		Protocols:              protocols,
	}
	return w, nil
}

// Format prints the address alone, whatever the verb: the header holds secrets.
func (w *Webhook) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "webhook "+w.URL) }

// Traits are as configured.
func (w *Webhook) Traits() channel.Traits {
	return channel.Traits{Workers: w.Workers, Idempotent: w.Idempotent}
}

// Send calls the endpoint once.
func (w *Webhook) Send(ctx context.Context, d channel.Delivery) channel.Outcome {
	out, spoken := w.send(ctx, d)
	if d.Repeated && out.State == channel.NotSent && !spoken {
		out.State, out.Next, out.Detail = channel.CannotTell, 0, "called again: "+out.Detail
	}
	return out
}

// send is Send; spoken says that the receiver itself said what became of this
// key, not only of this call.
func (w *Webhook) send(ctx context.Context, d channel.Delivery) (out channel.Outcome, spoken bool) {
	req, err := w.request(d)
	if err != nil {
		return channel.Outcome{State: channel.NotSent, Next: channel.Fail, Detail: err.Error()}, false
	}
	limited, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	// Having a connection is the last thing known for certain. That headers
	// were written is noticed by another goroutine, which may come too late.
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	// Not by http.Client: it would follow redirects.
	resp, err := w.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(limited, trace)))
	if err != nil {
		if connected.Load() {
			return channel.Outcome{State: channel.CannotTell, Detail: w.broken(ctx, err)}, false
		}
		return w.unreached(ctx, err), false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	a := answer{status: resp.StatusCode, header: resp.Header, at: d.ReleasedAt}
	switch {
	case err != nil && resp.StatusCode < 300: // a verdict may have stood in the rest
		return channel.Outcome{State: channel.CannotTell, Detail: a.text() + ", but " + w.broken(ctx, err)}, false
	case err == nil && len(body) <= maxAnswer:
		a.fields = fieldsOf(body)
	}
	return w.judge(&a)
}

// request is the call for a delivery, signed.
func (w *Webhook) request(d channel.Delivery) (*http.Request, error) {
	if d.Key == "" {
		return nil, errors.New("delivery without a key")
	}
	body, err := w.body(d)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(w.Method, w.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the url or the method is not valid")
	}
	req.GetBody = nil // what the transport cannot read again, it cannot send again
	req.Header = w.header.Clone()
	req.Header.Set("Idempotency-Key", d.Key)
	at := d.ReleasedAt
	if w.Now != nil {
		at = w.Now()
	}
	req.Header.Set("webhook-id", d.Key)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	var signatures []string
	for _, s := range w.signers {
		signature, err := s.sign(d.Key, at, body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) > 0 {
		req.Header.Set("webhook-signature", strings.Join(signatures, " "))
	}
	return req, nil
}

// body is the outbox line, or the template filled with it.
func (w *Webhook) body(d channel.Delivery) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if w.Body == nil {
		return line, nil
	}
	var fields map[string]string
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, err
	}
	text, err := w.Body(fields)
	if err != nil {
		return nil, fmt.Errorf("the body: %w", err)
	}
	if strings.Contains(strings.ToLower(w.header.Get("Content-Type")), "json") && !json.Valid([]byte(text)) {
		return nil, errors.New("the body is not JSON with this message's texts")
	}
	return []byte(text), nil
}
