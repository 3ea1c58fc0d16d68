package sim_test

import (
	"slices"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/store"
)

// act does one thing that may happen to an outpace.
func (w *world) act() {
	d := draw{w.t}
	switch d.even("act", "due", "due", "late", "late", "long", "burst", "burst", "burst", "meddle", "meddle", "meddle", "meddle", "meddle", "restart") {
	case "due":
		w.untilDue(0)
	case "late":
		w.untilDue(rapidDuration(d))
	case "long":
		w.untilDue(time.Duration(d.int("days", 1, 20)) * 24 * time.Hour)
	case "burst":
		for range d.int("burst", 2, 12) {
			w.untilDue(0)
		}
	case "restart":
		w.say("resume after a restart")
		w.must("resume", w.d.Resume(contextOf, w.now))
	default:
		w.later(time.Duration(d.pickInt("pause before", 0, 1, 400, 5000)) * time.Second)
		w.meddle(d)
	}
}

// rapidDuration draws how late a step comes.
func rapidDuration(d draw) time.Duration {
	unit := rapidUnits[d.int("unit", 0, len(rapidUnits)-1)]
	return time.Duration(d.int("how many", 1, 9)) * unit
}

var rapidUnits = []time.Duration{time.Microsecond, time.Second, time.Minute, 7 * time.Minute, time.Hour, 5 * time.Hour}

// later lets time pass without a step.
func (w *world) later(by time.Duration) { w.now = w.now.Add(by) }

// untilDue steps at the instant the dispatcher asked for, or so much later.
func (w *world) untilDue(late time.Duration) {
	d := draw{w.t}
	if d.one("mood", 3) {
		w.mood = d.int("answer", 0, len(answers)-1)
		w.seed = uint64(d.int("seed", 0, 2))
	}
	switch {
	case w.next.After(w.now):
		w.now = w.next.Add(late)
	case w.next.IsZero():
		w.now = w.now.Add(24*time.Hour + late)
	default:
		w.now = w.now.Add(late)
	}
	w.step()
}

// meddle is what people do.
func (w *world) meddle(d draw) {
	switch d.even("what", "react", "react", "events", "events", "pause", "resume", "resume", "usage", "credits", "answer", "answer", "answer",
		"retry", "edit", "edit", "edit", "edit", "approve", "approve", "suppress", "suppress", "forget") {
	case "react":
		w.react(d)
	case "events":
		w.reactMany(d)
	case "approve":
		w.approvals(d)
	case "suppress":
		w.suppress(d)
	case "forget":
		w.forget(d)
	case "pause":
		w.pause(d)
	case "resume":
		w.resume(d.pick("resume", w.names()...))
	case "usage":
		w.usage(d)
	case "credits":
		w.buy(d)
	case "answer":
		for range d.int("answers", 1, 4) {
			w.answer(d)
		}
		w.answerWithdrawal(d)
	case "retry":
		c := w.spec.campaigns[d.int("campaign", 0, len(w.spec.campaigns)-1)].name
		n, err := w.db.Retry(contextOf, w.now, c)
		w.must("retry", err)
		w.say("retry %s: %d", c, n)
	case "edit":
		w.apply(d.edit(w.spec, w.start))
	}
	w.next = w.now
}

func (w *world) names() (names []string) {
	for _, a := range w.spec.accounts {
		names = append(names, "account:"+a.name)
	}
	for _, c := range w.spec.campaigns {
		names = append(names, "campaign:"+c.name)
	}
	return names
}

func (w *world) pause(d draw) {
	name := d.pick("pause", w.names()...)
	p, err := w.db.Pause(contextOf, w.now, name, "")
	w.must("pause", err)
	w.say("pause %s: %+v", name, p)
	w.paused[name] = true
}

