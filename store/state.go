package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/scheduler"
)

// Names tells what the indexes of a scheduler.State stand for.
type Names struct {
	Account string
	Targets []TargetName // by the index in State.Targets
}

// TargetName names a target of a State and its messages.
type TargetName struct {
	ID       int64
	Campaign string
	Profile  string // canonical
	Name     string
	Steps    []string // by the index in the target's Messages
}

// loaded is an account's state with the rows it was made from, index by index.
type loaded struct {
	account  *accountRow
	now      time.Time
	state    *scheduler.State
	targets  []targetRow
	messages [][]messageRow
}

// State reads what the planner may know of an account, as planning at now
// would see it.
func (s *Store) State(ctx context.Context, account string, now time.Time) (*scheduler.State, *Names, error) {
	var st *scheduler.State
	var names *Names
	err := s.read(ctx, func(x *tx) error {
		a, err := accountByName(ctx, x, account)
		if err != nil {
			return err
		}
		l, err := s.load(ctx, x, a, now)
		if err != nil {
			return err
		}
		st = l.state
		names, err = l.names(ctx, x)
		return err
	})
	return st, names, err
}

func (l *loaded) names(ctx context.Context, x *tx) (*Names, error) {
	n := &Names{Account: l.account.Name, Targets: make([]TargetName, len(l.targets))}
	var people []struct {
		ID      int64  `db:"id"`
		Profile string `db:"profile"`
		Name    string `db:"name"`
	}
	err := x.all(ctx, &people, `SELECT t.id, p.profile, p.name FROM targets t JOIN people p ON p.id = t.person_id
		WHERE t.account_id = ? AND t.state = 'active'`, l.account.ID)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]int, len(people))
	for i, p := range people {
		at[p.ID] = i
	}
	for i, t := range l.targets {
		name := TargetName{
			ID: t.ID, Campaign: l.state.Campaigns[l.state.Targets[i].Campaign].Name,
			Profile: people[at[t.ID]].Profile, Name: people[at[t.ID]].Name,
		}
		for _, m := range l.messages[i] {
			name.Steps = append(name.Steps, m.Step)
		}
		n.Targets[i] = name
	}
	return n, nil
}

// load reads an account's state. Credits due up to now are granted and
// expired in memory only; creditsDue does it in the database.
func (s *Store) load(ctx context.Context, x *tx, a *accountRow, now time.Time) (*loaded, error) {
	st, err := s.ledgers(ctx, x, a, now)
	if err != nil {
		return nil, err
	}
	l := &loaded{account: a, now: now, state: st}
	return l, l.readTargets(ctx, x)
}

// ledgers reads an account's state without its campaigns and targets: what a
// claim needs.
func (s *Store) ledgers(ctx context.Context, x *tx, a *accountRow, now time.Time) (*scheduler.State, error) {
	st := &scheduler.State{Account: a.def(), Calendar: s.calendars.of(a.def()), Stopped: a.stopped()}
	held, err := clockIsHeld(ctx, x, now)
	if err != nil {
		return nil, err
	}
	if held && st.Stopped == limits.Ready {
		st.Stopped = limits.HeldClock
	}
	if held, err = quarantined(ctx, x); err != nil {
		return nil, err
	}
	if held {
		st.Stopped = limits.HeldQuarantine
	}
	if st.Rules, err = rules(ctx, x, a); err != nil {
		return nil, err
	}
	if st.Units, st.Open, err = units(ctx, x, a.ID, now); err != nil {
		return nil, err
	}
	if st.Pending, err = pendingAt(ctx, x, a, now); err != nil {
		return nil, err
	}
	if st.Withdrawals, err = withdrawalSlots(ctx, x, a.ID, now); err != nil {
		return nil, err
	}
	if st.Wallet, err = wallet(ctx, x, a, now); err != nil {
		return nil, err
	}
	st.Released, err = releasedAt(ctx, x, a.ID, now)
	return st, err
}

