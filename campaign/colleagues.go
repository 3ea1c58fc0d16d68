package campaign

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"outpace/limits"
)

// PerCompany limits how many people of one company are first written to within
// a window. The zero PerCompany does not.
type PerCompany struct {
	People int `json:"people"`
	Days   int `json:"days"` // 1, 7 or 30
}

// IsZero says that there is no limit.
func (r PerCompany) IsZero() bool { return r.People == 0 }

// Window is the trailing stretch of time, half open: what is exactly so old
// counts no more.
func (r PerCompany) Window() time.Duration { return time.Duration(r.Days) * 24 * time.Hour }

// String is the limit as people say it.
func (r PerCompany) String() string {
	for name, days := range periodDays {
		if days == r.Days {
			return fmt.Sprintf("%d a %s", r.People, name)
		}
	}
	return fmt.Sprintf("%d in %d days", r.People, r.Days)
}

// period is a number of trailing days by its name.
type period int

var (
	periodNames = []string{"day", "week", "month"}
	periodDays  = map[string]int{"day": 1, "week": 7, "month": 30}
)

func (p *period) UnmarshalText(b []byte) error {
	days, ok := periodDays[string(b)]
	if !ok {
		return fmt.Errorf("%q is neither day, week nor month", b)
	}
	*p = period(days)
	return nil
}

// stopOn is whose answer ends conversations.
type stopOn string

const (
	stopReply        stopOn = "reply"
	stopCompanyReply stopOn = "company_reply"
)

var stopNames = []string{string(stopReply), string(stopCompanyReply)}

func (s *stopOn) UnmarshalText(b []byte) error {
	if *s = stopOn(b); !slices.Contains(stopNames, string(*s)) {
		return errors.New("write reply, or [reply, company_reply]")
	}
	return nil
}

// perCompany reads a campaign's limit on people of one company.
func (l *loader) perCompany(c *Campaign, shape *campaignShape) {
	given := &shape.PerCompany
	if !given.ok {
		return
	}
	people, per := &given.V.People, &given.V.Per
	l.required(people.given, given.at, "people (how many)", "per_company")
	if people.ok && (people.V < 1 || people.V > maxAmount) {
		l.problem(people.at, "per_company: people must be from 1 to %d", maxAmount)
		return
	}
	c.PerCompany = PerCompany{People: people.V, Days: periodDays["week"]}
	if per.ok {
		c.PerCompany.Days = int(per.V)
	}
}

// stopOn reads whose answers end a campaign's conversations. One's own always
// does.
func (l *loader) stopOn(c *Campaign, shape *campaignShape) {
	given := &shape.StopOn
	own, complete := false, given.ok
	for _, s := range given.items {
		complete = complete && s.ok
		own = own || s.V == stopReply
		c.CompanyReply = c.CompanyReply || s.V == stopCompanyReply
	}
	if complete && !own {
		l.problem(given.at, "stop_on without reply: a reply always ends the conversation, write [reply, company_reply]")
	}
}

// secondInMails warns of InMail steps that can never go: LinkedIn takes no
// second InMail to somebody who has not answered the first one, and an answer
// ends the sequence. A connection gets a message instead.
func (l *loader) secondInMails(c *Campaign, given []block[stepShape]) {
	if len(c.Steps) != len(given) {
		return
	}
	lacking := lacksCredits(l.accountsOf(c)) != nil
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Kind != limits.InMail || s.Else != nil || s.OnlyIf == Accepted {
			continue
		}
		before := slices.IndexFunc(c.Steps[:i], func(b Step) bool {
			always := b.Else == nil || b.Wait.IsZero() && !lacking
			return b.Kind == limits.InMail && always && b.OnlyIf == Always && b.MinPriority <= s.MinPriority
		})
		if before >= 0 {
			l.warn(given[i].V.Send.at, "a second InMail to somebody who has not answered the one of step %d is never sent: "+
				"add else: connect, or only_if: accepted, with which it goes as a message", before+1)
		}
	}
}
