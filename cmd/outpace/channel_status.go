package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"outpace/app"
	"outpace/store"
)

// channelTable lists the channels that are off, if there are any.
func channelTable(c *cli, channels []app.ChannelStatus) []listing {
	type row = app.ChannelStatus
	off := slices.DeleteFunc(slices.Clone(channels), func(k row) bool { return k.OffAt == nil })
	if len(off) == 0 {
		return nil
	}
	return []listing{list(c, "", off,
		column[row]{"channel", func(k row) string { return k.Channel }, label},
		column[row]{"type", func(k row) string { return k.Type }, plain},
		column[row]{"state", func(k row) string { return k.State }, plain},
		column[row]{"failures", func(k row) string { return strconv.Itoa(k.Failures) }, number | rare},
		column[row]{"since", func(k row) string { return c.at(orZero(k.OffAt)) }, moment},
		column[row]{"tried at", func(k row) string { return c.at(orZero(k.ProbeAt)) }, moment},
		column[row]{"accounts", func(k row) string { return strings.Join(k.Accounts, " ") }, wide})}
}

// channelRemarks say what to do about channels that are off.
func (c *cli) channelRemarks(channels []app.ChannelStatus) {
	for _, k := range channels {
		switch k.State {
		case store.ChannelOff:
			c.remark("channel %s is off: %s; nothing was lost: `outpace resume --channel %s`, when it works again", k.Channel, inert(k.Reason), k.Channel)
		case store.ChannelWaiting, store.ChannelProbing:
			c.remark("channel %s does not answer: %s; one message tries it from %s on", k.Channel, inert(k.Reason), c.when(minute(*k.ProbeAt)))
		case store.ChannelFailing:
			c.remark("channel %s: %s failed: %s", k.Channel, count(k.Failures, "call"), inert(k.Reason))
		}
	}
}

// watchChannels logs what became of channels since it looked last. It runs
// between two steps, whenever the database has changed.
func (d *daemon) watchChannels(ctx context.Context) {
	channels, err := d.app.ChannelsStatus(ctx, time.Now())
	if err != nil {
		return // what reads next says so
	}
	off := map[string]bool{}
	for _, k := range channels {
		if k.OffAt.IsZero() {
			continue
		}
		off[k.Name] = true
		told := k.Reason + k.ProbeAt.String()
		if d.channelsOff[k.Name] == told {
			continue
		}
		if d.channelsOff == nil {
			d.channelsOff = map[string]string{}
		}
		d.channelsOff[k.Name] = told
		if k.ProbeAt.IsZero() {
			d.log.Error("channel off until a person resumes it", "channel", k.Name, "reason", k.Reason, "accounts", k.Accounts)
		} else {
			d.log.Error("channel does not answer", "channel", k.Name, "reason", k.Reason, "failures", k.Failures, "probe_at", k.ProbeAt, "accounts", k.Accounts)
		}
	}
	for name := range d.channelsOff {
		if !off[name] {
			delete(d.channelsOff, name)
			d.log.Info("channel on again", "channel", name)
		}
	}
}
