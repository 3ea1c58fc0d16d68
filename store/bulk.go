package store

import (
	"context"
	"strings"
)

// bulkRows is how many rows one statement of a bulk insert holds: 50 to 100
// save most of what a statement costs.
const bulkRows = 64

// bulk is an INSERT of many rows of equal shape: what stands before their
// VALUES and behind them, and the placeholders of one row.
type bulk struct{ before, row, behind string }

func (b *bulk) query(rows int) string {
	return b.before + b.row + strings.Repeat(", "+b.row, rows-1) + b.behind
}

// run inserts the rows whose values follow each other in args. each are the
// arguments of what stands behind the rows.
func (b *bulk) run(ctx context.Context, x *tx, args []any, each ...any) error {
	width := strings.Count(b.row, "?")
	full := bulkRows * width
	if len(args) >= full {
		insert, err := x.prepare(ctx, b.query(bulkRows))
		if err != nil {
			return err
		}
		defer insert.Close()
		for ; len(args) >= full; args = args[full:] {
			if _, err := insert.ExecContext(ctx, append(args[:full:full], each...)...); err != nil {
				return err
			}
		}
	}
	if len(args) == 0 {
		return nil
	}
	_, err := x.exec(ctx, b.query(len(args)/width), append(args[:len(args):len(args)], each...)...)
	return err
}
