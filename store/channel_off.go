package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// ChannelsOff switches the channel of every account off that uses none of the
// open ones, until a person resumes it: it plans them anew, and nothing goes
// from them. It does nothing if the configuration is no longer of the version
// for which they were opened. It returns the names of the accounts.
func (s *Store) ChannelsOff(ctx context.Context, now time.Time, version int64, open []string, why string) (names []string, err error) {
	err = s.write(ctx, func(x *tx) error {
		names = nil
		var current int64
		if err := x.get(ctx, &current, `SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'config_version'`); err != nil || current != version {
			return err
		}
		var accounts []accountRow
		err := x.all(ctx, &accounts, `SELECT * FROM accounts WHERE state = 'active' AND channel_off_reason = '' ORDER BY position, id`)
		if err != nil {
			return err
		}
		var ids []int64
		for i := range accounts {
			a := &accounts[i]
			channel := a.def().Channel
			if slices.Contains(open, channel) {
				continue
			}
			reason := fmt.Sprintf("its channel %s is not open: %s", channel, why)
			if _, err := x.exec(ctx, `UPDATE accounts SET channel_off_reason = ? WHERE id = ?`, reason, a.ID); err != nil {
				return err
			}
			if err := logEvent(ctx, x, event{At: now, Kind: "channel_off", Account: a.Name, Detail: reason}); err != nil {
				return err
			}
			names, ids = append(names, a.Name), append(ids, a.ID)
		}
		for _, id := range ids { // all are off by now: none is given another's targets
			if err := s.planAccount(ctx, x, id, now); err != nil {
				return err
			}
		}
		return nil
	})
	return names, err
}