func (w *world) resume(name string) {
	p, err := w.db.Resume(contextOf, w.now, name)
	if err != nil && w.pausedInFile(name) {
		return
	}
	w.must("resume", err)
	w.say("resume %s: %+v", name, p)
	delete(w.paused, name)
	if b := w.accounts[name[len("account:"):]]; name[:3] == "acc" {
		b.off = false
		b.holds = slices.DeleteFunc(b.holds, func(o wHold) bool { return o.byPersons })
	}
}

func (w *world) pausedInFile(name string) bool {
	return slices.ContainsFunc(w.set.Campaigns, func(c *campaign.Campaign) bool { return "campaign:"+c.Name == name && c.Paused })
}

func (w *world) usage(d draw) {
	account := w.spec.accounts[d.int("account", 0, len(w.spec.accounts)-1)].name
	kind, n := d.pick("kind", "connect", "message", "message", "inmail"), d.int("n", 1, 5)
	at := w.now.Add(-time.Duration(d.pickInt("ago", 0, 0, 0, 1, 9, 30, 100)) * time.Hour)
	k, _ := limits.ParseKind(kind)
	w.must("usage", w.db.UsageRecord(contextOf, w.now, account, store.Usage{Kind: k, N: n, At: at}))
	w.say("%d %s by hand from %s at %s", n, kind, account, at.UTC().Format("01-02T15:04"))
	for range n {
		w.accounts[account].manual = append(w.accounts[account].manual, wUnit{at.Truncate(time.Microsecond), kind, false})
	}
}

func (w *world) buy(d draw) {
	a := w.spec.accounts[d.int("account", 0, len(w.spec.accounts)-1)]
	n := d.int("n", 0, 4)
	was := w.credit(a.name)
	if n > 0 && d.one("add", 2) {
		_, err := w.db.CreditsAdd(contextOf, w.now, a.name, n, time.Time{})
		w.must("credits add", err)
		w.accounts[a.name].credits = was + n
	} else {
		_, err := w.db.CreditsSet(contextOf, w.now, a.name, n)
		w.must("credits set", err)
		w.accounts[a.name].credits = n
	}
	w.say("%d credits for %s", n, a.name)
}

// cards are the deliveries with a person.
func (w *world) cards() (list []*handed) {
	for _, h := range w.handed {
		if h.card() || h.state == wUnknown {
			list = append(list, h)
		}
	}
	return list
}

func (w *world) answer(d draw) {
	cards := w.cards()
	if len(cards) == 0 {
		return
	}
	h := cards[d.int("card", 0, len(cards)-1)]
	a := store.Answer{Kind: store.AnswerKind(d.pick("answer", "sent", "sent", "sent", "sent", "not_sent", "skip", "already_connected", "profile_gone"))}
	if a.Kind == store.AnswerSent && d.one("earlier", 2) {
		a.At = h.at.Add(w.now.Sub(h.at) / 2).Truncate(time.Microsecond)
	}
	if (a.Kind == store.AnswerSent || a.Kind == store.AnswerNotSent) && d.one("verdict", 8) {
		a.Verdict = d.pick("verdict", "daily_limit", "weekly_invitation_limit", "no_credit", "throttled")
	}
	w.answered1(h, a)
}

// answered1 answers a card and notes it.
func (w *world) answered1(h *handed, a store.Answer) {
	w.say("answer %s %s: %s %s %s", h.person[len(h.person)-4:], h.step, a.Kind, a.Verdict, a.At)
	w.must("answer", w.db.DeskAnswer(contextOf, w.now, h.id, a))
	switch a.Kind {
	case store.AnswerSent:
		h.state = wSent
		if h.desk {
			if h.countAt = a.At; a.At.IsZero() {
				h.countAt = w.now
			}
		}
	case store.AnswerConnected:
		w.connect(h, w.now)
		fallthrough
	default:
		w.unsent(h, a.Verdict)
		h.passed = a.Kind == store.AnswerConnected || a.Kind == store.AnswerSkip
	}
	if a.Kind == store.AnswerProfileGone {
		w.supressed[h.person] = w.now
	}
	if a.Verdict != "" {
		w.verdict(h, a.Verdict, time.Time{})
	}
}
