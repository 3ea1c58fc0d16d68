package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"outpace/app"
	"outpace/campaign"
)

func (c *cli) eventImportCommand() *cobra.Command {
	var account, format, problems string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Record many events from a file",
		Long: "Records the events of a file, or of stdin (-): CSV with a header, or a JSON object a\n" +
			"line, with kind, person (or profile, url, message), account, at, id, auto and note. The\n" +
			"same event twice is once; events may stand in any order. A wrong row is named, and\n" +
			"the rest goes in (exit code 3).\n\n" +
			"The list of connections of the platform's own data export (Connections.csv) is\n" +
			"understood, too: whom the account has asked has accepted that day; everybody else is\n" +
			"kept as a connection, gets no request and is written to at once.",
		Example: "  outpace event import replies.csv --problems wrong.csv\n" +
			"  outpace event import --account ada Connections.csv\n" +
			"  crm-export | outpace event import -",
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := app.EventImport{File: args[0], Format: campaign.EventFormat(format), Account: account}
			if format != "" {
				if err := oneOf("--format", format, eventFormats()); err != nil {
					return err
				}
			}
			in, err := c.source(&o.File)
			if err != nil {
				return err
			}
			defer in.Close()
			return c.with(cmd.Context(), func(a *app.App, now time.Time) error {
				return c.importEvents(cmd, a, now, in, o, problems)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&account, "account", "", "whose messages are answered, or whose connections they are (default whichever it is, or the only one)")
	f.StringVar(&format, "format", "", "csv, jsonl or connections (default by content)")
	f.StringVar(&problems, "problems", "", "write the wrong rows to this CSV file, to mend and import them")
	_ = cmd.RegisterFlagCompletionFunc("account", c.completeNames("account"))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(eventFormats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func eventFormats() (names []string) {
	for _, f := range campaign.EventFormats {
		names = append(names, string(f))
	}
	return names
}

// source opens a file to read, or stdin for -, which gets a name of its own.
func (c *cli) source(name *string) (io.ReadCloser, error) {
	if *name == "-" {
		*name = "stdin"
		return io.NopCloser(c.stdin), nil
	}
	return os.Open(*name)
}

func (c *cli) importEvents(cmd *cobra.Command, a *app.App, now time.Time, in io.Reader, o app.EventImport, problems string) error {
	p := c.progress("events")
	p.rate = true
	keep := &wrongRows{path: problems}
	o.Progress = func(rows int) { p.step(rows, 0) }
	o.Columns = keep.begin
	o.Skipped = func(problem campaign.Problem) { p.done(); c.note("%s", inert(problem.String())) }
	o.Wrong = func(problem campaign.Problem, cells []string) error {
		p.done()
		c.note("%s", inertText(problem.String()))
		return keep.add(problem, cells)
	}
	sum, err := a.ImportEvents(cmd.Context(), now, in, o)
	p.done()
	err = errors.Join(err, keep.close())
	if err != nil && sum.Recorded+sum.Known == 0 {
		return err // nothing was recorded
	}
	if c.machine() {
		if e := c.print(sum, listing{items: []app.EventsImported{sum}}); e != nil {
			return e
		}
	} else {
		fmt.Fprintln(c.stdout, imported(sum))
	}
	if cmd.Context().Err() != nil {
		return err
	}
	if err != nil || sum.Wrong > 0 {
		return &codeError{exitPartly, err}
	}
	return nil
}

// imported says what an import did.
func imported(sum app.EventsImported) string {
	text := fmt.Sprintf("%s: %d recorded, %d known already, %d wrong", count(sum.Rows, "row"), sum.Recorded, sum.Known, sum.Wrong)
	for _, n := range []struct {
		n            int
		noun, became string
	}{
		{sum.Skipped, "row", "skipped"}, {sum.Accepted, "request", "accepted"}, {sum.Cancelled, "message", "cancelled"},
		{sum.Stopped, "sequence", "ended"}, {sum.Recalled, "desk card", "recalled: do not send"}, {sum.Refunded, "credit", "back"},
		{sum.Resolved, "message", "is known to be sent now"},
	} {
		if n.n > 0 {
			text += fmt.Sprintf("; %s %s", count(n.n, n.noun), n.became)
		}
	}
	return text
}

// wrongRows writes rows that were not recorded to a file that can be imported
// when they are mended. It makes the file at the first of them.
type wrongRows struct {
	path    string // "": nowhere
	columns []string
	file    *os.File
	csv     *csv.Writer
}

// begin notes the columns, and tells early if the file cannot be written.
func (w *wrongRows) begin(columns []string) error {
	if w.columns = columns; w.path == "" {
		return nil
	}
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w.file, w.csv = f, csv.NewWriter(f)
	return w.csv.Write(append([]string{"line", "problem"}, columns...))
}

// add writes a row. Its further problems come without cells and are left to
// stderr.
func (w *wrongRows) add(p campaign.Problem, cells []string) error {
	if w.csv == nil || cells == nil {
		return nil
	}
	row := []string{strconv.Itoa(p.Pos.Line), unformula(p.Text)}
	for _, cell := range cells {
		row = append(row, unformula(cell))
	}
	for len(row) < 2+len(w.columns) {
		row = append(row, "")
	}
	return w.csv.Write(row)
}

func (w *wrongRows) close() error {
	if w.csv == nil {
		return nil
	}
	w.csv.Flush()
	return errors.Join(w.csv.Error(), w.file.Close())
}
