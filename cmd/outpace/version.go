package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the version of outpace, of Go, and the platform it was built for.",
		Example: "  outpace version\n  outpace version -o json",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version  string `json:"version"`
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{versionName(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			if c.machine() {
				return c.print(v)
			}
			_, err := fmt.Fprintf(c.stdout, "outpace %s (%s, %s)\n", v.Version, v.Go, v.Platform)
			return err
		},
	}
}

// versionName is the version given at the build, else that of the module.
func versionName() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
