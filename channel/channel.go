// Package channel is the seam between deciding and delivering: what every way
// of handing a message over must do, and how it may fail. It knows no other
// room; the ways themselves live below it, one package each.
package channel

import (
	"context"
	"time"
)

// Delivery is one released message, rendered and ready to hand over. Its JSON
// is the outbox line and the body a webhook or a program gets: fields are only
// ever added. Times are RFC 3339 with the offset of the account's zone.
type Delivery struct {
	ID  string `json:"id"`  // the message's
	Key string `json:"key"` // the release's, unique: a receiver that has seen it drops the repetition
	// SlotAt is the slot it was planned for, ReleasedAt the instant of its claim.
	SlotAt     time.Time `json:"slot_at"`
	ReleasedAt time.Time `json:"released_at"`
	Account    string    `json:"account"`
	Campaign   string    `json:"campaign"`
	Target     string    `json:"target"`  // the canonical profile address
	Profile    string    `json:"profile"` // the address as the user wrote it
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	Subject    string    `json:"subject"`
	Body       string    `json:"body"`
	// Repeated says that this key was handed over before and nobody knows how
	// that ended: NotSent then means that neither call had an effect. Who knows
	// only of this one answers CannotTell. So does who speaks of the account: a day
	// may be full because of the call before.
	Repeated bool `json:"-"`
}

// Withdraw is the Kind of a delivery that is no message: the connection request
// whose message it names is to be taken back. It has no subject and no body,
// and its key is the request's with -withdraw behind it. Taking it back twice
// does no harm: it may come again, with the same key.
const Withdraw = "withdraw"

// Channel is a way of handing messages over. Its methods are safe for
// concurrent use.
type Channel interface {
	// Traits never change during the life of a channel.
	Traits() Traits
	// Send hands d over, once. It is called only after the claim is durable,
	// and never returns before it knows as much as it ever will. There is no
	// error beside the outcome: every failure is one of its states.
	Send(ctx context.Context, d Delivery) Outcome
}

// Batch is implemented by channels that hand over many messages for about the
// price of one.
type Batch interface {
	Channel
	// SendAll is Send for each of ds, in their order; the outcome at i is
	// that of ds[i].
	SendAll(ctx context.Context, ds []Delivery) []Outcome
}

// Traits are what a dispatcher must know before it claims.
type Traits struct {
	// Workers is how many Sends may run at once, and so how many messages may
	// be claimed beyond those whose outcome is known: a crash leaves at most
	// that many open. 0: unbounded, all that is due may be claimed at once.
	Workers int
	// Idempotent: Send may be called again with the same Key, and the effect
	// is that of one call. A release left open by a crash, or one that ended
	// in CannotTell, goes on that way; without it, it becomes unknown.
	Idempotent bool
}
