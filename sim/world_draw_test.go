package sim_test

import (
	"crypto/sha256"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// draw draws what a world test needs, each thing with its label.
type draw struct{ *rapid.T }

func (d draw) pick(label string, of ...string) string { return rapid.SampledFrom(of).Draw(d.T, label) }

// even is pick with every one equally likely: rapid itself prefers the first.
func (d draw) even(label string, of ...string) string {
	return of[int(sha256.Sum256(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(d.T, label))[0])%len(of)]
}

func (d draw) int(label string, from, to int) int { return rapid.IntRange(from, to).Draw(d.T, label) }

// one is true once in n.
func (d draw) one(label string, n int) bool { return d.int(label, 1, n) == n }

var worldStarts = []string{
	"2026-10-23T10:07:00Z", // before the autumn night in Berlin and New York
	"2026-03-06T10:07:00Z", // before the spring night in New York, then Berlin
	"2025-09-05T03:59:00Z", // before Santiago's missing midnight
	"2026-12-22T08:00:00Z", // before holidays and the turn of the year
	"2026-06-29T22:30:00Z", // at the turn of a month
	"2027-02-26T00:00:00Z", // at the end of a short month
}

// start draws when a world begins.
func (d draw) start() time.Time {
	return at(d.pick("start", worldStarts...)).Add(time.Duration(d.int("start minute", 0, 1440)) * time.Minute)
}

var (
	wZones = []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"}
	wSlots = []string{
		`"*/30 9-16 * * MON-FRI"`, `"0 * * * *"`, `["15 9,14 * * *", "0 9-11 * * *"]`, `"0 18 * * *"`,
		`"*/10 6-20 * * *"`, `["30 1,2 * * *", "0 0 * * *"]`, `"0 9,12,15 * * *"`,
	}
)

func (d draw) account(name string) wAccount {
	a := wAccount{
		name: name, zone: d.pick("zone", wZones...), slots: d.pick("slots", wSlots...),
		day:     d.pick("day", "local", "utc", "rolling", "strict"),
		base:    d.pick("base", "basic", "premium-business", "linkedin-premium-career"),
		cap:     d.int("cap", 2, 9),
		perSlot: d.pickInt("per slot", 1, 1, 2, 4),
		channel: d.pick("channel", "desk", "out", "out"),
		order:   d.one("order", 4),
	}
	if d.one("week", 2) {
		a.connectDay, a.connectWeek = d.int("connects a day", 1, 4), d.int("connects a week", 2, 9)
	}
	if d.one("month", 4) {
		a.noted = d.int("noted", 1, 6)
	}
	if d.one("pending max", 5) {
		a.pending = d.int("pending", 1, 6)
	}
	if a.credits() {
		a.monthly, a.renewal = d.int("monthly", 1, 6), d.int("renewal", 1, 31)
		a.pace = d.pick("pace", "", "even", "asap")
		a.onTop = d.one("on top", 4)
		if d.one("losing", 2) {
			a.rollover = d.pick("rollover", "", "1mo", "12d")
			a.most = a.monthly + d.int("most", 0, 3)
		}
		if d.one("reserve", 4) {
			a.reserve = "{ credits: 1, min_priority: 70, until: 3d }"
		}
		if d.one("inmails a day", 4) {
			a.inmailDay = d.int("inmail day", 1, 3)
		}
	}
	a.uncounted = d.one("uncounted", 6)
	if d.one("own cap", 5) {
		a.ownCap = d.int("daily cap", 1, a.cap)
	}
	if d.one("manual reserve", 4) {
		a.reserveDay = max(0, min(d.int("kept", 1, 3), max(1, min(a.cap, orMax(a.ownCap)))-1))
	}
	if d.one("warm up", 4) {
		a.warmUp = d.pick("warm", "{ from: 1, add: 1, every: 1d }", "{ from: 2, add: 2, every: 3d }")
	}
	if d.one("opening", 4) {
		a.opening = "{ sent_today: 1, connects_7d: 2, pending: 1 }"
		if a.credits() {
			a.opening = d.pick("opened", a.opening, "{ credits: 0 }", "{ credits: 1, sent_today: 2 }")
		}
	}
	a.grace = d.pick("grace", "", "", "20m", "0s")
	if d.one("holidays", 4) {
		a.holidays = "[US]"
	}
	return a
}

func orMax(n int) int {
	if n == 0 {
		return 1 << 30
	}
	return n
}

func (d draw) pickInt(label string, of ...int) int { return rapid.SampledFrom(of).Draw(d.T, label) }

// step draws a step; first ones wait for nothing.
func (d draw) step(name string, first, friends bool) wStep {
	kinds := []string{"connect", "connect", "inmail", "inmail", "introduction", "reminder"}
	if !first || friends {
		kinds = append(kinds, "message", "message", "message")
	}
	s := wStep{name: name, send: d.pick("send", kinds...), noted: d.one("note", 2)}
	if !first {
		s.after = d.pick("after", "", "30m", "1d", "2bd", "36h", "1w")
		s.within = d.pick("within", "", "3d", "20h")
		if s.send != "message" {
			s.onlyIf = d.pick("only if", "", "", "accepted", "not_accepted")
		}
	}
	if s.send == "inmail" {
		s.other = d.pick("else", "connect", "connect", "introduction")
		if d.one("note of else", 2) {
			s.other = "{ send: " + s.other + ", template: none }"
		}
		s.minPriority = d.pickInt("min priority", 0, 0, 50)
		s.wait = d.pick("wait", "", "1d", "3d")
		if d.one("no else", 4) {
			s.other, s.wait = "", ""
		}
	}
	s.withdrawAfter = d.withdrawAfter(&s)
	return s
}

func (d draw) target(person int, friends bool) wTarget {
	t := wTarget{person: person, degree: d.pickInt("degree", 0, 2, 1), priority: d.pickInt("priority", -1, 20, 50, 60, 80, 95)}
	if friends {
		t.degree = 1
	}
	t.zone = d.pick("recipient", "", "", "Asia/Tokyo", "America/Los_Angeles")
	t.country = d.pick("country", "", "", "DE", "us", "Japan")
	return t
}

func (d draw) campaign(name string, accounts []string, people, most int, start time.Time) wCampaign {
	c := wCampaign{name: name, priority: d.pickInt("campaign priority", 25, 50, 75)}
	c.accounts = rapid.SliceOfNDistinct(rapid.SampledFrom(accounts), 1, len(accounts), rapid.ID).Draw(d.T, "accounts")
	day := func(days int) string { return start.AddDate(0, 0, days).Format(time.DateOnly) }
	if d.one("starts", 4) {
		c.start = day(d.int("start day", -1, 4))
	}
	if d.one("ends", 4) {
		c.end = day(d.int("end day", 4, 12))
	}
	if d.one("hours", 3) {
		c.hours = d.pick("hours", `{ days: mon-fri, from: "09:00", to: "17:00" }`, `{ from: "08:00", to: "12:30", zone: account }`,
			`{ from: "13:00", to: "24:00" }`, `{ days: [sun, mon, tue] }`)
	}
	if d.one("cools", 4) {
		c.cooldown = d.pick("cooldown", "1d", "50h", "2bd")
	}
	c.overlap = d.one("overlap", 4)
	c.perCompany = d.perCompany()
	c.companyReply = d.one("company reply", 3)
	c.approve = d.one("approve", 4)
	d.dealing(&c)
	friends := d.one("friends", 3)
	for i := range d.int("steps", 1, 3) {
		c.steps = append(c.steps, d.step(sprintf("s%d", i+1), i == 0, friends))
	}
	for i := range people {
		if i == people-1 && len(c.targets) == 0 || len(c.targets) < most && !d.one("left out", 3) {
			c.targets = append(c.targets, d.target(i+1, friends))
		}
	}
	return c
}

// set draws a campaigns.yaml of as many accounts as one of the numbers.
func (d draw) set(start time.Time, accounts ...int) *wSet {
	s := &wSet{}
	if d.one("file holidays", 3) {
		s.holidays = sprintf("[DE, %q]", start.AddDate(0, 0, 2).Format(time.DateOnly))
	}
	var names []string
	for _, name := range []string{"ada", "bob", "cyd"}[:d.pickInt("accounts", accounts...)] {
		s.accounts = append(s.accounts, d.account(name))
		names = append(names, name)
	}
	people := d.int("people", 2, 14)
	for i := range d.pickInt("campaigns", 1, 2, 2, 3) {
		s.campaigns = append(s.campaigns, d.campaign(string(rune('p'+i)), names, people, 12, start))
	}
	s.fixElse()
	return s
}

// edit draws a change of the set, or of several things at once.
func (d draw) edit(was *wSet, start time.Time) *wSet {
	s := was.clone()
	for range d.int("edits", 1, 3) {
		d.editOnce(s, start)
	}
	return s
}

func (d draw) editOnce(s *wSet, start time.Time) {
	c := &s.campaigns[d.int("which campaign", 0, len(s.campaigns)-1)]
	a := &s.accounts[d.int("which account", 0, len(s.accounts)-1)]
	friends := !slices.ContainsFunc(c.targets, func(t wTarget) bool { return t.degree != 1 })
	switch d.pick("edit", "insert", "remove step", "rename", "remove target", "add target", "priority", "accounts",
		"remove campaign", "new campaign", "dates", "pace", "cap", "slots", "plan", "channel", "overlap", "swap", "degree", "withdraw",
		"delay", "text", "text", "called") {
	case "delay":
		if i := d.int("which step", 0, len(c.steps)-1); i > 0 {
			c.steps[i].after = d.pick("after", "", "30m", "1d", "2bd", "36h", "1w")
		}
	case "text":
		c.steps[d.int("which step", 0, len(c.steps)-1)].text = d.int("edition", 0, 2)
	case "called":
		if n := len(c.targets); n > 0 {
			c.targets[d.int("which target", 0, n-1)].called = d.pick("called", "", "Another")
		}
	case "withdraw":
		s := &c.steps[d.int("which step", 0, len(c.steps)-1)]
		s.withdrawAfter = d.withdrawAfter(s)
	case "insert":
		at := d.int("where", 0, len(c.steps))
		for n := 1; len(c.steps) < 5; n++ {
			name := sprintf("n%d", n)
			if !slices.ContainsFunc(c.steps, func(s wStep) bool { return s.name == name }) {
				c.steps = slices.Insert(c.steps, at, d.step(name, at == 0, friends))
				break
			}
		}
	case "remove step":
		if len(c.steps) > 1 {
			at := d.int("which step", 0, len(c.steps)-1)
			c.steps = slices.Delete(c.steps, at, at+1)
		}
	case "rename":
		at := d.int("which step", 0, len(c.steps)-1)
		if name := c.steps[at].name + "x"; len(name) < 5 {
			c.steps[at].name = name
		}
	case "swap":
		slices.Reverse(c.steps)
	case "remove target":
		if len(c.targets) > 1 {
			at := d.int("which target", 0, len(c.targets)-1)
			c.targets = slices.Delete(c.targets, at, at+1)
		}
	case "add target":
		person := d.int("person", 1, 14)
		if !slices.ContainsFunc(c.targets, func(t wTarget) bool { return t.person == person }) {
			c.targets = slices.Insert(c.targets, d.int("where", 0, len(c.targets)), d.target(person, friends))
		}
	case "priority":
		c.priority = d.pickInt("campaign priority", 25, 50, 75, 90)
	case "degree":
		if len(c.targets) > 0 && !friends {
			c.targets[d.int("which target", 0, len(c.targets)-1)].degree = d.pickInt("degree", 1, 2)
		}
	default:
		d.editMore(s, c, a, start)
	}
	for i := range s.campaigns {
		fixSteps(&s.campaigns[i])
	}
	s.fixElse()
}
