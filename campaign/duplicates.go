package campaign

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

// sighting is what is remembered of a target to find it again: the hash of who
// it is, and that it was the nth. Of a million targets that is 20 MB, so the
// few that repeat are looked up by reading the files once more.
type sighting struct {
	hash [16]byte
	nth  uint32
}

func seen(who string, nth int) sighting {
	sum := sha256.Sum256([]byte(who))
	return sighting{[16]byte(sum[:16]), uint32(nth)}
}

// repeat is a target that stands twice.
type repeat struct{ first, again uint32 }

// repeats sorts the sightings and finds those of equal hash.
func repeats(list []sighting) (found []repeat) {
	slices.SortFunc(list, func(a, b sighting) int {
		if c := bytes.Compare(a.hash[:], b.hash[:]); c != 0 {
			return c
		}
		return int(a.nth) - int(b.nth)
	})
	first := 0
	for i := range list {
		if list[i].hash != list[first].hash {
			first = i
		} else if i > first {
			found = append(found, repeat{list[first].nth, list[i].nth})
		}
	}
	slices.SortFunc(found, func(a, b repeat) int { return int(a.again) - int(b.again) })
	return found
}

// remember notes who a target is.
func (k *targetCheck) remember(t *Target) {
	k.people = append(k.people, seen(t.Profile, k.count))
	if t.Name != "" && t.Company != "" {
		k.namesakes = append(k.namesakes, seen(lower(t.Name)+"\x00"+lower(t.Company), k.count))
	}
}

// duplicates notes the people who stand twice, and those who could be one.
func (k *targetCheck) duplicates() {
	people, namesakes := repeats(k.people), repeats(k.namesakes)
	twice := map[uint32]bool{}
	for _, r := range people {
		twice[r.again] = true
	}
	namesakes = slices.DeleteFunc(namesakes, func(r repeat) bool { return twice[r.again] })
	if len(people)+len(namesakes) == 0 {
		return
	}
	k.l.problems.more += max(0, len(people)-maxProblems)
	people = people[:min(len(people), maxProblems)]
	namesakes = namesakes[:min(len(namesakes), maxProblems)]
	targets := k.lookUp(slices.Concat(people, namesakes))
	for _, r := range people {
		t := targets[r.again]
		k.problem(t.Pos, "%s stands twice in campaign %s (first at %s)", t.who(), k.c.Name, targets[r.first].Pos)
	}
	for _, r := range namesakes {
		t := targets[r.again]
		k.l.warnings.add(Problem{Pos: t.Pos, Line: k.l.line(t.Pos),
			Text: fmt.Sprintf("%s of %s stands at %s too, with another profile: one person?", t.Name, t.Company, targets[r.first].Pos)})
	}
}

// lookUp reads the targets again and keeps those that repeat, by their number.
func (k *targetCheck) lookUp(found []repeat) map[uint32]Target {
	targets := map[uint32]Target{}
	for _, r := range found {
		targets[r.first], targets[r.again] = Target{}, Target{}
	}
	nth := uint32(0)
	for i := range k.c.Sources {
		_ = k.c.Sources[i].each(nil, func(t Target, _ []Problem) error {
			nth++
			if _, wanted := targets[nth]; wanted {
				targets[nth] = t
			}
			return nil // what is wrong was noted the first time
		})
	}
	return targets
}
