package campaign

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on every machine, also on one without /usr/share/zoneinfo
)

// Zone is an IANA time zone. The zero Zone is none and reads as UTC.
type Zone struct {
	loc *time.Location
}

// ParseZone reads an IANA name such as Europe/Berlin, or UTC. It refuses what
// time.LoadLocation takes but nobody can rely on: the empty name, Local (the
// machine's zone) and abbreviations such as EST (no daylight saving).
func ParseZone(name string) (Zone, error) {
	if name == "UTC" {
		return Zone{time.UTC}, nil
	}
	if name == "" {
		return Zone{}, fmt.Errorf("a time zone is missing: write one like Europe/Berlin")
	}
	if loc, known := zones.Load(name); known {
		return Zone{loc.(*time.Location)}, nil
	}
	region, _, ok := strings.Cut(name, "/")
	if !ok || !regions[region] {
		return Zone{}, fmt.Errorf("%q is not a time zone: write one like Europe/Berlin, or UTC", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fmt.Errorf("%q is not a time zone: write one like Europe/Berlin, or UTC", name)
	}
	zones.Store(name, loc)
	return Zone{loc}, nil
}

// zones keeps the zones read so far, by name: reading one costs as much as
// checking ten targets. There are only a few hundred.
var zones sync.Map

// regions are the first parts of the names people use. Etc/GMT+5 and the like
// are left out: their sign means the opposite of what it says.
var regions = map[string]bool{
	"Africa": true, "America": true, "Antarctica": true, "Arctic": true, "Asia": true,
	"Atlantic": true, "Australia": true, "Europe": true, "Indian": true, "Pacific": true,
}

// MustZone is ParseZone for names known to be good: it panics on others.
func MustZone(name string) Zone {
	z, err := ParseZone(name)
	if err != nil {
		panic(err)
	}
	return z
}

// Loc is the zone for package time; UTC for the zero Zone.
func (z Zone) Loc() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// IsZero says that no zone was given.
func (z Zone) IsZero() bool { return z.loc == nil }

// Equal compares by name.
func (z Zone) Equal(other Zone) bool { return z.String() == other.String() }

// String is the IANA name; empty for the zero Zone.
func (z Zone) String() string {
	if z.loc == nil {
		return ""
	}
	return z.loc.String()
}

// MarshalText writes the IANA name.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText reads an IANA name; the empty text is the zero Zone.
func (z *Zone) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*z = Zone{}
		return nil
	}
	*z, err = ParseZone(string(b))
	return err
}
