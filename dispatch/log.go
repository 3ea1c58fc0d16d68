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
	e.log.Log(ctx, level, "released",
		keyMessage, r.Message, keyAccount, r.Account, "campaign", r.Campaign, "kind", r.Kind.String(),
		"priority", r.Priority, keySlot, r.SlotAt.Format(time.RFC3339), keyOutcome, rep.Outcome.String(),
		"used_today", r.UsedToday, "cap_today", r.CapToday)
}

func (e events) doubted(ctx context.Context, f flight, out channel.Outcome) {
	e.log.WarnContext(ctx, "effect unknown, calling again with the same key",
		keyMessage, f.release.Message, keyAccount, f.release.Account, "channel", f.release.Channel,
		"tries", f.tries, keyNext, f.due, "detail", out.Detail)
}

func (e events) sleeping(ctx context.Context, next time.Time) {
	e.log.DebugContext(ctx, "sleeping", keyNext, next)
}

func (e events) failed(ctx context.Context, err error, again time.Duration) {
	e.log.ErrorContext(ctx, "step failed, trying again", keyError, err.Error(), "in", again.String())
}

func (e events) stopping(ctx context.Context) { e.log.InfoContext(ctx, "stopping") }
