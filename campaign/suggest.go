package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// suggest is the candidate that was probably meant, quoted; empty if none is
// close.
func suggest(got string, candidates []string) string {
	best, bestDistance := "", 1+min(3, len(got)/3)
	if len(got) > 100 {
		return ""
	}
	for _, c := range candidates {
		if d := distance(strings.ToLower(got), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return quoted(best)
}

// distance counts the slips that turn a into b: a character too many, too few
// or wrong, or two neighbours swapped.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row := make([]int, len(t)+1)
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(t)]
}

// oneOf lists the candidates for a message, sorted and not too many.
func oneOf(candidates []string) string {
	list := slices.Sorted(slices.Values(candidates))
	if len(list) > 12 {
		list = append(list[:12], "…")
	}
	return strings.Join(list, ", ")
}

// quoted is the text in quotes; empty for none.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", s)
}
