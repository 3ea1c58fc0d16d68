package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
)

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how accounts and campaigns stand",
		Long: "Shows what every account has used of its cap today, its credits, what comes next, and\n" +
			"how far every campaign is. A campaign finishes (`finishes_at`) with the slot of its\n" +
			"last message, if every release succeeds at its slot and nobody reacts. That ignores\n" +
			"what waits until somebody accepts, and the steps behind it. It is empty if another\n" +
			"message has no slot in the next three years, or only reports are missing.",
		Example: "  outpace status\n  outpace status -o json",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				s, err := a.Status(cmd.Context(), now)
				if err != nil {
					return err
				}
				tables := append([]listing{accountTable(c, s.Accounts), campaignTable(c, s.Campaigns)}, channelTable(c, s.Channels)...)
				if err := c.print(s, tables...); err != nil {
					return err
				}
				if !c.machine() {
					c.remarks(s)
				}
				return nil
			})
		},
	}
}

func accountTable(c *cli, accounts []app.AccountStatus) listing {
	type row = app.AccountStatus
	return list(c, "", accounts,
		column[row]{"account", func(a row) string { return a.Account }, label},
		column[row]{"plan", func(a row) string { return a.Plan }, label | useful},
		column[row]{"state", func(a row) string { return stateOf(&a) }, plain},
		column[row]{"today", func(a row) string { return ofCap(a.UsedToday, a.CapToday) }, number},
		column[row]{"left", func(a row) string { return orNone(a.LeftToday) }, number | wide},
		column[row]{"credits", creditsOf, number},
		column[row]{"refresh", func(a row) string { return dayOf(a.NextRefresh) }, wide},
		column[row]{"expiry", func(a row) string { return expiry(a) }, wide},
		column[row]{"next slot", func(a row) string { return c.at(orZero(a.NextSlot)) }, moment},
		column[row]{"queued", func(a row) string { return strconv.Itoa(a.Queued) }, number},
		column[row]{"scheduled", func(a row) string { return strconv.Itoa(a.Scheduled) }, number | spare},
		column[row]{"open", func(a row) string { return strconv.Itoa(a.Released) }, number | rare},
		column[row]{"unknown", func(a row) string { return strconv.Itoa(a.Unknown) }, number | rare})
}

// creditsOf are an account's InMail credits, if it has or ever gets some.
func creditsOf(a app.AccountStatus) string {
	if a.Credits == 0 && a.NextRefresh == nil {
		return "-"
	}
	return strconv.Itoa(a.Credits)
}

// stateOf is an account's state, or that the platform holds everything of it.
func stateOf(a *app.AccountStatus) string {
	for _, h := range a.Holds {
		if a.State == "active" && len(h.Kinds) == 0 {
			return h.Held.String()
		}
	}
	return a.State
}

func campaignTable(c *cli, campaigns []app.CampaignStatus) listing {
	type row = app.CampaignStatus
	return list(c, "", campaigns,
		column[row]{"campaign", func(s row) string { return s.Campaign }, label},
		column[row]{"state", func(s row) string { return s.State }, plain},
		column[row]{"targets", func(s row) string { return strconv.Itoa(s.Targets) }, number | spare},
		column[row]{"queued", func(s row) string { return strconv.Itoa(s.Queued) }, number},
		column[row]{"scheduled", func(s row) string { return strconv.Itoa(s.Scheduled) }, number},
		column[row]{"open", func(s row) string { return strconv.Itoa(s.Released) }, number | rare},
		column[row]{"sent", func(s row) string { return strconv.Itoa(s.Sent) }, number},
		column[row]{"failed", func(s row) string { return strconv.Itoa(s.Failed) }, number | rare},
		column[row]{"cancelled", func(s row) string { return strconv.Itoa(s.Cancelled) }, number | rare | spare},
		column[row]{"unknown", func(s row) string { return strconv.Itoa(s.Unknown) }, number | rare},
		column[row]{"approval", func(s row) string { return strconv.Itoa(s.Approval) }, number | rare},
		column[row]{"skipped", func(s row) string { return strconv.Itoa(skippedPeople(&s)) }, number | rare | spare},
		column[row]{"finishes", func(s row) string { return c.at(orZero(s.FinishesAt)) }, moment})
}

// remarks are what does not fit into a table: why messages wait, what the
// platform said, what was assumed.
func (c *cli) remarks(s *app.Status) {
	for _, a := range s.Accounts {
		if a.Reason != "" && a.State != "clock" { // that was said of all
			c.remark("%s is %s: %s", a.Account, strings.Replace(a.State, "quarantine", "in quarantine", 1), inert(a.Reason))
		}
		var held []string
		for _, why := range slices.Sorted(maps.Keys(a.Held)) {
			held = append(held, fmt.Sprintf("%d %s", a.Held[why], why))
		}
		if len(held) > 0 {
			c.remark("%s: messages without a slot: %s", a.Account, strings.Join(held, ", "))
		}
		for _, h := range a.Holds {
			c.remark("%s", c.holdText(a.Account, &h))
		}
	}
	c.assumedRemarks(s.Accounts)
	c.channelRemarks(s.Channels)
	for _, s := range s.Campaigns {
		if n := skippedPeople(&s); n > 0 {
			c.remark("%s: %d of %d people get nothing further: %s", s.Campaign, n, s.Targets, reasonsOf(s.Skipped))
		}
	}
}

// assumedRemarks tell what was assumed: once for all accounts where more than three
// lack the same.
func (c *cli) assumedRemarks(accounts []app.AccountStatus) {
	const few = 3
	lacking := map[string]int{}
	for _, a := range accounts {
		lacking[strings.Join(a.Assumed, ", ")]++
	}
	for _, a := range accounts {
		names := strings.Join(a.Assumed, ", ")
		whose, n := a.Account, lacking[names]
		if n > few {
			whose, lacking[names] = count(n, "account"), 0
		}
		if names != "" && n > 0 {
			c.remark("%s: assumed, because `opening` does not tell: %s", whose, names)
		}
	}
}

// holdText says what the platform said to stop, and until when.
func (c *cli) holdText(account string, h *app.Hold) string {
	kinds := "everything"
	if len(h.Kinds) > 0 {
		kinds = fmt.Sprint(h.Kinds)
	}
	if h.Noted {
		kinds += " with a note"
	}
	why := h.Held.String()
	if h.Why != "" {
		why += ": " + inert(h.Why)
	}
	until := "until `outpace resume " + account + "`"
	if h.Until != nil {
		until = "until " + c.when(minute(*h.Until))
	}
	return fmt.Sprintf("%s: %s is held (%s) %s", account, kinds, why, until)
}

// remark is a note that is folded where the terminal ends.
func (c *cli) remark(format string, args ...any) {
	c.note("%s", c.folded(fmt.Sprintf(format, args...)))
}

// orNone is a number that may be missing.
func orNone(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

// ofCap is what was used of a cap, which may be missing.
func ofCap(used int, limit *int) string {
	if limit == nil {
		return strconv.Itoa(used)
	}
	return fmt.Sprintf("%d/%d", used, *limit)
}

// dayOf is the date of an instant that may not be known.
func dayOf(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format(time.DateOnly)
}

func expiry(a app.AccountStatus) string {
	if a.NextExpiry == nil {
		return "-"
	}
	return fmt.Sprintf("%d on %s", a.Expiring, dayOf(a.NextExpiry))
}
