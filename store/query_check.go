package store

import (
	"context"
	"fmt"
	"strings"
)

// CheckFile reads the whole database and returns what is broken in it, a line
// each; none if it is whole.
func (s *Store) CheckFile(ctx context.Context) (broken []string, err error) {
	err = s.read(ctx, func(x *tx) error {
		var lines []string
		if err := x.all(ctx, &lines, quickCheck); err != nil {
			return err
		}
		for _, line := range lines {
			if !strings.EqualFold(line, "ok") {
				broken = append(broken, line)
			}
		}
		var rows []struct {
			Table  string `db:"table"`
			Row    *int64 `db:"rowid"`
			Parent string `db:"parent"`
			Key    int    `db:"fkid"`
		}
		err := x.all(ctx, &rows, keyCheck)
		for _, r := range rows {
			broken = append(broken, fmt.Sprintf("a row of %s points to nothing in %s", r.Table, r.Parent))
		}
		return err
	})
	return broken, err
}

// SQLite's own checks of a file.
const (
	quickCheck = "PRAGMA quick_check"
	keyCheck   = "PRAGMA foreign_key_check"
)
