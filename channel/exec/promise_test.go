package exec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outpace/channel"
)

// Every row of the table, and what it is when the key was handed over before.
func TestPromise(t *testing.T) {
	for _, c := range []struct {
		script         string
		want, repeated channel.Outcome
	}{
		{"exit 0", sent, sent},
		{"echo '{\"verdict\":\"daily_limit\"}'", sent, sent}, // the code speaks
		{"exit 65", fails, fails}, {"exit 67", fails, fails}, {"exit 69", fails, fails},
		{"exit 75", again, unknown},
		{"exit 77", refused(channel.DailyLimit), channel.Outcome{Verdict: channel.DailyLimit}},
		{"echo '{\"verdict\":\"weekly_invitation_limit\"}'; exit 77", refused(channel.WeeklyInvitationLimit), channel.Outcome{Verdict: channel.WeeklyInvitationLimit}},
		{"echo '{\"verdict\":\"Grace\"}'; exit 77", refused(channel.DailyLimit), channel.Outcome{Verdict: channel.DailyLimit}},
		{"echo lies; exit 77", refused(channel.DailyLimit), channel.Outcome{Verdict: channel.DailyLimit}},
		{"exit 78", off, unknown},
		{"exit 1", unknown, unknown}, {"exit 2", unknown, unknown}, {"exit 64", unknown, unknown}, {"exit 66", unknown, unknown},
		{"exit 126", unknown, unknown}, {"exit 127", unknown, unknown}, {"exit 143", unknown, unknown}, {"exit 255", unknown, unknown},
		{"kill -9 $$", unknown, unknown}, {"kill -TERM $$", unknown, unknown},
		{"sleep 60", unknown, unknown},                      // the timeout
		{"trap 'exit 0' TERM; sleep 60 & wait", sent, sent}, // it says how it went all the same
		{"exec /nowhere/program", unknown, unknown},         // the shell was started, and says 127
		{"#!/nowhere/interpreter", off, unknown},            // cannot be started
	} {
		t.Run(c.script, func(t *testing.T) {
			e, d := shell(t, c.script, func(config *Config) {
				config.Timeout = time.Second
				if strings.HasPrefix(c.script, "#!") {
					config.Command = []string{filepath.Join(config.Dir, "program")}
					if err := os.WriteFile(config.Command[0], []byte(c.script+"\n"), 0o700); err != nil {
						t.Fatal(err)
					}
				}
			}), delivery()
			same(t, e.Send(t.Context(), d), c.want)
			d.Repeated = true
			same(t, e.Send(t.Context(), d), c.repeated)
		})
	}
}
