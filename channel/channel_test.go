package channel_test

import (
	"encoding/json"
	"testing"
	"time"

	"outpace/channel"
)

func TestDeliveryJSONIsTheContract(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	d := channel.Delivery{
		ID: "m1", Key: "k1",
		SlotAt:     time.Date(2026, 12, 1, 9, 0, 0, 0, berlin),
		ReleasedAt: time.Date(2026, 12, 1, 9, 0, 1, 0, berlin),
		Account:    "ada", Campaign: "founders",
		Target: "linkedin.com/in/example-grace", Profile: "https://www.linkedin.com/in/example-grace",
		Name: "Grace Example", Kind: "inmail", Subject: "S", Body: "B",
	}
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"m1","key":"k1","slot_at":"2026-12-01T09:00:00+01:00","released_at":"2026-12-01T09:00:01+01:00",` +
		`"account":"ada","campaign":"founders","target":"linkedin.com/in/example-grace",` +
		`"profile":"https://www.linkedin.com/in/example-grace","name":"Grace Example","kind":"inmail","subject":"S","body":"B"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A channel that answers nothing must cost the unit, never the promise.
func TestZeroOutcomeIsCannotTell(t *testing.T) {
	if got := (channel.Outcome{}).State; got != channel.CannotTell {
		t.Errorf("zero State = %v", got)
	}
}

func TestNames(t *testing.T) {
	for want, got := range map[string]string{
		"cannot_tell": channel.CannotTell.String(), "sent": channel.Sent.String(),
		"waiting": channel.Waiting.String(), "not_sent": channel.NotSent.String(), "state(9)": channel.State(9).String(),
		"retry": channel.Retry.String(), "again": channel.Again.String(),
		"fail": channel.Fail.String(), "switch_off": channel.SwitchOff.String(), "next(9)": channel.Next(9).String(),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestParseVerdict(t *testing.T) {
	for _, v := range append(channel.Verdicts, "") {
		if got, err := channel.ParseVerdict(string(v)); got != v || err != nil {
			t.Errorf("ParseVerdict(%q) = %q, %v", v, got, err)
		}
	}
	if got, err := channel.ParseVerdict("banned"); err == nil {
		t.Errorf("ParseVerdict(banned) = %q, want an error", got)
	}
}
