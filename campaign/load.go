package campaign

import (
	"context"
	"path/filepath"

	"outpace/limits"
)

// Load reads a campaigns.yaml with everything it refers to, checks all of it
// and resolves it. What is wrong comes together as one *Invalid; what is only
// odd comes as warnings, also when the file is invalid. Every target is read
// once and every template filled for it, so that what is loaded can be sent;
// targets themselves are not kept (see Campaign.Targets).
func Load(path string) (*Set, []Problem, error) {
	return LoadWith(context.Background(), path, Options{})
}

// loader is one Load under way.
type loader struct {
	document
	ctx     context.Context
	options Options
	failed  error // what ended it: a cancelled context, or LeftOut's error
	file    fileShape
	set     *Set
	plans   map[string]limits.Plan // resolved so far
}

func newLoader(ctx context.Context, path string, o Options) *loader {
	return &loader{document: document{path: path}, ctx: ctx, options: o, set: &Set{}, plans: map[string]limits.Plan{}}
}

// finish answers what was loaded, or all that is wrong with it.
func (l *loader) finish(path string) (*Set, []Problem, error) {
	if l.failed != nil {
		return nil, nil, l.failed
	}
	warnings := l.warnings.sorted(path)
	defer quoteLines(path, warnings)
	if len(l.problems.list) > 0 {
		found := l.problems.sorted(path)
		quoteLines(path, found)
		return nil, warnings, &Invalid{Problems: found, More: l.problems.more}
	}
	return l.set, warnings, nil
}

func (l *loader) load() {
	absolute, err := filepath.Abs(l.path)
	if err != nil {
		l.problem(Pos{File: l.path}, "%v", err)
		return
	}
	l.set.Dir = filepath.Dir(absolute)
	data, err := readFile(l.path, maxYAML)
	if err != nil {
		l.problem(Pos{File: l.path}, "%v", err)
		return
	}
	root := l.parse(data)
	if root == nil {
		return
	}
	l.visits = 0
	var file block[fileShape]
	file.read(&l.document, root)
	l.file = file.V
	if !file.ok || l.visits > maxNodes {
		return
	}
	if v := l.file.Version; v.ok && v.V != 1 {
		l.problem(v.at, "version %d is not known: this outpace reads version 1", v.V)
	}
	l.resolvePlans()
	l.resolveChannels()
	l.resolveTemplates()
	l.resolveAccounts()
	l.resolveCampaigns()
}

// abs is a path of the file as an absolute one.
func (l *loader) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(l.set.Dir, path)
}

// shown is a path of the file as people see it: relative to where they are.
func (l *loader) shown(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(l.path), path)
}

// between notes a number that is out of bounds, and says whether it is usable.
func (l *loader) between(v val[int], name string, low, high int) bool {
	if !v.ok {
		return false
	}
	if v.V < low || v.V > high {
		l.problem(v.at, "%s must be from %d to %d, not %d", name, low, high, v.V)
		return false
	}
	return true
}

// required notes a key that is missing.
func (l *loader) required(given bool, at Pos, key, where string) {
	if !given {
		l.problem(at, "%s has no %s", where, key)
	}
}

// undefined notes a name that nothing has.
func (l *loader) undefined(v val[string], what string, known []string) {
	hint := suggest(v.V, known)
	if hint == "" && len(known) > 0 {
		l.problem(v.at, "there is no %s %q (there are %s)", what, v.V, oneOf(known))
		return
	}
	l.hinted(v.at, hint, "there is no %s %q", what, v.V)
}

// checkRenames notes a was: that cannot be: of a name that still stands in the
// file, or of one that two entries claim.
func (l *loader) checkRenames(what string, names []string, was []val[string]) {
	present, claimed := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		present[name] = true
	}
	for _, w := range was {
		switch {
		case !w.ok:
		case present[w.V]:
			l.problem(w.at, "was: the %s %q is still in the file", what, w.V)
		case claimed[w.V]:
			l.problem(w.at, "was: two entries claim to have been the %s %q", what, w.V)
		}
		if w.ok {
			claimed[w.V] = true
		}
	}
}
