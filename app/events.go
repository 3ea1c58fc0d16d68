package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"outpace/campaign"
	"outpace/store"
)

// EventImport says how a file of events is read.
type EventImport struct {
	File   string               // what it is called in messages
	Format campaign.EventFormat // "": found by its content
	// Account is whose messages the events answer where a row does not say,
	// or whose connections are listed; "": whichever it is, or the only one.
	Account string

	// Columns (may be nil) is told the columns before the first row, Wrong
	// why a row was not recorded (cells is nil for its second reason and so on),
	// Skipped a connection without an address, Progress how many rows were read.
	Columns  func(columns []string) error
	Wrong    func(p campaign.Problem, cells []string) error
	Skipped  func(p campaign.Problem)
	Progress func(rows int)
}

// EventsImported sums up an import.
type EventsImported struct {
	Format    string `json:"format"`
	Rows      int    `json:"rows"`
	Recorded  int    `json:"recorded"` // connections among them
	Known     int    `json:"known"`    // recorded before
	Wrong     int    `json:"wrong"`
	Skipped   int    `json:"skipped"`  // connections without an address
	Accepted  int    `json:"accepted"` // of a list of connections: they answered a request
	Cancelled int    `json:"cancelled"`
	Stopped   int    `json:"stopped"`
	Recalled  int    `json:"recalled"`
	Refunded  int    `json:"refunded"`
	Resolved  int    `json:"resolved"` // messages of unknown effect: they were sent
}

// importChunk is how many rows are held at once.
const importChunk = 1000

// ImportEvents records the events of a file and plans what they touch. A wrong
// row is told, the rest goes in. The error of a file that is none of events is
// a *campaign.Invalid, and nothing was recorded.
func (a *App) ImportEvents(ctx context.Context, now time.Time, r io.Reader, o EventImport) (sum EventsImported, err error) {
	f, err := campaign.ReadEvents(r, o.File, o.Format)
	if err != nil {
		return sum, err
	}
	im := &importing{a: a, now: now, o: o, f: f, sum: &sum, zones: map[string]*time.Location{}}
	sum.Format = string(f.Format)
	if err := im.begin(ctx); err != nil {
		return sum, err
	}
	err = im.rows(ctx)
	// What was recorded is planned, whatever ended the reading.
	return sum, errors.Join(err, a.PlanDirty(context.WithoutCancel(ctx), now, nil))
}

// importing is the work on one file.
type importing struct {
	a     *App
	now   time.Time
	o     EventImport
	f     *campaign.EventFile
	sum   *EventsImported
	zones map[string]*time.Location
	names []string // of accounts
	held  []campaign.EventRow
	bad   []badRow // told in the order of the file, with what held turns out to be
}

// badRow is a row that was not recorded.
type badRow struct {
	problems []campaign.Problem
	cells    []string
}

// begin finds the account and the zones.
func (im *importing) begin(ctx context.Context) error {
	defs, err := im.a.AccountDefs(ctx)
	if err != nil {
		return err
	}
	for i, d := range defs {
		im.names, im.zones[d.Name] = append(im.names, d.Name), d.Zone.Loc()
		if i == 0 {
			im.zones[""] = d.Zone.Loc()
		}
	}
	if len(defs) == 0 {
		im.zones[""] = time.UTC
	}
	if im.f.Format == campaign.EventConnections && im.o.Account == "" {
		if len(im.names) != 1 {
			return fmt.Errorf("%s lists the connections of one account: say which with --account, one of %s", im.o.File, strings.Join(im.names, ", "))
		}
		im.o.Account = im.names[0]
	}
	if im.zones[im.o.Account] == nil {
		return &store.NotFoundError{What: "account", Name: im.o.Account}
	}
	if im.o.Columns != nil {
		return im.o.Columns(im.f.Columns)
	}
	return nil
}

// rows reads to the end, a chunk after the other.
func (im *importing) rows(ctx context.Context) error {
	for {
		row, wrong, done := im.f.Next()
		switch {
		case done && len(wrong) > 0:
			im.wrong(wrong, row.Cells)
			if err := im.flush(ctx); err != nil {
				return err
			}
			return fmt.Errorf("%s: the file was read up to line %d, the rest cannot be", im.o.File, row.Pos.Line)
		case done:
			return im.flush(ctx)
		case len(wrong) > 0:
			im.wrong(wrong, row.Cells)
		case row.Person == "":
			im.skip(&row)
		default:
			im.held = append(im.held, row)
		}
		im.sum.Rows++
		if len(im.held)+len(im.bad) < importChunk {
			continue
		}
		if err := im.flush(ctx); err != nil {
			return err
		}
	}
}

