package dispatch

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"outpace/channel"
	"outpace/scheduler"
)

// counting is a ledger that counts how often it is asked what is due.
type counting struct {
	*ledger
	claims int
}

func (c *counting) Claim(ctx context.Context, now time.Time, free map[string]int) ([]scheduler.Release, error) {
	c.claims++
	return c.ledger.Claim(ctx, now, free)
}

// One channel whose only worker hangs for 20 seconds keeps what is due on it
// waiting, and nothing else: the others go at their slots, and the loop sleeps
// meanwhile.
func TestFullChannelIsSlept(t *testing.T) {
	bubble(t, func(t *testing.T, now time.Time) {
		l := &counting{ledger: newLedger(t, message(1, "crm", now), message(2, "crm", now))}
		for i := range int64(18) {
			l.due = append(l.due, message(100+i, "file", now.Add(time.Duration(i)*time.Second+300*time.Millisecond)))
		}
		crm := &receiver{traits: channel.Traits{Workers: 1}, answer: slowly(20 * time.Second)}
		file := &receiver{answer: always(sent)}
		ctx, stop := context.WithTimeout(t.Context(), 19*time.Second)
		defer stop()
		d := New(l, map[string]channel.Channel{"crm": crm, "file": file}, slog.New(slog.DiscardHandler))
		if err := d.Loop(ctx, t.Context(), Poll, nil, nil); err != nil {
			t.Fatal(err)
		}
		for i := range int64(18) {
			if late := l.at[100+i].Sub(now.Add(time.Duration(i)*time.Second + 300*time.Millisecond)); late < 0 || late > Poll {
				t.Errorf("%d went %s after its slot", i, late)
			}
		}
		if most := int(19*time.Second/Poll)*stepRounds + 3*18 + stepRounds; l.claims > most {
			t.Errorf("asked %d times in 19 s, at most %d", l.claims, most)
		}
	})
}
