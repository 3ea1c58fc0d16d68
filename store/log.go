package store

import (
	"context"
	"time"
)

// event is a row of the log. Zero ids are NULL.
type event struct {
	At                      time.Time
	Kind, Account, Campaign string
	Person                  int64
	Message                 string
	Release                 int64
	Detail                  string
	Ref                     string // the id its sender gave it
}

// logEvent writes to the log. An account and a campaign are found by the names
// they have now.
func logEvent(ctx context.Context, x *tx, e event) error {
	_, err := x.exec(ctx, `INSERT INTO events (at, kind, account, campaign, account_id, campaign_id, person_id, message_id, release_id, detail, ref)
		VALUES (?, ?, ?, ?, (SELECT id FROM accounts WHERE name = ?), (SELECT id FROM campaigns WHERE name = ?),
		nullif(?, 0), nullif(?, ''), nullif(?, 0), ?, ?)`,
		on(e.At), e.Kind, e.Account, e.Campaign, e.Account, e.Campaign, e.Person, e.Message, e.Release, e.Detail, e.Ref)
	return err
}

// LogQuery narrows what Log returns; empty fields do not.
type LogQuery struct {
	Account, Campaign string
	Person            string // profile in any spelling, message id or unique prefix
	From, To          time.Time
	Limit             int // the newest so many; 0: all
}

// LogEntry is something that happened.
type LogEntry struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Account  string    `json:"account,omitempty"`
	Campaign string    `json:"campaign,omitempty"`
	Profile  string    `json:"target,omitempty"` // canonical
	Message  string    `json:"message,omitempty"`
	Detail   string    `json:"detail,omitempty"`
}

// Log returns what happened, oldest first. Times are in UTC.
func (s *Store) Log(ctx context.Context, q LogQuery) ([]LogEntry, error) {
	var rows []struct {
		At       Instant `db:"at"`
		Kind     string  `db:"kind"`
		Account  string  `db:"account"`
		Campaign string  `db:"campaign"`
		Profile  string  `db:"profile"`
		Message  string  `db:"message"`
		Detail   string  `db:"detail"`
	}
	err := s.read(ctx, func(x *tx) error {
		where, args, err := q.where(ctx, x)
		if err != nil {
			return err
		}
		limit := q.Limit
		if limit == 0 {
			limit = -1
		}
		return x.all(ctx, &rows, `SELECT at, kind, account, campaign, profile, message, detail FROM (SELECT e.id, e.at, e.kind, e.account, e.campaign, e.detail,
			coalesce(p.profile, '') AS profile, coalesce(e.message_id, '') AS message
			FROM events e LEFT JOIN people p ON p.id = e.person_id WHERE `+where+`
			ORDER BY e.at DESC, e.id DESC LIMIT ?) AS newest ORDER BY at, id`, append(args, limit)...)
	})
	list := make([]LogEntry, len(rows))
	for i, r := range rows {
		list[i] = LogEntry{r.At.Time, r.Kind, r.Account, r.Campaign, r.Profile, r.Message, r.Detail}
	}
	return list, err
}

func (q *LogQuery) where(ctx context.Context, x *tx) (where string, args []any, err error) {
	where = "1 = 1"
	and := func(clause string, arg any) {
		where += " AND " + clause
		args = append(args, arg)
	}
	if q.Account != "" {
		and("e.account = ?", q.Account)
	}
	if q.Campaign != "" {
		and("e.campaign = ?", q.Campaign)
	}
	if q.Person != "" {
		p, err := findPerson(ctx, x, q.Person)
		if err != nil {
			return "", nil, err
		}
		and("e.person_id = ?", p.ID)
	}
	if !q.From.IsZero() {
		and("e.at >= ?", on(q.From))
	}
	if !q.To.IsZero() {
		and("e.at < ?", on(q.To))
	}
	return where, args, nil
}
