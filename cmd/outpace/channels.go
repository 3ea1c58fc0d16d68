package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"outpace/campaign"
	"outpace/channel"
	"outpace/channel/desk"
	"outpace/channel/exec"
	"outpace/channel/outbox"
	"outpace/channel/webhook"
)

// channels are ways of handing over, by name.
type channels map[string]channel.Channel

// opener opens channels as the daemon was told to.
type opener struct {
	allowExec   bool
	credentials string // the folder of systemd's credentials; empty: there is none
	env         func(string) string
	path        string // PATH for programs
	stderr      io.Writer
}

// open opens the channels of a set, all of them or none.
func (o *opener) open(defs []*campaign.Channel) (channels, error) {
	cs, err := o.openable(defs)
	if err != nil {
		return nil, errors.Join(err, cs.close())
	}
	return cs, nil
}

// openable opens those that can be opened. The desk is always there.
func (o *opener) openable(defs []*campaign.Channel) (cs channels, err error) {
	cs = channels{"desk": desk.Desk{}}
	for _, def := range defs {
		if ch, e := o.channel(def); e != nil {
			err = errors.Join(err, &unopenedError{def.Name, e})
		} else {
			cs[def.Name] = ch
		}
	}
	return cs, err
}

// unopenedError says that a channel of the file cannot be opened.
type unopenedError struct {
	channel string
	err     error
}

func (e *unopenedError) Error() string { return fmt.Sprintf("channel %s: %v", e.channel, e.err) }
func (e *unopenedError) Unwrap() error { return e.err }

// try opens the channels of a set to see that they can be, and closes them.
func (o *opener) try(defs []*campaign.Channel) error {
	cs, err := o.open(defs)
	if err != nil {
		return err
	}
	return cs.close()
}

func (o *opener) channel(def *campaign.Channel) (channel.Channel, error) {
	switch {
	case def.Type == "desk":
		return desk.Desk{}, nil
	case def.Type == "outbox":
		return outbox.Open(def.Path)
	case def.Webhook != nil:
		return webhook.New(o.webhook(def.Webhook))
	case def.Exec != nil:
		return exec.New(exec.Config{
			Command: def.Exec.Command, Path: o.path, Timeout: time.Duration(def.Exec.Timeout), Workers: def.Exec.Workers,
			Idempotent: def.Exec.Idempotent, Stderr: o.stderr,
		}, o.allowExec)
	}
	return nil, fmt.Errorf("there is no type %q", def.Type)
}

// webhook is an endpoint of the file as its channel wants it.
func (o *opener) webhook(def *campaign.Webhook) webhook.Config {
	c := webhook.Config{
		URL: def.URL, Method: def.Method, Headers: def.Headers, HeaderFiles: def.HeaderFiles,
		SecretFile: def.SecretFile, PreviousSecretFile: def.PreviousSecretFile, Credentials: o.credentials, Env: o.env,
		Sent: def.Sent, NotSent: def.NotSent, Timeout: time.Duration(def.Timeout), Workers: def.Workers,
		Idempotent: def.Idempotent, AllowPrivate: def.AllowPrivate, Now: time.Now,
	}
	if def.Body != "" {
		c.Body = def.Render
	}
	if a := def.Answer; a != nil {
		c.Answer = &webhook.Answer{
			Field: a.Field, Sent: a.Sent, Waiting: a.Waiting, NotSent: a.NotSent, Verdicts: map[string]channel.Verdict{},
		}
		for value, verdict := range a.Verdicts {
			c.Answer.Verdicts[value] = channel.Verdict(verdict)
		}
	}
	return c
}

// close closes those that can be closed.
func (cs channels) close() error {
	var errs []error
	for _, ch := range cs {
		if closer, ok := ch.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	return errors.Join(errs...)
}

// follow is rechannel, and looks after a quarantine, for the loop, which calls it when the database changed.
func (d *daemon) follow(ctx context.Context) {
	if err := d.rechannel(ctx); err != nil && ctx.Err() == nil {
		d.log.Error("opening the channels of the set in force", "error", err.Error())
	}
	d.reconciled(ctx)
	d.watchChannels(ctx)
}

// rechannel opens the channels of the set in force if they are not those that
// are open: somebody applied another one. All of them are taken, or none; then
// accounts whose channel is not open are switched off, and it is said once. It
// runs between two steps.
func (d *daemon) rechannel(ctx context.Context) error {
	version, err := d.app.ConfigVersion(ctx)
	if err != nil || version == d.opened {
		return err
	}
	defs, err := d.app.ChannelDefs(ctx)
	if err != nil {
		return err
	}
	fresh, refusal := d.opener.open(defs)
	if refusal == nil {
		old := d.channels
		d.channels, d.opened = fresh, version
		d.dispatcher.SetChannels(fresh)
		return old.close()
	}
	return d.without(ctx, version, refusal)
}

// without goes on with the channels that are open, as some of the set in force
// cannot be: accounts that use another one are off until a person resumes them.
func (d *daemon) without(ctx context.Context, version int64, refusal error) error {
	now, err := d.present(ctx)
	if err != nil {
		return err
	}
	why := strings.ReplaceAll(refusal.Error(), "\n", "; ")
	off, err := d.app.ChannelsOff(ctx, now, version, slices.Collect(maps.Keys(d.channels)), why)
	if d.refused != version || len(off) > 0 {
		d.refused = version
		d.log.Error("not all channels of the set in force can be opened: accounts without theirs are off until they are resumed",
			"error", why, "off", off)
	}
	return err
}
