package campaign

import (
	"strings"
	"testing"
)

func steps(names string) (list []Step) {
	for _, name := range strings.Fields(names) {
		list = append(list, Step{Name: name})
	}
	return list
}

func TestRemap(t *testing.T) {
	tests := []struct{ name, old, new, last, want string }{
		{"not begun", "a b c", "x b c", "", ""},
		{"unchanged", "a b c", "a b c", "b", "b"},
		{"still there, elsewhere", "a b c", "c b a", "a", "a"},
		{"removed in the middle", "a b c", "a c", "b", "a"},
		{"removed at the start", "a b c", "b c", "a", ""},
		{"removed at the end", "a b c", "a b", "c", "b"},
		{"renamed in the middle", "a b c", "a x c", "b", "x"},
		{"renamed at the start", "a b c", "x b c", "a", "x"},
		{"renamed at the end is not sent again", "a b c", "a b x", "c", "x"},
		{"two removed", "a b c d", "a d", "b", "a"},
		{"successor removed too", "a b c d", "x y d", "b", "y"},
		{"insert before the successor", "a b c", "a n c", "b", "n"},
		{"all renamed", "a b c", "x y z", "a", "z"},
		{"nothing left", "a b c", "", "b", ""},
		{"never known", "a b", "c d", "z", "d"},
		{"successors moved to the front", "a b c", "c x", "b", ""},
	}
	for _, tt := range tests {
		if got := Remap(steps(tt.old), steps(tt.new), tt.last); got != tt.want {
			t.Errorf("%s: Remap(%s -> %s, %q) = %q, want %q", tt.name, tt.old, tt.new, tt.last, got, tt.want)
		}
	}
}
