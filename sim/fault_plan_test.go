package sim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// variant is how a call fails.
type variant uint8

// The variants. A crash ends the process that calls: of the daemon, or of the
// command a person runs.
const (
	fine        variant = iota
	errorBefore         // nothing was done
	errorAfter          // it was done, and then there was an error
	crashBefore         // the process ends before it is done
	crashAfter          // it was done, and the process ends before it knows
)

var variants = []variant{errorBefore, errorAfter, crashBefore, crashAfter}

var variantNames = [...]string{"fine", "error before", "effect, then error", "crash before", "crash after"}

func (v variant) String() string { return variantNames[v] }

// after says that the call does its work before it fails.
func (v variant) after() bool { return v == errorAfter || v == crashAfter }

// errInjected is what a call answers that was made to fail.
var errInjected = errors.New("injected fault")

// faultPlan counts the calls of a life and makes those fail that it names.
type faultPlan struct {
	at   map[int]variant // by number of the call, from 1
	n    int
	off  bool
	told []string // what was made to fail
	log  []faultCall
}

// faultCall is a call as the plan counts it.
type faultCall struct {
	name   string
	effect bool // it changed the database, or reached the receiver
}

// next counts a call and says how it goes.
func (p *faultPlan) next(name string) variant {
	if p.off {
		return fine
	}
	p.n++
	p.log = append(p.log, faultCall{name: name})
	v := p.at[p.n]
	if v != fine {
		p.told = append(p.told, fmt.Sprintf("call %d, %s: %s", p.n, name, v))
		if !v.after() {
			reached.note("fault", name+": "+v.String())
		}
	}
	return v
}

// did notes that the call counted last had its effect.
func (p *faultPlan) did(v variant) {
	if p.off {
		return
	}
	last := &p.log[len(p.log)-1]
	last.effect = true
	if v.after() {
		reached.note("fault", last.name+": "+v.String())
	}
}

// fired says that every fault of the plan has happened.
func (p *faultPlan) fired() bool { return len(p.told) == len(p.at) }

// differs says whether the variant does anything else to a call than the ones
// before it do: what has no effect cannot have it and then fail.
func (c faultCall) differs(v variant) bool { return c.effect || !v.after() }

// reached is what all lives of the package's fault tests came across.
var reached = &reaches{seen: map[string]int{}}

type reaches struct {
	mu   sync.Mutex
	seen map[string]int
}

func (r *reaches) note(what, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[what+" "+name]++
}

// missing are those of the names that nobody came across.
func (r *reaches) missing(names []string) (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range names {
		if r.seen[name] == 0 {
			list = append(list, name)
		}
	}
	return list
}

// String lists everything, and how often.
func (r *reaches) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for name, n := range r.seen {
		lines = append(lines, fmt.Sprintf("%7d  %s", n, name))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[9:], b[9:]) })
	return strings.Join(lines, "\n")
}
