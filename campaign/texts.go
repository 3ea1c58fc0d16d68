package campaign

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"outpace/limits"
)

// textCheck is one template of a campaign while it is filled for every target.
type textCheck struct {
	template *Template
	uses     []textUse
	empty    map[string]*emptyPlace
	first    string // what the first target gets
	filled   int    // targets it was filled for
	varies   bool   // somebody gets another text than the first
}

// textUse is a step that sends the template, as its own or its other kind.
type textUse struct {
	step          *Step
	kind          limits.Kind
	other         bool
	at            Pos
	subject, body int // the longest texts that every account takes
}

// emptyPlace is a placeholder with nothing to show for some targets.
type emptyPlace struct {
	who  []string // the first of them
	at   []Pos
	more int // further ones
}

// maxNamed is how many targets are named for one placeholder.
const maxNamed = 20

// textChecks are the templates of a campaign with the steps that use them.
func (l *loader) textChecks(c *Campaign, shape *campaignShape, accounts []*Account) (list []*textCheck) {
	if len(accounts) == 0 || len(c.Steps) != len(shape.Steps.items) {
		return nil // what is missing is noted already
	}
	use := func(name string, u textUse) {
		t := l.set.Template(name)
		if t == nil || t.prog == nil || u.kind == 0 {
			return
		}
		u.subject, u.body = tightest(accounts, u.kind)
		for _, check := range list {
			if check.template == t {
				check.uses = append(check.uses, u)
				return
			}
		}
		list = append(list, &textCheck{template: t, uses: []textUse{u}, empty: map[string]*emptyPlace{}})
	}
	for i := range c.Steps {
		step := &c.Steps[i]
		at := shape.Steps.items[i].at
		use(step.Template, textUse{step: step, kind: step.Kind, at: at})
		if step.Else != nil {
			name := step.Else.Template
			if name == "" {
				name = step.Template
			}
			use(name, textUse{step: step, kind: step.Else.Kind, other: true, at: at})
		}
	}
	return list
}

// applies says whether the target may get the text this way, and as which
// kind: an InMail step is a message to a 1st-degree connection, whatever its
// priority.
func (u *textUse) applies(k *targetCheck, t *Target, priority int) (limits.Kind, bool) {
	inMailStep := u.step.Kind == limits.InMail
	switch {
	case u.other:
		return u.kind, t.Degree != 1 && k.fallsBack(u.step, priority)
	case inMailStep && t.Degree == 1:
		return limits.Message, true
	}
	return u.kind, !inMailStep || priority >= u.step.MinPriority
}

// check fills the template for one target and measures the texts.
func (c *textCheck) check(k *targetCheck, t *Target, priority int, fields map[string]string) {
	var subject, body string
	var err error
	done := false
	for i := range c.uses {
		use := &c.uses[i]
		kind, applies := use.applies(k, t, priority)
		if !applies {
			continue
		}
		if !done {
			if subject, body, err = c.template.Render(fields); err != nil {
				c.failed(k, t, err)
				return
			}
			done = true
			c.compare(subject + "\x00" + body)
		}
		c.measure(k, t, use, kind, subject, body)
	}
}

// compare notes whether everybody gets the same text.
func (c *textCheck) compare(text string) {
	if c.filled == 0 {
		c.first = text
	} else if text != c.first {
		c.varies = true
	}
	c.filled++
}

func (c *textCheck) measure(k *targetCheck, t *Target, use *textUse, kind limits.Kind, subject, body string) {
	maxSubject, maxBody := use.subject, use.body
	if kind != use.kind {
		maxSubject, maxBody = tightest(k.l.accountsOf(k.c), kind)
	}
	if n := limits.TextLen(body); n > maxBody {
		k.wrong(t, "", "the %s %q for %s has %d characters, %d too many: at most %d", kindText(kind), c.template.Name, t.who(), n, n-maxBody, maxBody)
	}
	if n := limits.TextLen(subject); maxSubject > 0 && n > maxSubject {
		k.wrong(t, "", "the subject of %q for %s has %d characters, %d too many: at most %d", c.template.Name, t.who(), n, n-maxSubject, maxSubject)
	}
	if kind == limits.InMail && subject == "" && c.template.Subject != "" {
		k.wrong(t, "", "the InMail %q for %s has no subject", c.template.Name, t.who())
	}
}

// kindText is what people call a kind's text.
func kindText(k limits.Kind) string {
	switch k {
	case limits.Connect:
		return "note"
	case limits.InMail:
		return "InMail"
	}
	return k.String()
}

// failed notes that the template cannot be filled for a target.
func (c *textCheck) failed(k *targetCheck, t *Target, err error) {
	var empty *EmptyError
	if !errors.As(err, &empty) {
		k.wrong(t, "", "%v (for %s)", err, t.who())
		return
	}
	if k.leaves {
		c.leave(k, t, empty.Place)
		return
	}
	place := c.empty[empty.Place]
	if place == nil {
		place = &emptyPlace{}
		c.empty[empty.Place] = place
	}
	if len(place.who) == maxNamed {
		place.more++
		return
	}
	place.who, place.at = append(place.who, t.who()), append(place.at, t.Pos)
}

var fieldInPlace = regexp.MustCompile(`\.([\pL_][\pL\pN_]*)`)

// leave notes an empty placeholder of a row that is left out. If nobody has the
// field, finish says that too.
func (c *textCheck) leave(k *targetCheck, t *Target, place string) {
	field := ""
	if m := fieldInPlace.FindStringSubmatch(place); m != nil {
		field = m[1]
	}
	k.wrong(t, field, "%s of template %s is empty: fill the field, or write a default", place, c.template.Name)
	if c.unknown(k, place) != "" {
		c.empty[place] = &emptyPlace{}
	}
}

// unknown is the field of a placeholder that no target has; empty if there is
// none.
func (c *textCheck) unknown(k *targetCheck, place string) string {
	for _, m := range fieldInPlace.FindAllStringSubmatch(place, -1) {
		if !k.known[m[1]] {
			return m[1]
		}
	}
	return ""
}

// finish says what only all targets together show.
func (c *textCheck) finish(k *targetCheck) {
	at := c.uses[0].at
	lacking := map[string]bool{} // fields that nobody has and that cannot be left out
	for place, e := range c.empty {
		if field := c.unknown(k, place); field != "" {
			lacking[field] = true // said once, below
			continue
		}
		for i, who := range e.who {
			k.problem(e.at[i], "%s of template %s is empty for %s: fill the field, or write a default", place, c.template.Name, who)
		}
		if e.more > 0 {
			k.problem(e.at[len(e.at)-1], "%s of template %s is empty for %d more targets", place, c.template.Name, e.more)
		}
	}
	for _, field := range c.template.prog.fields {
		if k.known[field] || k.count == 0 {
			continue
		}
		to := &k.l.warnings
		if lacking[field] {
			to = &k.l.problems
		}
		to.add(Problem{Pos: at, Line: k.l.line(at), Hint: suggest(field, k.fields()),
			Text: fmt.Sprintf("template %s uses {{.%s}}, but no target of campaign %s has it", c.template.Name, field, k.c.Name)})
	}
	if c.varies || c.filled < 2 {
		return
	}
	for _, use := range c.uses {
		if use.kind == limits.InMail {
			k.l.warn(use.at, "all %d targets get the same InMail: personalise template %s with fields like {{.first_name}}", c.filled, strings.TrimSpace(c.template.Name))
			return
		}
	}
}
