package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"outpace/campaign"
	"outpace/limits"
	"outpace/store"
)

// Check is one thing the doctor looked at.
type Check struct {
	Check  string `json:"check"`
	State  string `json:"state"` // ok, warn, fail
	Detail string `json:"detail"`
}

// The states of a Check.
const (
	CheckOK   = "ok"
	CheckWarn = "warn"
	CheckFail = "fail"
)

// Patient is what the doctor looks at.
type Patient struct {
	Config string // the campaigns file; "": there is none
	DB     string
	// Channel tries a channel of the file; nil: nobody asks.
	Channel func(*campaign.Channel) Check
}

// Doctor looks whether this machine, the campaigns file and the database are
// fit for outpace.
func Doctor(ctx context.Context, p Patient, now time.Time) []Check {
	d := &doctor{Patient: p, now: now}
	d.clock()
	d.zones()
	d.config()
	d.disk()
	d.database(ctx)
	return d.checks
}

type doctor struct {
	Patient
	now    time.Time
	checks []Check
}

func (d *doctor) say(check, state, format string, args ...any) {
	d.checks = append(d.checks, Check{check, state, fmt.Sprintf(format, args...)})
}

// clock looks for a clock that was never set.
func (d *doctor) clock() {
	if y := d.now.Year(); y < 2025 || y > 2100 {
		d.say("clock", CheckFail, "this machine says it is %s: set its clock, or turn on time synchronisation", d.now.Format(time.RFC3339))
		return
	}
	d.say("clock", CheckOK, "%s", d.now.Format(time.RFC3339))
}

// zones looks whether time zones can be read and have daylight saving.
func (d *doctor) zones() {
	zone, err := campaign.ParseZone("Europe/Berlin")
	if err != nil {
		d.say("time zones", CheckFail, "cannot be read: %v", err)
		return
	}
	_, winter := time.Date(2026, 1, 1, 12, 0, 0, 0, zone.Loc()).Zone()
	_, summer := time.Date(2026, 7, 1, 12, 0, 0, 0, zone.Loc()).Zone()
	if winter == summer {
		d.say("time zones", CheckFail, "Europe/Berlin has no daylight saving here: the zone data is broken (unset $ZONEINFO)")
		return
	}
	d.say("time zones", CheckOK, "can be read")
}

func (d *doctor) config() {
	if d.Config == "" {
		d.say("campaigns file", CheckWarn, "there is none: `outpace init` writes one")
		return
	}
	set, warnings, err := campaign.Load(d.Config)
	var invalid *campaign.Invalid
	switch {
	case errors.As(err, &invalid):
		d.say("campaigns file", CheckFail, "%s has %s: `outpace validate` lists them", d.Config, count(len(invalid.Problems)+invalid.More, "problem"))
	case err != nil:
		d.say("campaigns file", CheckFail, "%v", err)
	case len(warnings) > 0:
		d.say("campaigns file", CheckWarn, "%s is valid, with %s: `outpace validate` lists them", d.Config, count(len(warnings), "warning"))
	default:
		d.say("campaigns file", CheckOK, "%s is valid", d.Config)
	}
	if set == nil {
		return
	}
	d.channels(set)
	told := map[string]bool{}
	for _, a := range set.Accounts {
		if remark := limits.Remark(a.Plan.Name); remark != "" && !told[a.Plan.Name] {
			told[a.Plan.Name] = true
			d.say("plan "+a.Plan.Name, CheckOK, "%s", remark)
		}
	}
}

// channels tries those of the file.
func (d *doctor) channels(set *campaign.Set) {
	for _, c := range set.Channels {
		if c.Type != "desk" && d.Channel != nil {
			d.checks = append(d.checks, d.Channel(c))
		}
	}
}

// freeEnough is the room below which the disk is worth a warning: a database
// of a hundred thousand targets with its log has room twice in it.
const freeEnough = 512 << 20

func (d *doctor) disk() {
	dir := filepath.Dir(d.DB)
	f, err := os.CreateTemp(dir, ".outpace-doctor-")
	if err != nil {
		d.say("disk", CheckFail, "cannot write to %s: %v", dir, err)
		return
	}
	_, err = f.WriteString("outpace")
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	var stat syscall.Statfs_t
	if err = errors.Join(err, syscall.Statfs(dir, &stat)); err != nil {
		d.say("disk", CheckFail, "cannot write to %s: %v", dir, err)
		return
	}
	free := stat.Bavail * uint64(stat.Bsize)
	if free < freeEnough {
		d.say("disk", CheckWarn, "only %d MiB are free in %s", free>>20, dir)
		return
	}
	d.say("disk", CheckOK, "%s can be written, %d MiB are free", dir, free>>20)
}

func (d *doctor) database(ctx context.Context) {
	a, err := Open(ctx, d.DB, AsIs)
	if errors.Is(err, store.ErrNoDatabase) {
		d.say("database", CheckWarn, "%v", err)
		return
	}
	if err != nil {
		d.say("database", CheckFail, "%v", err)
		return
	}
	defer a.Close()
	broken, err := a.CheckFile(ctx)
	switch {
	case err != nil:
		d.say("database", CheckFail, "%v", err)
		return
	case len(broken) > 0:
		d.say("database", CheckFail, "%s is damaged: %s", d.DB, strings.Join(broken, "; "))
		return
	}
	d.say("database", CheckOK, "%s is whole; write-ahead log, full sync and foreign keys are on", d.DB)
	d.accounts(ctx, a)
	d.past(ctx, a)
}

// accounts looks for accounts that stand still or assume something.
func (d *doctor) accounts(ctx context.Context, a *App) {
	accounts, err := a.AccountsStatus(ctx, d.now)
	if err != nil {
		d.say("accounts", CheckFail, "%v", err)
	}
	for _, s := range accounts {
		switch {
		case s.State == "quarantine":
			d.say("account "+s.Account, CheckFail, "nothing is released: %s", s.Reason)
		case s.State != "active":
			d.say("account "+s.Account, CheckWarn, "%s", join(s.State, s.Reason))
		case len(s.Assumed) > 0:
			d.say("account "+s.Account, CheckWarn, "opening numbers are assumed, because the file does not tell: %s", strings.Join(s.Assumed, ", "))
		default:
			d.say("account "+s.Account, CheckOK, "active")
		}
	}
}

// past looks for a clock that was set back: nothing can have happened later
// than now.
func (d *doctor) past(ctx context.Context, a *App) {
	if hold, err := a.Clock(ctx, d.now); err == nil && hold.Held() {
		d.say("clock", CheckFail, "nothing is released: %s", hold)
		return
	}
	const tolerance = 5 * time.Minute
	log, err := a.Log(ctx, store.LogQuery{Limit: 1})
	if err == nil && len(log) > 0 && log[0].At.After(d.now.Add(tolerance)) {
		d.say("clock", CheckFail, "the database knows of something at %s, which is still to come by this clock", log[0].At.Format(time.RFC3339))
	}
}

// PlanFacts are the numbers of the built-in plans and where they come from.
func PlanFacts() []limits.Fact {
	list := []limits.Fact{}
	for _, p := range limits.Presets() {
		list = append(list, limits.Facts(p.Name)...)
	}
	return list
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
