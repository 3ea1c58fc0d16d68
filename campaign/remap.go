package campaign

import "slices"

// Remap says after which step a target stands when a campaign's steps are
// edited. last is the name of the last step it got under old; empty: none
// yet. A step that is gone is replaced by what now comes just before its first
// surviving successor, so that this one is next. If none survives the target
// stands at the end: a renamed step must never be sent a second time. The
// answer is the name of a step of new, or empty: it stands before the first.
func Remap(old, new []Step, last string) string {
	named := func(name string) func(Step) bool { return func(s Step) bool { return s.Name == name } }
	if last == "" || len(new) == 0 {
		return ""
	}
	if slices.ContainsFunc(new, named(last)) {
		return last
	}
	if at := slices.IndexFunc(old, named(last)); at >= 0 {
		for _, successor := range old[at+1:] {
			switch i := slices.IndexFunc(new, named(successor.Name)); {
			case i > 0:
				return new[i-1].Name
			case i == 0:
				return ""
			}
		}
	}
	return new[len(new)-1].Name
}
