package campaign

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
)

// Holidays are the days on which an account rests: public holidays of
// countries, by code, and dates. The zero Holidays are none.
type Holidays struct {
	list []string
	days *restDays
}

// restDays are the days found so far, a year at a time. Planning asks for the
// same few years again and again, from several goroutines.
type restDays struct {
	dates   map[Date]bool
	public  []*cal.Holiday
	mu      sync.Mutex
	ofYears map[int]map[Date]bool
}

// ParseHolidays reads country codes such as DE or DE-BY, and dates such as
// 2026-12-24. The list keeps its order.
func ParseHolidays(list []string) (Holidays, error) {
	if len(list) == 0 {
		return Holidays{}, nil
	}
	h := Holidays{list: slices.Clone(list), days: &restDays{dates: map[Date]bool{}, ofYears: map[int]map[Date]bool{}}}
	for _, entry := range list {
		if public, ok := countries[entry]; ok {
			h.days.public = append(h.days.public, public...)
			continue
		}
		date, err := ParseDate(entry)
		if err != nil {
			return Holidays{}, unknownHoliday(entry)
		}
		h.days.dates[date] = true
	}
	return h, nil
}

func unknownHoliday(entry string) error {
	if countries[strings.ToUpper(entry)] != nil {
		return fmt.Errorf("%q is not a country code: write %s", entry, strings.ToUpper(entry))
	}
	if parts := partsOf(entry); len(parts) > 0 {
		return fmt.Errorf("%s has no holidays of its own: write one of %s", entry, strings.Join(parts, ", "))
	}
	return fmt.Errorf("%q is neither a country with known holidays (like DE or US) nor a date (like 2026-12-24)", entry)
}

// partsOf are the codes of a country's parts, sorted.
func partsOf(country string) (parts []string) {
	for code := range countries {
		if strings.HasPrefix(code, country+"-") {
			parts = append(parts, code)
		}
	}
	slices.Sort(parts)
	return parts
}

// On says whether the day is a holiday: the day itself, and the day on which
// it is observed when it falls on a weekend.
func (h Holidays) On(y int, m time.Month, d int) bool {
	if h.days == nil {
		return false
	}
	day := Date{y, m, d}
	return h.days.dates[day] || h.days.ofYear(y)[day]
}

func (r *restDays) ofYear(year int) map[Date]bool {
	if len(r.public) == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if days, ok := r.ofYears[year]; ok {
		return days
	}
	days := map[Date]bool{}
	for _, holiday := range r.public {
		// A neighbouring year's holiday may be observed in this one.
		for y := year - 1; y <= year+1; y++ {
			actual, observed := holiday.Calc(y)
			for _, t := range []time.Time{actual, observed} {
				if t.Year() == year {
					days[Date{t.Year(), t.Month(), t.Day()}] = true
				}
			}
		}
	}
	r.ofYears[year] = days
	return days
}

// List is what the holidays were read from.
func (h Holidays) List() []string { return slices.Clone(h.list) }

// IsZero says that there are no holidays.
func (h Holidays) IsZero() bool { return len(h.list) == 0 }

// Equal compares the lists.
func (h Holidays) Equal(other Holidays) bool { return slices.Equal(h.list, other.list) }

// MarshalJSON writes the list; none is the empty list.
func (h Holidays) MarshalJSON() ([]byte, error) {
	if h.list == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(h.list)
}

// UnmarshalJSON reads a list.
func (h *Holidays) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	read, err := ParseHolidays(list)
	if err == nil {
		*h = read
	}
	return err
}
