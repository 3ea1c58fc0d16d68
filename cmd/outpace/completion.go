package main

import (
	"strings"

	"github.com/spf13/cobra"

	"outpace/app"
)

// shells are those completion knows.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func (c *cli) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print a script that completes commands in your shell",
		Long:      "Prints a script for bash, zsh, fish or powershell that completes commands, flags,\naccounts and campaigns.",
		Example:   "  source <(outpace completion bash)\n  outpace completion fish > ~/.config/fish/completions/outpace.fish",
		Args:      takes("SHELL"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(c.stdout, true)
			case "zsh":
				return root.GenZshCompletion(c.stdout)
			case "fish":
				return root.GenFishCompletion(c.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(c.stdout)
			}
			return usage("%q is not a shell outpace knows (%s)", args[0], strings.Join(shells, ", "))
		},
	}
}

// completeFlags completes the values of flags every command has, and of
// --account and --campaign wherever they are.
func completeFlags(root *cobra.Command, c *cli) {
	fixed := func(values []string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	complete := func(cmd *cobra.Command, flag string, fn cobra.CompletionFunc) {
		if cmd.Flags().Lookup(flag) != nil || cmd.PersistentFlags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, fn) // fails only if registered twice
		}
	}
	complete(root, "output", fixed(outputs))
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		complete(cmd, "account", c.completeNames("account"))
		complete(cmd, "campaign", c.completeNames("campaign"))
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// completeNames completes the names of what is in force: accounts, campaigns.
func (c *cli) completeNames(whats ...string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		a, err := app.Open(cmd.Context(), c.dbPath(), app.AsIs)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer a.Close()
		defs, err := a.Definitions(cmd.Context())
		var names []cobra.Completion
		for _, d := range defs {
			for _, what := range whats {
				if d.What == what {
					names = append(names, cobra.CompletionWithDesc(d.Name, what))
				}
			}
		}
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
