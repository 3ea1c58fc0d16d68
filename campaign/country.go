package campaign

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// codes are the countries' codes by what people write for them, folded.
var codes = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for code, names := range countryNames {
		known[foldCountry(code)] = code
		for _, name := range names {
			known[foldCountry(name)] = code
		}
	}
	for code := range countries { // with the parts that have holidays of their own
		known[foldCountry(code)] = code
	}
	return known
})

// foldCountry is what spellings of a country have in common: "the Bahamas" and
// "BAHAMAS", "Trinidad & Tobago" and "Trinidad and Tobago".
func foldCountry(s string) string {
	words := strings.Fields(strings.NewReplacer("&", " and ", "St.", "Saint", "St ", "Saint ", ".", "", "’", "'").Replace(s))
	s = strings.ToLower(strings.Join(words, " "))
	return strings.TrimPrefix(s, "the ")
}

// ParseCountry reads an ISO 3166 code (de, US), a part of a country whose
// holidays are known (DE-BY), or a country's English name, and returns the
// code. Case does not matter.
func ParseCountry(s string) (string, error) {
	if code, ok := codes()[foldCountry(s)]; ok {
		return code, nil
	}
	return "", fmt.Errorf("%q is no country: write its code, like DE or US, or its English name", s)
}

// publicHolidays remembers each country's holidays, which remember the days
// of the years they were asked for.
var publicHolidays sync.Map // Holidays by code

// CountryHolidays are the public holidays of a country, or of a part of one,
// by code. They are none (IsZero) where none are known.
func CountryHolidays(code string) Holidays {
	if countries[code] == nil {
		return Holidays{}
	}
	if h, ok := publicHolidays.Load(code); ok {
		return h.(Holidays)
	}
	h, err := ParseHolidays([]string{code})
	if err != nil {
		return Holidays{} // cannot be: the code is known
	}
	kept, _ := publicHolidays.LoadOrStore(code, h)
	return kept.(Holidays)
}

// checkCountries warns of recipients' countries whose holidays are not known,
// where hours are read on the recipient's clock. countries are those of the
// targets, each with a target that has it.
func (l *loader) checkCountries(c *Campaign, countries map[string]Pos) {
	if c.Hours == nil || c.Hours.Zone != RecipientZone {
		return
	}
	var unknown []string
	for code := range countries {
		if CountryHolidays(code).IsZero() {
			unknown = append(unknown, code)
		}
	}
	slices.Sort(unknown)
	for _, code := range unknown {
		hint := ""
		if parts := partsOf(code); len(parts) > 0 {
			hint = ": write one of its parts, like " + parts[0]
		}
		l.warn(countries[code], "no public holidays of %s are known%s", code, hint)
	}
}

// countryName is the English name of a country, the code itself of a part of
// one.
func countryName(code string) string {
	if names := countryNames[code]; names != nil {
		return names[0]
	}
	return code
}
