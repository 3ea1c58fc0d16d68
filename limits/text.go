package limits

import "unicode/utf8"

// Lengths of what the platform takes, and spans it counts, whatever the plan
// (the lengths are from third parties, the spans from LinkedIn's help pages).
const (
	MaxPending    = 500 // unanswered connection requests
	MaxSubject    = 200 // of an InMail
	MaxInMail     = 1900
	MaxMessage    = 3000
	WithdrawnDays = 21 // no new connection request this long after one was withdrawn
	RefundDays    = 90 // an InMail answered within this many days gives its credit back
)

// TextLimits is how long the subject and the body of a message of the kind may
// be, in the units of TextLen. A subject of 0: the kind has none.
func (p *Plan) TextLimits(k Kind) (subject, body int) {
	switch k {
	case Connect:
		return 0, p.NoteMax
	case InMail:
		return MaxSubject, MaxInMail
	}
	return 0, MaxMessage
}

// TextLen is the length of a text as the strictest reading counts it: the
// larger of user-visible characters and UTF-16 units, which is always the
// latter, because every visible character is at least one unit.
func TextLen(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xFFFF {
			n++ // a surrogate pair
		}
	}
	return n
}
