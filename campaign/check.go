package campaign

import (
	"fmt"
	"maps"
	"slices"

	"outpace/limits"
)

// A campaign's targets are read once when it is loaded: each row is checked,
// and each text is filled for it as it would go out. What is remembered of a
// million rows is two hashes each.

// targetCheck is that reading under way.
type targetCheck struct {
	l         *loader
	c         *Campaign
	texts     []*textCheck
	lacking   bool // some account has no InMail credits
	known     map[string]bool
	people    []sighting
	namesakes []sighting
	zones     map[string]Pos // the recipients' zones, each with a target that has it
	count     int
}

// checkTargets reads all targets of the campaign.
func (l *loader) checkTargets(c *Campaign, item *named[campaignShape]) {
	k := &targetCheck{l: l, c: c, known: map[string]bool{}, zones: map[string]Pos{}}
	accounts := l.accountsOf(c)
	k.lacking = lacksCredits(accounts) != nil
	k.texts = l.textChecks(c, &item.V, accounts)
	for _, name := range targetKeys {
		k.known[name] = true
	}
	for i := range c.Sources {
		_ = c.Sources[i].each(k.columns, func(t Target, wrong []Problem) error {
			k.target(t, wrong)
			return nil // what is wrong is noted, and the next one read
		})
	}
	k.duplicates()
	for _, text := range k.texts {
		text.finish(k)
	}
	if k.count == 0 && item.V.Targets.given && len(l.problems.list) == 0 {
		l.warn(item.V.Targets.at, "campaign %s has no targets", c.Name)
	}
	l.checkHours(c, item.V.Hours.at, accounts, k.zones)
}

// columns notes which fields a CSV file brings.
func (k *targetCheck) columns(names []string, at func(int) Pos) {
	for i, name := range names {
		k.field(name, func() Pos { return at(i) })
	}
}

// field notes a field that targets have, and warns if it looks like a
// misspelt one of the fields that mean something.
func (k *targetCheck) field(name string, at func() Pos) {
	if k.known[name] || name == "" {
		return
	}
	k.known[name] = true
	for _, key := range targetKeys {
		if distance(name, key) == 1 && !k.used(name) {
			k.l.warnings.add(Problem{Pos: at(), Text: fmt.Sprintf("%q is only a field for templates", name), Hint: quoted(key), Line: k.l.line(at())})
		}
	}
}

// used says whether a text of the campaign shows the field.
func (k *targetCheck) used(field string) bool {
	return slices.ContainsFunc(k.texts, func(t *textCheck) bool { return slices.Contains(t.template.prog.fields, field) })
}

func (k *targetCheck) target(t Target, wrong []Problem) {
	k.count++
	for _, p := range wrong {
		p.Line = k.l.line(p.Pos)
		k.l.problems.add(p)
	}
	if len(wrong) > 0 {
		return
	}
	for name := range t.Extra {
		k.field(name, func() Pos { return t.Pos })
	}
	k.remember(&t)
	if !t.Zone.IsZero() {
		if _, seen := k.zones[t.Zone.String()]; !seen {
			k.zones[t.Zone.String()] = t.Pos
		}
	}
	priority := k.c.Priority
	if t.Priority != nil {
		priority = *t.Priority
	}
	k.firstMessage(&t, priority)
	fields := t.Fields(priority)
	for _, text := range k.texts {
		text.check(k, &t, priority, fields)
	}
}

// firstMessage notes a target whose sequence could never begin: a message
// reaches only 1st-degree connections.
func (k *targetCheck) firstMessage(t *Target, priority int) {
	if len(k.c.Steps) == 0 || t.Degree == 1 {
		return
	}
	first := &k.c.Steps[0]
	falls := first.Else != nil && first.Else.Kind == limits.Message && k.fallsBack(first, priority)
	if first.Kind == limits.Message || falls {
		k.problem(t.Pos, "%s is not a 1st-degree connection (degree: 1), and the first step is a message: begin with connect or inmail", t.who())
	}
}

// fallsBack says whether an InMail step may become its other kind for a target
// of the priority.
func (k *targetCheck) fallsBack(s *Step, priority int) bool {
	return priority < s.MinPriority || !s.Wait.IsZero() || k.lacking
}

func (k *targetCheck) problem(pos Pos, format string, args ...any) {
	k.l.problems.add(Problem{Pos: pos, Text: fmt.Sprintf(format, args...), Line: k.l.line(pos)})
}

// who names a target for messages.
func (t *Target) who() string {
	if t.Name == "" {
		return t.Profile
	}
	return fmt.Sprintf("%s (%s)", t.Name, t.Profile)
}

// fields are the known ones, for "did you mean".
func (k *targetCheck) fields() []string { return slices.Sorted(maps.Keys(k.known)) }
