package app

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"outpace/limits"
	"outpace/store"
)

// marks is what is kept of the messages as they were, to tell afterwards what
// changed: 32 bytes each, because there may be a million.
type marks struct {
	list     []mark // by id
	names    []string
	index    map[string]int32
	unsorted bool
}

type mark struct {
	slot              int64 // microseconds; 0: none
	account, campaign int32 // their names
	id                [10]byte
	kind              limits.Kind
	priority          uint8
	flags             uint8
	step              uint8 // from 1
}

const (
	markPending  = 1 << iota // not cancelled
	markApproved             // a person approved it
)

func (k *marks) name(s string) int32 {
	i, ok := k.index[s]
	if !ok {
		if k.index == nil {
			k.index = map[string]int32{}
		}
		i = int32(len(k.names))
		k.names, k.index[s] = append(k.names, s), i
	}
	return i
}

func (k *marks) add(m *store.MessageInfo) error {
	n := mark{account: k.name(m.Account), campaign: k.name(m.Campaign), kind: m.Kind, priority: uint8(m.Priority), step: uint8(m.Step)}
	if _, err := hex.Decode(n.id[:], []byte(m.ID)); err != nil {
		return fmt.Errorf("message %q: %w", m.ID, err)
	}
	if !m.SlotAt.IsZero() {
		n.slot = m.SlotAt.UnixMicro()
	}
	if m.State != stateCancelled {
		n.flags |= markPending
	}
	if !m.ApprovedAt.IsZero() {
		n.flags |= markApproved
	}
	k.list, k.unsorted = append(k.list, n), true
	return nil
}

// find is the message as it was; nil if it is new.
func (k *marks) find(id string) *mark {
	if k.unsorted {
		slices.SortFunc(k.list, func(a, b mark) int { return bytes.Compare(a.id[:], b.id[:]) })
		k.unsorted = false
	}
	var want [10]byte
	if _, err := hex.Decode(want[:], []byte(id)); err != nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(k.list, want, func(m mark, id [10]byte) int { return bytes.Compare(m.id[:], id[:]) })
	if !ok {
		return nil
	}
	return &k.list[i]
}

// pending says that the message was waiting.
func (m *mark) pending() bool { return m != nil && m.flags&markPending != 0 }

// at is the slot it had, in the zone of another instant; zero: none.
func (m *mark) at(zone *time.Location) time.Time {
	if m.slot == 0 {
		return time.Time{}
	}
	return time.UnixMicro(m.slot).In(zone)
}

// placed is a change with what orders it among others of its campaign.
type placed struct {
	MessageDiff
	place store.MessagePlace
}

func inOrder(a, b placed) int {
	return cmp.Or(cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(rank[a.Change], rank[b.Change]),
		instants(a.At, b.At), stepsWithoutSlot(&a.MessageDiff, &b.MessageDiff),
		cmp.Compare(a.place.Account, b.place.Account), cmp.Compare(a.place.Slot, b.place.Slot),
		cmp.Compare(a.place.Campaign, b.place.Campaign), cmp.Compare(a.place.Target, b.place.Target), cmp.Compare(a.ID, b.ID))
}

// changes collects the messages that differ, all or the first of each kind of
// change in each campaign.
type changes struct {
	shown int // of a kind and campaign; 0: all
	lists map[[2]string][]placed
	more  map[[2]string]int
}

func (c *changes) add(p placed) {
	key := [2]string{p.Campaign, p.Change}
	list := append(c.lists[key], p)
	if c.shown > 0 && len(list) >= 8*c.shown {
		list = c.cut(key, list)
	}
	c.lists[key] = list
}

func (c *changes) cut(key [2]string, list []placed) []placed {
	slices.SortFunc(list, inOrder)
	if n := len(list); c.shown > 0 && n > c.shown {
		c.more[key] += n - c.shown
		clear(list[c.shown:])
		list = list[:c.shown]
	}
	return list
}

// all are those kept, in their order.
func (c *changes) all() []MessageDiff {
	var every []placed
	for key, list := range c.lists {
		every = append(every, c.cut(key, list)...)
	}
	slices.SortFunc(every, inOrder)
	list := make([]MessageDiff, len(every))
	for i := range every {
		list[i] = every[i].MessageDiff
	}
	return list
}
