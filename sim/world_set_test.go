package sim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"pgregory.net/rapid"
	"slices"
	"strings"

	"outpace/campaign"
)

// wSet is a campaigns.yaml as the world tests draw and edit it. Text fields
// hold YAML; an empty one is left out.
type wSet struct {
	holidays  string
	accounts  []wAccount
	campaigns []wCampaign
}

// wAccount is an account with a plan of its own.
type wAccount struct {
	name, zone, slots, channel, day, holidays, grace string

	base                                 string // the plan it extends
	planNo                               int    // a change of it is a change of plan
	cap, connectDay, connectWeek         int
	noted, pending, inmailDay            int // 0: left out
	monthly, most                        int // credits; 0: as the base
	pace, reserve, rollover              string
	onTop, uncounted, order              bool
	renewal, perSlot, ownCap, reserveDay int
	warmUp, opening                      string
}

// credits says whether the account's plan has InMail credits.
func (a *wAccount) credits() bool { return a.base != "basic" }

type wCampaign struct {
	name, start, end, hours, cooldown string
	accounts                          []string
	priority                          int
	overlap, paused                   bool
	perCompany                        string
	companyReply                      bool
	approve, reassign                 bool
	assign                            string
	weights                           [3]int // of wAccounts
	targets                           []wTarget
	steps                             []wStep
}

type wTarget struct {
	person           int
	priority, degree int // priority -1: its campaign's
	zone, country    string
	called           string // "": Example
}

type wStep struct {
	name, send, after, onlyIf, within, other, wait string
	noted                                          bool
	minPriority                                    int
	withdrawAfter                                  string
	text                                           int // how often its template was edited
}

// profile is the address of a person by number.
func profile(person int) string { return sprintf("https://www.linkedin.com/in/example-%04d", person) }

// clone is an independent copy.
func (s *wSet) clone() *wSet {
	c := *s
	c.accounts, c.campaigns = slices.Clone(s.accounts), slices.Clone(s.campaigns)
	for i := range c.campaigns {
		k := &c.campaigns[i]
		k.accounts, k.targets, k.steps = slices.Clone(k.accounts), slices.Clone(k.targets), slices.Clone(k.steps)
	}
	return &c
}

// fields writes the pairs of key and value whose value is given.
func fields(pairs ...any) string {
	var b []string
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case int:
			if v != 0 {
				b = append(b, sprintf("%s: %d", pairs[i], v))
			}
		case bool:
			if v {
				b = append(b, sprintf("%s: true", pairs[i]))
			}
		case string:
			if v != "" {
				b = append(b, sprintf("%s: %s", pairs[i], v))
			}
		}
	}
	return strings.Join(b, ", ")
}

// said is true, or left out.
func said(yes bool) string {
	if yes {
		return "true"
	}
	return ""
}

func braced(text string) string {
	if text == "" {
		return ""
	}
	return "{ " + text + " }"
}

// yaml writes the set.
func (s *wSet) yaml() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("version: 1\ntimezone: Europe/Berlin")
	if s.holidays != "" {
		line("holidays: %s", s.holidays)
	}
	line("channels: { out: { type: outbox, path: out.jsonl } }\nplans:")
	for i := range s.accounts {
		a := &s.accounts[i]
		connect := braced(fields("day", a.connectDay, "week", a.connectWeek))
		caps := fields("connect", connect, "inmail", braced(fields("day", a.inmailDay)))
		credits, uncounted := "", ""
		if a.credits() {
			counts := ""
			if a.onTop {
				counts = "on_top"
			}
			credits = braced(fields("monthly", a.monthly, "max_balance", a.most, "rollover", a.rollover, "pace", a.pace, "counts", counts, "reserve", a.reserve))
		}
		if a.uncounted {
			uncounted = "[message]"
		}
		line("  p-%s-%d: { %s }", a.name, a.planNo, fields("extends", a.base, "daily_cap", a.cap, "caps", braced(caps),
			"uncounted", uncounted, "noted_per_month", a.noted, "pending_max", a.pending, "inmail", credits))
	}
	line("accounts:")
	for i := range s.accounts {
		a := &s.accounts[i]
		order := ""
		if a.order {
			order = "priority"
		}
		line("  %s: { %s }", a.name, fields("plan", sprintf("p-%s-%d", a.name, a.planNo), "timezone", a.zone, "slots", a.slots,
			"channel", a.channel, "day", a.day, "holidays", a.holidays, "grace", a.grace, "renewal_day", a.renewal,
			"per_slot", a.perSlot, "daily_cap", a.ownCap, "manual_reserve", a.reserveDay, "warm_up", a.warmUp,
			"order", order, "opening", a.opening))
	}
	line("templates:")
	line(`  none: { body: "Hello {{.first_name}}" }`)
	for i := range s.campaigns {
		for _, st := range s.campaigns[i].steps {
			line(`  %s-%s: { subject: "For {{.first_name}}", body: "Dear {{.first_name}} %s%s" }`, s.campaigns[i].name, st.name, st.name, st.edition())
		}
	}
	line("campaigns:")
	for i := range s.campaigns {
		s.campaigns[i].yaml(line)
	}
	return b.String()
}

func (c *wCampaign) yaml(line func(string, ...any)) {
	overlap := ""
	if c.overlap {
		overlap = "allow"
	}
	line("  %s:", c.name)
	line("    accounts: [%s]\n    priority: %d", strings.Join(c.accounts, ", "), c.priority)
	for _, f := range [][2]string{
		{"start", c.start}, {"end", c.end}, {"hours", c.hours}, {"cooldown", c.cooldown}, {"overlap", overlap},
		{"approve", said(c.approve)}, {"reassign", said(c.reassign)}, {"assign", c.assign}, {"weights", c.shares()},
	} {
		if f[1] != "" {
			line("    %s: %s", f[0], f[1])
		}
	}
	if c.paused {
		line("    paused: true")
	}
	if c.perCompany != "" {
		line("    per_company: %s", c.perCompany)
	}
	if c.companyReply {
		line("    stop_on: [reply, company_reply]")
	}
	line("    targets:")
	for _, t := range c.targets {
		priority := ""
		if t.priority >= 0 {
			priority = sprintf("%d", t.priority)
		}
		key, value := address(t.person)
		line(`      - { name: "%s Person%04d", profile: %q, %s }`, t.first(), t.person, profile(t.person),
			fields(key, value, "degree", t.degree, "priority", priority, "zone", t.zone,
				"country", t.country, "company", companyName(c.name, t.person)))
	}
	line("    steps:")
	for _, s := range c.steps {
		template := c.name + "-" + s.name
		if s.send == "connect" && !s.noted {
			template = ""
		}
		line("      - { %s }", fields("name", s.name, "send", s.send, "template", template, "after", s.after, "only_if", s.onlyIf,
			"within", s.within, "min_priority", s.minPriority, "else", s.other, "wait", s.wait,
			"withdraw_after", s.withdrawAfter))
	}
}

// load reads the set as the program would.
func (s *wSet) load(t rapid.TB, dir string) *campaign.Set {
	t.Helper()
	path := filepath.Join(dir, "campaigns.yaml")
	if err := os.WriteFile(path, []byte(s.yaml()), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _, err := campaign.Load(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.yaml())
	}
	return set
}
