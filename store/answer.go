package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"outpace/limits"
	"outpace/scheduler"
)

// AnswerKind is what a person says about a card.
type AnswerKind string

// The answers.
const (
	AnswerSent          AnswerKind = "sent"              // it went out
	AnswerNotSent       AnswerKind = "not_sent"          // it did not, and is to be tried again
	AnswerSkip          AnswerKind = "skip"              // it did not and shall not: the sequence goes on
	AnswerConnected     AnswerKind = "already_connected" // no request is needed
	AnswerInMailRefused AnswerKind = "inmail_refused"    // the person takes no InMail: the message fails
	AnswerProfileGone   AnswerKind = "profile_gone"      // nobody is there: as a bounce
)

// AnswerKinds lists the answers in the order in which they are printed.
var AnswerKinds = []AnswerKind{
	AnswerSent, AnswerNotSent, AnswerSkip, AnswerConnected, AnswerInMailRefused, AnswerProfileGone,
}

// Answer is what a person reports on a card.
type Answer struct {
	Kind AnswerKind
	// At is when it was sent; zero: now. Not before its release, not in the
	// future.
	At      time.Time
	Verdict string    // what the platform said beside it, one of docs/scheduling.md's; "": nothing
	Until   time.Time // how long the platform said the verdict holds; zero: the usual time
	Note    string
	// Later leaves the planning to PlanDirty, for who answers many: until then
	// the accounts release nothing.
	Later bool
}

// waitingRelease finds the release an answer is for.
func waitingRelease(ctx context.Context, x *tx, id string) (*releaseRow, error) {
	m, err := messageByPrefix(ctx, x, id)
	if err != nil {
		return nil, err
	}
	r, err := lastRelease(ctx, x, m.ID)
	if err != nil {
		return nil, err
	}
	desk, err := isDesk(ctx, x, r.Channel)
	switch {
	case err != nil:
		return nil, err
	case r.State == "open" && !desk && r.AcceptedAt.IsZero():
		return nil, fmt.Errorf("message %s is with channel %s, which reports itself", m.ID, r.Channel)
	case r.State != "open" && r.State != "unknown":
		return nil, fmt.Errorf("message %s has its answer already (%s); `desk undo` takes it back", m.ID, r.State)
	}
	return r, nil
}

func (a *Answer) check(r *releaseRow, now time.Time) error {
	switch {
	case !slices.Contains(AnswerKinds, a.Kind):
		return fmt.Errorf("%q is not an answer (one of %v)", a.Kind, AnswerKinds)
	case a.Verdict != "" && !slices.Contains(Verdicts, a.Verdict):
		return fmt.Errorf("%q is not a verdict (one of %v)", a.Verdict, Verdicts)
	case a.Verdict != "" && a.Kind != AnswerNotSent && a.Kind != AnswerSent:
		return fmt.Errorf("a verdict goes with sent or not_sent, not with %s", a.Kind)
	case a.Kind == AnswerInMailRefused && r.Kind != limits.InMail.String():
		return fmt.Errorf("message %s is no InMail but %s", r.MessageID, r.Kind)
	case a.At.After(now):
		return fmt.Errorf("%s lies in the future", a.At.Format(time.RFC3339))
	case !a.At.IsZero() && on(a.At).micro().Before(r.ReleasedAt.Time):
		return fmt.Errorf("%s is before its release at %s", a.At.Format(time.RFC3339), r.ReleasedAt.Format(time.RFC3339))
	}
	return nil
}

// answer does what the answer asks for.
func (s *Store) answer(ctx context.Context, x *tx, r *releaseRow, a Answer, now time.Time) error {
	rep := scheduler.Report{Release: r.ID, At: a.At, Verdict: a.Verdict, Until: a.Until, Detail: a.Note}
	switch a.Kind {
	case AnswerSent:
		rep.Outcome = scheduler.WasSent
	case AnswerNotSent:
		rep.Outcome = scheduler.NotSent
	case AnswerInMailRefused:
		rep.Outcome = scheduler.NeverSent
		rep.Detail = joinDetail("the person takes no InMail", a.Note)
	case AnswerProfileGone:
		rep.Outcome = scheduler.NeverSent
		rep.Detail = joinDetail("the profile is gone", a.Note)
	case AnswerSkip, AnswerConnected:
		return s.skip(ctx, x, r, a, now)
	}
	if _, err := s.settle(ctx, x, r, rep, now); err != nil {
		return err
	}
	if a.Kind == AnswerSent && !a.At.IsZero() {
		return countWhenSent(ctx, x, r, a.At, now)
	}
	if a.Kind != AnswerProfileGone {
		return nil
	}
	_, err := stopPerson(ctx, x, r.PersonID, Bounced, now)
	return err
}

// skip: certainly not sent, and not to be: the sequence goes on from now.
func (s *Store) skip(ctx context.Context, x *tx, r *releaseRow, a Answer, now time.Time) (err error) {
	if a.Note, err = sealed(ctx, x, r.PersonID, a.Note); err != nil {
		return err
	}
	o := &settling{s: s, x: x, rel: r, rep: scheduler.Report{Detail: a.Note}, now: now}
	err = o.unsent(ctx, func(m *messageRow) error {
		_, err := x.exec(ctx, toQueue+`, retry_at = NULL WHERE id = ?`, m.ID)
		if err != nil {
			return err
		}
		return cancel(ctx, x, m.ID, "skipped")
	})
	if err != nil {
		return err
	}
	// begun_at stays as the claim had it: the conversation goes on.
	// An edit may have taken the step away: the target stands where that put it.
	c, err := campaignByID(ctx, x, r.CampaignID)
	if err != nil {
		return err
	}
	t, err := targetByID(ctx, x, r.TargetID)
	if err != nil {
		return err
	}
	step := r.Step
	if stepIndex(c.def().Steps, step) < 0 {
		step = t.LastStep
	}
	_, err = x.exec(ctx, `UPDATE targets SET last_step = ?, last_at = ?, begun_at = coalesce(begun_at, ?) WHERE id = ?`,
		step, on(now), r.SlotAt, r.TargetID)
	if err != nil {
		return err
	}
	if a.Kind == AnswerConnected {
		if err := connect(ctx, x, r.AccountID, r.PersonID, on(now)); err != nil {
			return err
		}
	}
	if err := logRelease(ctx, x, r, string(a.Kind), a.Note, now); err != nil {
		return err
	}
	return settleTarget(ctx, x, r.TargetID)
}
