// Package nfc brings text into Unicode's normal form C, so that one name has
// one spelling: an é of one character and an é of two are the same.
package nfc

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed unicode.txt
var unicodeData string

// tables are the file read: it is needed for text beyond ASCII only.
type tables struct {
	decompose map[rune][]rune
	compose   map[[2]rune]rune
	class     map[rune]uint8
}

var load = sync.OnceValue(func() tables {
	t := tables{map[rune][]rune{}, map[[2]rune]rune{}, map[rune]uint8{}}
	for line := range strings.Lines(unicodeData) {
		fields := strings.Fields(line)
		if fields[0] == "#" {
			continue
		}
		if first, last, span := strings.Cut(fields[0], "-"); span {
			class, _ := strconv.ParseUint(fields[1], 10, 8)
			for r := hex(first); r <= hex(last); r++ {
				t.class[r] = uint8(class)
			}
			continue
		}
		composed := hex(fields[0])
		back := fields[len(fields)-1] == "="
		if back {
			fields = fields[:len(fields)-1]
		}
		var parts []rune
		for _, f := range fields[1:] {
			parts = append(parts, hex(f))
		}
		t.decompose[composed] = parts
		if back {
			t.compose[[2]rune{parts[0], parts[1]}] = composed
		}
	}
	return t
})

// hex reads a code point of the embedded file, which a test reads whole.
func hex(s string) rune {
	n, _ := strconv.ParseInt(s, 16, 32)
	return rune(n)
}

// String is s in normal form C. Text that is not UTF-8 comes back with
// replacement characters.
func String(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0xc0 }) < 0 {
		return s // nothing below U+00C0 decomposes or combines
	}
	t := load()
	var runes []rune
	for _, r := range s {
		runes = t.appendDecomposed(runes, r)
	}
	t.reorder(runes)
	return string(t.composed(runes))
}

// Hangul syllables are arithmetic (Unicode Standard, 3.12).
const (
	hangulS, hangulL, hangulV, hangulT = 0xac00, 0x1100, 0x1161, 0x11a7

	countL, countV, countT = 19, 21, 28
)

func (t tables) appendDecomposed(to []rune, r rune) []rune {
	if i := r - hangulS; i >= 0 && i < countL*countV*countT {
		to = append(to, hangulL+i/(countV*countT), hangulV+i%(countV*countT)/countT)
		if i%countT != 0 {
			to = append(to, hangulT+i%countT)
		}
		return to
	}
	parts, ok := t.decompose[r]
	if !ok {
		return append(to, r)
	}
	for _, part := range parts {
		to = t.appendDecomposed(to, part)
	}
	return to
}

// reorder sorts each run of combining characters by class.
func (t tables) reorder(runes []rune) {
	for i := 0; i < len(runes); {
		j := i
		for j < len(runes) && t.class[runes[j]] != 0 {
			j++
		}
		slices.SortStableFunc(runes[i:j], func(a, b rune) int { return int(t.class[a]) - int(t.class[b]) })
		i = j + 1
	}
}

// composed joins each starter with the characters after it that nothing
// blocks from it.
func (t tables) composed(runes []rune) []rune {
	out := runes[:0:0]
	starter := -1
	var last uint8 // class of the last character kept after the starter
	for _, r := range runes {
		class := t.class[r]
		if starter >= 0 && (len(out)-1 == starter || last != 0 && last < class) {
			if c, ok := t.pair(out[starter], r); ok {
				out[starter] = c
				continue
			}
		}
		if class == 0 {
			starter = len(out)
		}
		last = class
		out = append(out, r)
	}
	return out
}

func (t tables) pair(a, b rune) (rune, bool) {
	if l, v := a-hangulL, b-hangulV; l >= 0 && l < countL && v >= 0 && v < countV {
		return hangulS + (l*countV+v)*countT, true
	}
	if s, end := a-hangulS, b-hangulT; s >= 0 && s < countL*countV*countT && s%countT == 0 && end > 0 && end < countT {
		return a + end, true
	}
	c, ok := t.compose[[2]rune{a, b}]
	return c, ok
}
