package main

import (
	"regexp"
	"strings"
	"time"
)

// when is an instant in a sentence, in the zone it carries: "Mon 7 Dec 09:00
// CET". The year is told if it is not the present one, seconds if there are any.
func (c *cli) when(t time.Time) string {
	return c.clock(t, "Mon 2 Jan")
}

// at is when for a column, where days stand below each other.
func (c *cli) at(t time.Time) string {
	return c.clock(t, "Mon _2 Jan")
}

func (c *cli) clock(t time.Time, layout string) string {
	if t.IsZero() {
		return "-"
	}
	if t.Year() != c.year {
		layout += " 2006"
	}
	layout += " 15:04"
	if t.Second() != 0 {
		layout += ":05"
	}
	return t.Format(layout + " MST")
}

// minute is an instant without its seconds, for what happened some time.
func minute(t time.Time) time.Time { return t.Truncate(time.Minute) }

// orZero is an instant that may not be known; zero: it is not.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

var stamp = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

// clocked is a text for programs with its RFC 3339 instants as people read
// them, in a zone.
func (c *cli) clocked(text string, zone *time.Location) string {
	return stamp.ReplaceAllStringFunc(text, func(found string) string {
		t, err := time.Parse(time.RFC3339, found)
		if err != nil {
			return found
		}
		return c.when(minute(t.In(zone)))
	})
}

// zoneInHead moves the zone behind the instants of a column into its head, if
// all have the same.
func (l *listing) zoneInHead(col int) {
	zone := ""
	for _, row := range l.rows {
		of := row[col][strings.LastIndexByte(row[col], ' ')+1:]
		if of == "-" || of == "" {
			continue
		}
		if zone != "" && of != zone {
			return
		}
		zone = of
	}
	if zone == "" {
		return
	}
	l.headers[col] += " (" + zone + ")"
	for _, row := range l.rows {
		row[col] = strings.TrimSuffix(row[col], " "+zone)
	}
}
