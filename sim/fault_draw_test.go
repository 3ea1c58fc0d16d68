package sim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"outpace/store"
)

// randomLife is a life as a seed draws it.
type randomLife struct {
	*rand.Rand
	zone      string
	slots     string
	start     time.Time
	days      int
	accounts  []randomAccount
	campaigns []randomCampaign
}

type randomAccount struct {
	name, sort            string
	cap, monthly, credits int // monthly 0: a plan without InMails
}

type randomCampaign struct {
	name     string
	accounts []string
	people   []int
	degree   int
	steps    []string
}

// drawLife draws what there is, and when.
func drawLife(seed uint64) *randomLife {
	l := &randomLife{Rand: rand.New(rand.NewPCG(seed, 8))}
	l.zone = wZones[l.IntN(len(wZones))]
	l.slots = []string{`"30 1,9,15 * * *"`, `"0 0,10 * * *"`, `["15 9,14 * * *", "45 2 * * *"]`, `"*/40 8-11 * * *"`}[l.IntN(4)]
	l.start = at(worldStarts[l.IntN(len(worldStarts))]).Add(time.Duration(l.IntN(1440)) * time.Minute)
	l.days = 3 + l.IntN(3)
	for i := range 1 + l.IntN(3) {
		a := randomAccount{name: []string{"ada", "bob", "cy"}[i], sort: sorts[l.IntN(len(sorts))].name, cap: 1 + l.IntN(3)}
		if l.IntN(2) == 0 {
			a.monthly, a.credits = 1+l.IntN(3), l.IntN(3)
		}
		l.accounts = append(l.accounts, a)
	}
	for i := range 1 + l.IntN(2) {
		l.campaigns = append(l.campaigns, l.drawCampaign([]string{"first", "second"}[i]))
	}
	return l
}

func (l *randomLife) drawCampaign(name string) randomCampaign {
	c := randomCampaign{name: name, degree: 1 + l.IntN(2)}
	credits := false
	for _, i := range l.Perm(len(l.accounts))[:1+l.IntN(len(l.accounts))] {
		c.accounts = append(c.accounts, l.accounts[i].name)
		credits = credits || l.accounts[i].monthly > 0
	}
	for _, p := range l.Perm(5)[:1+l.IntN(4)] {
		c.people = append(c.people, p+1)
	}
	first := []string{"connect", "connect", "message"}[l.IntN(3)]
	if credits && l.IntN(2) == 0 {
		first = "inmail"
	}
	switch {
	case first == "inmail":
		c.steps = []string{"send: inmail, template: ask, min_priority: 40, else: connect, wait: 2d"}
	case first == "message":
		c.degree = 1
		c.steps = []string{"send: message, template: ask"}
	default:
		c.steps = []string{"send: connect, name: ask"}
	}
	for i := range l.IntN(3) {
		rest := ""
		if c.degree > 1 && i == 0 {
			rest = ", only_if: accepted, within: 3d"
		}
		c.steps = append(c.steps, fmt.Sprintf("send: message, template: nudge, name: n%d, after: %s%s", i, []string{"5h", "1d"}[l.IntN(2)], rest))
	}
	return c
}

// edited is the life's file after an edit.
func (l *randomLife) edited() *randomLife {
	e := *l
	e.campaigns = append([]randomCampaign(nil), l.campaigns...)
	c := &e.campaigns[l.IntN(len(e.campaigns))]
	c.people = append([]int(nil), c.people...)
	c.steps = append([]string(nil), c.steps...)
	switch l.IntN(4) {
	case 0:
		c.people = append(c.people, 6)
	case 1:
		c.people[0] = 7
	case 2:
		c.steps = append(c.steps, "send: message, template: nudge, name: last, after: 1d")
	case 3:
		c.steps = c.steps[:1]
		e.slots = `"20 9,13 * * *"`
	}
	return &e
}