func (im *importing) wrong(problems []campaign.Problem, cells []string) {
	im.sum.Wrong++
	im.bad = append(im.bad, badRow{problems, cells})
}

// tell says what is wrong with the rows since the last time.
func (im *importing) tell() error {
	slices.SortStableFunc(im.bad, func(a, b badRow) int { return cmp.Compare(a.problems[0].Pos.Line, b.problems[0].Pos.Line) })
	for _, row := range im.bad {
		cells := row.cells
		if cells == nil {
			cells = []string{} // they could not be told apart
		}
		for _, p := range row.problems {
			if im.o.Wrong == nil {
				break
			}
			if err := im.o.Wrong(p, cells); err != nil {
				return err
			}
			cells = nil
		}
	}
	im.bad = im.bad[:0]
	return nil
}

// skip counts a connection the platform gives no address of: who hides it, or
// has left.
func (im *importing) skip(row *campaign.EventRow) {
	im.sum.Skipped++
	if name := row.Name; im.o.Skipped != nil {
		if name == "" {
			name = "a connection without a name"
		}
		im.o.Skipped(campaign.Problem{Pos: row.Pos, Text: name + ": no URL, so nobody knows who this is: skipped"})
	}
}

// flush records the rows that are held, and tells which were wrong.
func (im *importing) flush(ctx context.Context) (err error) {
	rows := im.held
	im.held = im.held[:0]
	switch {
	case len(rows) == 0:
	case im.f.Format == campaign.EventConnections:
		err = im.connect(ctx, rows)
	default:
		err = im.react(ctx, rows)
	}
	if err = errors.Join(err, im.tell()); err == nil && im.o.Progress != nil {
		im.o.Progress(im.sum.Rows)
	}
	return err
}

func (im *importing) react(ctx context.Context, rows []campaign.EventRow) error {
	list, from := make([]store.Reaction, 0, len(rows)), make([]int, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		account := r.Account
		if account == "" {
			account = im.o.Account
		}
		zone := im.zones[account]
		if zone == nil {
			im.failed(r, &store.NotFoundError{What: "account", Name: account})
			continue
		}
		from = append(from, i)
		list = append(list, store.Reaction{
			Kind: r.Kind, Person: r.Person, Account: account, At: r.At.In(zone), Auto: r.Auto, Note: r.Note, ID: r.ID,
		})
	}
	results, err := im.a.ReactAll(ctx, im.now, list)
	for k, got := range results {
		if got.Err != nil {
			im.failed(&rows[from[k]], got.Err)
			continue
		}
		im.count(got.Again, got.Refunded)
		im.sum.Cancelled += got.Cancelled
		im.sum.Stopped += got.Stopped
		im.sum.Recalled += got.Recalled
		im.sum.Resolved += got.Resolved
	}
	return err
}

func (im *importing) connect(ctx context.Context, rows []campaign.EventRow) error {
	list := make([]store.Connection, len(rows))
	for i, r := range rows {
		list[i] = store.Connection{Profile: r.Person, Since: r.At.In(im.zones[im.o.Account])}
	}
	results, err := im.a.ConnectAll(ctx, im.now, im.o.Account, list)
	for i, got := range results {
		if got.Err != nil {
			im.failed(&rows[i], got.Err)
			continue
		}
		im.count(got.Again, got.Refunded)
		if got.Accepted {
			im.sum.Accepted++
		}
	}
	return err
}

func (im *importing) count(again bool, refunded int) {
	if again {
		im.sum.Known++
		return
	}
	im.sum.Recorded++
	im.sum.Refunded += refunded
}

// failed tells a row that was read and could not be recorded.
func (im *importing) failed(r *campaign.EventRow, err error) {
	text := err.Error()
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		switch missing.What {
		case "account":
			text += "; it is one of " + strings.Join(im.names, ", ")
		case "message":
			text += "; give its id as `export messages` has it, or a profile address"
		}
	}
	if !strings.Contains(text, r.Person) {
		text = r.Kind + " of " + r.Person + ": " + text
	}
	im.wrong([]campaign.Problem{{Pos: r.Pos, Text: text}}, r.Cells)
}
