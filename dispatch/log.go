package dispatch

import (
	"context"
	"log/slog"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// The keys of log events. Events carry ids, never names or texts of people.
const (
	keyMessage = "message"
	keyAccount = "account"
	keySlot    = "slot_at"
	keyOutcome = "outcome"
	keyNext    = "next_at"
	keyError   = "error"
	keyChannel = "channel"
	keyDetail  = "detail"
	keyBy      = "by"
	keyReason  = "reason"
)

// events logs what the dispatcher does, a method an event.
type events struct{ log *slog.Logger }

func (e events) released(ctx context.Context, r scheduler.Release, rep scheduler.Report) {
	level := slog.LevelInfo
	if rep.Outcome != scheduler.WasSent && rep.Outcome != scheduler.Waits {
		level = slog.LevelWarn
	}
	if r.Withdrawal != 0 {
		e.log.Log(ctx, level, "withdrawal", keyMessage, r.Message, keyAccount, r.Account, "campaign", r.Campaign,
			keySlot, r.SlotAt.Format(time.RFC3339), keyOutcome, rep.Outcome.String())
		return
	}
	fields := []any{
		keyMessage, r.Message, keyAccount, r.Account, "campaign", r.Campaign, "kind", r.Kind.String(),
		"priority", r.Priority, keySlot, r.SlotAt.Format(time.RFC3339), keyOutcome, rep.Outcome.String(),
		"used_today", r.UsedToday, "cap_today", r.CapToday,
	}
	if level != slog.LevelInfo {
		fields = append(fields, keyChannel, r.Channel, keyDetail, rep.Detail, "verdict", rep.Verdict)
	}
	e.log.Log(ctx, level, "released", fields...)
}

func (e events) doubted(ctx context.Context, f flight, out channel.Outcome) {
	e.log.WarnContext(ctx, "effect unknown, calling again with the same key",
		keyMessage, f.release.Message, keyAccount, f.release.Account, keyChannel, f.release.Channel,
		"tries", f.tries, keyNext, f.due, keyDetail, out.Detail)
}

func (e events) sleeping(ctx context.Context, next time.Time) {
	e.log.DebugContext(ctx, "sleeping", keyNext, next)
}

func (e events) failed(ctx context.Context, err error, again time.Duration) {
	e.log.ErrorContext(ctx, "step failed, trying again", keyError, err.Error(), "in", again.String())
}

// journal: what is recorded could not be taken out of the journal.
func (e events) journal(ctx context.Context, err error) {
	e.log.WarnContext(ctx, "outcomes are recorded, but still in the journal: they are looked at again at the next start", keyError, err.Error())
}

func (e events) replayed(ctx context.Context, kept, still int) {
	e.log.InfoContext(ctx, "outcomes that could not be recorded before", "kept", kept, "recorded_now", still)
}

func (e events) recovered(ctx context.Context, after time.Duration) {
	e.log.InfoContext(ctx, "going on", "after", after.Round(time.Second).String())
}

func (e events) stepped(ctx context.Context, by time.Duration) {
	e.log.InfoContext(ctx, "clock stepped", keyBy, by.String())
}

func (e events) jumped(ctx context.Context, by time.Duration) {
	e.log.WarnContext(ctx, "clock jumped", keyBy, by.Round(time.Millisecond).String())
}

func (e events) slept(ctx context.Context, d time.Duration) {
	e.log.InfoContext(ctx, "the machine slept", "for", d.Round(time.Second).String())
}

func (e events) clockHeld(ctx context.Context, h scheduler.ClockHold) {
	e.log.ErrorContext(ctx, "clock not trusted: nothing is released", keyReason, h.String())
}

func (e events) clockTrusted(ctx context.Context) { e.log.InfoContext(ctx, "clock trusted again") }

func (e events) stopping(ctx context.Context) { e.log.InfoContext(ctx, "stopping") }
