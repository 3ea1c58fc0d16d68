package app

import "outpace/store"

// renames are the names accounts and campaigns have now, by what they are and
// what they were called; only those that differ.
type renames map[[2]string]string

func renamesOf(was, is []store.Definition) renames {
	type entry struct {
		what string
		id   int64
	}
	names := map[entry]string{}
	for _, d := range is {
		if d.ID != 0 {
			names[entry{d.What, d.ID}] = d.Name
		}
	}
	r := renames{}
	for _, d := range was {
		if name, there := names[entry{d.What, d.ID}]; there && name != d.Name {
			r[[2]string{d.What, d.Name}] = name
		}
	}
	return r
}

// now is what something is called now.
func (r renames) now(what, name string) string {
	if renamed, ok := r[[2]string{what, name}]; ok {
		return renamed
	}
	return name
}
