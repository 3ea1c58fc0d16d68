package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/store"
)

func (c *cli) forgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forget PERSON...",
		Short: "Erase a person, and never write to them again",
		Long: "Erases names, company, fields, texts and notes of a person from the database, for good,\n" +
			"and keeps a keyed hash of the profile, so that the person is never written to nor stored\n" +
			"again, whatever a file says. Counts and credits stay. Open desk cards are closed as of\n" +
			"unknown effect. It does not reach the campaigns file and its CSVs, outbox files, backups\nand what receivers keep.",
		Example: "  outpace forget https://www.linkedin.com/in/example-grace",
		Args:    takes("PERSON..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				left := false
				err := each(c, args, func(person string) (store.Forgetting, string, error) {
					out, err := a.Forget(cmd.Context(), now, person)
					left = left || err == nil && !out.Clean
					return out, forgotten(out), err
				})
				c.note("take them out of the campaigns file and its lists, too; outbox files and backups are not changed")
				if left {
					c.note("the write-ahead log is in use and still holds what was erased: it is emptied at the next forget, or when the daemon stops")
				}
				return err
			})
		},
	}
}

// forgotten says what happened, without saying of whom.
func forgotten(f store.Forgetting) string {
	if f.Again {
		return "forgotten already"
	}
	text := "forgotten"
	if !f.Known {
		text += " (nothing was known)"
	}
	if f.Cancelled > 0 {
		text += fmt.Sprintf("; %s cancelled", count(f.Cancelled, "message"))
	}
	if f.Closed > 0 {
		text += fmt.Sprintf("; %s closed: do not send", count(f.Closed, "desk card"))
	}
	return text
}
