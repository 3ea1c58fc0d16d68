package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"outpace/store"
)

// DeskCard is the open card of the message whose id begins so, or the longest
// due if id is "".
func (a *App) DeskCard(ctx context.Context, now time.Time, id string) (*store.Card, error) {
	cards, err := a.DeskCards(ctx, now, "")
	if err != nil {
		return nil, err
	}
	var found []store.Card
	for _, k := range cards {
		if strings.HasPrefix(k.ID, strings.ToLower(id)) {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 0 && id == "":
		return nil, fmt.Errorf("the desk is empty")
	case len(found) == 0:
		return nil, &store.NotFoundError{What: "open desk card", Name: id}
	case len(found) > 1 && id != "":
		return nil, fmt.Errorf("%d open desk cards begin with %q: give more of the id", len(found), id)
	}
	return &found[0], nil
}
