package campaign

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a cron expression of 5 fields, or 6 with seconds first. It has no
// zone of its own: Next is told one. The zero Cron never fires.
type Cron struct {
	expr     string
	schedule *cron.SpecSchedule
}

var cronParser = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour |
	cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// cronEpoch is where the search for a first firing begins. The parser's
// schedules look 5 years ahead, so February 29 is found.
var cronEpoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// ParseCron reads an expression as robfig/cron does, and @hourly, @daily and
// their like. It refuses a TZ= prefix (the account has a zone), @every (it
// counts from the start of the process) and an expression that never fires.
func ParseCron(expr string) (Cron, error) {
	fields := strings.Fields(expr)
	if len(fields) == 0 {
		return Cron{}, errors.New("a cron expression is missing: write one like */10 9-16 * * MON-FRI")
	}
	if len(expr) > 500 {
		return Cron{}, errors.New("a cron expression of more than 500 characters")
	}
	if i := strings.IndexByte(fields[0], '='); i >= 0 {
		return Cron{}, fmt.Errorf("%s in a cron expression is not allowed: slots are read in the account's timezone", fields[0][:i+1])
	}
	if fields[0] == "@every" {
		return Cron{}, errors.New("@every counts from the start of the process: write fields, like */10 9-16 * * MON-FRI")
	}
	expr = strings.Join(fields, " ")
	schedule, err := parseSpec(expr)
	if err != nil {
		return Cron{}, fmt.Errorf("cron expression %q: %w", expr, err)
	}
	c := Cron{expr, schedule}
	if c.Next(cronEpoch, time.UTC).IsZero() {
		return Cron{}, fmt.Errorf("cron expression %q never fires", expr)
	}
	return c, nil
}

// notNumber matches the library's words for a value it cannot read.
var notNumber = regexp.MustCompile(`^failed to parse int from ([^:]*):`)

// parseSpec calls the library, which panics on some malformed texts.
func parseSpec(expr string) (s *cron.SpecSchedule, err error) {
	defer func() {
		if recover() != nil {
			s, err = nil, errors.New("cannot be read")
		}
	}()
	schedule, err := cronParser.Parse(expr)
	if m := notNumber.FindStringSubmatch(fmt.Sprint(err)); m != nil {
		return nil, fmt.Errorf("%q is no number, month or day", m[1])
	}
	if err != nil {
		return nil, err
	}
	s, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, errors.New("is not made of fields")
	}
	return s, nil
}

// Next is the first firing after the instant, read in the zone (nil: UTC). The
// zero time means never. A wall clock time that daylight saving skips does
// not fire; one that it repeats fires twice.
func (c Cron) Next(after time.Time, zone *time.Location) time.Time {
	if c.schedule == nil {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	// The schedule's own location is the library's mark for "the argument's";
	// it is read here as time.Local, so a zone is never Local itself.
	after = after.In(zone)
	return c.mend(after, c.schedule.Next(after))
}

// mend finds the firings that the library misses on a day on which the zone's
// clock changes by other than whole hours, as on Lord Howe: it steps by hours
// from midnight and comes out between two of them.
func (c Cron) mend(after, next time.Time) time.Time {
	for t := after; ; {
		_, change := t.ZoneBounds()
		if change.IsZero() || !next.IsZero() && next.Before(change) || change.Sub(after) > searched {
			return next
		}
		_, was := change.Add(-time.Second).Zone()
		_, is := change.Zone()
		if (is-was)%3600 == 0 {
			if next.IsZero() {
				return next
			}
			t = change
			continue
		}
		step := time.Second
		if c.schedule.Second == 1 { // only at second 0
			step = time.Minute
		}
		for at := change.Truncate(time.Minute); at.Day() == change.Day() && (next.IsZero() || at.Before(next)); at = at.Add(step) {
			if at.After(after) && c.fires(at) {
				return at
			}
		}
		t = change
	}
}

// searched is how far the library looks for a firing: five years.
const searched = 5 * 366 * 24 * time.Hour

// fires says whether the wall clock that t shows is one of the schedule's.
func (c Cron) fires(t time.Time) bool {
	y, m, d := t.Date()
	hour, minute, second := t.Clock()
	wall := time.Date(y, m, d, hour, minute, second, 0, time.UTC)
	return c.schedule.Next(wall.Add(-time.Second)).Equal(wall)
}

// bothDays says that day of month and day of week are both restricted: cron
// then fires on either, which surprises people who meant both.
func (c Cron) bothDays() bool {
	const star = 1 << 63 // how robfig/cron marks a field written as *
	return c.schedule != nil && c.schedule.Dom&star == 0 && c.schedule.Dow&star == 0
}

// Equal compares expressions.
func (c Cron) Equal(other Cron) bool { return c.expr == other.expr }

// String is the expression with single spaces.
func (c Cron) String() string { return c.expr }

// MarshalText writes the expression.
func (c Cron) MarshalText() ([]byte, error) { return []byte(c.expr), nil }

// UnmarshalText reads an expression; the empty text is the zero Cron.
func (c *Cron) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*c = Cron{}
		return nil
	}
	*c, err = ParseCron(string(b))
	return err
}
