package limits

import "fmt"

// Held is why a message is not released earlier: one closed list, the same in
// plan, why, log, metric and page. The zero Held is Ready.
type Held uint8

// The reasons, in the order in which the rules are asked.
const (
	Ready                  Held = iota // nothing holds it
	HeldDelay                          // its delay after the step before is not over
	HeldCondition                      // its condition (accepted, not_accepted) does not hold yet
	HeldNotStarted                     // its campaign has not started
	HeldCampaignOver                   // its campaign has ended
	HeldSlotTaken                      // a higher priority or a follow-up took the slot
	HeldDailyCap                       // the plan's or the account's daily cap is used up
	HeldKindCap                        // the cap a day of its kind is used up
	HeldWeeklyCap                      // the cap of its kind in trailing 7 days is used up
	HeldMonthlyCap                     // the noted connection requests of the month are used up
	HeldPendingInvitations             // too many connection requests are unanswered
	HeldWarmUp                         // the account is being warmed up
	HeldNoCredit                       // no live InMail credit
	HeldPace                           // the pace allows no further credit yet
	HeldReserve                        // the remaining credits are kept for higher priorities
	HeldRecipientHours                 // outside the hours in which the recipient may be written to
	HeldHoliday                        // a holiday of the account
	HeldCooldown                       // too soon after another campaign wrote to the person
	HeldCompany                        // enough people of the company were written to this week
	HeldInCampaign                     // another campaign is in conversation with the person
	HeldNoAccount                      // its account is no longer one of the campaign's
	HeldApproval                       // waits to be approved
	HeldRetry                          // waits before it is tried again
	HeldPaused                         // the account or the campaign is paused
	HeldCoolOff                        // the platform said stop
	HeldChannelOff                     // the channel is off until a person looks
	HeldUnknown                        // an open question with this person
	HeldClock                          // the clock is not to be trusted
	HeldQuarantine                     // restored from a backup and not reconciled
	HeldNoSlot                         // no slot will ever fit
	HeldBeyondHorizon                  // its slot lies behind the stored horizon
)

var heldNames = [...]string{
	"ready", "delay", "condition", "not_started", "campaign_over", "slot_taken",
	"daily_cap", "kind_cap", "weekly_cap", "monthly_cap", "pending_invitations", "warm_up",
	"no_credit", "pace", "reserve", "recipient_hours", "holiday", "cooldown", "company",
	"in_campaign", "no_account", "approval", "retry", "paused", "cool_off", "channel_off",
	"unknown", "clock", "quarantine", "no_slot", "beyond_horizon",
}

// String is the reason's name as it stands in SQL, logs and output.
func (h Held) String() string {
	if int(h) < len(heldNames) {
		return heldNames[h]
	}
	return fmt.Sprintf("held(%d)", uint8(h))
}

// ParseHeld reads a reason's name.
func ParseHeld(s string) (Held, error) {
	for i, name := range heldNames {
		if name == s {
			return Held(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a reason for holding a message", s)
}

// MarshalText writes the reason's name.
func (h Held) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a reason's name.
func (h *Held) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHeld(string(b))
	return err
}
