package main

import (
	"time"

	"github.com/spf13/pflag"

	"outpace/campaign"
	"outpace/sim"
)

// rateFlags adds what simulated people do.
func rateFlags(f *pflag.FlagSet, o *sim.Options) {
	f.Uint64Var(&o.Seed, "seed", 1, "of what is drawn: the same seed gives the same run")
	f.Float64Var(&o.AcceptRate, "accept-rate", 0, "of connection requests and InMails that are accepted")
	f.Float64Var(&o.DeclineRate, "decline-rate", 0, "of connection requests and InMails that are declined")
	f.Float64Var(&o.ReplyRate, "reply-rate", 0, "of messages that are answered")
	f.Float64Var(&o.OptOutRate, "opt-out-rate", 0, "of releases after which the person opts out")
	f.Var((*within)(&o.ReactionDelay), "reaction-delay", "how long reactions take at most, like 2d (default 5d to accept or decline, 3d to write)")
}

// rates are the flags of rateFlags that make people do something.
var rates = []string{"accept-rate", "decline-rate", "reply-rate", "opt-out-rate"}

// checkRates judges the probabilities.
func checkRates(o *sim.Options) error {
	for _, rate := range []struct {
		flag  string
		value float64
	}{
		{"--accept-rate", o.AcceptRate}, {"--decline-rate", o.DeclineRate}, {"--reply-rate", o.ReplyRate},
		{"--opt-out-rate", o.OptOutRate}, {"--fail-rate", o.FailRate},
	} {
		if !(rate.value >= 0 && rate.value <= 1) {
			return usage("%s: %v is not from 0 to 1", rate.flag, rate.value)
		}
	}
	if o.AcceptRate+o.DeclineRate > 1 {
		return usage("--decline-rate: %v and --accept-rate %v are together more than 1", o.DeclineRate, o.AcceptRate)
	}
	return nil
}

// within is a duration above 0, with d for days.
type within time.Duration

func (w *within) String() string {
	if *w == 0 {
		return ""
	}
	return campaign.Duration(*w).String()
}

func (w *within) Set(text string) error {
	d, err := campaign.ParseDuration(text)
	if err == nil && d == 0 {
		err = usage("a reaction takes some time")
	}
	*w = within(d)
	return err
}

func (*within) Type() string { return "duration" }
