package sim_test

import (
	"hash/fnv"
	"strconv"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// sort is a way of handing over, as the dispatcher knows it by its traits.
type sort struct {
	name   string
	traits channel.Traits
	hand   bool // a person sends it
}

// sorts are all there are: a card at the desk; a file, unbounded and taking the
// same key twice; an endpoint that takes the same key twice; a program that
// does not.
var sorts = []sort{
	{name: "desk", traits: channel.Traits{Idempotent: true}, hand: true},
	{name: "box", traits: channel.Traits{Idempotent: true}},
	{name: "hook", traits: channel.Traits{Workers: 2, Idempotent: true}},
	{name: "prog", traits: channel.Traits{Workers: 2}},
}

// sortsYAML are their definitions.
const sortsYAML = `channels:
  box: { type: outbox, path: box.jsonl }
  hook: { type: webhook, url: "https://crm.example.com/hook", workers: 2, idempotent: true }
  prog: { type: exec, command: [/bin/true], workers: 2 }
`

// arrival is a message that has reached its person.
type arrival struct {
	id, key, account, person, kind string
	slot, at                       time.Time // of a card, both are when it was sent
}

// receive is what a receiver does with a call: the message reaches its person.
// One that takes the same key twice does nothing the second time.
func (w *faultWorld) receive(k *knock) {
	if k.sort.hand || k.sort.traits.Idempotent && w.has(k.d.Key) {
		return
	}
	w.arrives(arrival{
		id: k.d.ID, key: k.d.Key, account: k.d.Account, person: k.d.Target, kind: k.d.Kind, slot: k.d.SlotAt, at: w.now,
	})
}

func (w *faultWorld) has(key string) bool {
	for i := range w.arrived {
		if w.arrived[i].key == key {
			return true
		}
	}
	return false
}

// arrives notes an arrival, and lets the person react to it.
func (w *faultWorld) arrives(a arrival) {
	w.say("    reached %s from %s with %s", short(a.person), a.account, a.key)
	w.arrived = append(w.arrived, a)
	w.reacts(w, &a)
}

// answer is what the receiver does and says when nothing is made to fail.
func (w *faultWorld) answer(k *knock) channel.Outcome {
	if k.sort.hand {
		return channel.Outcome{State: channel.Waiting}
	}
	out := channel.Outcome{State: channel.Sent}
	if w.moods != nil && !w.ending && w.coin("mood "+k.d.Key+" "+strconv.Itoa(w.tries[k.d.Key]), 3) {
		out = w.moods[w.dice("which "+k.d.Key, len(w.moods))]
	}
	w.tries[k.d.Key]++
	if out.State == channel.NotSent && k.sort.traits.Idempotent && w.has(k.d.Key) {
		out = channel.Outcome{State: channel.Sent} // it knows the key
	}
	if out.State == channel.Sent || out.State == channel.CannotTell && w.coin("effect "+k.d.Key, 2) {
		w.receive(k)
	}
	return out
}

// moods are what a receiver may say, and what a platform.
var moods = []channel.Outcome{
	{State: channel.NotSent, Next: channel.Retry},
	{State: channel.NotSent, Next: channel.Again},
	{State: channel.NotSent, Next: channel.Again, RetryAfter: 3 * time.Hour, Verdict: channel.Throttled},
	{State: channel.NotSent, Next: channel.Fail},
	{State: channel.CannotTell},
	{State: channel.CannotTell},
	{State: channel.NotSent, Next: channel.SwitchOff},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.DailyLimit},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.WeeklyInvitationLimit},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.NoCredit},
	{State: channel.NotSent, Next: channel.Retry, Verdict: channel.Restricted},
	{State: channel.Sent, Verdict: channel.DailyLimit},
}

// knocks is told of every call when it begins. Nobody may be called for who
// has opted out, nor for an account that is paused.
func (w *faultWorld) knocks(k *knock) {
	if k.sort.hand {
		return // the card is there already
	}
	if at, out := w.optedOut[k.d.Target]; out {
		w.broke("I6", "%s was called with %s after the opt-out at %s", k.sort.name, k.d.Key, at)
	}
	if w.paused["account:"+k.d.Account] || w.paused["campaign:"+k.d.Campaign] {
		w.broke("I5", "%s was called with %s during a pause", k.sort.name, k.d.Key)
	}
}

// heard is told of every answer that comes back.
func (w *faultWorld) heard(k *knock, out channel.Outcome) {
	w.say("    %s of %s: %s %s %s", k.sort.name, k.d.Key, out.State, out.Next, out.Verdict)
	if out.State == channel.CannotTell {
		w.unknown[k.d.ID] = true
	}
}

// claimed is told of every claim that is durable, also of one whose process
// never hears of it.
func (w *faultWorld) claimed(rs []scheduler.Release) {
	for i := range rs {
		r := &rs[i]
		w.say("  claimed %s for %s, slot %s", r.Key, r.Channel, r.SlotAt.Format("01-02T15:04"))
		if r.UsedToday > r.CapToday {
			w.broke("I1", "%s is number %d of %d", r.Key, r.UsedToday, r.CapToday)
		}
		if at, out := w.optedOut[r.Target]; out {
			w.broke("I6", "%s was claimed after the opt-out at %s", r.Key, at)
		}
	}
}

// dice is a number below n that depends on the seed and the purpose alone.
func (w *faultWorld) dice(purpose string, n int) int {
	h := fnv.New64a()
	h.Write([]byte(strconv.FormatUint(w.seed, 10) + "\x00" + purpose))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return int(x % uint64(n))
}

// coin is true once in n.
func (w *faultWorld) coin(purpose string, n int) bool { return w.dice(purpose, n) == 0 }

// latency is how long a receiver takes to answer.
func (w *faultWorld) latency(key string) time.Duration {
	return []time.Duration{0, time.Second, 40 * time.Second, 20 * time.Minute}[w.dice("latency "+key, 4)]
}

func short(person string) string { return person[len(person)-4:] }
