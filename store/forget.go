package store

import (
	"context"
	"errors"
	"time"

	"outpace/campaign"
	"outpace/scheduler"
)

// Forgetting tells what `forget` did.
type Forgetting struct {
	Person    string `json:"person"`    // what stands in the profile's place
	Again     bool   `json:"again"`     // forgotten already: nothing was done
	Known     bool   `json:"known"`     // outpace knew the person
	Cancelled int    `json:"cancelled"` // messages
	Closed    int    `json:"closed"`    // desk cards, whose messages are of unknown effect now
	Erased    int    `json:"erased"`    // rows of releases, events, targets and suppressions that were blanked
	// Clean: nothing of the person is left in the database's files. False: a
	// reader was in the way; the write-ahead log is emptied later, at the next
	// forget, or when the last process closes the database.
	Clean bool `json:"clean"`
}

// Forget erases what identifies a person, in one transaction, and keeps a
// keyed hash of the profile, so that the person is never written to again,
// whatever a file says. Units, credits and states stay countable. Somebody
// outpace never knew can be forgotten, too.
func (s *Store) Forget(ctx context.Context, now time.Time, name string) (Forgetting, error) {
	var out Forgetting
	err := s.write(ctx, func(x *tx) error {
		f := &forgetting{s: s, x: x, now: now}
		err := f.run(ctx, name)
		out = f.out
		return err
	})
	if err != nil {
		return Forgetting{}, err
	}
	var busy, frames, moved int
	if err := s.writer.QueryRowContext(ctx, emptyLog).Scan(&busy, &frames, &moved); err != nil {
		return out, err
	}
	out.Clean = busy == 0
	return out, s.PlanDirty(ctx, now, nil)
}

// forgetting is the work of one Forget.
type forgetting struct {
	s      *Store
	x      *tx
	now    time.Time
	hash   hasher
	person *personRow
	out    Forgetting
}

func (f *forgetting) run(ctx context.Context, name string) (err error) {
	if f.hash, err = hasherOf(ctx, f.x); err != nil {
		return err
	}
	if err := f.find(ctx, name); err != nil {
		return err
	}
	if f.person.isForgotten() {
		f.out.Person, f.out.Again = f.person.Profile, true
		return nil
	}
	for _, step := range []func(context.Context) error{f.stop, f.cards, f.targets, f.releases, f.events, f.others, f.who} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return logEvent(ctx, f.x, event{At: f.now, Kind: Forgotten, Person: f.person.ID})
}

// find reads the person; a stranger gets a row for the hash.
func (f *forgetting) find(ctx context.Context, name string) (err error) {
	f.out.Known = true
	f.person, err = findPerson(ctx, f.x, name)
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.What != "person" {
		return err
	}
	f.out.Known = false
	if name, err = campaign.Canonical(name); err == nil {
		f.person, err = ensurePerson(ctx, f.x, name)
	}
	return err
}

// stop ends everything that is planned.
func (f *forgetting) stop(ctx context.Context) error {
	d, err := stopPerson(ctx, f.x, f.person.ID, Forgotten, f.now)
	if err != nil {
		return err
	}
	f.out.Cancelled = int(d.cancelled)
	return halt(ctx, f.x, f.now, f.person.ID, d.accounts)
}

// cards closes the open cards on desks: without a name and a text nobody can
// say what became of them. Their units and credits stay, as of every message of
// unknown effect, and who happens to know can still answer by the message's id.
func (f *forgetting) cards(ctx context.Context) error {
	var open []releaseRow
	err := f.x.all(ctx, &open, `SELECT * FROM releases WHERE person_id = ? AND id IN (`+openCards+`) ORDER BY id`, f.person.ID)
	for i := range open {
		if err == nil {
			_, err = f.s.settle(ctx, f.x, &open[i], scheduler.Report{Release: open[i].ID, Outcome: scheduler.CannotTell}, f.now)
		}
		if err == nil {
			_, err = f.x.exec(ctx, `UPDATE accounts SET dirty = 1 WHERE id = ? AND state = 'active'`, open[i].AccountID)
		}
		f.out.Closed++
	}
	return err
}

func (f *forgetting) targets(ctx context.Context) error {
	return f.blank(ctx, `UPDATE targets SET fields = '{}', zone = '', digest = '',
		stop_reason = CASE state WHEN 'stopped' THEN ? ELSE stop_reason END WHERE person_id = ?`, Forgotten, f.person.ID)
}

// releases keep the recipient's zone: verify proves the hours by it.
func (f *forgetting) releases(ctx context.Context) error {
	return f.blank(ctx, `UPDATE releases SET subject = '', body = '', detail = '' WHERE person_id = ?`, f.person.ID)
}

// events keep what happened when; ids their senders gave become hashes, by
// which the same event twice is still once.
func (f *forgetting) events(ctx context.Context) error {
	var refs []struct {
		ID  int64  `db:"id"`
		Ref string `db:"ref"`
	}
	about := ` FROM events WHERE person_id = ? OR message_id IN
		(SELECT m.id FROM messages m JOIN targets t ON t.id = m.target_id WHERE t.person_id = ?)`
	err := f.x.all(ctx, &refs, `SELECT id, ref`+about, f.person.ID, f.person.ID)
	for _, r := range refs {
		if err == nil {
			err = f.blank(ctx, `UPDATE events SET detail = '', ref = ? WHERE id = ?`, f.hash.of(r.Ref), r.ID)
		}
	}
	return err
}

// others are what names the person without belonging to a target: causes of a
// suppression become hashes, nobody can be asked to withdraw a request to
// somebody without a name, and an apply under way must not bring them back.
func (f *forgetting) others(ctx context.Context) error {
	hash := f.hash.of(f.person.Profile)
	err := f.blank(ctx, `UPDATE suppressions SET value = ?, reason = '',
		remove_reason = CASE remove_reason WHEN '' THEN '' ELSE 'forgotten' END
		WHERE what = 'person' AND value = ?`, hash, f.person.Profile)
	if err == nil {
		_, err = insertRule(ctx, f.x, f.now, ThePerson, hash, Forgotten, "")
	}
	if err == nil {
		err = f.blank(ctx, `UPDATE withdrawals SET detail = '', ask_at = NULL, done_at = coalesce(done_at, ?),
			state = CASE WHEN state IN ('waiting', 'open') THEN 'cancelled' ELSE state END,
			reason = CASE WHEN state IN ('waiting', 'open') THEN ? ELSE reason END WHERE person_id = ?`, on(f.now), Forgotten, f.person.ID)
	}
	if err == nil {
		err = f.blank(ctx, `DELETE FROM staged_targets WHERE profile = ?`, f.person.Profile)
	}
	return err
}

// who puts the hash in the place of the person.
func (f *forgetting) who(ctx context.Context) error {
	f.out.Person = f.hash.of(f.person.Profile)
	return f.blank(ctx, `UPDATE people SET profile = ?, name = '', company = '', company_key = '', domains = '',
		suppressed_by = NULL WHERE id = ?`,
		f.out.Person, f.person.ID)
}

func (f *forgetting) blank(ctx context.Context, query string, args ...any) error {
	n, err := f.x.exec(ctx, query, args...)
	f.out.Erased += int(n)
	return err
}
