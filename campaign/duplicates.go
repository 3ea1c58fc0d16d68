package campaign

import (
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"slices"
)

// Who stands twice is found in two readings. The first keeps eight bytes of
// each target: a hash of who it is. Only if some of these are equal the files
// are read again, and those few are told apart for certain.

// hashes are those of a campaign's targets; two of them equal is a suspicion.
type hashes struct {
	seed maphash.Seed
	list []uint64
}

func newHashes() hashes { return hashes{seed: maphash.MakeSeed()} }

func (h *hashes) of(who string) uint64 { return maphash.String(h.seed, who) }

func (h *hashes) add(who string) { h.list = append(h.list, h.of(who)) }

// twice are the hashes that more than one target has.
func (h *hashes) twice() map[uint64]bool {
	slices.Sort(h.list)
	found := map[uint64]bool{}
	for i := 1; i < len(h.list); i++ {
		if h.list[i] == h.list[i-1] {
			found[h.list[i]] = true
		}
	}
	h.list = nil
	return found
}

// identity tells people apart for certain, in little memory: nobody finds two
// texts of equal sha256, not even of half of it.
type identity [16]byte

func identityOf(who string) identity {
	sum := sha256.Sum256([]byte(who))
	return identity(sum[:16])
}

// place is where a target stands, in little memory.
type place struct{ source, line, col int32 }

func (k *targetCheck) pos(p place) Pos {
	at := Pos{Line: int(p.line), Col: int(p.col)}
	if at.File = k.c.Sources[p.source].shown; at.File == "" {
		at.File = k.l.path
	}
	return at
}

// suspects are the targets of some equal hashes, while the files are read again.
type suspects struct {
	hashes *hashes
	twice  map[uint64]bool
	first  map[identity]place
}

func (h *hashes) suspects() *suspects {
	return &suspects{h, h.twice(), map[identity]place{}}
}

// met notes that a target stands at a place, and says where the first of its
// identity stands if it is not the first itself.
func (s *suspects) met(who string, at place) (first place, again bool) {
	if !s.twice[s.hashes.of(who)] {
		return first, false
	}
	id := identityOf(who)
	if first, again = s.first[id]; !again {
		s.first[id] = at
	}
	return first, again
}

// namesake is what a target shares with whoever could be the same person; empty
// if too little is known.
func namesake(t *Target) string {
	if t.Name == "" || t.Company == "" {
		return ""
	}
	return lower(t.Name) + "\x00" + lower(t.Company)
}

// remember notes who a target is.
func (k *targetCheck) remember(t *Target) {
	k.people.add(t.Profile)
	if who := namesake(t); who != "" {
		k.namesakes.add(who)
	}
}

// duplicates notes the people who stand twice, and those who could be one.
func (k *targetCheck) duplicates() error {
	people, namesakes := k.people.suspects(), k.namesakes.suspects()
	if len(people.twice)+len(namesakes.twice) == 0 {
		return nil
	}
	return k.read(nil, func(t Target, rows *csvRows, wrong []Problem) error {
		if len(wrong) > 0 || rows != nil && k.source.left.has(rows.nth) {
			return nil // what is wrong was noted the first time
		}
		at := place{int32(k.nth), int32(t.Pos.Line), int32(t.Pos.Col)}
		if first, again := people.met(t.Profile, at); again {
			return k.twice(&t, rows, first)
		}
		who := namesake(&t)
		if who == "" {
			return nil
		}
		if first, again := namesakes.met(who, at); again {
			k.l.warnings.add(Problem{Pos: t.Pos, Line: k.l.line(t.Pos),
				Text: fmt.Sprintf("%s of %s stands at %s too, with another profile: one person?", t.Name, t.Company, k.pos(first))})
		}
		return nil
	})
}

// twice notes a person who stands in the campaign before.
func (k *targetCheck) twice(t *Target, rows *csvRows, first place) error {
	p := Problem{Pos: t.Pos, Line: k.l.line(t.Pos), ofRow: true, field: "profile",
		Text: fmt.Sprintf("%s stands twice in campaign %s (first at %s)", t.who(), k.c.Name, k.pos(first))}
	if rows != nil && k.l.options.LeftOut != nil {
		return k.leaveOut(rows, []Problem{p})
	}
	k.l.problems.add(p)
	return nil
}
