package campaign

import (
	"fmt"
	"maps"
	"os"
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
	people    hashes
	namesakes hashes
	zones     map[string]Pos // the recipients' zones, each with a target that has it
	countries map[string]Pos // and their countries
	count     int

	nth    int       // of the source being read
	source *Source   // it
	row    []Problem // of the row being read, if it could be left out
	leaves bool      // it could
	left   int       // rows left out
}

// checkTargets reads all targets of the campaign.
func (l *loader) checkTargets(c *Campaign, item *named[campaignShape]) {
	if l.failed != nil {
		return
	}
	k := &targetCheck{l: l, c: c, people: newHashes(), namesakes: newHashes(), known: map[string]bool{}, zones: map[string]Pos{}, countries: map[string]Pos{}}
	accounts := l.accountsOf(c)
	k.lacking = lacksCredits(accounts) != nil
	k.texts = l.textChecks(c, &item.V, accounts)
	for _, name := range targetKeys {
		k.known[name] = true
	}
	err := k.read(k.columns, k.target)
	if err == nil {
		err = k.duplicates()
	}
	if l.failed = err; err != nil {
		return
	}
	c.count = k.count - k.left
	for _, text := range k.texts {
		text.finish(k)
	}
	if k.count == 0 && item.V.Targets.given && len(l.problems.list) == 0 {
		l.warn(item.V.Targets.at, "campaign %s has no targets", c.Name)
	}
	l.checkHours(c, item.V.Hours.at, accounts, k.zones)
	l.checkCountries(c, k.countries)
}

// read reads the sources, and ends when the loading is to end.
func (k *targetCheck) read(begin func(*csvRows), yield func(Target, *csvRows, []Problem) error) error {
	for i := range k.c.Sources {
		k.nth, k.source = i, &k.c.Sources[i]
		sum, err := k.source.each(begin, func(t Target, rows *csvRows, wrong []Problem) error {
			if rows != nil && rows.nth%tellRows == 0 {
				if err := k.l.ctx.Err(); err != nil {
					return err
				}
				k.tell(rows)
			}
			return yield(t, rows, wrong)
		})
		if err != nil {
			return err
		}
		k.source.sum = sum
	}
	return nil
}

// tellRows is after how many rows progress is told.
const tellRows = 1000

func (k *targetCheck) tell(rows *csvRows) {
	if k.l.options.Progress == nil {
		return
	}
	p := Progress{File: rows.file, Rows: rows.nth, Read: rows.csv.InputOffset()}
	if info, err := os.Stat(k.source.CSV); err == nil {
		p.Bytes = info.Size()
	}
	k.l.options.Progress(p)
}

// columns notes which fields a CSV file brings.
func (k *targetCheck) columns(rows *csvRows) {
	for i, name := range rows.names {
		k.field(name, func() Pos { return rows.pos(i) })
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

// target checks one target. One that is wrong is noted, or left out.
func (k *targetCheck) target(t Target, rows *csvRows, wrong []Problem) error {
	k.count++
	k.leaves = rows != nil && k.l.options.LeftOut != nil && leaves(wrong)
	k.row = append(k.row[:0], wrong...)
	if len(wrong) == 0 {
		k.check(&t)
	}
	switch {
	case len(k.row) > 0 && k.leaves:
		return k.leaveOut(rows, k.row)
	case len(wrong) == 0:
		k.remember(&t)
	}
	for _, p := range k.row {
		p.Line = k.l.line(p.Pos)
		k.l.problems.add(p)
	}
	return nil
}

// check checks a target that could be read.
func (k *targetCheck) check(t *Target) {
	for name := range t.Extra {
		k.field(name, func() Pos { return t.Pos })
	}
	if !t.Zone.IsZero() {
		if _, seen := k.zones[t.Zone.String()]; !seen {
			k.zones[t.Zone.String()] = t.Pos
		}
	}
	if _, seen := k.countries[t.Country]; !seen && t.Country != "" {
		k.countries[t.Country] = t.Pos
	}
	priority := k.c.Priority
	if t.Priority != nil {
		priority = *t.Priority
	}
	k.firstMessage(t, priority)
	fields := t.Fields(priority)
	for _, text := range k.texts {
		text.check(k, t, priority, fields)
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
		k.wrong(t, "degree", "%s is not a 1st-degree connection (degree: 1), and the first step is a message: begin with connect or inmail", t.who())
	}
}

// fallsBack says whether an InMail step may become its other kind for a target
// of the priority.
func (k *targetCheck) fallsBack(s *Step, priority int) bool {
	return priority < s.MinPriority || !s.Wait.IsZero() || k.lacking
}

// wrong notes what is wrong with the target being checked, and with which of
// its fields; "" for none in particular.
func (k *targetCheck) wrong(t *Target, field, format string, args ...any) {
	k.row = append(k.row, Problem{Pos: t.Pos, Text: fmt.Sprintf(format, args...), ofRow: true, field: field})
}

// problem notes what is wrong with several.
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