// yaml writes the life's file.
func (l *randomLife) yaml() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("version: 1\ntimezone: %s\n%splans:", l.zone, sortsYAML)
	for _, a := range l.accounts {
		if a.monthly > 0 {
			line("  p-%s: { extends: premium-business, daily_cap: %d, inmail: { monthly: %d } }", a.name, a.cap, a.monthly)
		} else {
			line("  p-%s: { extends: basic, daily_cap: %d }", a.name, a.cap)
		}
	}
	line("accounts:")
	for _, a := range l.accounts {
		rest := ""
		if a.monthly > 0 {
			rest = fmt.Sprintf(", renewal_day: %d, opening: { credits: %d }", l.start.AddDate(0, 0, 2).Day(), a.credits)
		}
		line("  %s: { plan: p-%s, slots: %s, channel: %s%s }", a.name, a.name, l.slots, a.sort, rest)
	}
	line("templates:\n  ask: { subject: \"For {{.first_name}}\", body: \"Dear {{.first_name}}, may I?\" }")
	line("  nudge: { body: \"Dear {{.first_name}}, did you see it?\" }\ncampaigns:")
	for _, c := range l.campaigns {
		line("  %s:\n    accounts: [%s]\n    targets:", c.name, strings.Join(c.accounts, ", "))
		for i, p := range c.people {
			line("      - { name: Example Person%04d, profile: %q, degree: %d, priority: %d }", p, profile(p), c.degree, 20+15*i)
		}
		line("    steps:")
		for _, s := range c.steps {
			line("      - { %s }", s)
		}
	}
	return b.String()
}

// faults draws which calls fail.
func (l *randomLife) faults() map[int]variant {
	at := map[int]variant{}
	for range l.IntN(7) {
		at[1+l.IntN(120)] = variants[l.IntN(len(variants))]
	}
	return at
}

// errands draws what people do beside reacting to what reaches them.
func (l *randomLife) errands(w *faultWorld) {
	some := func() time.Time {
		return l.start.Add(time.Duration(l.IntN(l.days*24*60)) * time.Minute)
	}
	for day := range l.days {
		w.later(l.start.Add(time.Duration(24*day+l.IntN(24))*time.Hour), "desk", (*faultWorld).desk)
	}
	for range l.IntN(5) {
		switch name := l.names()[l.IntN(len(l.names()))]; l.IntN(7) {
		case 0, 1:
			from := some()
			w.later(from, "pause "+name, func(w *faultWorld) { w.stop(name) })
			w.later(from.Add(time.Duration(l.IntN(40))*time.Hour), "resume "+name, func(w *faultWorld) { w.goOn(name) })
		case 2:
			w.later(some(), "questions", (*faultWorld).findOut)
		case 3:
			who := profile(1 + l.IntN(5))
			kind := []string{store.OptOut, store.Bounced, store.Reply}[l.IntN(3)]
			w.later(some(), kind+" of "+short(who), func(w *faultWorld) { w.person(kind, who) })
		case 4:
			late := time.Duration(1+l.IntN(600)) * time.Minute
			w.later(some(), "the machine sleeps", func(w *faultWorld) { w.now = w.now.Add(late) })
		case 5:
			by, at := time.Duration(2+l.IntN(300))*time.Minute, some()
			w.later(at, "the clock leaps", func(w *faultWorld) { w.leap(by) })
		case 6:
			if a := l.accounts[0]; a.monthly > 0 {
				n := l.IntN(3)
				w.later(some(), "credits", func(w *faultWorld) { w.credits(a.name, n) })
			}
		}
	}
}

func (l *randomLife) names() (names []string) {
	for _, a := range l.accounts {
		names = append(names, "account:"+a.name)
	}
	for _, c := range l.campaigns {
		names = append(names, "campaign:"+c.name)
	}
	return names
}

// reacts draws what a person does about a message.
func (l *randomLife) reacts(w *faultWorld, a *arrival) {
	kind := ""
	switch n := w.dice("reaction to "+a.id, 24); {
	case n < 10 && (a.kind == "connect" || a.kind == "inmail"):
		kind = store.AcceptedBy
	case n < 12:
		kind = store.Reply
	case n < 14:
		kind = store.OptOut
	case n == 14:
		kind = store.Bounced
	case n == 15 && a.kind != "message":
		kind = store.Declined
	default:
		return
	}
	after := time.Duration(1+w.dice("wait of "+a.id, 30*60)) * time.Minute
	w.later(a.at.Add(after), kind+" of "+short(a.person), func(w *faultWorld) { w.person(kind, a.person) })
}
