package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

//go:embed starter.yaml
var starter []byte

func (c *cli) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented starter file",
		Long:  "Writes a campaigns file to begin with: one account, one campaign, every key explained.\nAn existing file is left alone.",
		Example: "  outpace init\n" +
			"  outpace init team/campaigns.yaml",
		Args: takes("[FILE]"),
		RunE: func(_ *cobra.Command, args []string) error {
			path := "campaigns.yaml"
			if c.config != "" {
				path = c.config
			}
			if len(args) > 0 {
				path = args[0]
			}
			return c.writeStarter(path)
		},
	}
}

func (c *cli) writeStarter(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o660)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and was left as it is: name another file, or delete it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(starter)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "wrote %s\n", path)
	c.note("next: put your account and your people in, then `outpace validate`, `outpace plan` and `outpace run`")
	return nil
}
