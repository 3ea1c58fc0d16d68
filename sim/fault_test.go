package sim_test

import (
	"strings"
	"testing"
)

// TestFaults is the fault simulator: the real dispatcher and the real database,
// on a virtual clock, with calls that fail and processes that die. First each
// call of a small life fails, in each way; then random lives are lived by seed.
// After each step the world outside the database knows of no broken promise;
// at the end of each life every message has got where it was to go, and the
// database proves itself. At last nothing may be missing of what this test says
// it has come across. That takes minutes (make faults); else it does a fifth.
func TestFaults(t *testing.T) {
	t.Run("lives", func(t *testing.T) {
		eachFault(t)
		bySeed(t)
	})
	t.Run("reached", func(t *testing.T) {
		if !*whole || t.Failed() {
			return
		}
		t.Log("reached, and how often:\n" + reached.String())
		if missing := reached.missing(mustReach()); len(missing) > 0 {
			t.Errorf("never reached:\n%s", strings.Join(missing, "\n"))
		}
	})
}

// mustReach are the names of all that a whole run must come across.
func mustReach() (names []string) {
	for _, call := range []string{
		"PlanDirty", "Housekeep", "Claim", "Record", "Stage", "Commit", "Keep", "Clear",
		"Send to desk", "Send to box", "Send to hook", "Send to prog",
		"React", "Pause", "Resume", "DeskAnswer", "CreditsSet",
	} {
		for _, v := range variants {
			names = append(names, "fault "+call+": "+v.String())
		}
	}
	for _, call := range []string{"Open", "NextAt", "Kept", "Clock"} { // they only read
		names = append(names, "fault "+call+": "+errorBefore.String(), "fault "+call+": "+crashBefore.String())
	}
	for _, s := range []string{"queued", "scheduled", "released", "sent", "failed", "unknown"} {
		names = append(names, "state "+s)
	}
	for _, reason := range []string{"reply", "opt_out", "bounced", "edit", "end", "skipped"} {
		names = append(names, "state cancelled: "+reason)
	}
	for _, o := range []string{"sent", "waits", "not_sent", "not_sent_yet", "never_sent", "channel_off", "unknown"} {
		names = append(names, "outcome "+o)
	}
	for _, v := range moods {
		if v.Verdict != "" {
			names = append(names, "verdict "+string(v.Verdict))
		}
	}
	return names
}
