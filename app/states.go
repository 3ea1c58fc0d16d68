package app

import "outpace/scheduler"

// The states of a message, as the store gives them.
const (
	stateQueued    = string(scheduler.Queued)
	stateScheduled = string(scheduler.Scheduled)
	stateReleased  = string(scheduler.Released)
	stateSent      = string(scheduler.Sent)
	stateFailed    = string(scheduler.Failed)
	stateCancelled = string(scheduler.Cancelled)
	stateUnknown   = string(scheduler.Unknown)
)
