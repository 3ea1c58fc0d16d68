package store

import (
	"context"
	"time"

	"outpace/campaign"
)

// The states of a withdrawal.
const (
	withdrawWaiting   = "waiting"   // for its slot
	withdrawOpen      = "open"      // handed over; nobody has reported
	withdrawDone      = "done"      // the request is taken back
	withdrawFailed    = "failed"    // the channel could not, time and again
	withdrawCancelled = "cancelled" // not wanted any more, see reason
)

// skippedWithdrawal is the reason of a withdrawal that a person does not want:
// it never comes back.
const skippedWithdrawal = "skipped"

// withdrawalRow is a row of withdrawals.
type withdrawalRow struct {
	ID        int64   `db:"id"`
	ReleaseID int64   `db:"release_id"`
	AccountID int64   `db:"account_id"`
	PersonID  int64   `db:"person_id"`
	DueAt     Instant `db:"due_at"`
	AskAt     Instant `db:"ask_at"`
	State     string  `db:"state"`
	Channel   string  `db:"channel"`
	AskedAt   Instant `db:"asked_at"`
	DoneAt    Instant `db:"done_at"`
	Tries     int     `db:"tries"`
	RetryAt   Instant `db:"retry_at"`
	Reason    string  `db:"reason"`
	Answer    string  `db:"answer"` // an AnswerKind, or ''
	Detail    string  `db:"detail"`
}

// standing holds for a release (r), its target (t) and person (p) while it is
// a connection request that waits for an answer: nobody accepted, answered or
// took it back, and it is the account's last one to the person. It says twice
// that it was sent, so that the index of requests serves.
const standing = `r.kind = 'connect' AND r.state = 'sent' AND r.state <> 'not_sent' AND r.withdrawn_at IS NULL AND t.accepted_at IS NULL
	AND t.degree <> 1 AND t.state IN ('active', 'finished') AND p.suppressed_at IS NULL
	AND NOT EXISTS (SELECT 1 FROM connections n WHERE n.account_id = r.account_id AND n.person_id = r.person_id)
	AND NOT EXISTS (SELECT 1 FROM releases n WHERE n.person_id = r.person_id AND n.account_id = r.account_id
		AND n.id > r.id AND n.kind = 'connect' AND n.state <> 'not_sent')`

// standingFrom joins what standing speaks of.
const standingFrom = ` FROM releases r JOIN targets t ON t.id = r.target_id JOIN people p ON p.id = r.person_id `

// request is a standing connection request of an account.
type request struct {
	ReleaseID  int64   `db:"release_id"`
	PersonID   int64   `db:"person_id"`
	CampaignID int64   `db:"campaign_id"`
	Step       string  `db:"step"`
	At         Instant `db:"at"` // its slot, or when a person reported it
}

// requestsOf reads the requests of a condition on releases.
func requestsOf(ctx context.Context, x *tx, where string, args ...any) (list []request, err error) {
	err = x.all(ctx, &list, `SELECT r.id AS release_id, r.person_id, r.campaign_id, r.step,
		coalesce((SELECT max(u.at) FROM units u WHERE u.release_id = r.id AND
			(SELECT sum(s.amount) FROM units s WHERE s.release_id = r.id AND s.at = u.at) > 0), r.slot_at) AS at`+
		standingFrom+`WHERE `+standing+` AND `+where+` ORDER BY r.id`, args...)
	return list, err
}

// withdrawalRules are the campaigns in the file that withdraw requests.
type withdrawalRules map[int64]*campaignRow

func withdrawalRulesOf(ctx context.Context, x *tx) (withdrawalRules, error) {
	var rows []campaignRow
	err := x.all(ctx, &rows, `SELECT * FROM campaigns WHERE removed_at IS NULL AND def LIKE '%"withdraw_after"%'`)
	rules := make(withdrawalRules, len(rows))
	for i := range rows {
		rules[rows[i].ID] = &rows[i]
	}
	return rules, err
}

