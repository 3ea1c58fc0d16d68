package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) suppressCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suppress",
		Short: "Keep people, companies or domains from being written to",
		Long: "Keeps people from being written to, in every campaign and from every account: one by\n" +
			"one, everybody of a company, or everybody of a domain and what lies below it; also those\n" +
			"who are imported later. Opt-outs and bounces (`outpace event`) stand in the same list.\n" +
			"They stay when people leave the file and come back.",
		Example: "  outpace suppress add https://www.linkedin.com/in/example-grace --reason \"our client\"\n" +
			"  outpace suppress add --company \"Example Navy\" --domain example.com\n  outpace suppress list",
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	cmd.AddCommand(c.suppressListCommand(), c.suppressAddCommand(), c.suppressRemoveCommand(),
		c.suppressImportCommand(), c.suppressExportCommand())
	return cmd
}

// suppressed are the arguments and flags that say who is meant.
type suppressed struct {
	companies, domains []string
	of                 map[string]store.NewSuppression // by what each calls it
}

func (s *suppressed) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.companies, "company", nil, "everybody of this company (may come often)")
	cmd.Flags().StringArrayVar(&s.domains, "domain", nil, "everybody of this domain and those below it (may come often)")
}

// names are what each goes through: the persons, then companies and domains.
func (s *suppressed) names(people []string) ([]string, error) {
	s.of = map[string]store.NewSuppression{}
	names := people
	add := func(what string, texts []string) error {
		for _, text := range texts {
			n, err := store.SuppressionOf(what, text)
			if err != nil {
				return usage("--%s: %v", what, err)
			}
			name := what + " " + n.Value
			s.of[name] = n
			names = append(names, name)
		}
		return nil
	}
	if err := add(store.TheCompany, s.companies); err != nil {
		return nil, err
	}
	if err := add(store.TheDomain, s.domains); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, usage("say who is meant: PERSON..., --company or --domain")
	}
	return names, nil
}

func (s *suppressed) one(name string) (store.NewSuppression, error) {
	if n, ok := s.of[name]; ok {
		return n, nil
	}
	return store.SuppressionOf(store.ThePerson, name)
}

func (c *cli) suppressAddCommand() *cobra.Command {
	var s suppressed
	var reason string
	cmd := &cobra.Command{
		Use:   "add [PERSON...] [--company NAME] [--domain D]",
		Short: "Write to nobody of these any more",
		Long: "What is queued to them is cancelled and their desk cards are recalled when the command\n" +
			"returns. A PERSON is a profile address, or a message's id or the beginning of it; -\n" +
			"reads them from stdin. A company is matched whatever its case and legal form (Example\n" +
			"Navy, example navy inc.), a domain by the columns email, domain and website of targets.",
		Example: "  outpace suppress add https://www.linkedin.com/in/example-grace --reason \"our client\"\n" +
			"  outpace suppress add --company \"Example Navy\" --domain example.com --reason competitor",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := s.names(args)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, names, func(name string) (store.SuppressionChange, string, error) {
					n, err := s.one(name)
					if err != nil {
						return store.SuppressionChange{}, "", err
					}
					n.Reason = reason
					out, err := a.Suppress(cmd.Context(), now, n)
					return out, barred(out), err
				})
			})
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever asks later")
	return cmd
}

func (c *cli) suppressRemoveCommand() *cobra.Command {
	var s suppressed
	var reason string
	var optOut bool
	cmd := &cobra.Command{
		Use:   "remove [PERSON...] [--company NAME] [--domain D] --reason TEXT",
		Short: "Let people be written to again",
		Long: "Takes suppressions back. Who no other one spares goes on in their campaigns where they\n" +
			"stood, unless they answered meanwhile. An opt-out is for good: only --opt-out takes it\n" +
			"back, for when it was recorded of the wrong person. Who was forgotten stays so.",
		Example: "  outpace suppress remove --company \"Example Navy\" --reason \"contract over\"\n" +
			"  outpace suppress remove https://www.linkedin.com/in/example-alan --opt-out --reason \"misclick\"",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := s.names(args)
			if err != nil {
				return err
			}
			if strings.TrimSpace(reason) == "" {
				return usage("--reason is missing: why may they be written to again?")
			}
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return each(c, names, func(name string) (store.SuppressionChange, string, error) {
					n, err := s.one(name)
					if err != nil {
						return store.SuppressionChange{}, "", err
					}
					out, err := a.Unsuppress(cmd.Context(), now, n, reason, optOut)
					return out, givenBack(out), err
				})
			})
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever asks later (required)")
	cmd.Flags().BoolVar(&optOut, "opt-out", false, "take an opt-out back that was recorded of the wrong person")
	return cmd
}

// barred says what adding a suppression did.
func barred(s store.SuppressionChange) string {
	text := s.What + " " + s.Value
	if s.Again {
		return text + " was suppressed already"
	}
	text += " is suppressed"
	if s.What != store.ThePerson {
		text += fmt.Sprintf(": %s in the database", folk(s.People))
	}
	if s.Cancelled > 0 {
		text += fmt.Sprintf("; %s cancelled", count(s.Cancelled, "message"))
	}
	if s.Recalled > 0 {
		text += fmt.Sprintf("; %s recalled: do not send", count(s.Recalled, "desk card"))
	}
	return text
}

// givenBack says what removing one did.
func givenBack(s store.SuppressionChange) string {
	text := s.What + " " + s.Value
	switch {
	case s.What != store.ThePerson:
		text += fmt.Sprintf(" may be written to again: %s in the database", folk(s.People))
	case s.People == 0:
		return text + " is still suppressed for another reason"
	default:
		text += " may be written to again"
	}
	if s.Queued > 0 {
		text += fmt.Sprintf("; %s queued again", count(s.Queued, "message"))
	}
	return text
}

func folk(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
