package limits

import (
	"fmt"
	"strings"
)

// Kind is what sort of message a step sends. Limits count by kind.
type Kind uint8

// The kinds of messages (docs/yaml.md). The zero Kind is none of them.
const (
	Connect      Kind = iota + 1 // a connection request, with or without a note
	Message                      // a message to a 1st-degree connection
	InMail                       // a message to a stranger, paid with one credit
	Introduction                 // a request to be introduced by a common connection
	Invitation                   // an invitation to like, follow or share
	Reminder                     // a reminder of something sent earlier
)

// Kinds lists every kind in the order in which they are printed.
var Kinds = []Kind{Connect, Message, InMail, Introduction, Invitation, Reminder}

var kindNames = [...]string{"", "connect", "message", "inmail", "introduction", "invitation", "reminder"}

// String is the kind's name as it stands in YAML, SQL and output.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind reads a kind's name.
func ParseKind(s string) (Kind, error) {
	for _, k := range Kinds {
		if k.String() == s {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%q is not a kind of message (one of %s)", s, strings.Join(kindNames[1:], ", "))
}

// MarshalText writes the kind's name; the zero Kind is the empty text.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name; the empty text is the zero Kind.
func (k *Kind) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*k = 0
		return nil
	}
	*k, err = ParseKind(string(b))
	return err
}