// after is how long a request of a campaign's step stays; zero: for ever.
func (rules withdrawalRules) after(campaignID int64, step string) campaign.Delay {
	c := rules[campaignID]
	if c == nil {
		return campaign.Delay{}
	}
	if s, _ := stepByName(c.def(), step); s != nil {
		return s.WithdrawAfter
	}
	return campaign.Delay{}
}

// notStanding is why a request is not to be withdrawn any more.
func notStanding(ctx context.Context, x *tx, release int64) (reason string, err error) {
	err = x.get(ctx, &reason, `SELECT CASE
		WHEN r.withdrawn_at IS NOT NULL THEN 'withdrawn'
		WHEN t.accepted_at IS NOT NULL OR t.degree = 1 OR EXISTS (SELECT 1 FROM connections n
			WHERE n.account_id = r.account_id AND n.person_id = r.person_id) THEN 'accepted'
		WHEN t.state = 'stopped' OR p.suppressed_at IS NOT NULL THEN 'answered'
		ELSE 'edit' END`+standingFrom+`WHERE r.id = ?`, release)
	return reason, err
}

// readWithdrawn tells the targets when their last connection request was
// withdrawn, or will be: those who wait for its acceptance wait no longer.
func (l *loaded) readWithdrawn(ctx context.Context, x *tx, at map[int64]int) error {
	var rows []struct {
		TargetID int64   `db:"target_id"`
		At       Instant `db:"at"`
	}
	err := x.all(ctx, &rows, `SELECT r.target_id, coalesce(r.withdrawn_at, w.ask_at) AS at
		FROM releases r JOIN targets t ON t.id = r.target_id AND t.state = 'active'
		LEFT JOIN withdrawals w ON w.release_id = r.id AND w.state = 'waiting'
		WHERE r.account_id = ? AND r.kind = 'connect' AND r.state <> 'not_sent' AND (r.withdrawn_at IS NOT NULL OR w.ask_at > ?)
		AND NOT EXISTS (SELECT 1 FROM releases n WHERE n.person_id = r.person_id AND n.target_id = r.target_id
			AND n.id > r.id AND n.kind IN ('connect', 'inmail') AND n.state <> 'not_sent')`, l.account.ID, on(l.now))
	for _, r := range rows {
		if i, ok := at[r.TargetID]; ok {
			l.state.Targets[i].Withdrawn = r.At.Time
		}
	}
	return err
}

// Withdrawals counts an account's connection requests that are taken back
// because nobody answers.
type Withdrawals struct {
	Waiting int `db:"waiting" json:"waiting"` // for their time
	Open    int `db:"open" json:"open"`       // handed over and not reported
	Failed  int `db:"failed" json:"failed"`   // the channel could not, and they are still pending
}

func withdrawalsOf(ctx context.Context, x *tx, account int64) (w Withdrawals, err error) {
	err = x.get(ctx, &w, `SELECT count(CASE w.state WHEN 'waiting' THEN 1 END) AS waiting,
		count(CASE w.state WHEN 'open' THEN 1 END) AS open, count(CASE w.state WHEN 'failed' THEN 1 END) AS failed
		FROM withdrawals w JOIN releases r ON r.id = w.release_id JOIN targets t ON t.id = r.target_id
		JOIN people p ON p.id = r.person_id WHERE w.account_id = ? AND (w.state <> 'failed' OR `+standing+`)`, account)
	return w, err
}

// withdrawalSlots are the slots at which an account's requests are taken back,
// soonest first. The places they free are for the slots behind them: those
// taken back at now are among them.
func withdrawalSlots(ctx context.Context, x *tx, account int64, now time.Time) ([]time.Time, error) {
	var rows []Instant
	err := x.all(ctx, &rows, `SELECT ask_at FROM withdrawals WHERE account_id = ? AND ask_at IS NOT NULL
		AND (state = 'waiting' OR state = 'done' AND done_at = ?) ORDER BY ask_at`, account, on(now))
	list := make([]time.Time, len(rows))
	for i, r := range rows {
		list[i] = r.Time
	}
	return list, err
}
