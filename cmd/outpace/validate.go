package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"outpace/campaign"
)

func (c *cli) validateCommand() *cobra.Command {
	var problems string
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check the campaigns file and everything it names",
		Long: "Reads the campaigns file, its templates and its CSV files, and tells all that is\n" +
			"wrong at once, with the place. It needs no database and changes nothing.\n" +
			"Exit code 1: something is wrong. Warnings are not errors.\n\n" +
			"With --problems the CSV rows that are wrong are written to a file, with what is\n" +
			"wrong in front, and the rest is checked without them.",
		Example: "  outpace validate\n  outpace validate -c team.yaml -o json\n  outpace validate --problems wrong.csv",
		Args:    takes("[FILE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				c.config = args[0]
			}
			path, err := c.configPath()
			if err != nil {
				return err
			}
			return c.validate(cmd.Context(), path, problems)
		},
	}
	cmd.Flags().StringVar(&problems, "problems", "", problemsUsage)
	return cmd
}

// validation is what validate found.
type validation struct {
	Valid     bool    `json:"valid"`
	File      string  `json:"file"`
	Accounts  int     `json:"accounts"`
	Campaigns int     `json:"campaigns"`
	Targets   int     `json:"targets"`
	LeftOut   int     `json:"left_out"` // rows written to --problems
	Problems  []issue `json:"problems"`
	Warnings  []issue `json:"warnings"`
	More      int     `json:"more"` // problems beyond those listed
}

// issue is a campaign.Problem for programs.
type issue struct {
	Severity string `json:"severity"` // error, warning
	File     string `json:"file"`
	Line     int    `json:"line"` // from 1; 0: the file as a whole
	Col      int    `json:"col"`
	Text     string `json:"text"`
	Hint     string `json:"hint"`
}

func issues(severity string, problems []campaign.Problem) []issue {
	list := make([]issue, len(problems))
	for i, p := range problems {
		list[i] = issue{severity, p.Pos.File, p.Pos.Line, p.Pos.Col, p.Text, p.Hint}
	}
	return list
}

func (c *cli) validate(ctx context.Context, path, problems string) error {
	set, warnings, err := c.read(ctx, path, problems)
	v := validation{Valid: err == nil, File: path, Problems: []issue{}, Warnings: issues("warning", warnings)}
	var invalid *campaign.Invalid
	if errors.As(err, &invalid) {
		v.Problems, v.More = issues("error", invalid.Problems), invalid.More
	} else if err != nil {
		return err
	}
	if set != nil {
		v.Accounts, v.Campaigns, v.LeftOut = len(set.Accounts), len(set.Campaigns), set.LeftOut
		for _, cm := range set.Campaigns {
			v.Targets += cm.Count()
		}
	}
	if c.machine() {
		all := append(append([]issue{}, v.Problems...), v.Warnings...)
		if e := c.print(v, list[issue](c, "", all)); e != nil {
			return e
		}
		if !v.Valid {
			return &codeError{code: exitError}
		}
		return partly(set)
	}
	c.warn(warnings)
	if !v.Valid {
		c.note("%v", invalid)
		c.note("outpace: %s has %s", path, count(len(v.Problems)+v.More, "problem"))
		return &codeError{code: exitError}
	}
	fmt.Fprintf(c.stdout, "%s is valid: %s, %s, %s\n", path,
		count(v.Accounts, "account"), count(v.Campaigns, "campaign"), count(v.Targets, "target"))
	return partly(set)
}

// warn prints what is odd about a file.
func (c *cli) warn(warnings []campaign.Problem) {
	for _, w := range warnings {
		c.note("warning: %v", w)
	}
}
