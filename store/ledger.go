package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"outpace/limits"
)

// How far back limits look: a trailing week or a day of any zone; and for
// noted connection requests a calendar month, and the day by which zones differ.
const (
	window      = 9 * 24 * time.Hour
	notedWindow = 33 * 24 * time.Hour
)

// rules are an account's limits as they stand.
func rules(ctx context.Context, x *tx, a *accountRow) (limits.Rules, error) {
	def := a.def()
	r := limits.Rules{
		Plan: def.Plan, Zone: a.zone(), Day: def.Day, DailyCap: def.DailyCap,
		ManualReserve: def.ManualReserve, WarmUp: def.WarmUp, FirstApplied: a.FirstAppliedAt.Time,
		HeldCap: a.HeldCap, HeldUntil: a.HeldUntil.Time, StrictUntil: a.StrictUntil.Time,
	}
	var ceilings []struct {
		At    Instant `db:"at"`
		Count int     `db:"count"`
	}
	err := x.all(ctx, &ceilings, `SELECT at, count FROM ceilings
		WHERE account_id = ? AND forgotten_at IS NULL ORDER BY at, id`, a.ID)
	for _, c := range ceilings {
		r.Ceilings = append(r.Ceilings, limits.Ceiling{At: c.At.Time, Count: c.Count})
	}
	if err != nil {
		return r, err
	}
	if r.Holds, err = holds(ctx, x, a.ID); err != nil {
		return r, err
	}
	off, err := channelHold(ctx, x, a)
	r.Holds = append(r.Holds, off...)
	return r, err
}

func holds(ctx context.Context, x *tx, account int64) (list []limits.Hold, err error) {
	var rows []struct {
		Kinds     string  `db:"kinds"`
		NotedOnly bool    `db:"noted_only"`
		FromAt    Instant `db:"from_at"`
		UntilAt   Instant `db:"until_at"`
		Reason    string  `db:"reason"`
		Verdict   string  `db:"verdict"`
	}
	err = x.all(ctx, &rows, `SELECT kinds, noted_only, from_at, until_at, reason, verdict FROM holds
		WHERE account_id = ? AND lifted_at IS NULL ORDER BY id`, account)
	for _, h := range rows {
		hold := limits.Hold{NotedOnly: h.NotedOnly, From: h.FromAt.Time, Until: h.UntilAt.Time, Why: h.Verdict}
		if hold.Kinds, err = parseKinds(h.Kinds); err != nil {
			return nil, err
		}
		if hold.Reason, err = limits.ParseHeld(h.Reason); err != nil {
			return nil, err
		}
		list = append(list, hold)
	}
	return list, err
}

// parseKinds reads the column kinds of holds; an empty one means all.
func parseKinds(s string) (kinds []limits.Kind, err error) {
	for name := range strings.SplitSeq(s, ",") {
		if name == "" {
			continue
		}
		k, err := limits.ParseKind(name)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// joinKinds writes what parseKinds reads.
func joinKinds(kinds []limits.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return strings.Join(names, ",")
}

// unitRow is a group of equal units.
type unitRow struct {
	At     Instant `db:"at"`
	Kind   string  `db:"kind"`
	Noted  bool    `db:"noted"`
	Manual bool    `db:"manual"`
	N      int     `db:"n"`
}

// units are what counts against an account's limits at now, as far back as a
// window reaches. Those of desk messages nobody has reported yet are apart:
// the plan and a claim count them differently.
func units(ctx context.Context, x *tx, account int64, now time.Time) (counted, open []limits.Unit, err error) {
	var rows, cards []unitRow
	err = x.all(ctx, &rows, `SELECT at, kind, noted, manual, sum(amount) AS n FROM units
		WHERE account_id = ? AND at >= ? AND (at >= ? OR noted = 1) GROUP BY at, kind, noted, manual ORDER BY at`,
		account, on(now.Add(-notedWindow)), on(now.Add(-window)))
	if err != nil {
		return nil, nil, err
	}
	err = x.all(ctx, &cards, `SELECT u.at, u.kind, u.noted, u.manual, sum(u.amount) AS n
		FROM releases r JOIN units u ON u.release_id = r.id LEFT JOIN channels c ON c.name = r.channel
		WHERE r.account_id = ? AND r.state = 'open' AND coalesce(c.type, 'desk') = 'desk'
		GROUP BY u.at, u.kind, u.noted, u.manual ORDER BY u.at`, account)
	if err != nil {
		return nil, nil, err
	}
	waiting := make(map[unitRow]int, len(cards)) // by the group, its N left out
	for _, c := range cards {
		n := c.N
		c.N = 0
		waiting[c] = n
		if open, err = c.units(open, n); err != nil {
			return nil, nil, err
		}
	}
	for _, r := range rows {
		n := r.N
		r.N = 0
		if counted, err = r.units(counted, n-waiting[r]); err != nil {
			return nil, nil, err
		}
	}
	return counted, open, nil
}

// units appends n units like the group's.
func (r *unitRow) units(list []limits.Unit, n int) ([]limits.Unit, error) {
	kind, err := limits.ParseKind(r.Kind)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, fmt.Errorf("more units were given back than taken at %s", r.At.Format(time.RFC3339))
	}
	u := limits.Unit{At: r.At.Time, Kind: kind, Noted: r.Noted, Manual: r.Manual}
	for range n {
		list = append(list, u)
	}
	return list, nil
}

// openCards are the releases that are with a person who has not reported yet.
const openCards = `SELECT r.id FROM releases r LEFT JOIN channels c ON c.name = r.channel
	WHERE r.state = 'open' AND coalesce(c.type, 'desk') = 'desk'`

// pending counts an account's connection requests that nobody has answered:
// those from before outpace, and the released ones that are neither certainly
// unsent, nor accepted, nor declined, nor withdrawn. That we stopped writing to
// somebody answers no request.
func pending(ctx context.Context, x *tx, a *accountRow) (n int, err error) {
	err = x.get(ctx, &n, `SELECT count(*) FROM releases r JOIN targets t ON t.id = r.target_id
		WHERE r.account_id = ? AND r.kind = 'connect' AND r.state <> 'not_sent'
		AND r.withdrawn_at IS NULL AND t.accepted_at IS NULL
		AND (t.state <> 'stopped' OR t.stop_reason IN ('suppressed', 'company', 'domain', 'forgotten') AND NOT EXISTS
			(SELECT 1 FROM events e WHERE e.person_id = r.person_id AND e.kind IN ('reply', 'declined', 'opt_out', 'bounced')))
		AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.account_id = r.account_id AND c.person_id = r.person_id)`, a.ID)
	return n + a.PendingOpening, err
}

// pendingAt is pending as a slot at now sees it: what is taken back at that very
// slot counts until the next one, whichever of the two is handed over first.
func pendingAt(ctx context.Context, x *tx, a *accountRow, now time.Time) (int, error) {
	var back int
	err := x.get(ctx, &back, `SELECT count(*) FROM withdrawals WHERE account_id = ? AND state = 'done' AND done_at = ?`, a.ID, on(now))
	if err != nil {
		return 0, err
	}
	n, err := pending(ctx, x, a)
	return n + back, err
}

// stopped is why a whole account stands still; Ready: it does not.
func (a *accountRow) stopped() limits.Held {
	switch {
	case !a.PausedAt.IsZero():
		return limits.HeldPaused
	case a.ChannelOffReason != "":
		return limits.HeldChannelOff
	}
	return limits.Ready
}