// releasedAt counts the releases of slots that may still be used: a slot's
// grace is at most 4 hours, and ends with its day. An attempt that was not
// sent used its slot too, so that failing ones keep their spacing.
func releasedAt(ctx context.Context, x *tx, account int64, now time.Time) (map[time.Time]int, error) {
	var rows []struct {
		SlotAt Instant `db:"slot_at"`
		N      int     `db:"n"`
	}
	err := x.all(ctx, &rows, `SELECT slot_at, count(*) AS n FROM releases
		WHERE account_id = ? AND slot_at >= ? GROUP BY slot_at`, account, on(now.Add(-24*time.Hour)))
	released := make(map[time.Time]int, len(rows))
	for _, r := range rows {
		released[r.SlotAt.Time] = r.N
	}
	return released, err
}

func (l *loaded) readTargets(ctx context.Context, x *tx) error {
	campaigns, err := l.readCampaigns(ctx, x)
	if err != nil {
		return err
	}
	var n int
	if err := x.get(ctx, &n, `SELECT count(*) FROM targets WHERE account_id = ? AND state = 'active'`, l.account.ID); err != nil {
		return err
	}
	l.targets = make([]targetRow, 0, n)
	// What templates see is left where it is: planning does not look at it.
	err = x.all(ctx, &l.targets, `SELECT t.id, t.campaign_id, t.person_id, t.account_id, t.position, t.priority,
		t.degree, t.zone, t.country, t.added_at, t.begun_at, t.last_step, t.last_at, t.accepted_at, t.ends_at, t.blocked, t.state
		FROM targets t JOIN campaigns c ON c.id = t.campaign_id
		WHERE t.account_id = ? AND t.state = 'active' ORDER BY c.position, t.position, t.id`, l.account.ID)
	if err != nil {
		return err
	}
	at := make(map[int64]int, len(l.targets))
	l.state.Targets = make([]scheduler.Target, len(l.targets))
	l.messages = make([][]messageRow, len(l.targets))
	for i := range l.targets {
		at[l.targets[i].ID] = i
		if l.state.Targets[i], err = targetState(&l.targets[i], campaigns, l.state.Campaigns); err != nil {
			return err
		}
	}
	if err := l.readMessages(ctx, x, at); err != nil {
		return err
	}
	if err := l.readWithdrawn(ctx, x, at); err != nil {
		return err
	}
	if err := l.readOthers(ctx, x, at); err != nil {
		return err
	}
	if err := l.readInMails(ctx, x, at); err != nil {
		return err
	}
	return l.readCompanies(ctx, x, at)
}

// readCampaigns reads the campaigns the account's active targets belong to,
// and returns their indexes by id.
func (l *loaded) readCampaigns(ctx context.Context, x *tx) (map[int64]int, error) {
	var rows []campaignRow
	err := x.all(ctx, &rows, `SELECT * FROM campaigns WHERE id IN
		(SELECT campaign_id FROM targets WHERE account_id = ? AND state = 'active') ORDER BY position`, l.account.ID)
	index := make(map[int64]int, len(rows))
	for i := range rows {
		c := &rows[i]
		index[c.ID] = i
		l.state.Campaigns = append(l.state.Campaigns, scheduler.Campaign{
			Campaign: c.def(), Order: c.Position, Applied: c.AppliedAt.Time, Stopped: c.stopped(),
		})
	}
	return index, err
}

func targetState(t *targetRow, index map[int64]int, campaigns []scheduler.Campaign) (scheduler.Target, error) {
	st := scheduler.Target{
		Campaign: index[t.CampaignID], Person: t.PersonID, Order: t.Position, Priority: t.Priority,
		First: t.Degree == 1, Country: t.Country, Added: t.AddedAt.Time, Last: -1, LastAt: t.LastAt.Time,
		Begun: t.BegunAt.Time, Accepted: t.AcceptedAt.Time,
	}
	if t.LastStep != "" {
		st.Last = stepIndex(campaigns[st.Campaign].Steps, t.LastStep)
	}
	if t.Zone != "" {
		zone, err := campaign.ParseZone(t.Zone)
		if err != nil {
			return st, fmt.Errorf("target %d: %w", t.ID, err)
		}
		st.Zone = zone.Loc()
	}
	if t.Blocked != "" {
		held, err := limits.ParseHeld(t.Blocked)
		if err != nil {
			return st, fmt.Errorf("target %d: %w", t.ID, err)
		}
		st.Blocked = held
	}
	return st, nil
}

// stepIndex is the place of a step by name, -1 if there is none.
func stepIndex(steps []campaign.Step, name string) int {
	return slices.IndexFunc(steps, func(s campaign.Step) bool { return s.Name == name })
}
