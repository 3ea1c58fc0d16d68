package store

import (
	"context"
	"strings"
	"time"
)

// The states of a channel.
const (
	ChannelOn      = "on"
	ChannelFailing = "failing" // its last calls failed, and it is still used
	ChannelWaiting = "waiting" // off, until one message may try it
	ChannelProbing = "probing" // off, and the next message tries it
	ChannelOff     = "off"     // until a person resumes it
)

// ChannelStatus is how a channel stands.
type ChannelStatus struct {
	Name     string
	Type     string
	State    string
	Reason   string    // what it answered last, if that was no good
	Failures int       // calls in a row that failed
	OffAt    time.Time // since when nobody uses it; zero: it is used
	ProbeAt  time.Time // when one message tries it; zero: never by itself
	Accounts []string  // that use it
	Open     int       // messages it has accepted and not reported yet
}

// ChannelsStatus is how every channel of the file stands at now, and the desk
// if an account uses it, by name.
func (s *Store) ChannelsStatus(ctx context.Context, now time.Time) (list []ChannelStatus, err error) {
	err = s.read(ctx, func(x *tx) error {
		list = nil
		var rows []struct {
			Name string `db:"name"`
			Type string `db:"type"`
		}
		if err := x.all(ctx, &rows, `SELECT name, type FROM channels WHERE removed_at IS NULL ORDER BY name`); err != nil {
			return err
		}
		for _, r := range rows {
			st, err := channelStatus(ctx, x, r.Name, r.Type, now)
			if err != nil {
				return err
			}
			list = append(list, st)
		}
		return nil
	})
	return list, err
}

func channelStatus(ctx context.Context, x *tx, name, kind string, now time.Time) (ChannelStatus, error) {
	st := ChannelStatus{Name: name, Type: kind, State: ChannelOn}
	c, err := channelState(ctx, x, name)
	if err != nil {
		return st, err
	}
	st.Reason, st.Failures, st.OffAt, st.ProbeAt = c.Reason, c.Failures, c.OffAt.Time, c.ProbeAt.Time
	switch {
	case c.forPerson():
		st.State = ChannelOff
	case !c.OffAt.IsZero() && now.Before(c.ProbeAt.Time):
		st.State = ChannelWaiting
	case !c.OffAt.IsZero():
		st.State = ChannelProbing
	case c.Failures > 0:
		st.State = ChannelFailing
	}
	accounts, err := accountsOn(ctx, x, name)
	if err != nil {
		return st, err
	}
	for i := range accounts {
		st.Accounts = append(st.Accounts, accounts[i].Name)
	}
	return st, x.get(ctx, &st.Open, `SELECT count(*) FROM releases WHERE state = 'open' AND accepted_at IS NOT NULL AND channel = ?`, name)
}

// A ChannelChange is a channel that went off or on.
type ChannelChange struct {
	ID      int64 // ascending
	Channel string
	Off     bool
	Reason  string
}

// LastChange is the id of the newest change of anything.
func (s *Store) LastChange(ctx context.Context) (id int64, err error) {
	err = s.read(ctx, func(x *tx) error { return x.get(ctx, &id, `SELECT coalesce(max(id), 0) FROM events`) })
	return id, err
}

// ChannelChanges are those after one of LastChange or ChannelChanges, in order.
func (s *Store) ChannelChanges(ctx context.Context, after int64) (list []ChannelChange, err error) {
	var rows []struct {
		ID     int64  `db:"id"`
		Kind   string `db:"kind"`
		Detail string `db:"detail"`
	}
	err = s.read(ctx, func(x *tx) error {
		return x.all(ctx, &rows, `SELECT id, kind, detail FROM events WHERE id > ? AND kind IN (?, ?) AND account = '' ORDER BY id`,
			after, eventChannelOff, eventChannelOn)
	})
	for _, r := range rows {
		name, reason, _ := strings.Cut(r.Detail, ": ")
		list = append(list, ChannelChange{ID: r.ID, Channel: name, Off: r.Kind == eventChannelOff, Reason: reason})
	}
	return list, err
}

// ResumeChannel lets a channel be used again that was off, by all its accounts.
func (s *Store) ResumeChannel(ctx context.Context, now time.Time, name string) (Paused, error) {
	p := Paused{What: "channel", Name: name}
	err := s.write(ctx, func(x *tx) error {
		p.Changed, p.Lifted, p.Moved = false, nil, nil
		var there int
		if err := x.get(ctx, &there, `SELECT count(*) FROM channels WHERE name = ? AND removed_at IS NULL`, name); err != nil {
			return err
		}
		if there == 0 {
			return &NotFoundError{"channel", name}
		}
		was, touched, err := switchOn(ctx, x, name, now)
		if p.Changed = was; err != nil || !was {
			return err
		}
		p.Lifted = []string{eventChannelOff}
		if err := s.planOthers(ctx, x, touched, 0, now); err != nil {
			return err
		}
		p.Moved, err = s.relieve(ctx, x, now)
		return err
	})
	if err == nil && many(p.Moved) {
		err = s.PlanDirty(ctx, now, nil)
	}
	return p, err
}

// planOthers plans accounts anew, but one that is planned already.
func (s *Store) planOthers(ctx context.Context, x *tx, ids []int64, but int64, now time.Time) error {
	for _, id := range ids {
		if id == but {
			continue
		}
		if err := s.planAccount(ctx, x, id, now); err != nil {
			return err
		}
	}
	return nil
}

// channelsOff switches accounts off that an apply has put on a channel which
// waits for a person.
func (c *commit) channelsOff(ctx context.Context) error {
	var off []channelRow
	if err := c.x.all(ctx, &off, `SELECT * FROM channel_states WHERE off_at IS NOT NULL AND probe_at IS NULL`); err != nil {
		return err
	}
	for i := range off {
		accounts, err := accountsOn(ctx, c.x, off[i].Name)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			_, err := c.x.exec(ctx, `UPDATE accounts SET channel_off_reason = ? WHERE id = ? AND channel_off_reason = ''`,
				off[i].offReason(), a.ID)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
