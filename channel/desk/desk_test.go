package desk_test

import (
	"testing"

	"outpace/channel"
	"outpace/channel/desk"
)

func TestDeskWaitsForThePerson(t *testing.T) {
	var c channel.Channel = desk.Desk{}
	d := channel.Delivery{ID: "m1", Key: "k1"}
	for _, call := range []string{"first", "again after a crash"} {
		if got := c.Send(t.Context(), d); got != (channel.Outcome{State: channel.Waiting}) {
			t.Errorf("%s: %+v, want only Waiting", call, got)
		}
	}
	if got := c.Traits(); got != (channel.Traits{Workers: 0, Idempotent: true}) {
		t.Errorf("Traits: %+v", got)
	}
}
