package app

import (
	"context"
	"time"

	"outpace/store"
)

// ChannelStatus is how a channel of the file stands.
type ChannelStatus struct {
	Channel  string     `json:"channel"`
	Type     string     `json:"type"`
	State    string     `json:"state"`    // on, failing, waiting, probing, off: see docs/states.md
	Reason   string     `json:"reason"`   // what it answered last, if that was no good
	Failures int        `json:"failures"` // calls in a row that failed
	OffAt    *time.Time `json:"off_at"`   // null: it is used
	ProbeAt  *time.Time `json:"probe_at"` // when one message tries it; null: never by itself
	Accounts []string   `json:"accounts"`
	Accepted int        `json:"accepted"` // messages it has accepted and not reported yet
}

// channels are those of the file; their times are in the zone of the first
// account.
func (a *App) channels(ctx context.Context, now time.Time) ([]ChannelStatus, error) {
	list := []ChannelStatus{}
	zone, err := a.Zone(ctx, "")
	if err != nil {
		return nil, err
	}
	channels, err := a.ChannelsStatus(ctx, now)
	for _, c := range channels {
		list = append(list, ChannelStatus{
			Channel: c.Name, Type: c.Type, State: c.State, Reason: c.Reason, Failures: c.Failures,
			OffAt: inZone(c.OffAt, zone), ProbeAt: inZone(c.ProbeAt, zone),
			Accounts: append([]string{}, c.Accounts...), Accepted: c.Open,
		})
	}
	return list, err
}

// inZone is an instant that may not be known, in a zone.
func inZone(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	return known(t.In(zone))
}

// holdsOf are what the platform, or a channel that does not answer, stops on an
// account. Of several alike the one that lasts longest is shown.
func holdsOf(st *store.AccountStatus) (list []Hold) {
	at := map[string]int{} // by what is held, and why
	for _, h := range st.Holds {
		hold := holdOf(&h)
		key := h.Reason.String() + h.Why
		i, there := at[key]
		switch {
		case !there:
			at[key] = len(list)
			list = append(list, hold)
		case list[i].Until != nil && (hold.Until == nil || hold.Until.After(*list[i].Until)):
			list[i] = hold
		}
	}
	return list
}
