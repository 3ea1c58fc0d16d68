package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"outpace/campaign"
)

// Connection is a person of an account's list of connections.
type Connection struct {
	Profile string // in any spelling
	Since   time.Time
}

// ConnectResult is what became of one connection.
type ConnectResult struct {
	Profile  string // canonical
	Again    bool   // known already: nothing was done
	Accepted bool   // it answers a connection request of the account
	Refunded int    // credits
	Err      error  // nothing was recorded
}

// connectAhead is how far ahead of the account's own day the day of a
// connection may lie: the list is written in another zone.
const connectAhead = 24 * time.Hour

// ConnectAll records connections of an account as the platform lists them. Of
// somebody whom the account has asked it is the event accepted, never before
// the request. Everybody else is kept as a connection: a target added later is
// not invited, and gets a message at once. A connection that is known stays as
// it is, so that the next month's list adds what is new. Transactions, wrong
// ones and the error are as in ReactAll; touched accounts become dirty.
func (s *Store) ConnectAll(ctx context.Context, now time.Time, account string, list []Connection) (results []ConnectResult, err error) {
	for len(list) > 0 {
		chunk := list[:min(len(list), reactChunk)]
		list = list[len(chunk):]
		some := make([]ConnectResult, len(chunk))
		err := s.write(ctx, func(x *tx) error {
			a, err := accountByName(ctx, x, account)
			if err != nil {
				return err
			}
			c := &connecting{x: x, now: now, account: a, touched: map[int64]bool{}}
			for i, n := range chunk {
				err := x.saved(ctx, func() error { return c.one(ctx, n, &some[i]) })
				if err != nil && engineFailed(ctx, err) {
					return err
				}
				some[i].Err = err
			}
			if err := c.log(ctx, some); err != nil {
				return err
			}
			return markDirty(ctx, x, c.touched)
		})
		if err != nil {
			return results, err
		}
		results = append(results, some...)
	}
	return results, nil
}

// connecting is the work on some connections of an account.
type connecting struct {
	x       *tx
	now     time.Time
	account *accountRow
	touched map[int64]bool
}

func (c *connecting) one(ctx context.Context, n Connection, out *ConnectResult) (err error) {
	*out = ConnectResult{}
	if out.Profile, err = campaign.Canonical(n.Profile); err != nil {
		return err
	}
	if n.Since.After(c.now.Add(connectAhead)) {
		return fmt.Errorf("%s lies in the future", n.Since.In(c.account.zone()).Format(time.DateOnly))
	}
	if n.Since.After(c.now) {
		n.Since = c.now
	}
	person, err := c.person(ctx, out.Profile)
	if err != nil {
		return err
	}
	if person.isForgotten() {
		out.Again = true // nothing about them is kept
		return nil
	}
	var already int
	err = c.x.get(ctx, &already, `SELECT count(*) FROM connections WHERE account_id = ? AND person_id = ?`, c.account.ID, person.ID)
	if out.Again = already > 0; err != nil || out.Again {
		return err
	}
	asked, err := c.asked(ctx, person.ID, n.Since)
	if err != nil {
		return err
	}
	if asked.IsZero() {
		return c.keep(ctx, person.ID, n.Since)
	}
	if asked.After(n.Since) {
		n.Since = asked
	}
	return c.accepted(ctx, n.Since, out)
}

// person finds a person, or adds one of whom only the profile is known.
func (c *connecting) person(ctx context.Context, profile string) (*personRow, error) {
	p, err := personByProfile(ctx, c.x, profile)
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		return p, err
	}
	p = &personRow{Profile: profile}
	p.ID, err = c.x.insert(ctx, `INSERT INTO people (profile) VALUES (?)`, profile)
	return p, err
}

// asked is the slot of the account's connection request that a connection
// since then answers; zero: there is none.
func (c *connecting) asked(ctx context.Context, person int64, since time.Time) (at time.Time, err error) {
	var slots []Instant
	err = c.x.all(ctx, &slots, `SELECT slot_at FROM releases WHERE person_id = ? AND account_id = ? AND kind = 'connect'
		AND state <> 'not_sent' ORDER BY slot_at DESC`, person, c.account.ID)
	for _, slot := range slots {
		if at = slot.Time; at.Before(since.Add(24 * time.Hour)) { // the list gives days
			break
		}
	}
	return at, err
}

// keep makes somebody nobody asked a connection. Their targets on the account
// are connected from then on; on another account they would not be, so nothing
// of it stands in the target.
func (c *connecting) keep(ctx context.Context, person int64, since time.Time) error {
	_, err := c.x.exec(ctx, `INSERT INTO connections (account_id, person_id, since_at) VALUES (?, ?, ?)`,
		c.account.ID, person, on(since))
	if err != nil {
		return err
	}
	var targets int
	// + keeps the person's index, not the one of all the account's targets.
	err = c.x.get(ctx, &targets, `SELECT count(*) FROM targets WHERE person_id = ? AND +account_id = ? AND state = 'active'`,
		person, c.account.ID)
	if targets > 0 {
		c.touched[c.account.ID] = true
	}
	return err
}

func (c *connecting) accepted(ctx context.Context, at time.Time, out *ConnectResult) error {
	w := &reacting{x: c.x, now: c.now, r: Reaction{Kind: AcceptedBy, Person: out.Profile, Account: c.account.Name, At: at}}
	if err := w.run(ctx); err != nil {
		return err
	}
	out.Accepted, out.Again, out.Refunded = !w.out.Again, w.out.Again, w.out.Refunded
	for id := range w.plan {
		c.touched[id] = true
	}
	return nil
}

// log says how many connections were learnt; who accepted has an event of
// their own.
func (c *connecting) log(ctx context.Context, results []ConnectResult) error {
	learnt := 0
	for _, r := range results {
		if r.Err == nil && !r.Again && !r.Accepted {
			learnt++
		}
	}
	if learnt == 0 {
		return nil
	}
	return logEvent(ctx, c.x, event{At: c.now, Kind: "connections", Account: c.account.Name,
		Detail: fmt.Sprintf("%d connections nobody asked for were imported", learnt)})
}
