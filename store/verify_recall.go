package store

import "context"

// recalls is I6 for what was claimed before somebody was suppressed: as long
// as nobody knows what became of it, it is recalled, so that nothing hands it
// over again and no person acts on its card.
func (c *evidence) recalls(ctx context.Context, x *tx) error {
	suppressed := map[int64]bool{}
	var ids []int64
	if err := x.all(ctx, &ids, `SELECT id FROM people WHERE suppressed_at IS NOT NULL`); err != nil {
		return err
	}
	for _, id := range ids {
		suppressed[id] = true
	}
	for i := range c.releases {
		if r := &c.releases[i]; r.State == "open" && r.RecalledAt.IsZero() && suppressed[r.PersonID] {
			c.broken("I6", r.AccountID, r.SlotAt.Time, "message %s is open and not recalled, though nothing may go to the person any more", r.MessageID)
		}
	}
	return nil
}
