package sim_test

import (
	"slices"
	"strings"
	"time"

	"outpace/channel"
	"outpace/scheduler"
	"outpace/store"
)

// withdrawAfter draws how long a step's request is left pending.
func (d draw) withdrawAfter(s *wStep) string {
	if s.send != "connect" && !strings.Contains(s.other, "connect") {
		return ""
	}
	return d.pick("withdraw after", "", "", "20h", "2d", "3bd", "1w")
}

// withdrawing checks a withdrawal that is handed over: not before its time, only
// at a slot, and not of a request that somebody answered.
func (w *world) withdrawing(r *scheduler.Release) {
	h := w.delivery(r.ID)
	a := w.definition(h.account)
	w.say("  %s %s withdraws %s %s", h.account, h.campaign, h.person[len(h.person)-4:], h.step)
	switch {
	case h.kind != "connect" || h.state != wSent || !h.withdrawn.IsZero():
		w.fail("withdrawal", "there is nothing to withdraw: %+v", h)
	case w.connected[[2]string{h.account, h.person}]:
		w.fail("withdrawal", "the person accepted")
	case w.barred(h.person) || !w.stopped[[2]string{h.campaign, h.person}].IsZero():
		w.fail("withdrawal", "the person answered")
	case w.target(h.campaign, h.person) == nil:
		w.fail("withdrawal", "the person is out of the file")
	case r.Body != "" || r.Key != h.key+"-withdraw" || r.Message != h.id:
		w.fail("withdrawal", "%+v of %+v", r, h)
	case w.paused["account:"+h.account] || w.paused["campaign:"+h.campaign] || w.campaign(h.campaign).Paused || w.accounts[h.account].off:
		w.fail("withdrawal", "paused or off")
	case w.rest(h.account, r.SlotAt) || !nextSlot(a, r.SlotAt.Add(-1)).Equal(r.SlotAt):
		w.fail("withdrawal", "%s is no slot", r.SlotAt)
	case w.now.Before(r.SlotAt) || w.now.After(r.SlotAt) && !w.now.Before(r.SlotAt.Add(max(time.Duration(a.Grace), time.Minute))):
		w.fail("withdrawal", "the slot %s is not good now", r.SlotAt)
	}
	for _, o := range w.accounts[h.account].holds {
		if o.kind == "" && !w.now.Before(o.from) && w.now.Before(o.to) {
			w.fail("withdrawal", "the platform said stop from %s to %s", o.from, o.to)
		}
	}
	for _, s := range w.drawn(h.campaign).steps {
		if s.name != h.step {
			continue
		}
		if due := w.delayed(h.account, s.withdrawAfter, h.countAt); s.withdrawAfter == "" || w.now.Before(due) {
			w.fail("withdrawal", "%q after %s is %s", s.withdrawAfter, h.countAt, due)
		}
		return
	}
	w.fail("withdrawal", "step %s is out of the file", h.step)
}

// delivery is what was handed over under a release's id.
func (w *world) delivery(release int64) *handed {
	return w.handed[slices.IndexFunc(w.handed, func(h *handed) bool { return h.release == release })]
}

// withdrawReported notes what a channel answered on a withdrawal.
func (w *world) withdrawReported(r *scheduler.Report) {
	h := w.delivery(r.Release)
	switch {
	case r.Outcome == scheduler.WasSent:
		w.takenBack(h)
		return
	case r.Outcome == scheduler.ChannelIsOff:
		w.accounts[h.account].off = true
	}
	if v := channel.Verdict(r.Verdict); v == channel.Restricted || v == channel.Throttled {
		w.verdict(h, r.Verdict, r.Until)
	}
}

// takenBack notes that a request is not pending any more.
func (w *world) takenBack(h *handed) {
	if h.withdrawn.IsZero() {
		h.withdrawn = w.now
	}
}

// answerWithdrawal answers a card that asks to take a request back.
func (w *world) answerWithdrawal(d draw) {
	w.answerWithdrawalAs(store.AnswerKind(d.pick("withdrawal", "sent", "sent", "not_sent", "skip", "already_connected")))
}

// answerWithdrawalAs answers the oldest of them, if there is one.
func (w *world) answerWithdrawalAs(kind store.AnswerKind) bool {
	cards, err := w.db.DeskCards(contextOf, w.now, "")
	w.must("cards", err)
	i := slices.IndexFunc(cards, func(c store.Card) bool { return c.Task == store.TaskWithdraw })
	if i < 0 {
		return false
	}
	var h *handed
	for _, o := range w.handed {
		if o.id == cards[i].ID && o.state == wSent {
			h = o
		}
	}
	if h == nil {
		w.fail("withdrawal", "a card for what was not sent: %+v", cards[i])
	}
	w.say("answer the withdrawal of %s %s: %s", h.person[len(h.person)-4:], h.step, kind)
	w.must("answer", w.db.DeskAnswer(contextOf, w.now, h.id, store.Answer{Kind: kind}))
	switch kind {
	case store.AnswerSent:
		w.takenBack(h)
	case store.AnswerConnected:
		w.connect(h, w.now)
	}
	return true
}
