package store

import (
	"context"
	"time"

	"outpace/campaign"
	"outpace/limits"
)

// Question is a message nobody can tell of whether it was sent, or one its
// channel has accepted without a report yet. Times are in the account's zone.
type Question struct {
	ID         string      `json:"id"`    // the message's
	State      string      `json:"state"` // unknown, accepted
	Account    string      `json:"account"`
	Campaign   string      `json:"campaign"`
	Target     string      `json:"target"` // canonical profile address
	Name       string      `json:"name"`
	Step       int         `json:"step"` // from 1
	StepName   string      `json:"step_name"`
	Kind       limits.Kind `json:"kind"`
	SlotAt     time.Time   `json:"slot_at"`
	ReleasedAt time.Time   `json:"released_at"`
	Since      time.Time   `json:"since"`       // when that was known
	ForSeconds int64       `json:"for_seconds"` // since then
	Channel    string      `json:"channel"`
	Key        string      `json:"key"` // by which the receiver may know it
	Detail     string      `json:"detail"`
	Recalled   bool        `json:"recalled"` // it must not go out any more
}

// Questions are the messages of unknown effect, and with accepted also those
// whose channel has not reported yet; of an account if one is named. The oldest
// comes first.
func (s *Store) Questions(ctx context.Context, now time.Time, account string, accepted bool) ([]Question, error) {
	var rows []struct {
		releaseRow
		Account  string                   `db:"account"`
		Def      asJSON[campaign.Account] `db:"def"`
		Campaign string                   `db:"campaign"`
		Profile  string                   `db:"profile"`
		Name     string                   `db:"name"`
	}
	err := s.read(ctx, func(x *tx) error {
		if account != "" {
			if _, err := accountByName(ctx, x, account); err != nil {
				return err
			}
		}
		return x.all(ctx, &rows, `SELECT r.*, a.name AS account, a.def, c.name AS campaign, p.profile, p.name
			FROM releases r JOIN accounts a ON a.id = r.account_id JOIN campaigns c ON c.id = r.campaign_id
			JOIN people p ON p.id = r.person_id
			WHERE (r.state = 'unknown' OR ? AND r.state = 'open' AND r.accepted_at IS NOT NULL) AND (? = '' OR a.name = ?)
			ORDER BY r.released_at, r.id`, accepted, account, account)
	})
	list := make([]Question, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		kind, e := limits.ParseKind(r.Kind)
		if e != nil {
			return nil, e
		}
		zone := r.Def.V.Zone.Loc()
		state, since := "unknown", r.DoneAt
		if r.State == "open" {
			state, since = "accepted", r.AcceptedAt
		}
		list = append(list, Question{
			ID: r.MessageID, State: state, Account: r.Account, Campaign: r.Campaign, Target: r.Profile, Name: r.Name,
			Step: r.StepNo, StepName: r.Step, Kind: kind, SlotAt: r.SlotAt.In(zone), ReleasedAt: r.ReleasedAt.In(zone),
			Since: since.In(zone), ForSeconds: int64(now.Sub(since.Time) / time.Second),
			Channel: r.Channel, Key: r.Key, Detail: r.Detail, Recalled: !r.RecalledAt.IsZero(),
		})
	}
	return list, err
}
