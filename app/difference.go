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
	Lapsed int `json:"lapsed"` // approvals lost, because the edit changes texts
	// Changed: the file differs from what is in force, even if no message does.
	Changed  bool          `json:"changed"`
	Warnings []string      `json:"warnings"` // what looks like a mistake; needs --yes
	Entries  []EntryDiff   `json:"entries"`
	Messages []MessageDiff `json:"messages"`
	// Skipped are the people who get nothing further once it is applied.
	Skipped []LeftOut `json:"skipped"`

	more    map[[2]string]int // messages beyond those kept, by campaign and change
	renamed renames
}

// None says that nothing changes at all.
func (d *Difference) None() bool {
	return !d.Changed && d.Lapsed == 0 && d.Add == 0 && d.Move == 0 && d.Cancel == 0
}

// EntryDiff is an account, campaign, channel or template that differs, or a
// target that leaves after it was written to.
type EntryDiff struct {
	Change string `json:"change"` // + ~ -
	What   string `json:"what"`   // account, campaign, channel, template, target
	Name   string `json:"name"`   // of a target: its profile
	Detail string `json:"detail"` // of a target; of a campaign the keys that differ
	// Messages are the unsent ones that a template's new text is for; null: it
	// is no template whose text changed.
	Messages *int `json:"messages"`
}

// texts counts the messages that go with the templates that changed.
func (d *Difference) texts(ctx context.Context, a *App) error {
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.What != "template" || e.Change != "~" {
			continue
		}
		n, err := a.Unsent(ctx, e.Name)
		if err != nil {
			return err
		}
		e.Messages = &n
	}
	return nil
}

// targets notes the targets that leave and that somebody has written to: they
// may have no message that could be cancelled.
func (d *Difference) targets(written []store.WrittenTo) {
	for _, w := range written {
		d.Entries = append(d.Entries, EntryDiff{
			Change: "-", What: "target", Name: w.Profile, Detail: "of " + w.Campaign + ", already written to",
		})
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
	From     string      `json:"from"`   // the account it leaves; empty: it stays
	Reason   string      `json:"reason"` // why it is cancelled
}

// snapshot is what an apply is compared with: how everything was.
type snapshot struct {
	entries  []store.Definition
	messages marks
}

// waitingStates are those of messages that an apply may change.
var waitingStates = []string{stateQueued, stateScheduled, stateCancelled}

func (a *App) snapshot(ctx context.Context) (s snapshot, err error) {
	if s.entries, err = a.Definitions(ctx); err != nil {
		return s, err
	}
	err = a.EachMessage(ctx, waitingStates, func(m *store.MessageInfo, _ store.MessagePlace) error { return s.messages.add(m) })
	return s, err
}

// differ compares what was with what is. Of the messages it keeps so many of
// each campaign and kind of change; 0: all.
func (a *App) differ(ctx context.Context, was snapshot, shown int) (*Difference, error) {
	entries, err := a.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	d := unchanged()
	d.renamed = renamesOf(was.entries, entries)
	d.Entries = differEntries(was.entries, entries, d.renamed)
	if err := d.texts(ctx, a); err != nil {
		return nil, err
	}
	d.Changed = len(d.Entries) > 0
	c := changes{shown: shown, lists: map[[2]string][]placed{}, more: map[[2]string]int{}}
	err = a.EachMessage(ctx, waitingStates, func(m *store.MessageInfo, place store.MessagePlace) error {
		if diff, changed := d.message(&was.messages, m); changed {
			c.add(placed{diff, place})
		}
		return nil
	})
	d.Messages, d.more = c.all(), c.more
	return d, err
}

// unchanged is a Difference of nothing.
func unchanged() *Difference {
	return &Difference{Warnings: []string{}, Entries: []EntryDiff{}, Messages: []MessageDiff{}}
}

// More is how many messages of a campaign change in a way without standing in
// Messages.
func (d *Difference) More(campaign, change string) int { return d.more[[2]string{campaign, change}] }

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

// message says how one message differs from what it was, and counts it.
func (d *Difference) message(before *marks, is *store.MessageInfo) (diff MessageDiff, changed bool) {
	was, waits := before.find(is.ID), is.State != stateCancelled
	diff = MessageDiff{
		ID: is.ID, Account: is.Account, Campaign: is.Campaign, Target: is.Target, Name: is.Name,
		Step: is.Step, Kind: is.Kind, Priority: is.Priority, At: known(is.SlotAt), Reason: is.Reason,
	}
	same := false
	if was != nil {
		if is.Step == 0 { // its step is gone: it is shown as it was
			diff.Step, diff.Kind = int(was.step), was.kind
		}
		account := d.renamed.now("account", before.names[was.account])
		diff.Was = known(was.at(is.Zone))
		if waits && account != is.Account {
			diff.From = account
		}
		if waits && was.flags&markApproved != 0 && is.ApprovedAt.IsZero() {
			d.Lapsed++
		}
		same = was.at(time.UTC).Equal(is.SlotAt) && account == is.Account && was.kind == is.Kind &&
			int(was.priority) == is.Priority && d.renamed.now("campaign", before.names[was.campaign]) == is.Campaign
	}
	switch {
	case waits && !was.pending():
		diff.Change = "+"
		d.Add++
	case !waits && was.pending():
		diff.Change = "-"
		d.Cancel++
	case !waits || same:
		return diff, false
	default:
		diff.Change = "~"
		d.Move++
	}
	return diff, true
}

// known is a pointer to an instant, nil for the zero one.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// differEntries compares two configurations.
func differEntries(was, is []store.Definition, renamed renames) []EntryDiff {
	list := []EntryDiff{}
	key := func(d store.Definition) string { return d.What + " " + d.Name }
	before := make(map[string]string, len(was))
	old := map[string]string{}
	for i, d := range was {
		if name := renamed.now(d.What, d.Name); name != d.Name {
			old[d.What+" "+name] = d.Name
			was = slices.Clone(was)
			was[i].Name, d.Name = name, name
		}
		before[key(d)] = d.Text
	}
	for _, d := range is {
		text, there := before[key(d)]
		delete(before, key(d))
		switch {
		case !there:
			list = append(list, EntryDiff{Change: "+", What: d.What, Name: d.Name})
		case old[key(d)] != "":
			list = append(list, EntryDiff{Change: "~", What: d.What, Name: d.Name, Detail: "was " + old[key(d)]})
		case text != d.Text:
			list = append(list, EntryDiff{Change: "~", What: d.What, Name: d.Name, Detail: keysDiffer(d.What, text, d.Text)})
		}
	}
	for _, d := range was {
		if _, gone := before[key(d)]; gone {
			list = append(list, EntryDiff{Change: "-", What: d.What, Name: d.Name})
		}
	}
	return list
}
