package campaign

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The sizes of a target's fields, in bytes.
const (
	maxField = 500    // name, company and the like
	maxExtra = 10_000 // a further column
)

// cell is one field of a target as it stands in a file.
type cell struct {
	name, value string
	at          Pos
}

// newTarget reads a target from its cells and gives everything that is wrong
// with them. Empty cells count as absent.
func newTarget(cells []cell, pos Pos) (t Target, wrong []Problem) {
	t.Pos = pos
	for _, c := range cells {
		c.value = strings.TrimSpace(c.value)
		if c.value == "" {
			continue
		}
		if err := t.set(c.name, c.value); err != nil {
			// The encoding is the file's: nobody mends that row by row.
			wrong = append(wrong, Problem{Pos: c.at, Text: c.name + ": " + err.Error(), ofRow: utf8.ValidString(c.value), field: c.name})
		}
	}
	if t.Name == "" {
		t.Name = strings.TrimSpace(t.FirstName + " " + t.LastName)
	}
	if t.Profile == "" && len(wrong) == 0 {
		wrong = append(wrong, Problem{Pos: pos, Text: "a target without profile: the address says who it is", ofRow: true, field: "profile"})
	}
	return t, wrong
}

func (t *Target) set(name, value string) (err error) {
	if err := checkText(name, value); err != nil {
		return err
	}
	switch name {
	case "name":
		t.Name = value
	case "first_name":
		t.FirstName = value
	case "last_name":
		t.LastName = value
	case "company":
		t.Company = value
	case "title":
		t.Title = value
	case "profile":
		t.Profile, err = Canonical(value)
	case "degree":
		t.Degree, err = parseDegree(value)
	case "priority":
		var p int
		p, err = ParsePriority(value)
		t.Priority = &p
	case "zone":
		t.Zone, err = ParseZone(value)
	case "country":
		t.Country, err = ParseCountry(value)
	default:
		if t.Extra == nil {
			t.Extra = map[string]string{}
		}
		t.Extra[name] = value
	}
	return err
}

// checkText refuses what no text of a person may hold.
func checkText(name, value string) error {
	limit := maxExtra
	if isTargetKey(name) {
		limit = maxField
	}
	switch {
	case len(value) > limit:
		return fmt.Errorf("longer than %d bytes", limit)
	case !utf8.ValidString(value):
		return fmt.Errorf("not UTF-8: save the file with that encoding")
	case strings.ContainsFunc(value, badControl):
		return fmt.Errorf("holds a control character")
	case limit == maxField && strings.ContainsAny(value, "\n\r"):
		return fmt.Errorf("holds a line break")
	}
	return nil
}

// parseDegree reads 1, 2 or 3, and how LinkedIn writes them: 1st, 2nd, 3rd+.
func parseDegree(s string) (int, error) {
	switch strings.ToLower(s) {
	case "1", "1st":
		return 1, nil
	case "2", "2nd":
		return 2, nil
	case "3", "3rd", "3rd+", "3+":
		return 3, nil
	}
	return 0, fmt.Errorf("%q is not a degree: write 1, 2 or 3", s)
}

// Fields are what a template may say about the target: its own fields, the
// priority that holds for it, and every further column. First and last name
// come from the name where they are absent.
func (t Target) Fields(priority int) map[string]string {
	fields := make(map[string]string, len(targetKeys)+len(t.Extra))
	maps.Copy(fields, t.Extra)
	first, last := t.FirstName, t.LastName
	if first == "" && last == "" {
		first, last = splitName(t.Name)
	}
	name := t.Name
	if name == "" {
		name = strings.TrimSpace(first + " " + last)
	}
	fields["name"], fields["first_name"], fields["last_name"] = name, first, last
	fields["company"], fields["title"], fields["profile"] = t.Company, t.Title, t.Profile
	fields["priority"], fields["zone"], fields["degree"] = strconv.Itoa(priority), t.Zone.String(), ""
	fields["country"] = countryName(t.Country)
	if t.Degree != 0 {
		fields["degree"] = strconv.Itoa(t.Degree)
	}
	return fields
}

// honorific matches what people put before a name: nobody is greeted "Hi Dr.".
var honorific = regexp.MustCompile(`(?i)^(dr|prof|mr|mrs|ms|miss|sir|herr|frau|dipl\.-ing|ing)\.?$`)

// splitName takes the first word that is no honorific as the first name, and
// the rest as the last. "Example, Grace" is read the other way round.
func splitName(name string) (first, last string) {
	if family, given, comma := strings.Cut(name, ","); comma && !strings.Contains(given, ",") {
		if words := strings.Fields(given); len(words) == 1 && !isSuffix(words[0]) {
			return words[0], strings.TrimSpace(family)
		}
	}
	words := strings.Fields(name)
	for len(words) > 1 && honorific.MatchString(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return "", ""
	}
	return words[0], strings.Join(words[1:], " ")
}

// isSuffix says whether a word behind a comma is a degree: PhD, MBA, Jr.
func isSuffix(word string) bool {
	upper := 0
	for _, r := range word {
		if unicode.IsUpper(r) || r == '.' {
			upper++
		}
	}
	return upper > 1 || strings.EqualFold(strings.TrimSuffix(word, "."), "jr")
}

// fieldID is a column's header as templates name it: lower_snake, without
// what an identifier may not hold. It is empty if nothing is left.
func fieldID(header string) string {
	var b strings.Builder
	gap := false
	for _, r := range lower(strings.TrimSpace(header)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = b.Len() > 0
			continue
		}
		if unicode.IsMark(r) { // cannot be part of an identifier, and rarely stands alone
			continue
		}
		if b.Len() == 0 && unicode.IsDigit(r) {
			b.WriteByte('_')
		}
		if gap {
			b.WriteByte('_')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
