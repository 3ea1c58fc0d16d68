package sim_test

import (
	"errors"
	"slices"
	"time"

	"outpace/campaign"
	"outpace/scheduler"
	"outpace/store"
)

// check is what must hold after every step.
func (w *faultWorld) check() {
	if len(w.bad) > 0 {
		w.fail("%s", w.bad[0])
	}
	reachedIDs := map[string]int{}
	type day struct {
		account string
		date    string
	}
	days := map[day]int{}
	for i := range w.arrived {
		a := &w.arrived[i]
		if reachedIDs[a.id]++; reachedIDs[a.id] > 1 {
			w.fail("I3: message %s reached %s twice", a.id, a.person)
		}
		d := day{a.account, a.slot.Format(time.DateOnly)}
		if days[d]++; days[d] > w.caps[a.account] {
			w.fail("I1: %d messages of %s on %s, and %d are allowed", days[d], d.account, d.date, w.caps[a.account])
		}
	}
	list := w.messages()
	w.placed(list)
	for i := range list {
		w.stands(&list[i], reachedIDs[list[i].ID])
	}
}

// wanted is a message that the file asks for.
type wanted struct{ campaign, person, step string }

// inForce notes the file that the daemon has taken.
func (w *faultWorld) inForce(set *campaign.Set) {
	w.set, w.want = set, map[wanted]bool{}
	for _, c := range set.Campaigns {
		w.must("targets", c.Targets(func(t campaign.Target) error {
			for i := range c.Steps {
				w.want[wanted{c.Name, t.Profile, c.Steps[i].Name}] = true
			}
			return nil
		}))
	}
}

// placed is I4: every message of the file is there once.
func (w *faultWorld) placed(list []store.MessageInfo) {
	have := map[wanted]int{}
	for i := range list {
		have[wanted{list[i].Campaign, list[i].Target, list[i].StepName}]++
	}
	for m := range w.want {
		if have[m] != 1 {
			w.fail("I4: %d messages for %s, %s, %s", have[m], m.campaign, short(m.person), m.step)
		}
	}
}

// stands says whether a message's state is what the world knows of it.
func (w *faultWorld) stands(m *store.MessageInfo, arrivals int) {
	reached.note("state", stateOf(m))
	ok := true
	switch m.State {
	case scheduler.Sent:
		ok = arrivals == 1
	case scheduler.Unknown:
		ok = w.unknown[m.ID]
	case scheduler.Released:
	default:
		ok = arrivals == 0
	}
	if !ok {
		w.fail("I4: %s (%s, %s of %s) is %s, it reached its person %d times, unknown is allowed: %v",
			m.ID, m.Campaign, m.StepName, short(m.Target), stateOf(m), arrivals, w.unknown[m.ID])
	}
}

// desk is a person's turn at the desk: all cards are sent, or answered that
// they were not if they should not be.
func (w *faultWorld) desk() {
	cards, err := w.node.db.DeskCards(contextOf, w.now, "")
	w.must("cards", err)
	for i := range cards {
		c := &cards[i]
		if !c.Recalled && !w.sent[c.ID] {
			w.sent[c.ID] = true
			w.arrives(arrival{id: c.ID, key: "card of " + c.ID, account: c.Account, person: c.Target, kind: c.Kind.String(), slot: w.now.In(c.Due.Location()), at: w.now})
		}
		w.tell(c.ID, w.sent[c.ID])
	}
}

// findOut is a person's answer about what nobody could tell.
func (w *faultWorld) findOut() {
	for _, m := range w.messages() {
		if m.State == scheduler.Unknown {
			w.tell(m.ID, slices.ContainsFunc(w.arrived, func(a arrival) bool { return a.id == m.ID }))
		}
	}
}

// tell answers a card, or a question.
func (w *faultWorld) tell(id string, wasSent bool) {
	a := store.Answer{Kind: store.AnswerNotSent}
	if wasSent {
		a.Kind = store.AnswerSent
	}
	w.say("  answer on %s: %s", id, a.Kind)
	w.command("DeskAnswer", func(db *store.Store) error { return db.DeskAnswer(contextOf, w.now, id, a) })
	delete(w.unknown, id)
}

