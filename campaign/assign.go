package campaign

import (
	"fmt"
	"slices"

	"github.com/invopop/jsonschema"
	"gopkg.in/yaml.v3"
)

// Assign is how a campaign's targets are dealt to its accounts.
type Assign uint8

// The ways of dealing. Earliest is the default.
const (
	Earliest   Assign = iota // to the account that would send to it first
	RoundRobin               // to one after the other, in the file's order
	Weighted                 // in the proportion of the weights
)

var assignNames = [...]string{"earliest", "round_robin", "weighted"}

// String is the way of dealing as it stands in YAML.
func (a Assign) String() string {
	if int(a) < len(assignNames) {
		return assignNames[a]
	}
	return fmt.Sprintf("assign(%d)", uint8(a))
}

// MarshalText writes the way of dealing.
func (a Assign) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a way of dealing.
func (a *Assign) UnmarshalText(b []byte) error {
	i := slices.Index(assignNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("%q is no way of dealing targets: write earliest, round_robin or weighted", b)
	}
	*a = Assign(i)
	return nil
}

// Weight is an account's share of the campaign's targets beside the others':
// 1 for each account unless the campaign gives weights.
func (c *Campaign) Weight(account string) int {
	if c.Assign != Weighted {
		return 1
	}
	return c.Weights[account]
}

// maxWeight is far above any proportion somebody means.
const maxWeight = 1000

// weightsShape is a number for each account, by name.
type weightsShape struct {
	items []weight
	at    Pos
	given bool
	ok    bool // it was a mapping
}

type weight struct {
	account string
	at      Pos
	value   val[int]
}

func (w *weightsShape) read(d *document, n *yaml.Node) {
	w.given, w.at = true, d.pos(n)
	entries, ok := d.entries(n)
	w.ok = ok
	for _, e := range entries {
		item := weight{account: e.key, at: e.at}
		d.within(e.key, func() { item.value.read(d, e.value) })
		w.items = append(w.items, item)
	}
}

func (w *weightsShape) schema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:                 "object",
		AdditionalProperties: &jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "1000"},
	}
}

// assign reads how a campaign's targets are dealt. Its accounts are known.
func (l *loader) assign(c *Campaign, item *named[campaignShape]) {
	shape := &item.V
	c.Assign = shape.Assign.V
	switch {
	case shape.Weights.given && (!shape.Assign.given || shape.Assign.ok && c.Assign != Weighted):
		l.problem(shape.Weights.at, "weights mean something only with assign: weighted")
	case shape.Weights.given:
		l.weights(c, item)
	case shape.Assign.ok && c.Assign == Weighted:
		l.problem(shape.Assign.at, "assign: weighted needs weights: a number for each account, like weights: { ada: 2, bob: 1 }")
	}
}

func (l *loader) weights(c *Campaign, item *named[campaignShape]) {
	given := &item.V.Weights
	if !given.ok {
		return
	}
	c.Weights = make(map[string]int, len(given.items))
	sum, sound := 0, true
	for _, w := range given.items {
		switch {
		case !slices.Contains(c.Accounts, w.account):
			l.hinted(w.at, suggest(w.account, c.Accounts), "weights: %q is not one of the campaign's accounts", w.account)
			sound = false
		case !w.value.ok:
			sound = false
			c.Weights[w.account] = 0
		case w.value.V < 0 || w.value.V > maxWeight:
			l.problem(w.value.at, "the weight of %s must be 0 to %d, not %d", w.account, maxWeight, w.value.V)
			sound = false
			c.Weights[w.account] = 0
		default:
			c.Weights[w.account] = w.value.V
			sum += w.value.V
		}
	}
	for _, name := range c.Accounts {
		if _, given := c.Weights[name]; !given {
			l.problem(item.V.Weights.at, "weights: account %s has none (0: it gets no new target)", name)
			sound = false
		}
	}
	if sound && sum == 0 {
		l.problem(given.at, "weights are all 0: nobody would send")
	}
}
