package main

import (
	"fmt"
	"strings"

	"outpace/app"
)

// reasonsOf is "2 opt_out, 1 in_campaign".
func reasonsOf(list []app.Skipped) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = fmt.Sprintf("%d %s", s.People, s.Reason)
	}
	return strings.Join(parts, ", ")
}

// leftOutLines tell who gets nothing further, a line a campaign.
func leftOutLines(list []app.LeftOut) string {
	var b strings.Builder
	for _, l := range list {
		people := "people"
		if l.People == 1 {
			people = "person"
		}
		fmt.Fprintf(&b, "Left out: %d %s of %s (%s).\n", l.People, people, inert(l.Campaign), reasonsOf(l.Reasons))
	}
	return b.String()
}

// skippedPeople is how many people of a campaign get nothing further.
func skippedPeople(s *app.CampaignStatus) (n int) {
	for _, why := range s.Skipped {
		n += why.People
	}
	return n
}
