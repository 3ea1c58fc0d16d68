package sim_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"outpace/campaign"
)

// To look for new ones: go test ./sim -run TestFaults -args -whole -seeds=5000 -seed=100000.
var (
	whole     = flag.Bool("whole", false, "TestFaults fails every call, not every 5th, and lives all seeds, not a fifth of them")
	manySeeds = flag.Int("seeds", 500, "how many random lives TestFaults lives")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first")
)

// keptSeeds once found something; they are lived first, in every run. A line
// is a seed and what it found.
const keptSeeds = "testdata/fault-seeds"

// seededLife lives the life of a seed.
func seededLife(t *testing.T, seed uint64) (*faultWorld, error) {
	l := drawLife(seed)
	w := &faultWorld{
		seed: seed, now: l.start, caps: map[string]int{}, reacts: l.reacts,
		downtime: []time.Duration{time.Second, 3 * time.Minute, 5 * time.Hour}[l.IntN(3)],
	}
	for _, a := range l.accounts {
		w.caps[a.name] = a.cap
	}
	if l.IntN(2) == 0 {
		w.moods = moods
	}
	w.plan = &faultPlan{at: l.faults()}
	before := load(t, l.yaml(), map[string]string{})
	l.errands(w)
	w.planEdits(t, l, before)
	err := live(t, w, func() {
		w.boot()
		w.apply(before)
		w.wake = w.now
		w.until(l.start.AddDate(0, 0, l.days))
		w.end()
		w.check()
	})
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, l.yaml())
	}
	return w, err
}

// planEdits edits the file once, and takes the edit back in some lives.
func (w *faultWorld) planEdits(t *testing.T, l *randomLife, before *campaign.Set) {
	if l.IntN(2) == 0 {
		return
	}
	after := load(t, l.edited().yaml(), map[string]string{})
	when := l.start.Add(time.Duration(l.IntN(l.days*24)) * time.Hour)
	w.later(when, "edit", func(w *faultWorld) { w.apply(after) })
	if l.IntN(2) == 0 {
		w.later(when.Add(20*time.Hour), "edit back", func(w *faultWorld) { w.apply(before) })
	}
}

// seeds are those to live.
func seeds(t *testing.T) (list []uint64) {
	text, err := os.ReadFile(keptSeeds)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var seed uint64
		if _, err := fmt.Sscan(line, &seed); err == nil {
			list = append(list, seed)
		}
	}
	for i := range *manySeeds / every5th() {
		list = append(list, *firstSeed+uint64(i))
	}
	return list
}

// bySeed lives the random lives, on all cores.
func bySeed(t *testing.T) {
	list := seeds(t)
	const lanes = 4
	for lane := range lanes {
		t.Run(fmt.Sprint("by seed ", lane), func(t *testing.T) {
			t.Parallel()
			faults, deaths, calls, lives := 0, 0, 0, 0
			for i := lane; i < len(list); i += lanes {
				w, err := seededLife(t, list[i])
				if err != nil {
					t.Fatal(err)
				}
				lives++
				faults, deaths, calls = faults+len(w.plan.told), deaths+w.deaths, calls+w.plan.n
			}
			t.Logf("%d lives, %d calls, %d faults, %d deaths of the daemon", lives, calls, faults, deaths)
		})
	}
}
