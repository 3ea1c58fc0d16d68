package campaign

import (
	"strconv"

	"outpace/limits"
)

// maxSteps is the length of a sequence: longer ones are a slip or a nuisance.
const maxSteps = 50

// defaultWithin is how long a step waits for acceptance where nothing is said
// (docs/scheduling.md, rule 5).
var defaultWithin = Delay{30, UnitDay}

// steps builds a campaign's sequence.
func (l *loader) steps(c *Campaign, item *named[campaignShape]) {
	given := item.V.Steps
	l.required(given.given, item.at, "steps", "campaign "+c.Name)
	if given.given && len(given.items) == 0 {
		l.problem(given.at, "steps is empty: the campaign says nothing")
	}
	if len(given.items) > maxSteps {
		l.problem(given.at, "more than %d steps", maxSteps)
		return
	}
	names := map[string]bool{}
	for i := range given.items {
		if !given.items[i].ok {
			continue
		}
		step := l.step(c, &given.items[i], i)
		if names[step.Name] && step.Name != "" {
			l.problem(nameAt(&given.items[i]), "a second step %q: give it a name of its own", step.Name)
		}
		names[step.Name] = true
		c.Steps = append(c.Steps, step)
	}
	l.secondInMails(c, given.items)
	l.stepsAtOnce(c, given.items)
}

// nameAt is where a step's name stands, or what it comes from.
func nameAt(b *block[stepShape]) Pos {
	for _, at := range []Pos{b.V.Name.at, b.V.Template.at, b.V.Send.at} {
		if at.Line != 0 {
			return at
		}
	}
	return b.at
}

func (l *loader) step(c *Campaign, given *block[stepShape], i int) Step {
	shape := &given.V
	s := Step{
		Name: shape.Name.V, Kind: shape.Send.V, Template: shape.Template.V, After: shape.After.V,
		OnlyIf: shape.OnlyIf.V, Within: defaultWithin, MinPriority: int(shape.MinPriority.V), Wait: shape.Wait.V,
	}
	where := "step " + strconv.Itoa(i+1)
	l.required(shape.Send.given, given.at, "send (the kind of message)", where)
	l.stepTemplate(shape.Send, shape.Template, given.at, where)
	switch {
	case shape.Name.ok && !nameSyntax.MatchString(s.Name) || len(s.Name) > maxName:
		l.problem(shape.Name.at, "%q is not a name: use letters, digits, - _ and . (at most %d)", s.Name, maxName)
	case s.Name == "" && s.Template != "":
		s.Name = s.Template
	case s.Name == "" && s.Kind != 0:
		s.Name = s.Kind.String()
	}
	if shape.Within.ok {
		s.Within = shape.Within.V
		if s.Within.IsZero() {
			l.problem(shape.Within.at, "within must be longer than nothing")
		}
	}
	if i == 0 {
		l.firstStep(shape)
	}
	if s.Kind == limits.Message && s.OnlyIf == NotAccepted {
		l.warn(shape.OnlyIf.at, "a message reaches only 1st-degree connections, and they have accepted: only they could get this step")
	}
	l.fallback(c, &s, given)
	l.withdrawal(&s, shape)
	return s
}

// firstStep notes what needs a step before.
func (l *loader) firstStep(shape *stepShape) {
	if shape.After.ok && !shape.After.V.IsZero() {
		l.problem(shape.After.at, "after: the first step has none before it (use the campaign's start)")
	}
	if shape.OnlyIf.ok {
		l.problem(shape.OnlyIf.at, "only_if: before the first step nobody could accept anything")
	}
}

// stepTemplate checks a reference to a template.
func (l *loader) stepTemplate(kind val[limits.Kind], template val[string], at Pos, where string) {
	switch {
	case !template.given && kind.ok && kind.V != limits.Connect:
		l.problem(at, "%s has no template: only a connect goes without one", where)
	case template.ok && l.file.Templates.find(template.V) == nil:
		l.undefined(template, "template", l.file.Templates.names())
	case template.ok && kind.V == limits.InMail:
		if t := l.set.Template(template.V); t != nil && t.Subject == "" {
			l.problem(template.at, "an InMail needs a subject, and the template %s has none", t.Name)
		}
	}
}

// fallback checks the settings of an InMail step: what happens where there is
// no credit.
func (l *loader) fallback(c *Campaign, s *Step, given *block[stepShape]) {
	shape := &given.V
	other := &shape.Else
	if !shape.Send.ok {
		return
	}
	if s.Kind != limits.InMail {
		l.onlyInMail(shape)
		return
	}
	if other.ok {
		s.Else = &Other{Kind: other.V.Send.V, Template: other.V.Template.V}
		l.required(other.V.Send.given, other.at, "send (the kind of message)", "else")
		if other.V.Send.ok && other.V.Send.V == limits.InMail {
			l.problem(other.V.Send.at, "else: inmail is what the step sends already")
		}
		if other.V.Template.given {
			l.stepTemplate(other.V.Send, other.V.Template, other.at, "else")
		}
	}
	if other.given {
		return
	}
	if shape.Wait.given {
		l.problem(shape.Wait.at, "wait without else: say what is sent then (else: connect)")
	}
	if a := lacksCredits(l.accountsOf(c)); a != nil {
		l.problem(shape.Send.at, "account %s has no InMail credits (plan %s): add else: connect, or leave the account out", a.Name, a.Plan.Name)
	}
}

func (l *loader) onlyInMail(shape *stepShape) {
	const text = "%s belongs to an inmail step: it says what happens without a credit"
	if shape.MinPriority.given {
		l.problem(shape.MinPriority.at, text, "min_priority")
	}
	if shape.Wait.given {
		l.problem(shape.Wait.at, text, "wait")
	}
	if shape.Else.given {
		l.problem(shape.Else.at, text, "else")
	}
}
