package main

import (
	"github.com/spf13/cobra"

	"outpace/campaign"
)

func (c *cli) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of the campaigns file",
		Long:    "Prints the JSON Schema by which editors complete and check campaigns.yaml.",
		Example: "  outpace schema > campaigns.schema.json",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			schema, err := campaign.Schema()
			if err != nil {
				return err
			}
			_, err = c.stdout.Write(schema)
			return err
		},
	}
}
