package dispatch

import (
	"outpace/channel"
	"outpace/scheduler"
)

// delivery is a release as channels see it.
func delivery(r scheduler.Release) channel.Delivery {
	kind := r.Kind.String()
	if r.Withdrawal != 0 {
		kind = channel.Withdraw
	}
	return channel.Delivery{
		ID: r.Message, Key: r.Key, SlotAt: r.SlotAt, ReleasedAt: r.ReleasedAt,
		Account: r.Account, Campaign: r.Campaign, Target: r.Target, Profile: r.Target, Name: r.Name,
		Kind: kind, Subject: r.Subject, Body: r.Body,
	}
}

// report says in the scheduler's words what a channel answered. A sent
// message counts at its slot unless the channel knows better.
func report(r scheduler.Release, out channel.Outcome) scheduler.Report {
	rep := scheduler.Report{Release: r.ID, Withdrawal: r.Withdrawal, At: out.At, Verdict: string(out.Verdict), Detail: out.Detail}
	rep.Fault = out.Verdict == "" &&
		(out.State == channel.CannotTell || out.State == channel.NotSent && out.Next == channel.Retry)
	if out.RetryAfter > 0 {
		rep.Until = r.ReleasedAt.Add(out.RetryAfter)
	}
	switch {
	case out.State == channel.Sent:
		rep.Outcome = scheduler.WasSent
	case out.State == channel.Waiting:
		rep.Outcome = scheduler.Waits
	case out.State != channel.NotSent:
		rep.Outcome = scheduler.CannotTell
	case out.Next == channel.Again:
		rep.Outcome = scheduler.NotSentYet
	case out.Next == channel.Fail:
		rep.Outcome = scheduler.NeverSent
	case out.Next == channel.SwitchOff:
		rep.Outcome = scheduler.ChannelIsOff
	default:
		rep.Outcome = scheduler.NotSent
	}
	return rep
}
