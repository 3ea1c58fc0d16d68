package limits

import (
	"slices"
	"time"
)

// Ask says whether a unit of the kind may be booked at t. If several limits
// refuse it, the answer is that of the one that opens last; one that does not
// know when is the last of all.
func (b *Book) Ask(k Kind, noted bool, t time.Time) Answer {
	answer := Answer{OK: true, Until: t}
	at := t.UnixNano()
	for i := range b.rules.Holds {
		if h := &b.rules.Holds[i]; h.stops(k, noted, t) {
			answer = later(answer, h.answer())
		}
	}
	if k == Connect && b.tooManyPending() {
		answer = later(answer, b.pendingAnswer(t))
	}
	for _, ru := range b.rulesOf[k] {
		if ru.noted && !noted {
			continue
		}
		if l := b.worst(ru, at); l.room() <= 0 {
			answer = later(answer, b.answer(ru, l, t))
		}
	}
	return answer
}

// AskAll is the answer of every limit that counts the kind, in the order of
// their reasons, and of every hold in force at t.
func (b *Book) AskAll(k Kind, noted bool, t time.Time) []Answer {
	var answers []Answer
	for _, ru := range b.rulesOf[k] {
		l := b.worst(ru, t.UnixNano())
		if ru.noted && !noted || ru == b.daily && b.unlimited(l.cap) {
			continue
		}
		answers = append(answers, b.answer(ru, l, t))
	}
	if k == Connect && b.rules.Plan.PendingMax != None {
		answers = append(answers, b.pendingAnswer(t))
	}
	for i := range b.rules.Holds {
		if h := &b.rules.Holds[i]; h.stops(k, noted, t) {
			answers = append(answers, h.answer())
		}
	}
	return answers
}

// later is the refusal that opens last; the first of two alike.
func later(a, b Answer) Answer {
	if a.OK || !a.Until.IsZero() && (b.Until.IsZero() || b.Until.After(a.Until)) {
		return b
	}
	return a
}

// answer tells what a rule found at t.
func (b *Book) answer(ru *rule, l level, t time.Time) Answer {
	a := Answer{OK: l.room() > 0, Held: ru.held, Until: t, Used: l.used, Cap: l.cap}
	at := t.UnixNano()
	if ru.daily != nil {
		_, a.Held = ru.daily.at(at, &b.clock)
	}
	if !a.OK {
		a.Until = time.Time{}
		if opens := b.opens(ru, at); opens != never {
			a.Until = b.clock.time(opens)
		}
	}
	return a
}

func (b *Book) tooManyPending() bool {
	limit := b.rules.Plan.PendingMax
	return limit != None && b.pending >= limit
}

// pendingAnswer is the answer of the limit on unanswered connection requests.
// When somebody will answer one is not known.
func (b *Book) pendingAnswer(t time.Time) Answer {
	a := Answer{OK: !b.tooManyPending(), Held: HeldPendingInvitations, Used: b.pending, Cap: b.rules.Plan.PendingMax}
	if a.OK {
		a.Until = t
	}
	return a
}

// stops says whether the hold holds a unit of the kind at t.
func (h *Hold) stops(k Kind, noted bool, t time.Time) bool {
	if t.Before(h.From) || !h.Until.IsZero() && !t.Before(h.Until) {
		return false
	}
	if h.NotedOnly && !(k == Connect && noted) {
		return false
	}
	return len(h.Kinds) == 0 || slices.Contains(h.Kinds, k)
}

func (h *Hold) answer() Answer {
	a := Answer{Held: h.Reason, Until: h.Until, Why: h.Why}
	if a.Held == Ready {
		a.Held = HeldCoolOff
	}
	return a
}