// person records what somebody did, with the time at which it happened.
func (w *faultWorld) person(kind, who string) {
	var stranger *store.NeverWrittenError
	w.command("React", func(db *store.Store) error {
		_, err := db.React(contextOf, w.now, store.Reaction{Kind: kind, Person: who, At: w.now})
		if errors.As(err, &stranger) {
			return nil // refused: there is nobody to react
		}
		return err
	})
	if stranger != nil {
		return
	}
	switch kind {
	case store.OptOut, store.Bounced:
		w.optedOut[who] = w.now
	case store.Reply, store.Declined:
		w.answered[who] = true
	}
}

// stop pauses an account or a campaign.
func (w *faultWorld) stop(name string) {
	w.command("Pause", func(db *store.Store) error {
		_, err := db.Pause(contextOf, w.now, name, "")
		return err
	})
	w.paused[name] = true
}

// goOn resumes it.
func (w *faultWorld) goOn(name string) {
	delete(w.paused, name)
	w.command("Resume", func(db *store.Store) error {
		_, err := db.Resume(contextOf, w.now, name)
		return err
	})
}

// credits corrects an account's balance.
func (w *faultWorld) credits(account string, n int) {
	w.command("CreditsSet", func(db *store.Store) error {
		_, err := db.CreditsSet(contextOf, w.now, account, n)
		return err
	})
}

// leap sets the clock ahead while the daemon runs, which notes it; a person
// says an hour later that it is right.
func (w *faultWorld) leap(by time.Duration) {
	w.now = w.now.Add(by)
	w.command("ClockJumped", func(db *store.Store) error {
		_, err := db.ClockJumped(contextOf, w.now, by)
		return err
	})
	w.later(w.now.Add(time.Hour), "the clock is right", func(w *faultWorld) {
		w.command("ResumeClock", func(db *store.Store) error {
			_, err := db.ResumeClock(contextOf, w.now)
			return err
		})
	})
}

// end lets everything come to its end: nothing fails any more, people resume
// what is paused, answer what is open and retry what failed. Then every message
// must have got where it was to go.
func (w *faultWorld) end() {
	w.say("the end begins")
	w.plan.off, w.ending = true, true
	for round := 0; ; round++ {
		if round%8 < 2 { // what flew at the beginning of the end may stop something, too
			w.goOnAll()
		}
		w.desk()
		w.findOut()
		w.wake = w.now
		w.until(w.now.Add(12 * time.Hour))
		w.now = w.now.Add(12 * time.Hour)
		left := slices.DeleteFunc(w.messages(), func(m store.MessageInfo) bool {
			// What is not in the file, or goes to somebody who has answered, is not retried.
			over := !w.want[wanted{m.Campaign, m.Target, m.StepName}] || m.Stopped != ""
			return m.State == scheduler.Sent || m.State == scheduler.Cancelled || m.State == scheduler.Failed && over
		})
		if len(left) == 0 {
			break
		}
		if round > 90 {
			w.fail("liveness: 45 days later %s of %s for %s is %s (%s), and %d more are left",
				left[0].StepName, left[0].Campaign, short(left[0].Target), stateOf(&left[0]), left[0].Held, len(left)-1)
		}
	}
	w.justly()
	v, err := w.node.db.Verify(contextOf, w.now)
	w.must("verify", err)
	if !v.OK {
		w.fail("verify: %+v", v.Violations)
	}
}

// goOnAll resumes everything, and retries what failed.
func (w *faultWorld) goOnAll() {
	_, err := w.node.db.ResumeClock(contextOf, w.now)
	w.must("resuming the clock", err)
	for _, a := range w.set.Accounts {
		w.goOn("account:" + a.Name)
	}
	for _, c := range w.set.Campaigns {
		w.goOn("campaign:" + c.Name)
		_, err := w.node.db.Retry(contextOf, w.now, c.Name)
		w.must("retry", err)
	}
}

// justly checks that nothing was cancelled that nobody stopped.
func (w *faultWorld) justly() {
	for _, m := range w.messages() {
		if m.State != scheduler.Cancelled {
			continue
		}
		ok := true
		switch m.Reason {
		case store.OptOut, store.Bounced:
			ok = !w.optedOut[m.Target].IsZero()
		case store.Reply:
			ok = w.answered[m.Target]
		case "edit":
			ok = !w.want[wanted{m.Campaign, m.Target, m.StepName}]
		}
		if !ok {
			w.fail("I4: %s of %s is cancelled: %s", m.StepName, short(m.Target), m.Reason)
		}
	}
}
