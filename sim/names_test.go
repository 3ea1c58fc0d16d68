package sim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"outpace/channel"
	"outpace/store"
)

// Channels and people report verdicts by name; the two lists are one.
func TestVerdictsOfChannelsAreTheStores(t *testing.T) {
	var names []string
	for _, v := range channel.Verdicts {
		names = append(names, string(v))
	}
	if diff := cmp.Diff(names, store.Verdicts); diff != "" {
		t.Errorf("(-channel +store)\n%s", diff)
	}
}
