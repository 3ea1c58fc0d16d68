package store

import (
	"testing"
	"time"
)

// The answer "the account is restricted" deals what has not begun to others,
// the person of the card too. Taken back, the card is the account's again, and
// so is what comes after it: nobody else goes on with the conversation.
func TestUndoBringsTargetBack(t *testing.T) {
	s := open(t)
	apply(t, s, load(t, reassigned(4), nil), monday)
	r := released(t, s, "Person00 Example")
	place := `SELECT a.name || ' ' || m.account_id FROM messages m JOIN targets t ON t.id = m.target_id
		JOIN accounts a ON a.id = t.account_id WHERE t.id = (SELECT target_id FROM messages WHERE id = '` + r.Message + `') ORDER BY m.step`
	before := query(t, s, place)
	answer(t, s, nine.Add(5*time.Minute), r.Message, Answer{Kind: AnswerNotSent, Verdict: verdictRestricted})
	if moved := query(t, s, place); moved[0] == before[0] {
		t.Fatalf("the target did not move: %v", moved)
	}
	if err := s.DeskUndo(t.Context(), nine.Add(6*time.Minute), r.Message); err != nil {
		t.Fatal(err)
	}
	after := query(t, s, place)
	for i := range before {
		if after[i] != before[i] {
			t.Errorf("a message is with account %s, was with %s", after[i], before[i])
		}
	}
	sound(t, s, nine.Add(6*time.Minute))
}
