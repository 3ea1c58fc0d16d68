package campaign

const (
	deskName   = "desk"
	outboxName = "outbox"
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
		c := &Channel{Name: item.name, Type: item.V.Type.V}
		l.channel(c, item)
		if owner, taken := owners[c.Path]; taken && c.Path != "" {
			l.problem(item.V.Path.at, "the channel %s writes this file already", owner)
		}
		owners[c.Path] = c.Name
		l.set.Channels = append(l.set.Channels, c)
	}
}

func (l *loader) channel(c *Channel, item *named[channelShape]) {
	kind, path := item.V.Type, item.V.Path
	l.required(kind.given, item.at, "type", "channel "+c.Name)
	if !kind.ok {
		return
	}
	if c.Name == deskName && c.Type != deskName {
		l.problem(kind.at, "the channel desk is built in: give a channel of type %s another name", c.Type)
		return
	}
	switch c.Type {
	case deskName:
		if path.given {
			l.problem(path.at, "a desk has no path: a person sends what it shows")
		}
	case outboxName:
		l.required(path.given, item.at, "path", "channel "+c.Name)
		switch {
		case path.ok && path.V == "":
			l.problem(path.at, "path is empty")
		case path.ok:
			c.Path = l.abs(path.V)
		}
	default:
		types := []string{deskName, outboxName}
		l.hinted(kind.at, suggest(c.Type, types), "there is no channel type %q (there are %s)", c.Type, oneOf(types))
	}
}
