package campaign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// The bounds of channels that wait for an answer. A stop waits for what is
// under way, and a crash leaves at most as many messages open as it has
// workers.
const (
	minTimeout = Duration(time.Second)
	maxTimeout = Duration(10 * time.Minute)
	maxWorkers = 64
)

// resolveChannels builds the ways of handing over. The desk is there without
// being declared.
func (l *loader) resolveChannels() {
	if l.file.Channels.find(deskName) == nil {
		l.set.Channels = append(l.set.Channels, &Channel{Name: deskName, Type: deskName})
	}
	owners := map[string]string{}
	for i := range l.file.Channels.items {
		item := &l.file.Channels.items[i]
		if !item.ok {
			continue
		}
		c := &Channel{Name: item.name, Type: string(item.V.Type.V)}
		l.channel(c, item)
		if owner, taken := owners[c.Path]; taken && c.Path != "" {
			l.problem(item.V.Path.at, "the channel %s writes this file already", owner)
		}
		owners[c.Path] = c.Name
		l.set.Channels = append(l.set.Channels, c)
	}
}

func (l *loader) channel(c *Channel, item *named[channelShape]) {
	shape := &item.V
	l.required(shape.Type.given, item.at, "type", "channel "+c.Name)
	if !shape.Type.ok {
		return
	}
	if c.Name == deskName && c.Type != deskName {
		l.problem(shape.Type.at, "the channel desk is built in: give a channel of type %s another name", c.Type)
		return
	}
	l.strangers(c, shape)
	switch c.Type {
	case outboxName:
		l.required(shape.Path.given, item.at, "path", "channel "+c.Name)
		switch {
		case shape.Path.ok && shape.Path.V == "":
			l.problem(shape.Path.at, "path is empty")
		case shape.Path.ok:
			c.Path = l.abs(shape.Path.V)
		}
	case webhookName:
		c.Webhook = l.webhook(c, item)
	case execName:
		c.Exec = l.exec(c, item)
	}
}

// strangers notes the keys that a channel of the type does not have.
func (l *loader) strangers(c *Channel, shape *channelShape) {
	for _, key := range shape.keys() {
		switch {
		case !key.given || slices.Contains(key.types, c.Type):
		case key.name == "path" && c.Type == deskName:
			l.problem(key.at, "a desk has no path: a person sends what it shows")
		default:
			l.problem(key.at, "%s is not for a channel of type %s, only for %s", key.name, c.Type, oneOf(key.types))
		}
	}
}

// called reads what webhook and exec have in common.
func (l *loader) called(shape *channelShape, timeout Duration, workers int) (Duration, int) {
	if v := shape.Timeout; v.ok {
		if timeout = v.V; timeout < minTimeout || timeout > maxTimeout {
			l.problem(v.at, "timeout must be from %s to %s, not %s", minTimeout, maxTimeout, v.V)
		}
	}
	if l.between(shape.Workers, "workers", 1, maxWorkers) {
		workers = shape.Workers.V
	}
	return timeout, workers
}

// missing warns of a file that is not there. It is no error, because the file
// is often made on the machine that runs, and read by its user only: run
// refuses to start without it.
func (l *loader) missing(at Pos, key, path string) {
	info, err := os.Stat(l.abs(path))
	switch {
	case errors.Is(err, fs.ErrPermission): // another user's
	case err != nil:
		l.warn(at, "%s: %s: %v: run will not start without it", key, l.shown(path), plainError(err))
	case !info.Mode().IsRegular():
		l.problem(at, "%s: %s is not a regular file", key, l.shown(path))
	}
}

// valuesOf are the values of a list that could be read.
func valuesOf[T any](list many[val[T]]) (out []T) {
	for _, item := range list.items {
		if item.ok {
			out = append(out, item.V)
		}
	}
	return out
}

// statuses reads HTTP statuses.
func (l *loader) statuses(list many[val[int]], key string) (out []int) {
	for i, item := range list.items {
		if l.between(item, fmt.Sprintf("%s[%d]", key, i+1), 200, 599) && !slices.Contains(out, item.V) {
			out = append(out, item.V)
		}
	}
	return out
}
