package app

import (
	"context"
	"errors"
	"io"
	"time"

	"outpace/campaign"
	"outpace/store"
)

// SuppressionImport says how a list of suppressions is read.
type SuppressionImport struct {
	File   string // what it is called in messages
	Reason string // of rows that give none
	// Wrong (may be nil) is told why a row did not go in, Progress how many
	// rows were read.
	Wrong    func(campaign.Problem)
	Progress func(rows int)
}

// SuppressionsImported sums up an import.
type SuppressionsImported struct {
	Rows      int `json:"rows"`
	Added     int `json:"added"`
	Known     int `json:"known"` // there already, or stood twice
	Wrong     int `json:"wrong"`
	People    int `json:"people"`    // who may not be written to any more
	Cancelled int `json:"cancelled"` // messages
	Recalled  int `json:"recalled"`  // desk cards
}

// ImportSuppressions suppresses everybody in a list, some thousand in a
// transaction, and plans what that touches. A wrong row is told, the rest goes
// in.
func (a *App) ImportSuppressions(ctx context.Context, now time.Time, r io.Reader, o SuppressionImport) (sum SuppressionsImported, err error) {
	var held []store.NewSuppression
	flush := func() error {
		changes, err := a.SuppressAll(ctx, now, held)
		for _, c := range changes {
			if c.Again {
				sum.Known++
				continue
			}
			sum.Added++
			sum.People += c.People
			sum.Cancelled += c.Cancelled
			sum.Recalled += c.Recalled
		}
		if held = held[:0]; err == nil && o.Progress != nil {
			o.Progress(sum.Rows)
		}
		return err
	}
	err = campaign.ReadSuppressions(r, o.File, func(row campaign.SuppressionRow, wrong []campaign.Problem) error {
		sum.Rows++
		n, e := suppressionOf(row, o.Reason)
		if wrong == nil && e != nil {
			wrong = []campaign.Problem{{Pos: row.Pos, Text: e.Error()}}
		}
		if wrong != nil {
			sum.Wrong++
			for _, p := range wrong {
				if o.Wrong != nil {
					o.Wrong(p)
				}
			}
			return nil
		}
		if held = append(held, n); len(held) < importChunk {
			return nil
		}
		return flush()
	})
	var invalid *campaign.Invalid
	if err == nil || errors.As(err, &invalid) { // what was read before goes in
		err = errors.Join(err, flush())
	}
	return sum, errors.Join(err, a.PlanDirty(context.WithoutCancel(ctx), now, nil))
}

// suppressionOf judges one row. A person is named by profile: the ids of
// messages are of one database.
func suppressionOf(row campaign.SuppressionRow, reason string) (store.NewSuppression, error) {
	n, err := store.SuppressionOf(row.What, row.Value)
	if err == nil && n.What == store.ThePerson {
		n.Value, err = campaign.Canonical(n.Value)
	}
	if err != nil {
		return n, err
	}
	switch row.Cause {
	case "", n.What:
	case store.Suppressed, store.OptOut, store.Bounced:
		n.Cause = row.Cause
	default:
		return n, errors.New(`the cause "` + row.Cause + `" cannot be imported: it is ` + store.Suppressed + ", " + store.OptOut + " or " + store.Bounced)
	}
	if n.Reason = row.Reason; n.Reason == "" {
		n.Reason = reason
	}
	return n, nil
}
