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

// offChannels logs the channels that are off at the start.
func (d *daemon) offChannels(ctx context.Context) (err error) {
	if d.channelChange, err = d.app.LastChange(ctx); err != nil {
		return err
	}
	channels, err := d.app.ChannelsStatus(ctx, time.Now())
	for _, k := range channels {
		if !k.OffAt.IsZero() {
			d.log.Error("channel off", "channel", k.Name, "reason", k.Reason, "probe_at", k.ProbeAt, "accounts", k.Accounts)
		}
	}
	return err
}

// watchChannels logs which channels went off or on since it looked last.
func (d *daemon) watchChannels(ctx context.Context) {
	changes, err := d.app.ChannelChanges(ctx, d.channelChange)
	if err != nil {
		return // what reads next says so
	}
	for _, k := range changes {
		d.channelChange = k.ID
		if k.Off {
			d.log.Error("channel off", "channel", k.Channel, "reason", k.Reason)
		} else {
			d.log.Info("channel on", "channel", k.Channel, "reason", k.Reason)
		}
	}
}
