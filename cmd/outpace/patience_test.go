package main

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-sqlite3"
)

// A daemon whose database is busy as it starts tries again, but not for ever;
// any other error ends it at once.
func TestPatiently(t *testing.T) {
	busy := errors.Join(errors.New("planning"), sqlite3.Error{Code: sqlite3.ErrBusy})
	other := errors.New("no such file")
	for name, c := range map[string]struct {
		fails int // times it is busy
		then  error
		want  error
		most  time.Duration
	}{
		"not busy":      {0, nil, nil, 0},
		"busy a while":  {3, nil, nil, 20 * time.Second},
		"another error": {1, other, other, 6 * time.Second},
		"always busy":   {1000, nil, busy, startPatience + 6*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, n := time.Now(), 0
				err := patiently(t.Context(), slog.New(slog.DiscardHandler), func() error {
					if n++; n > c.fails {
						return c.then
					}
					time.Sleep(5 * time.Second) // the busy timeout
					return busy
				})
				if !errors.Is(err, c.want) || time.Since(began) > c.most {
					t.Errorf("%v after %s", err, time.Since(began))
				}
			})
		})
	}
}
