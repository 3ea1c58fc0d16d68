package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outpace/limits"
	"outpace/store"
)

// Difference is what an apply changes, or would change.
type Difference struct {
	Add    int `json:"add"`
	Move   int `json:"move"` // that move or change otherwise
	Cancel int `json:"cancel"`
	// Changed: the file differs from what is in force, even if no message does.
	Changed  bool          `json:"changed"`
	Warnings []string      `json:"warnings"` // what looks like a mistake; needs --yes
	Entries  []EntryDiff   `json:"entries"`
	Messages []MessageDiff `json:"messages"`
}

// None says that nothing changes at all.
func (d *Difference) None() bool {
	return !d.Changed && d.Add == 0 && d.Move == 0 && d.Cancel == 0
}

// EntryDiff is an account, campaign, channel or template that differs, or a
// target that leaves after it was written to.
type EntryDiff struct {
	Change string `json:"change"` // + ~ -
	What   string `json:"what"`   // account, campaign, channel, template, target
	Name   string `json:"name"`   // of a target: its profile
	Detail string `json:"detail"` // of a target
}

// targets notes the targets that leave and that somebody has written to: they
// may have no message that could be cancelled.
func (d *Difference) targets(written []store.WrittenTo) {
	for _, w := range written {
		d.Entries = append(d.Entries, EntryDiff{"-", "target", w.Profile, "of " + w.Campaign + ", already written to"})
	}
}

// MessageDiff is a message that differs.
type MessageDiff struct {
	Change   string      `json:"change"` // + ~ -
	ID       string      `json:"id"`
	Account  string      `json:"account"`
	Campaign string      `json:"campaign"`
	Target   string      `json:"target"`
	Name     string      `json:"name"`
	Step     int         `json:"step"`
	Kind     limits.Kind `json:"kind"`
	Priority int         `json:"priority"`
	At       *time.Time  `json:"at"`     // its slot; null: none within the horizon
	Was      *time.Time  `json:"was"`    // its slot before
	Reason   string      `json:"reason"` // why it is cancelled
}

// snapshot is what two of are compared.
type snapshot struct {
	entries  []store.Definition
	messages []store.MessageInfo
}

func (a *App) snapshot(ctx context.Context) (s snapshot, err error) {
	if s.entries, err = a.Definitions(ctx); err != nil {
		return s, err
	}
	s.messages, err = a.Messages(ctx, store.MessageQuery{States: []string{
		stateQueued, stateScheduled, stateCancelled,
	}})
	return s, err
}

// differ compares what was with what is.
func differ(was, is snapshot) *Difference {
	d := &Difference{Warnings: []string{}, Entries: differEntries(was.entries, is.entries), Messages: []MessageDiff{}}
	d.Changed = len(d.Entries) > 0
	before := make(map[string]*store.MessageInfo, len(was.messages))
	for i := range was.messages {
		before[was.messages[i].ID] = &was.messages[i]
	}
	for i := range is.messages {
		d.message(before[is.messages[i].ID], &is.messages[i])
	}
	slices.SortStableFunc(d.Messages, func(a, b MessageDiff) int {
		return cmp.Or(cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(rank[a.Change], rank[b.Change]),
			instants(a.At, b.At), stepsWithoutSlot(&a, &b))
	})
	return d
}

// rank is the order of changes in a campaign.
var rank = map[string]int{"+": 0, "~": 1, "-": 2}

func instants(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}

// stepsWithoutSlot orders messages that have no slot by their steps.
func stepsWithoutSlot(a, b *MessageDiff) int {
	if a.At != nil || b.At != nil {
		return 0
	}
	return cmp.Compare(a.Step, b.Step)
}

// message notes how one message differs. was is nil for a new one.
func (d *Difference) message(was, is *store.MessageInfo) {
	pending := func(m *store.MessageInfo) bool { return m != nil && m.State != stateCancelled }
	diff := MessageDiff{
		ID: is.ID, Account: is.Account, Campaign: is.Campaign, Target: is.Target, Name: is.Name,
		Step: is.Step, Kind: is.Kind, Priority: is.Priority, At: known(is.SlotAt), Reason: is.Reason,
	}
	if was != nil {
		diff.Was = known(was.SlotAt)
	}
	switch {
	case pending(is) && !pending(was):
		diff.Change = "+"
		d.Add++
	case !pending(is) && pending(was):
		diff.Change = "-"
		d.Cancel++
	case !pending(is) || same(was, is):
		return
	default:
		diff.Change = "~"
		d.Move++
	}
	d.Messages = append(d.Messages, diff)
}

func same(a, b *store.MessageInfo) bool {
	return a.SlotAt.Equal(b.SlotAt) && a.Account == b.Account && a.Kind == b.Kind && a.Priority == b.Priority &&
		a.Campaign == b.Campaign
}

// known is a pointer to an instant, nil for the zero one.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// differEntries compares two configurations.
func differEntries(was, is []store.Definition) []EntryDiff {
	list := []EntryDiff{}
	key := func(d store.Definition) string { return d.What + " " + d.Name }
	before := make(map[string]string, len(was))
	for _, d := range was {
		before[key(d)] = d.Text
	}
	for _, d := range is {
		text, there := before[key(d)]
		delete(before, key(d))
		switch {
		case !there:
			list = append(list, EntryDiff{Change: "+", What: d.What, Name: d.Name})
		case text != d.Text:
			list = append(list, EntryDiff{Change: "~", What: d.What, Name: d.Name})
		}
	}
	for _, d := range was {
		if _, gone := before[key(d)]; gone {
			list = append(list, EntryDiff{Change: "-", What: d.What, Name: d.Name})
		}
	}
	return list
}
