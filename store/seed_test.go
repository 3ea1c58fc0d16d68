package store

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the random tests of this package draw the same cases in every
// run, so that a red run can be repeated and a green one means the same
// everywhere. To look for new ones: go test -args -rapid.seed=N -rapid.checks=N.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.seed"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("20261123"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
