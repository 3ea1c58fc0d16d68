// Package desk hands messages to a person, who sends them and reports back.
package desk

import (
	"context"

	"outpace/channel"
)

// Desk is the desk of all accounts. The card a person sees is the open release
// itself, written by the claim: there is nothing left to hand over.
type Desk struct{}

// Traits: everything due becomes a card, and a card survives a crash.
func (Desk) Traits() channel.Traits { return channel.Traits{Idempotent: true} }

// Send answers Waiting, always: only the person knows the rest.
func (Desk) Send(context.Context, channel.Delivery) channel.Outcome {
	return channel.Outcome{State: channel.Waiting}
}
