package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"outpace/store"
)

// Answered tells what an answer on a card did beside answering it.
type Answered struct {
	Account string        `json:"account"`
	Hold    *Hold         `json:"hold"`  // what the platform's verdict holds of it; null: nothing
	Moved   []store.Moved `json:"moved"` // targets that another account has now
}

// Answer records an answer on a card and tells what else that did.
func (a *App) Answer(ctx context.Context, now time.Time, id string, answer store.Answer) (Answered, error) {
	did, err := a.DeskAnswered(ctx, now, id, answer)
	out := Answered{Account: did.Account, Moved: append([]store.Moved{}, did.Moved...)}
	if did.Hold != nil {
		h := holdOf(did.Hold)
		out.Hold = &h
	}
	return out, err
}

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
