package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPlaces(t *testing.T) {
	const a, b, c = firstPlace, firstPlace + placeGap, firstPlace + 2*placeGap
	for _, tt := range []struct {
		name       string
		have, want []uint32
	}{
		{"nothing", nil, nil},
		{"all new", []uint32{0, 0, 0}, []uint32{a, b, c}},
		{"the same", []uint32{a, b, c}, []uint32{a, b, c}},
		{"one at the top", []uint32{0, a, b, c}, []uint32{a - placeGap, a, b, c}},
		{"one at the end", []uint32{a, b, 0}, []uint32{a, b, c}},
		{"one in between", []uint32{a, 0, b}, []uint32{a, a + placeGap/2, b}},
		{"the last comes first", []uint32{c, a, b}, []uint32{a - placeGap, a, b}},
		{"the first goes last", []uint32{b, c, a}, []uint32{b, c, c + placeGap}},
		{"no room in between", []uint32{5, 0, 6, 7, 400}, []uint32{5, 103, 201, 299, 400}},
		{"no room at the end", []uint32{7, endOfPlace - 1, 0}, []uint32{a, b, c}},
		{"no room at the top", []uint32{0, 0, 1, 9}, []uint32{3, 5, 7, 9}},
	} {
		got := slices.Clone(tt.have)
		places(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d becomes %d, want %d", tt.name, tt.have, got, tt.want)
		}
	}
}

// Whatever is inserted, moved or taken out, positions ascend, and with room for
// it nothing changes but what was inserted or moved.
func TestPlacesProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "n")
		have := make([]uint32, n)
		for i := range have {
			have[i] = uint32(firstPlaces(i))
		}
		touched := 0
		for range rapid.IntRange(0, 6).Draw(t, "edits") {
			at := rapid.IntRange(0, len(have)).Draw(t, "at")
			switch {
			case len(have) > at && rapid.Bool().Draw(t, "move"):
				moved := have[at]
				have = slices.Delete(have, at, at+1)
				have = slices.Insert(have, rapid.IntRange(0, len(have)).Draw(t, "to"), moved)
				touched++
			default:
				have = slices.Insert(have, at, 0)
				touched++
			}
		}
		got := slices.Clone(have)
		places(got)
		changed := 0
		for i := range got {
			if i > 0 && got[i] <= got[i-1] || got[i] == 0 {
				t.Fatalf("%d becomes %d", have, got)
			}
			if got[i] != have[i] {
				changed++
			}
		}
		if changed > touched {
			t.Fatalf("%d edits change %d positions: %d becomes %d", touched, changed, have, got)
		}
	})
}

// Also what leaves no room is put in order.
func TestPlacesCrowded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := rapid.SliceOfN(rapid.OneOf(rapid.Uint32Range(0, 40), rapid.Uint32Range(endOfPlace-40, endOfPlace-1)), 0, 30).Draw(t, "have")
		got := slices.Clone(have)
		places(got)
		for i := range got {
			if i > 0 && got[i] <= got[i-1] || got[i] == 0 {
				t.Fatalf("%d becomes %d", have, got)
			}
		}
	})
}
